"""Which folders to watch, and which of the paths that change there mean anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from orchestrator.capture.watch_git import GitFolders
from orchestrator.capture.watch_globs import fixed_beginnings, leads_to
from orchestrator.config.match import compile_globs, composed
from orchestrator.git.process import execute, run
from orchestrator.git.repository import Repository

OURS = (".git", ".orch")
CONFIGURATION = ".orch/config.toml"
Enter = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a change says.

    git: a ref or HEAD moved. document: this document (`folder/` for a folder that went away).
    everything: other rules, or lost events; any folder and any document may have changed.
    """

    git: bool = False
    document: str = ""
    everything: bool = False

    def __bool__(self) -> bool:
        return self.git or self.everything or bool(self.document)


NOTHING = Meaning()
ANYTHING = Meaning(git=True, everything=True)  # what came before the watches, or was lost: look at it all


class Interest:
    """What is worth watching in a repository, given the globs of its documents ('()': git alone).

    Paths of the work tree are relative to its top, '' is the top itself.
    """

    def __init__(self, repo: Repository, documents: Sequence[str]) -> None:
        self.root = str(repo.root)
        self.git = GitFolders(repo)
        self._repo = repo
        self.renew(documents)

    def renew(self, documents: Sequence[str]) -> None:
        """Read the rules again: other globs, other exclude files."""
        self._globs = compile_globs(tuple(documents))
        self._beginnings = fixed_beginnings(documents)
        self._tracked = self._tracked_though_ignored() if documents else set()
        self._kept_folders = {parent for name in self._tracked for parent in _parents(name)}
        self._ignored: dict[str, bool] = {}

    def meaning(self, path: str) -> Meaning:
        """What a change of this absolute path says. Cheap: prefixes first, and no question to git."""
        inside = self.git.inside(path)
        if inside is not None:
            git, rules = self.git.meaning(inside)
            return Meaning(git=git, everything=rules)
        if not path.startswith(self.root + "/"):
            return NOTHING
        name = path[len(self.root) + 1 :]
        if name == CONFIGURATION:
            return Meaning(git=True, everything=True)
        parts = name.split("/")
        if any(part in OURS for part in parts):
            return Meaning(everything=parts[-1] == ".git" and len(parts) > 1)  # a repository in this one
        document = name if self._globs.match_file(composed(name)) else ""
        return Meaning(document=document, everything=parts[-1] == ".gitignore")

    def wanted(self, folders: Iterable[str]) -> list[str]:
        """Those of these folders that are to be watched, as git and the globs have it now."""
        candidates = [f for f in folders if _base(f) not in OURS and self._may_hold(f)]
        skipped = self._skipped(candidates)
        return [f for f in candidates if f not in skipped]

    def walk(self, tops: Iterable[str], enter: Enter) -> set[str]:
        """Every folder to be watched from `tops` down, and the documents in them that are news.

        `enter(folder)` is called before a folder is read, so that nothing can be born unseen between
        reading and watching; True from it makes the folder's documents part of the answer. A folder
        that git ignores, a repository inside this one and a symbolic link are not entered.
        """
        found: set[str] = set()
        level = list(tops)
        while level:
            below: list[str] = []
            for folder in level:
                is_news = enter(folder)
                folders, files = self._entries(folder)
                below += (_join(folder, name) for name in folders)
                if is_news:
                    names = (_join(folder, name) for name in files)
                    found.update(name for name in names if self._globs.match_file(composed(name)))
            level = self.wanted(below)
        return found

    def kept(self, documents: Iterable[str]) -> frozenset[str]:
        """The documents without those that git ignores, or could not track."""
        found = frozenset(documents)
        return found - self._ignored_or_foreign(sorted(found))

    # ---------------------------------------------------------------- the work tree's folders

    def _entries(self, folder: str) -> tuple[list[str], list[str]]:
        folders: list[str] = []
        files: list[str] = []
        try:
            with os.scandir(f"{self.root}/{folder}") as entries:
                for entry in entries:
                    (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return [], []  # gone since its name was read, or not ours to read
        return sorted(folders), files

    def _may_hold(self, folder: str) -> bool:
        """Whether documents of this repository could lie in or below a folder."""
        return leads_to(folder, self._beginnings) and not os.path.lexists(f"{self.root}/{folder}/.git")

    def _skipped(self, folders: list[str]) -> set[str]:
        asked = [f for f in folders if f not in self._ignored and f not in self._kept_folders]
        if len(self._ignored) + len(asked) > _REMEMBERED:
            self._ignored.clear()
            asked = [f for f in folders if f not in self._kept_folders]
        answer = self._ignored_or_foreign([f"{f}/" for f in asked])
        self._ignored |= {f: f"{f}/" in answer for f in asked}
        return {f for f in folders if self._ignored.get(f, False)}

    def _ignored_or_foreign(self, paths: list[str]) -> set[str]:
        """What git ignores; and paths that it refuses to judge: beyond a link, in a submodule."""
        # Without --no-index git compares every path with the whole index: 2.4 s of CPU for 12,000
        # folders of 12,000 tracked files. What is tracked all the same is asked once, in `renew`.
        asked = b"".join(os.fsencode(path) + b"\0" for path in paths if path not in self._tracked)
        if not asked:
            return set()
        done = execute(self._repo.root, ["check-ignore", "--no-index", "--stdin", "-z"], stdin=asked)
        if done.returncode <= 1:
            return _names(done.stdout)
        if len(paths) == 1:
            return set(paths)
        half = len(paths) // 2  # git stops at the first such path without naming the others
        return self._ignored_or_foreign(paths[:half]) | self._ignored_or_foreign(paths[half:])

    def _tracked_though_ignored(self) -> set[str]:
        """Files that are tracked though an exclude rule covers them: documents like others."""
        return _names(run(self._repo, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard"))


_REMEMBERED = 50_000  # answers about folders kept between two plans


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _names(listed: bytes) -> set[str]:
    return {os.fsdecode(name) for name in listed.split(b"\0") if name}


def _parents(name: str) -> Iterator[str]:
    folder = name.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
