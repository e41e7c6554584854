"""What a revert takes back beyond the ids that it names: all of a merge, or what only its subject tells.

A revert of a merge names the merge alone. A rebase gives the reverted commit another id and leaves the former
one in the revert's message, and a forge's revert of a squash has no id at all: there the newest commit before
it with the subject that it quotes counts, if both touch a common path.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator import detect, git
from orchestrator.detect.retiring import Reverted
from orchestrator.model import Change, Retirement

LOOKED_THROUGH = 5_000  # commits before a revert among which a subject is looked for: some 50 ms


def undone(repository: git.Repository, change: Change) -> Iterator[Retirement]:
    """Commits that this one reverts without naming them. Asks git."""
    commit = change.commit
    said = detect.reverted(commit)
    if said is None:
        return
    for merge, parent in said.merges:
        if git.follows(repository, commit.id, merge):
            yield from (
                Retirement("commit", each, "revert") for each in git.brought(repository, merge, parent)
            )
    if any(git.follows(repository, commit.id, name) for name in said.commits):
        return
    if said.subject or said.request:
        found = _by_subject(repository, change, said)
        yield from (Retirement("commit", each, "revert") for each in found)


def _by_subject(repository: git.Repository, change: Change, said: Reverted) -> list[str]:
    """The newest commit before this one with that subject, else of that pull request, and a common path."""
    before = git.subjects_before(repository, change.commit.id, LOOKED_THROUGH)
    named = [each for each, subject in before if subject == said.subject]
    if said.request and not named:
        named = [each for each, subject in before if subject.endswith(f"(#{said.request})")]
    paths = {file.path for file in change.files}
    for found in git.these_commits(repository, named[:1]):
        if paths & {path for file in found.files for path in (file.path, file.old_path) if path}:
            return [found.id]
    return []
