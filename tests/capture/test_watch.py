"""The watcher sees what matters, nothing else, on inotify and on watchdog, which other systems get."""

from __future__ import annotations

import os
import platform
import subprocess
import warnings
from pathlib import Path

import pytest

from orchestrator.capture import watch as watch_module
from tests.capture.watcher import DOCUMENTS, watching
from tests.git.sandbox import Sandbox


@pytest.fixture
def project(box: Sandbox) -> Sandbox:
    box.write("docs/guide.md")
    box.write(".gitignore", "/node_modules\n*.tmp.md\n")
    box.commit("base")
    return box


@pytest.fixture(params=["inotify", "watchdog"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "watchdog":
        monkeypatch.setattr(platform, "system", lambda: "Darwin")
        # On Linux, where only these tests use it, watchdog says this whenever folders are born
        # faster than it looks; as an error it would end watchdog's thread.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
    elif platform.system() != "Linux":
        pytest.skip("inotify is Linux's")
    return str(request.param)


@pytest.mark.usefixtures("source")
def test_a_new_document_a_change_and_a_removal(project: Sandbox) -> None:
    with watching(project) as watcher:
        assert watcher.seen() == {"docs/guide.md"}  # what happened before the watch began
        project.write("docs/new.md")
        assert watcher.sees("docs/new.md")
        watcher.forget()
        project.write("docs/guide.md", "changed\n")
        assert watcher.sees("docs/guide.md")
        watcher.forget()
        (project.root / "docs/new.md").rename(project.root / "docs/renamed.md")
        (project.root / "docs/guide.md").unlink()
        assert watcher.sees("docs/new.md", "docs/renamed.md", "docs/guide.md")
        assert watcher.failures == []


@pytest.mark.usefixtures("source")
def test_git_activity(project: Sandbox) -> None:
    with watching(project) as watcher:
        for act in (
            lambda: project.commit("one"),
            lambda: project("checkout", "-q", "-b", "feature/deep/er"),
            lambda: project("commit", "-q", "--allow-empty", "--no-verify", "-m", "two"),
            lambda: project("update-ref", "refs/remotes/origin/main", "HEAD"),
            lambda: project("pack-refs", "--all"),
            lambda: project("checkout", "-q", "--detach"),
            lambda: project("commit", "-q", "--allow-empty", "-m", "three"),
        ):
            watcher.forget()
            act()
            assert watcher.wait(lambda: len(watcher.calls) > 0)
            assert watcher.seen() == set()


@pytest.mark.usefixtures("source")
def test_what_does_not_matter_makes_no_sound(project: Sandbox) -> None:
    (project.root / "node_modules").mkdir()
    (project.root / ".orch").mkdir()
    with watching(project) as watcher:
        before = watcher.settled()
        project.write("node_modules/pkg/readme.md")
        project.write("docs/x.tmp.md")
        project.write("docs/draft.md")
        project.write("docs/image.png")
        project.write("src/code.py")
        project.write(".orch/companies/a/orch.db")
        project.write(".orch/notes.md")
        project.write(".git/orch.spool", "post-commit\tx\n")
        project("status")
        subprocess.run(["grep", "-r", "text", "."], cwd=project.root, capture_output=True, check=False)
        assert watcher.settled() == before


@pytest.mark.usefixtures("source")
def test_folders_born_later_are_watched_and_their_first_files_seen(project: Sandbox) -> None:
    with watching(project, ("**/*.md",)) as watcher:
        project.write("fresh/a/b/c/first.md")
        assert watcher.sees("fresh/a/b/c/first.md")
        project.write("fresh/a/second.md")
        assert watcher.sees("fresh/a/second.md")
        project.write("docs/x/y/third.md")
        assert watcher.sees("docs/x/y/third.md")


@pytest.mark.usefixtures("source")
def test_what_is_ignored_later_makes_no_sound(project: Sandbox) -> None:
    with watching(project, ("**/*.md",)) as watcher:
        project.write("out/a.md")
        assert watcher.sees("out/a.md")
        watcher.forget()
        project.write(".gitignore", "/out\n")
        assert watcher.wait(lambda: len(watcher.calls) > 0)
        watcher.forget()
        project.write("out/b.md")
        assert watcher.settled() == 0


@pytest.mark.usefixtures("source")
def test_what_is_ignored_no_longer_is_seen(project: Sandbox) -> None:
    project.write("node_modules/deep/er/x.md")
    with watching(project, ("**/*.md",)) as watcher:
        assert "node_modules/deep/er/x.md" not in watcher.seen()
        project.write(".gitignore", "")
        watcher.forget()
        project.write("node_modules/deep/er/y.md")
        assert watcher.sees("node_modules/deep/er/y.md")


@pytest.mark.usefixtures("source")
def test_a_burst_is_one_call(project: Sandbox) -> None:
    with watching(project) as watcher:
        before = watcher.settled()
        for n in range(40):
            project.write(f"docs/n{n}.md")
        assert watcher.wait(lambda: len(watcher.seen()) == 41)
        assert watcher.settled() <= before + 2


@pytest.mark.parametrize("marker", ["rebase-merge", "rebase-apply", "MERGE_HEAD"])
def test_it_waits_for_the_end_of_a_rebase_a_merge_and_a_lock(project: Sandbox, marker: str) -> None:
    lock = project.root / ".git/index.lock"
    with watching(project) as watcher:
        before = watcher.settled()
        lock.touch()
        project.write("docs/new.md")
        assert watcher.settled() == before
        lock.unlink()
        assert watcher.sees("docs/new.md")
        (project.root / ".git" / marker).mkdir()
        before = watcher.settled()
        project("update-ref", "refs/heads/other", "HEAD")
        assert watcher.settled() == before
        (project.root / ".git" / marker).rmdir()
        assert watcher.wait(lambda: len(watcher.calls) > before)


def test_a_lock_left_by_a_killed_git_does_not_silence_it(project: Sandbox) -> None:
    lock = project.root / ".git/index.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    with watching(project) as watcher:
        project.write("docs/new.md")
        assert watcher.sees("docs/new.md")


def test_a_failure_is_told_and_tried_again_until_it_works(
    project: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "FIRST_PAUSE", 0.05)
    attempts = []

    def refuse_thrice(paths: frozenset[str]) -> None:
        attempts.append(paths)
        if len(attempts) <= 3:
            raise OSError(f"attempt {len(attempts)}")

    with watching(project) as watcher:
        watcher.action = refuse_thrice
        project.write("docs/new.md")
        assert watcher.sees("docs/new.md", seconds=5)
        assert [str(e) for e in watcher.failures] == ["attempt 1", "attempt 2", "attempt 3"]
        assert attempts == [frozenset({"docs/new.md"})] * 4  # nothing of it was lost, nothing more asked
        assert watcher.settled() == 2


def test_pauses_between_attempts_double_up_to_a_limit(
    project: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = []
    real = watch_module.Burst.put_back

    def put_back(self: watch_module.Burst, changes: object, now: float, pause: float) -> None:
        pauses.append(pause)
        real(self, changes, now, 0.01)  # type: ignore[arg-type]

    monkeypatch.setattr(watch_module.Burst, "put_back", put_back)
    with watching(project) as watcher:

        def refuse(_paths: frozenset[str]) -> None:
            raise ValueError("no")

        watcher.action = refuse
        project.write("docs/new.md")
        assert watcher.wait(lambda: len(pauses) > 8, 20)
    assert pauses[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_other_globs_and_a_new_configuration_are_followed(project: Sandbox) -> None:
    project.write("notes/a.txt")
    project.write(".orch/config.toml", "version = 1\n")
    with watching(project) as watcher:
        watcher.forget()
        watcher.documents = ("notes/*.txt",)
        project.write(".orch/config.toml", "version = 1 # changed\n")
        assert watcher.sees("notes/a.txt")
        watcher.forget()
        project.write("docs/no_longer.md")
        project.write("notes/b.txt")
        assert watcher.sees("notes/b.txt")
        assert watcher.seen() == {"notes/b.txt"}


def test_globs_that_cannot_be_read_keep_the_watch_alive(
    project: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "FIRST_PAUSE", 0.05)
    with watching(project) as watcher:
        watcher.documents = ("[z-a]",)  # no glob at all
        project.write("docs/.gitignore", "x\n")
        assert watcher.wait(lambda: len(watcher.failures) > 0)
        watcher.documents = DOCUMENTS
        project.write("docs/later.md")
        assert watcher.sees("docs/later.md", seconds=5)


def test_stop_ends_it_at_once(project: Sandbox, tmp_path: Path) -> None:
    with watching(project) as watcher:
        watcher.stop.set()
    assert watcher.ended is None
