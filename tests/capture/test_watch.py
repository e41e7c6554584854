"""The watcher sees what matters within two seconds, nothing else, and one runs per clone."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.capture.watch import Burst, watch
from orchestrator.errors import LockedError
from tests.git.sandbox import Sandbox

DOCUMENTS = ("docs/**/*.md", "*.md", "!docs/draft.md")


class Watcher:
    def __init__(self) -> None:
        self.calls: list[frozenset[str]] = []
        self.warnings: list[str] = []
        self.stop = threading.Event()

    def seen(self) -> set[str]:
        return set().union(*self.calls)

    def wait(self, condition: Callable[[], bool], seconds: float = 2.0) -> bool:
        deadline = time.monotonic() + seconds * _patience()
        while time.monotonic() < deadline and not condition():
            time.sleep(0.02)
        return condition()

    def settled(self) -> int:
        """The number of calls, once no more come."""
        time.sleep(0.8)
        return len(self.calls)


def _patience() -> float:
    """Two seconds on an idle machine; more where many share few cores."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@contextmanager
def watching(box: Sandbox, documents: tuple[str, ...] = DOCUMENTS, **options: object) -> Iterator[Watcher]:
    watcher = Watcher()
    thread = threading.Thread(
        target=watch,
        args=(box.repo, watcher.calls.append),
        kwargs={
            "documents": documents,
            "stop": watcher.stop,
            "quiet": 0.15,
            "longest": 1.0,
            "warn": watcher.warnings.append,
            **options,
        },
    )
    thread.start()
    try:
        assert watcher.wait(lambda: len(watcher.calls) == 1, 10)
        yield watcher
    finally:
        watcher.stop.set()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def project(box: Sandbox) -> Sandbox:
    box.write("docs/guide.md")
    box.write(".gitignore", "/node_modules\n*.tmp.md\n")
    box.commit("base")
    return box


def test_a_new_document_a_change_and_a_removal(project: Sandbox) -> None:
    with watching(project) as watcher:
        project.write("docs/new.md")
        assert watcher.wait(lambda: "docs/new.md" in watcher.seen())
        watcher.calls.clear()
        project.write("docs/guide.md", "changed\n")
        assert watcher.wait(lambda: watcher.seen() == {"docs/guide.md"})
        watcher.calls.clear()
        (project.root / "docs/new.md").rename(project.root / "docs/renamed.md")
        (project.root / "docs/guide.md").unlink()
        assert watcher.wait(lambda: watcher.seen() == {"docs/new.md", "docs/renamed.md", "docs/guide.md"})


@pytest.mark.parametrize("documents", [(), DOCUMENTS])
def test_git_activity(project: Sandbox, documents: tuple[str, ...]) -> None:
    with watching(project, documents) as watcher:
        for act in (
            lambda: project.commit("one"),
            lambda: project("checkout", "-q", "-b", "feature/deep/er"),
            lambda: project("commit", "-q", "--allow-empty", "--no-verify", "-m", "two"),
            lambda: project("update-ref", "refs/remotes/origin/main", "HEAD"),
            lambda: project("checkout", "-q", "--detach"),
            lambda: project("commit", "-q", "--allow-empty", "-m", "three"),
        ):
            watcher.settled()
            watcher.calls.clear()
            act()
            assert watcher.wait(lambda: len(watcher.calls) > 0)
            assert watcher.seen() == set()


def test_what_does_not_matter_makes_no_sound(project: Sandbox) -> None:
    (project.root / "node_modules").mkdir()
    with watching(project) as watcher:
        before = watcher.settled()
        project.write("node_modules/pkg/readme.md")
        project.write("docs/x.tmp.md")
        project.write("docs/draft.md")
        project.write("docs/image.png")
        project.write("src/code.py")
        project.write(".orch/companies/a/orch.db")
        project.write(".orch/notes.md")
        project.write("docs/vendored/.git/description.md")
        project.write(".git/orch.spool", "post-commit\tx\n")
        project("status")
        subprocess.run(["grep", "-r", "text", "."], cwd=project.root, capture_output=True)
        assert watcher.settled() == before


def test_folders_born_later_are_watched_and_their_first_files_seen(project: Sandbox) -> None:
    with watching(project, ("**/*.md",)) as watcher:
        project.write("fresh/a/b/c/first.md")
        assert watcher.wait(lambda: "fresh/a/b/c/first.md" in watcher.seen())
        project.write("fresh/a/second.md")
        assert watcher.wait(lambda: "fresh/a/second.md" in watcher.seen())
        project.write("docs/x/y/third.md")
        assert watcher.wait(lambda: "docs/x/y/third.md" in watcher.seen())


