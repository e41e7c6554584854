"""An insight whose files changed much since it was said is to be reviewed (ADR 0019).

Compared are the file as it was when the insight was last said and what lies at its path in HEAD: the
share of its lines that are not there any more. Asked again only of paths in which HEAD differs from
the HEAD of the last time, so that it costs what changed, not the history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from orchestrator import git
from orchestrator.git.since import blobs_at, changed_paths
from orchestrator.model import Candidate, Change
from orchestrator.store.cited import Citation
from orchestrator.store.company import CompanyStore

MOST = 30  # files: a commit that touches more is about none of them (ROSE, facts/git-capture.md section 5)
TOGETHER = 50  # files held at a time, two versions of each
BY_NAME = ("adoption", "components")
SEEN = "cited_at"  # the setting that names the HEAD of the last time


def cited(change: Change, candidate: Candidate) -> dict[str, str]:
    """Path → blob of what a learning of a change is about: the paths it names, else all it touched.

    Not of components and technologies: their manifests change all the time and say the same.
    """
    if candidate.detector in BY_NAME:
        return {}
    files = {f.path: f.blob for f in change.files if f.status != "D" and f.blob and "\\" not in f.path}
    named = {path: files[path] for path in candidate.paths if path in files}
    return named or (files if len(files) <= MOST else {})


def renames(changes: Iterable[Change]) -> dict[str, str]:
    """Path before → path after of every file that these changes renamed as it was; oldest change first."""
    return {f.old_path: f.path for change in changes for f in change.files if f.status == "R"}


def look(
    repository: git.Repository, store: CompanyStore, head: str, renamed: Mapping[str, str] | None = None
) -> None:
    """Bring the company's citations up to `head`, the commit of the main work tree; '' for none yet.

    `renamed` are the renames of what was read just now: what was learnt before one in the same reading lies
    where that put it.

    What lies on another branch is not gone: of what no commit below `head` says, nothing more is gone. That
    is asked of what was learnt since, and of all that differs where HEAD does not follow from the last one.
    """
    before, fresh = store.setting(SEEN), store.cited.unasked()
    if not head or (before == head and not fresh):
        return
    with store.transaction():
        changed = changed_paths(repository, before, head) if before and before != head else {}
        store.cited.follow(changed or {})
        if renamed and fresh:
            store.cited.follow(_moved(repository, head, fresh, renamed))
        asked = store.cited.unasked(everything=changed is None)
        switched = bool(changed) and bool(git.lost(repository, {before}, [head]))
        spared = _taught_elsewhere(repository, store, head, asked if switched else fresh)
        for start in range(0, len(asked), TOGETHER):
            for citation, now, gone in _compared(repository, head, asked[start : start + TOGETHER]):
                store.cited.set_now(citation, now, gone, spared=citation.insight in spared)
        store.put_setting(SEEN, head)


def _moved(
    repository: git.Repository, head: str, fresh: Sequence[Citation], renamed: Mapping[str, str]
) -> dict[str, str]:
    """Path that a citation has → where that file lies at `head`, of those that are not there any more."""
    here = blobs_at(repository, head, (c.path for c in fresh))
    ends = {c.path: _end(c.path, renamed) for c in fresh if c.path not in here and c.path in renamed}
    there = blobs_at(repository, head, ends.values())
    return {path: end for path, end in ends.items() if end in there}


def _end(path: str, renamed: Mapping[str, str]) -> str:
    """Where renames lead, one after the other; a circle ends where it closes."""
    passed = {path}
    while (after := renamed.get(path, "")) and after not in passed:
        passed.add(after)
        path = after
    return path


def _taught_elsewhere(
    repository: git.Repository, store: CompanyStore, head: str, citations: Sequence[Citation]
) -> set[str]:
    """The insights of these citations that no commit below `head` says."""
    said = store.cited.commits({c.insight for c in citations})
    away = git.lost(repository, {c for commits in said.values() for c in commits}, [head]) if said else set()
    return {insight for insight, commits in said.items() if commits <= away}


def _compared(
    repository: git.Repository, head: str, asked: Sequence[Citation]
) -> Iterator[tuple[Citation, str, float]]:
    """Each citation with what lies there now, and how much of it is gone."""
    here = blobs_at(repository, head, (c.path for c in asked))
    differ = {b for c in asked if (now := here.get(c.path, "")) and now != c.blob for b in (c.blob, now)}
    texts = git.read_blobs(repository, differ)
    for c in asked:
        now = here.get(c.path, "")
        yield c, now, 1.0 if not now else 0.0 if now == c.blob else gone(texts, c.blob, now)


def gone(texts: Mapping[str, bytes], before: str, now: str) -> float:
    """The share of the lines of `before` that `now` does not hold, 0 to 1; 0 where nobody can tell.

    Lines that moved are still there; blank ones do not count.
    """
    if before not in texts or now not in texts or b"\0" in texts[before][:8000]:
        return 0.0
    were = Counter(line.strip() for line in texts[before].splitlines() if line.strip())
    are = Counter(line.strip() for line in texts[now].splitlines() if line.strip())
    return (were - are).total() / were.total() if were else 0.0
