"""The system's limits: no watches left, no instance left, more events than the kernel keeps.

The first two are real: in a user namespace of its own a process may lower its user's limits.
"""

from __future__ import annotations

import errno
import os
import platform
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from orchestrator.capture import watch_inotify
from orchestrator.capture.interest import ANYTHING
from orchestrator.capture.watch_folders import WatchedFolders
from tests.capture.watcher import watching
from tests.git.sandbox import Sandbox

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="inotify is Linux's")

QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
LIMITED = """
import sys, threading
from pathlib import Path
from orchestrator.capture.watch import Pace
from tests.capture.watcher import watching
from tests.git.sandbox import Sandbox
root, setting, limit = Path(sys.argv[1]), Path("/proc/sys/user", sys.argv[2]), sys.argv[3]
setting.write_text(limit)
box = Sandbox(root, init=False)
with watching(box, ("**/*.md",)) as watcher:
    (warning,) = watcher.warnings
    print(warning)
    watcher.forget()
    box.write("docs/7/new.md")
    assert watcher.sees("docs/7/new.md"), watcher
    box.write("docs/0.md", "longer than before\\n")
    assert watcher.sees("docs/0.md"), watcher
    (root / "docs/0.md").unlink()
    watcher.forget()
    box("commit", "-q", "--allow-empty", "-m", "seen")
    assert watcher.wait(lambda: frozenset() in watcher.calls), watcher
    box.write("new/folder/x.md")
    assert watcher.sees("new/folder/x.md"), watcher
    watcher.forget()
    assert watcher.settled() == 0, watcher
    assert watcher.warnings == [warning] and watcher.failures == [], watcher
if "watches" in setting.name:
    with watching(box, ("**/*.md",), pace=Pace(quiet=0.05, longest=1.0, poll=600.0)) as watcher:
        watcher.forget()
        box("commit", "-q", "--allow-empty", "-m", "seen long before the next look")
        assert watcher.wait(lambda: len(watcher.calls) > 0), watcher
"""


@pytest.fixture
def project(box: Sandbox) -> Sandbox:
    box.write("docs/guide.md")
    box.commit("base")
    return box


def limited(project: Sandbox, setting: str, limit: int) -> str:
    """What a watch says that runs in a user namespace with this limit."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-Ur", "true"], check=False).returncode:
        pytest.skip("needs unshare and user namespaces to lower the limit for one process")
    done = subprocess.run(
        ["unshare", "-Ur", sys.executable, "-c", LIMITED, str(project.root), setting, str(limit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "ORCH_LANG": "en"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_watches_left_documents_are_looked_at_and_refs_still_watched(project: Sandbox) -> None:
    for n in range(60):
        project.write(f"docs/{n}/a.md")
        project.write(f"docs/{n}.md")
    project.commit("many folders")
    said = limited(project, "max_inotify_watches", 30)
    assert "fs.inotify.max_user_watches" in said and "sysctl" in said and " 30 " in said


def test_without_an_instance_left_everything_is_looked_at(project: Sandbox) -> None:
    project.write("docs/0.md")
    project.commit("one more")
    assert "fs.inotify.max_user_instances" in limited(project, "max_inotify_instances", 0)


def test_watches_that_run_out_while_it_runs(project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    real = watch_inotify.Inotify.add

    def add(self: watch_inotify.Inotify, folder: str) -> int:
        if "/docs/new" in folder:
            raise OSError(errno.ENOSPC, "no watches left", folder)
        return real(self, folder)

    with watching(project, ("**/*.md",)) as watcher:
        monkeypatch.setattr(watch_inotify.Inotify, "add", add)
        project.write("docs/new/x.md")
        assert watcher.sees("docs/new/x.md")
        project.write("docs/new/y.md")
        assert watcher.sees("docs/new/y.md")
        assert len(watcher.warnings) == 1


def test_a_folder_that_may_not_be_read_is_passed_over(
    project: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = watch_inotify.Inotify.add

    def add(self: watch_inotify.Inotify, folder: str) -> int:
        if folder.endswith("/closed"):
            raise OSError(errno.EACCES, "no", folder)  # root, who may run this test, reads everything
        return real(self, folder)

    monkeypatch.setattr(watch_inotify.Inotify, "add", add)
    (project.root / "docs/closed").mkdir()
    with watching(project, ("**/*.md",)) as watcher:
        project.write("docs/x.md")
        assert watcher.sees("docs/x.md")
        assert watcher.warnings == []


@pytest.mark.skipif(
    not QUEUE.exists() or int(QUEUE.read_text()) > 40_000, reason="fs.inotify.max_queued_events is large here"
)
def test_more_events_than_the_kernel_keeps(project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a drain is at work more happens than the queue holds: nothing of it stays unseen."""
    lost = []
    real = WatchedFolders._meanings

    def meanings(self: WatchedFolders, events: object) -> object:
        for meaning in real(self, events):  # type: ignore[arg-type]
            lost.extend([meaning] if meaning is ANYTHING else [])
            yield meaning

    monkeypatch.setattr(WatchedFolders, "_meanings", meanings)
    entered, leave = threading.Event(), threading.Event()
    wanted = {f"docs/{n % 20}/n{n}.md" for n in range(int(QUEUE.read_text()) // 2 + 1000)}

    def slow_drain(_paths: frozenset[str]) -> None:
        entered.set()
        assert leave.wait(60)

    for n in range(20):
        (project.root / f"docs/{n}").mkdir()
    with watching(project, ("**/*.md",)) as watcher:
        watcher.forget()
        watcher.action = slow_drain
        project.write("docs/first.md")
        assert entered.wait(20)
        for name in wanted:
            (project.root / name).touch()
        project.write("docs/late/folder/x.md")  # its events are the ones that no longer fit
        leave.set()
        assert watcher.sees(*wanted, "docs/late/folder/x.md", seconds=20)
        assert lost, "the queue did not overflow"
        watcher.forget()
        assert watcher.settled() == 0  # looking again makes no events of its own
        project.write("docs/late/folder/y.md")
        assert watcher.sees("docs/late/folder/y.md")