def test_what_is_ignored_later_is_no_longer_watched(project: Sandbox) -> None:
    with watching(project, ("**/*.md",)) as watcher:
        project.write("out/a.md")
        assert watcher.wait(lambda: "out/a.md" in watcher.seen())
        project.write(".gitignore", "/out\n")
        watcher.settled()
        watcher.calls.clear()
        project.write("out/b.md")
        assert watcher.settled() == 0


def test_a_burst_is_one_call(project: Sandbox) -> None:
    with watching(project) as watcher:
        before = watcher.settled()
        for n in range(40):
            project.write(f"docs/n{n}.md")
        assert watcher.wait(lambda: len(watcher.seen()) == 40)
        assert watcher.settled() <= before + 2


def test_it_waits_for_the_end_of_a_merge_and_of_a_lock(project: Sandbox) -> None:
    lock = project.root / ".git/index.lock"
    with watching(project) as watcher:
        before = watcher.settled()
        lock.touch()
        project.write("docs/new.md")
        assert watcher.settled() == before
        lock.unlink()
        assert watcher.wait(lambda: "docs/new.md" in watcher.seen())
        (project.root / ".git/rebase-merge").mkdir()
        before = watcher.settled()
        project.commit("in the middle", x="1")
        assert watcher.settled() == before
        (project.root / ".git/rebase-merge").rmdir()
        assert watcher.wait(lambda: len(watcher.calls) > before)


def test_a_lock_left_by_a_killed_git_does_not_silence_it(project: Sandbox) -> None:
    lock = project.root / ".git/index.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    with watching(project) as watcher:
        project.write("docs/new.md")
        assert watcher.wait(lambda: "docs/new.md" in watcher.seen())


def test_one_watcher_for_a_clone(project: Sandbox, tmp_path: Path) -> None:
    project("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = Sandbox(tmp_path / "linked", init=False)
    with watching(project), pytest.raises(LockedError):
        watch(linked.repo, lambda _p: None, documents=(), stop=threading.Event())
    with watching(linked) as watcher:
        linked.commit("detached in a linked work tree")
        assert watcher.wait(lambda: len(watcher.calls) > 1)


def test_the_lease_of_a_killed_watcher_ends_with_it(project: Sandbox) -> None:
    code = (
        "import sys, threading; from pathlib import Path; from orchestrator.git import open_repository;"
        "from orchestrator.capture.watch import watch;"
        "watch(open_repository(Path(sys.argv[1])), lambda p: print('up', flush=True), documents=(),"
        " stop=threading.Event())"
    )
    command = [sys.executable, "-c", code, str(project.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"up\n"
        with pytest.raises(LockedError):
            watch(project.repo, lambda _p: None, documents=(), stop=threading.Event())
        other.kill()
    with watching(project):
        pass


def test_without_watches_left_it_looks_now_and_then(
    project: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watchdog.observers import Observer

    def exhausted(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(Observer, "schedule", exhausted)
    with watching(project, poll_seconds=0.1) as watcher:
        project.write("docs/new.md")
        assert watcher.wait(lambda: "docs/new.md" in watcher.seen())
        project.write("docs/guide.md", "longer than before\n")
        assert watcher.wait(lambda: "docs/guide.md" in watcher.seen())
        watcher.settled()
        watcher.calls.clear()
        project("commit", "-q", "--allow-empty", "-m", "polled")
        assert watcher.wait(lambda: frozenset() in watcher.calls)
        (project.root / "docs/guide.md").unlink()
        assert watcher.wait(lambda: "docs/guide.md" in watcher.seen())
        assert watcher.settled() == len(watcher.calls)
    assert len(watcher.warnings) == 1


def test_another_failure_is_not_hidden(project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from watchdog.observers import Observer

    def refused(*_args: object, **_options: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(Observer, "schedule", refused)
    with pytest.raises(PermissionError):
        watch(project.repo, lambda _p: None, documents=(), stop=threading.Event())


@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=30))
def test_a_burst_ends_when_quiet_or_too_long(gaps: list[float]) -> None:
    burst = Burst(quiet=0.4, longest=5.0)
    assert not burst.due(0.0)
    first = now = 1.0
    burst.add(now, git=True)
    for gap in gaps:
        assert burst.due(now + 0.4 + 1e-9)
        assert burst.due(now + min(gap, 0.39)) == (now + min(gap, 0.39) >= first + 5.0)
        now += gap
        burst.add(now, document=f"{now}")
        burst.add(now + 100)  # says nothing, prolongs nothing
    assert burst.due(first + 5.0)
    git, documents = burst.take()
    assert git
    assert documents
    assert not burst.due(now + 1000)
