"""Folders and files as people, editors and git really move them: nothing unseen, nothing twice over."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.capture.interest import Interest
from orchestrator.capture.watch_folders import WatchedFolders
from orchestrator.capture.watch_source import Place
from orchestrator.capture.watch_stop import Stop
from tests.capture.watcher import watching
from tests.git.sandbox import Sandbox

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="inotify is Linux's")
ALL = ("**/*.md",)


@pytest.fixture
def project(box: Sandbox) -> Sandbox:
    box.write("docs/guide.md")
    box.commit("base")
    return box


def by_rename(path: Path) -> None:
    """vim's `backupcopy=no`: the old file becomes the backup, a new one takes its name."""
    path.rename(path.with_name(path.name + "~"))
    path.write_text("new\n")
    path.with_name(path.name + "~").unlink()


def by_copy(path: Path) -> None:
    """vim's `backupcopy=yes`: a copy is kept, the file itself is written over."""
    shutil.copy(path, path.with_name(path.name + "~"))
    path.write_text("new\n")
    path.with_name(path.name + "~").unlink()


def by_replacement(path: Path) -> None:
    """Most editors of today: a temporary file beside it, flushed, renamed over it."""
    temporary = path.with_name(".tmp-" + path.name)
    with temporary.open("w") as f:
        f.write("new\n")
        f.flush()
        os.fsync(f.fileno())
    temporary.replace(path)


def by_replacement_from_elsewhere(path: Path) -> None:
    """Written in another, unwatched folder of the same disk, renamed into place."""
    temporary = path.parents[2] / "elsewhere.tmp"
    temporary.write_text("new\n")
    temporary.replace(path)


def in_place(path: Path) -> None:
    """VS Code: truncated and written."""
    with path.open("r+") as f:
        f.truncate()
        f.write("new\n")


def with_lock_link(path: Path) -> None:
    """emacs: a dangling link `.#name` as lock, and `name~` as backup."""
    lock = path.with_name(".#" + path.name)
    lock.symlink_to("ana@host.123:456")
    by_copy(path)
    lock.unlink()


@pytest.mark.parametrize(
    "save", [by_rename, by_copy, by_replacement, by_replacement_from_elsewhere, in_place, with_lock_link]
)
def test_a_save_of_any_editor_is_one_call(project: Sandbox, save: Callable[[Path], None]) -> None:
    with watching(project, ("docs/*.md",)) as watcher:
        watcher.forget()
        save(project.root / "docs/guide.md")
        assert watcher.sees("docs/guide.md")
        assert watcher.settled() == 1
        assert watcher.seen() - {"docs/.#guide.md", "docs/.tmp-guide.md"} == {"docs/guide.md"}


@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
@pytest.mark.parametrize("backup", ["yes", "no", "auto"])
def test_a_real_editor(project: Sandbox, backup: str) -> None:
    with watching(project, ("docs/*.md",)) as watcher:
        watcher.forget()
        command = ["vim", "-Nu", "NONE", "-es", "-c", f"set backup backupcopy={backup}", "-c", "normal onew"]
        subprocess.run([*command, "-c", "wq", "docs/guide.md"], cwd=project.root, check=True, timeout=30)
        assert watcher.sees("docs/guide.md")
        assert "new" in (project.root / "docs/guide.md").read_text()


def test_a_folder_is_renamed_and_written_to_by_its_new_name(project: Sandbox) -> None:
    project.write("docs/old/deep/a.md")
    with watching(project, ALL) as watcher:
        watcher.forget()
        (project.root / "docs/old").rename(project.root / "docs/new")
        assert watcher.sees("docs/old/", "docs/new/deep/a.md")
        watcher.forget()
        project.write("docs/new/deep/b.md")
        assert watcher.sees("docs/new/deep/b.md")
        assert watcher.seen() == {"docs/new/deep/b.md"}


