"""Which references cannot be read, where one of them stops a reading of all."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from orchestrator.errors import UnreadableError
from orchestrator.git.log import CONFIGURED, PLAIN, RAW, asked_for
from orchestrator.git.process import as_lines, run, stream
from orchestrator.git.repository import Repository
from orchestrator.i18n import _

_READING = (*CONFIGURED, "log", *PLAIN, *RAW, "--format=%H")  # asks git for all that a reading asks


def unreadable(repo: Repository, tips: Mapping[str, str], read: Iterable[str] = ()) -> set[str]:
    """Those of these references of whose commits above `read` git lacks something that a reading needs.

    Each is read by itself, those before it left out.
    """
    known, damaged = set(read), set[str]()
    for commit in dict.fromkeys(tips.values()):
        try:
            for _chunk in stream(repo, *_READING, input=asked_for(repo, (commit,), known)):
                pass
        except UnreadableError:
            damaged.add(commit)
        else:
            known.add(commit)
    return {name for name, commit in tips.items() if commit in damaged}


def unreadable_commits(repo: Repository, commits: Iterable[str]) -> dict[str, UnreadableError]:
    """Those of these few commits that git lacks, or of which it lacks what a reading needs; with why."""
    damaged = {}
    for commit in commits:
        try:
            if commit.encode() not in run(repo, *_READING, "--no-walk", input=as_lines((commit,))):
                raise UnreadableError(commit)
        except UnreadableError as e:
            damaged[commit] = e
    return damaged


def unreadable_refs(names: Iterable[str]) -> UnreadableError:
    """What keeps these references (as `git.refs.references` names them) from being read, with the mend."""
    found = list(names)
    shown = [name for name in found if name.startswith("refs/")]
    told = _("git cannot read what these stand on: {refs}").format(refs=", ".join(shown or found))
    if not shown:
        return UnreadableError(told, _("`git fetch --refetch`, or `git switch` to a branch that can be read"))
    mend = _(
        "`git fetch --refetch`, or delete it if nobody needs it: git update-ref -d {ref} (where git says "
        '"reference broken": rm "$(git rev-parse --git-path {ref})")'
    )
    return UnreadableError(told, mend.format(ref=shlex.quote(shown[0])))
