"""`orch watch` as a process of its own: what it says, what it survives, and how it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import orchestrator
from orchestrator.errors import Exit
from tests.capture.watcher import patience
from tests.cli.conftest import run
from tests.flow.group import GroupRepository

LEARNT = "perf: fila\n\nSolução: índice parcial na fila de {n} resolveu a espera de segundos no fechamento"

# Tries again at once, and tells each attempt that failed.
HASTY = """
import sys
from orchestrator.app.watching import Session
from orchestrator.capture import watch
watch.FIRST_PAUSE = watch.LONGEST_PAUSE = 0.2
failed = Session.failed
def told(*arguments):
    failed(*arguments)
    print("one attempt", file=sys.stderr, flush=True)
Session.failed = told
import orchestrator.cli
orchestrator.cli.main()
"""


class Watching:
    """A running `orch watch` and what it has said."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", HASTY, "watch", *arguments],
            cwd=root, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def hears(self, words: str, seconds: float = 15.0) -> bool:
        return self.wait(lambda: any(words in line for line in self.said), seconds)

    def wait(self, condition: Callable[[], bool], seconds: float = 15.0) -> bool:
        deadline = time.monotonic() + seconds * patience()
        while time.monotonic() < deadline and not condition():
            time.sleep(0.05)
        return condition()

    def ends(self, number: int | None = None) -> int:
        """Its exit code, after a signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(30 * patience())
        self._reader.join()
        assert not [line for line in self.said if "Traceback" in line or "orch-bug-" in line], self.said
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self.said.append(line.rstrip("\n"))


@contextmanager
def orch_watch(group: GroupRepository, *arguments: str) -> Iterator[Watching]:
    watching = Watching(group.root, *arguments)
    try:
        assert watching.hears("Ctrl-C"), watching.said
        yield watching
    finally:
        if watching.process.poll() is None:
            watching.process.kill()
        watching.process.wait()
        watching._reader.join()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCH_LANG", "en")


def test_a_watch_ends_when_another_orch_is_installed_over_it(
    group: GroupRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site"
    shutil.copytree(Path(orchestrator.__file__).parent, installed / "orchestrator")
    monkeypatch.setenv("PYTHONPATH", str(installed))
    with orch_watch(group) as watching:
        group.commit(LEARNT.format(n="pedidos"))
        assert watching.hears("empresa-a: 1 new insight"), watching.said
        start = installed / "orchestrator/__init__.py"
        start.write_text(start.read_text() + "# the next version\n")
        group.commit(LEARNT.format(n="fretes"), {"empresas/a/y.py": "1"})
        assert watching.ends() == Exit.FAILURE
        assert "another orch was installed meanwhile" in watching.said[-2], watching.said
        assert "`orch watch`" in watching.said[-1]
    with orch_watch(group) as watching:
        assert watching.hears("empresa-a: 1 new insight"), watching.said


def test_a_commit_and_a_document_are_taken_in_and_ctrl_c_is_130(group: GroupRepository) -> None:
    with orch_watch(group) as watching:
        group.commit(LEARNT.format(n="pedidos"))
        assert watching.hears("empresa-a: 1 new insight"), watching.said
        group.write({"empresas/a/docs/guia.md": "# Guia\n\nComo o fechamento lê a fila.\n"})
        assert watching.hears("empresa-a: documents"), watching.said
        assert any("empresas/a/docs/guia.md" in line for line in watching.said)
        assert watching.ends(signal.SIGINT) == 130
    assert len(group.insights()) >= 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_service_manager_ends_it_well(group: GroupRepository, number: int) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may ignore it, as nohup does
    try:
        with orch_watch(group, "--no-docs") as watching:
            assert watching.ends(number) == 0
    finally:
        signal.signal(number, before)
    assert group.orch("watch", "--status", "--json").data["watched_by"] is None


def test_the_second_is_told_who_watches(group: GroupRepository) -> None:
    with orch_watch(group) as watching:
        ran = run("watch", cwd=group.root)
        assert ran.returncode == 11
        assert f"process {watching.process.pid} since 20" in ran.stderr
        found = group.orch("watch", "--status", "--json").data
        assert found["watched_by"]["pid"] == watching.process.pid and found["watched_by"]["since"].endswith(
            "Z"
        )
        linked = group.root.parent / "linked"
        group.git("worktree", "add", "-q", str(linked))
        assert run("watch", cwd=linked).returncode == 11  # one a clone, not one a work tree
        watching.process.kill()
        watching.process.wait()
    with orch_watch(group) as again:  # the kernel gave the lease of the killed one back
        assert again.ends(signal.SIGTERM) == 0


def test_a_configuration_that_is_not_trusted_is_said_once_and_waited_for(group: GroupRepository) -> None:
    with orch_watch(group) as watching:
        config = group.root / ".orch/config.toml"
        config.write_text(config.read_text() + "# another word\n")
        assert watching.hears("Error:"), watching.said
        group.commit(LEARNT.format(n="pedidos"))
        tried = watching.said.count("one attempt")
        assert watching.wait(lambda: watching.said.count("one attempt") >= tried + 3), watching.said
        assert len([line for line in watching.said if "Error:" in line]) == 1, watching.said
        assert not any("new insight" in line for line in watching.said)
        run("trust", "--yes", cwd=group.root)
        assert watching.hears("it works again", 40), watching.said
        assert watching.hears("empresa-a: 1 new insight"), watching.said
        assert watching.ends(signal.SIGTERM) == 0


def test_a_repository_that_is_moved_ends_it_with_10(group: GroupRepository, tmp_path: Path) -> None:
    with orch_watch(group) as watching:
        group.root.rename(tmp_path / "elsewhere")
        assert watching.ends() == 10
        assert any("was moved or deleted" in line for line in watching.said)
        assert any("orch watch" in line and line.startswith("Try:") for line in watching.said)


def test_a_store_that_cannot_be_opened_does_not_end_it(group: GroupRepository) -> None:
    with orch_watch(group, "--no-docs") as watching:
        folder = group.root / ".orch/companies/empresa-a"
        aside = group.root / ".orch/companies/aside"
        folder.rename(aside)
        (folder / "orch.db").mkdir(parents=True)
        group.commit(LEARNT.format(n="notas"))
        assert watching.hears("Error:"), watching.said
        (folder / "orch.db").rmdir()
        folder.rmdir()
        aside.rename(folder)
        assert watching.hears("it works again", 60), watching.said
        assert watching.hears("empresa-a: 1 new insight"), watching.said
        assert len([line for line in watching.said if "Error:" in line]) == 1, watching.said
        assert watching.ends(signal.SIGTERM) == 0


def test_nohup_keeps_it_alive(group: GroupRepository) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with orch_watch(group, "--no-docs") as watching:
            watching.process.send_signal(signal.SIGHUP)
            group.commit(LEARNT.format(n="pedidos"))
            assert watching.hears("empresa-a: 1 new insight"), watching.said
            assert watching.ends(signal.SIGTERM) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_who_holds_a_lock_is_told_and_a_stale_name_is_not_believed(tmp_path: Path) -> None:
    from orchestrator.app.locking import Holder, exclusive, holder
    from orchestrator.errors import LockedError

    path = tmp_path / "x.lock"
    assert holder(path) is None
    with exclusive(path, 0.0):
        held = holder(path)
        assert held is not None and held.pid == os.getpid() and held.since.startswith("20")
        with pytest.raises(LockedError, match=f"pid {os.getpid()}"), exclusive(path, 0.0):
            raise AssertionError("two hold it")
        path.write_text("nonsense")  # a program that is not ours wrote there
        assert holder(path) == Holder()
        with pytest.raises(LockedError), exclusive(path, 0.0):
            raise AssertionError("two hold it")
    assert holder(path) is None  # what is written there is the last holder's, who is gone
    with exclusive(path, 0.0):
        assert holder(path) != Holder()