def test_a_folder_moved_out_is_watched_no_longer_and_moved_in_is(project: Sandbox, tmp_path: Path) -> None:
    project.write("docs/away/deep/a.md")
    with watching(project, ALL) as watcher:
        watcher.forget()
        (project.root / "docs/away").rename(tmp_path / "away")
        assert watcher.sees("docs/away/")
        watcher.forget()
        (tmp_path / "away/deep/outside.md").write_text("x")
        assert watcher.settled() == 0
        (tmp_path / "away").rename(project.root / "docs/back")
        assert watcher.sees("docs/back/deep/a.md", "docs/back/deep/outside.md")
        watcher.forget()
        project.write("docs/back/deep/again.md")
        assert watcher.sees("docs/back/deep/again.md")


def test_a_folder_deleted_and_made_again(project: Sandbox) -> None:
    with watching(project, ALL) as watcher:
        for n in range(3):
            watcher.forget()
            shutil.rmtree(project.root / "docs")
            project.write(f"docs/again{n}/x.md")
            assert watcher.sees(f"docs/again{n}/x.md")
        watcher.forget()
        project.write("docs/again2/x.md", "changed\n")
        assert watcher.sees("docs/again2/x.md")


def test_two_folders_change_places(project: Sandbox) -> None:
    project.write("docs/one/1.md")
    project.write("docs/two/2.md")
    with watching(project, ALL) as watcher:
        for a, b in (("one", "tmp"), ("two", "one"), ("tmp", "two")):
            (project.root / "docs" / a).rename(project.root / "docs" / b)
        assert watcher.sees("docs/one/2.md", "docs/two/1.md")
        watcher.forget()
        project.write("docs/one/x.md")
        project.write("docs/two/y.md")
        assert watcher.sees("docs/one/x.md", "docs/two/y.md")
        assert watcher.seen() == {"docs/one/x.md", "docs/two/y.md"}


