"""Whose commit it is: a commit belongs to the companies whose paths it touches."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath

from orchestrator import detect, git
from orchestrator.config.group import Group
from orchestrator.config.match import confidential_to_any, match_company
from orchestrator.errors import UserError
from orchestrator.model import Change, Commit, FileChange, TextPair
from orchestrator.plain_name import plain_name
from orchestrator.store.catalogue import Seen
from orchestrator.validate.files import FILE, OTHER_COMPANY

MANIFESTS = 1_000  # of one commit that are read to tell what else is there
NOBODY = ""  # in the place of a company's id: code that all companies share


Owned = list[tuple[Commit, frozenset[str]]]  # commits, each with whose it is


def owners(repository: git.Repository, group: Group, commits: Iterable[Commit]) -> Owned:
    """Each commit with the companies that it belongs to, and NOBODY when it touched code that all share.

    A file that moved touched the place that it left, too. A merge carries no files of its own: its
    words belong to those whose paths it brought. An empty commit belongs to the default company, or
    to the only one there is.
    """
    asked = list(commits)
    brought = git.brought_paths(repository, (c for c in asked if c.is_merge and not c.files and _speaks(c)))
    return [(commit, _owners(group, commit, brought)) for commit in asked]


def unheard(found: Owned) -> list[Commit]:
    """The commits whose message teaches something, and that belong to no company."""
    return [commit for commit, whose in found if not whose - {NOBODY} and detect.speaks(commit)]


def _owners(group: Group, commit: Commit, brought: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    if commit.files:
        return _whose(group, (path for f in commit.files for path in touched(f)))
    if commit.is_merge:
        return _whose(group, brought.get(commit.id, ()))
    only = [c.id for c in group.companies] if len(group.companies) == 1 else []
    return frozenset(filter(None, [group.default_company, *only]))


def touched(change: FileChange) -> tuple[str, ...]:
    """The paths that a change touched: one, or of a rename the new and the former one."""
    return (change.path, change.old_path) if change.status == "R" else (change.path,)


def _whose(group: Group, paths: Iterable[str]) -> frozenset[str]:
    return frozenset(c for path in paths for c in match_company(group, path) or (NOBODY,))


def _speaks(commit: Commit) -> bool:
    """Has the message a body? `Merge branch 'x'` alone teaches nothing and is not worth a look."""
    return ":" in commit.message.partition("\n")[2]


def changes_for(
    repository: git.Repository,
    group: Group,
    seen: Seen,
    company: str,
    commits: list[Commit],
) -> Iterator[Change]:
    """Each commit as a company sees it: its own paths, with the texts that detectors want.

    `seen` are the components that were known before the first of them.
    """
    mine = [(c, tuple(_cut(group, company, c.files))) for c in commits]
    wanted = [f for _c, files in mine for f in files if detect.wants_text(f.path)]
    read = {f.path for f in wanted}
    asked = {b for f in wanted for b in (f.blob, f.old_blob) if b}
    blobs, absent = git.read_blobs(repository, asked), git.absent(repository, asked)
    known, topics = set(seen.here), dict(seen.topics)
    for commit, files in mine:
        texts = {f.path: _text_pair(f, blobs) for f in files if f.path in read}
        born = _components(files, texts)
        missing = frozenset(b for f in files if f.path in read for b in (f.blob, f.old_blob) if b in absent)
        left = _left(repository, commit, files, (known, topics))
        before = _before(repository, commit, files, known, topics)
        change = Change(company, commit, files, texts, before, dict(topics), left, born, missing)
        if detect.is_judged_by_others(change):
            change = replace(change, standing=_standing(repository, group, change))
        yield change
        known -= left
        known.update(born)
        topics.update(detect.births(change))


def _standing(repository: git.Repository, group: Group, change: Change) -> dict[str, str]:
    """Path → text of the company's manifests that a commit did not touch, and of its lock files before it."""
    tree = git.list_tree(repository, change.commit.id, recursive=True)
    before = {f.path: f.old_blob for f in change.files}
    found = [
        (entry.path, blob)
        for entry in tree
        if entry.type == "blob"
        and entry.path not in change.texts
        and (detect.is_manifest(entry.path) or detect.is_lock_of(entry.path, change.texts))
        and change.company in match_company(group, entry.path)
        and (blob := before.get(entry.path, entry.id))
    ][:MANIFESTS]
    blobs = git.read_blobs(repository, {blob for _path, blob in found})
    texts = ((path, _text(blobs.get(blob))) for path, blob in found)
    return {path: text for path, text in texts if text}