def test_files_born_with_their_folders_are_never_missed(project: Sandbox) -> None:
    """Four threads make folders and write at once: the race between watching and reading a folder."""
    wanted = {f"born/{t}/{n}/a/b/c/x.md" for t in range(4) for n in range(40)}

    def make(thread: int) -> None:
        for name in sorted(name for name in wanted if name.startswith(f"born/{thread}/")):
            project.write(name)

    with watching(project, ALL) as watcher:
        threads = [threading.Thread(target=make, args=(t,)) for t in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert watcher.sees(*wanted, seconds=10)
        watcher.forget()
        for name in wanted:
            project.write(name, "changed\n")
        assert watcher.sees(*wanted, seconds=10)  # every one of these folders is watched for good


def test_a_branch_switch_of_thousands_of_files_is_one_or_two_calls(project: Sandbox) -> None:
    project("checkout", "-q", "-b", "large")
    for n in range(3000):
        project.write(f"docs/{n % 60}/n{n}.md", f"{n}\n")
    project.commit("large")
    with watching(project, ALL) as watcher:
        for branch in ("main", "large"):
            watcher.forget()
            project("checkout", "-q", branch)
            assert watcher.wait(lambda: len(watcher.calls) > 0, 10)
            assert watcher.settled() <= 2
        assert len(watcher.seen()) >= 2900
        watcher.forget()
        project.write("docs/59/n2999.md", "changed\n")
        assert watcher.sees("docs/59/n2999.md")


def test_links_are_not_followed_and_what_lies_beyond_is_nobodys(project: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (project.root / "docs/link").symlink_to(tmp_path / "outside")
    (project.root / "docs/loop").symlink_to(project.root)
    with watching(project, ALL) as watcher:
        watcher.forget()
        (tmp_path / "outside/x.md").write_text("x")
        assert watcher.settled() == 0
        # A folder becomes a link while a change in it is still to be dealt with: git refuses to judge
        # a path beyond a link, and the others must not suffer for it.
        project.write("docs/turned/x.md")
        project.write("docs/fine.md")
        shutil.rmtree(project.root / "docs/turned")
        (project.root / "docs/turned").symlink_to(tmp_path / "outside")
        assert watcher.sees("docs/fine.md")
        assert watcher.failures == []


def test_a_repository_in_this_one_is_not_ours(project: Sandbox) -> None:
    inner = Sandbox(project.root / "docs/inner")
    inner.write("notes/a.md")
    inner.commit("inner")
    with watching(project, ALL) as watcher:
        assert watcher.seen() == {"docs/guide.md"}
        watcher.forget()
        inner.write("notes/b.md")
        assert watcher.settled() == 0
        Sandbox(project.root / "docs/later").write("c.md")
        project.write("docs/mine.md")
        assert watcher.sees("docs/mine.md")
        watcher.forget()
        project.write("docs/later/d.md")
        assert watcher.settled() == 0


def test_a_submodule_is_not_ours(project: Sandbox, tmp_path: Path) -> None:
    other = Sandbox(tmp_path / "other")
    other.commit("other", **{"readme.md": "x\n"})
    project("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.root), "docs/sub")
    project.commit("submodule")
    with watching(project, ALL) as watcher:
        assert watcher.seen() == {"docs/guide.md"}
        watcher.forget()
        project.write("docs/sub/new.md")
        assert watcher.settled() == 0
        assert watcher.failures == []


def test_tracked_in_an_ignored_folder_is_still_a_document(project: Sandbox) -> None:
    project.write("out/pages/kept.md")
    project.write(".gitignore", "out/\n")
    project("add", "-f", "out/pages/kept.md")
    project.commit("kept")
    with watching(project, ALL) as watcher:
        watcher.forget()
        project.write("out/pages/other.md")
        project.write("out/pages/kept.md", "changed\n")
        assert watcher.sees("out/pages/kept.md")
        assert watcher.seen() == {"out/pages/kept.md"}


def test_every_kind_of_exclude_file_counts(project: Sandbox, tmp_path: Path) -> None:
    project("config", "core.excludesFile", str(tmp_path / "global"))
    (tmp_path / "global").write_text("everywhere/\n")
    (project.root / ".git/info").mkdir(exist_ok=True)
    (project.root / ".git/info/exclude").write_text("private/\n")
    project.write("docs/.gitignore", "nested/\n!nested/not/\n")
    for folder in ("everywhere", "private", "docs/nested", "src/nested"):
        project.write(f"{folder}/x.md")
    with watching(project, ALL) as watcher:
        assert watcher.seen() == {"docs/guide.md", "src/nested/x.md"}
        watcher.forget()
        (project.root / ".git/info/exclude").write_text("")
        assert watcher.sees("private/x.md")  # looked at again as soon as the rules change


@pytest.fixture
def folders(project: Sandbox) -> Callable[[tuple[str, ...]], WatchedFolders]:
    def make(documents: tuple[str, ...]) -> WatchedFolders:
        interest = Interest(project.repo, documents)
        return WatchedFolders(interest, Place(project.repo), Stop())

    return make


def test_only_folders_that_can_hold_documents_cost_a_watch(
    project: Sandbox, folders: Callable[[tuple[str, ...]], WatchedFolders]
) -> None:
    for n in range(50):
        project.write(f"src/{n}/deep/code.py")
        project.write(f"node_modules/{n}/deep/readme.md")
        project.write(f"docs/{n}/a.md")
    project.write(".gitignore", "node_modules\n")
    counts = {}
    for documents in ((), ("docs/**/*.md",), ALL):
        watched = folders(documents)
        watched.plan()
        counts[documents] = len(watched)
        watched.close()
    assert counts[("docs/**/*.md",)] - counts[()] == 51
    assert counts[ALL] - counts[()] == 51 + 101


def test_planning_again_and_again_neither_grows_nor_shrinks(
    project: Sandbox, folders: Callable[[tuple[str, ...]], WatchedFolders]
) -> None:
    for n in range(20):
        project.write(f"docs/{n}/a.md")
    watched = folders(ALL)
    found = watched.plan()
    count = len(watched)
    assert len(found) == 21
    for _again in range(3):
        assert watched.plan() == found and len(watched) == count
    for _round in range(5):
        (project.root / "docs/3").rename(project.root / "docs/moved")
        (project.root / "docs/moved").rename(project.root / "docs/3")
        shutil.rmtree(project.root / "docs/4")
        project.write("docs/4/a.md")
        list(watched.changes(1.0))
    assert len(watched) == count
    watched.close()