def looks(
    repository: git.Repository,
    group: Group,
    globs: Sequence[tuple[str, ...]],
    company: str,
    commits: Sequence[Commit],
) -> Iterator[tuple[str, str, str]]:
    """(commit, rule, name) for each commit that touches a confidential file or other companies' paths.

    `globs` are lists of globs, of all companies: a commit's words are not of one path only. What a merge
    brought counts, and both names of a file that moved.
    """
    brought = git.brought_paths(repository, (c for c in commits if c.is_merge and not c.files and _speaks(c)))
    for commit in commits:
        paths = {*brought.get(commit.id, ()), *chain.from_iterable(map(touched, commit.files))}
        for glob in {confidential_to_any(globs, path) for path in paths} - {""}:
            yield commit.id, FILE, glob
        for other in _whose(group, paths) - {company, NOBODY}:
            yield commit.id, OTHER_COMPANY, other


def _cut(group: Group, company: str, files: Iterable[FileChange]) -> Iterator[FileChange]:
    """The files of a commit that are a company's; what moved away from it has left, for its eyes."""
    for f in files:
        if company in match_company(group, f.path):
            yield f
        elif f.status == "R" and company in match_company(group, f.old_path):
            yield FileChange(f.old_path, "D", old_blob=f.old_blob)


def _components(files: tuple[FileChange, ...], texts: Mapping[str, TextPair]) -> dict[str, str]:
    """Folder → name of every component whose manifest the commit touched."""
    found = {}
    for f in files:
        folder = detect.component_of(f.path)
        if folder is None or f.status == "D":
            continue
        manifest = detect.read_manifest(f.path, texts[f.path].after or "")
        if manifest is None and f.path.endswith("setup.py"):
            continue  # a module of that name, not a package's
        found[folder] = (manifest.name if manifest else "") or plain_name(PurePosixPath(folder).name)
    return found


def _left(
    repository: git.Repository, commit: Commit, files: Iterable[FileChange], seen: Sequence[Container[str]]
) -> frozenset[str]:
    """The folders of components seen once of which this commit took away the last manifest."""
    taken = (f.path if f.status == "D" else f.old_path for f in files if f.status in "DR")
    folders = {folder for path in taken if (folder := detect.component_of(path)) is not None}
    met = (f for f in folders if any(f in each for each in seen))
    return frozenset(f for f in met if not _has_manifest(repository, commit.id, f))


def _before(
    repository: git.Repository,
    commit: Commit,
    files: Iterable[FileChange],
    known: AbstractSet[str],
    topics: Container[str],
) -> frozenset[str]:
    """The folders that were components before a commit.

    Of those seen once to which it adds a manifest, its parent tells: another branch may have made or dropped
    them, and what is picked from there, or melted into one commit, makes or drops them as well.
    """
    added = {
        folder for f in files if f.status in "AR" and (folder := detect.component_of(f.path)) is not None
    }
    met = {f for f in added if f in known or f in topics} if commit.parents else set()
    return frozenset((known - met) | {f for f in met if _has_manifest(repository, commit.parents[0], f)})


def _has_manifest(repository: git.Repository, commit: str, folder: str) -> bool:
    try:
        tree = git.list_tree(repository, commit, folder)
    except UserError:  # the folder is gone
        return False
    return any(entry.type == "blob" and detect.component_of(entry.path) == folder for entry in tree)


def _text_pair(change: FileChange, blobs: Mapping[str, bytes]) -> TextPair:
    return TextPair(_text(blobs.get(change.old_blob)), _text(blobs.get(change.blob)))


def _text(blob: bytes | None) -> str | None:
    if blob is None or b"\0" in blob[:8000]:
        return None
    return blob.decode("utf-8", "backslashreplace")
