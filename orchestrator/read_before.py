"""Where local history ends now, and up to where each company's store has read it."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import NamedTuple

from orchestrator import git
from orchestrator.desk import Desk
from orchestrator.errors import OrchError
from orchestrator.git.refs import before_rebases, references
from orchestrator.model import digest

OWN_BRANCHES = "/orch/share/"  # what orch itself proposes teaches nobody anything
# Kept beside the refs: when they change, all is read anew.
SHALLOW, PATHS, COUNTED, FILES = "!shallow", "!paths", "!counted", "!files"
_LEFT = "-"  # begins the name of a commit at which a ref ended: see `former_ends`
MATCHING = "g3"  # raise it when `config.match.confidential_glob` changes: history is then read anew for it


class LocalRefs(NamedTuple):
    """`tips`: ref → commit. `damaged`: the refs of which nobody can say where they stand; `names`: of each of
    both the name that people read. `why`: what git says of the damage, where it says something.
    """

    tips: dict[str, str]
    damaged: frozenset[str]
    names: dict[str, str]
    why: OrchError | None


def local_tips(repository: git.Repository) -> dict[str, str]:
    """The refs that count and can be read."""
    return local_refs(repository).tips


def local_refs(repository: git.Repository) -> LocalRefs:
    """The refs that count: local branches and HEADs.

    What was only fetched is somebody else's word until it is merged here: a fork's `Share: yes` is
    nobody's consent. In the middle of a rebase HEAD stands on commits that come and go: what it
    stood on before counts, in whichever work tree. Names come as digests: each company's store keeps
    them all, and a branch's name is the other companies' own.
    """
    former, refs = before_rebases(repository), references(repository)
    found = {ref: former.get(ref, tip) for ref, tip in refs.tips.items()}
    names = {digest(ref, size=16): ref for ref in (*found, *refs.damaged) if _counts(ref)}
    tips = {key: tip for key, ref in names.items() if (tip := found.get(ref))}
    damaged = frozenset(key for key, ref in names.items() if ref not in found)
    return LocalRefs(tips, damaged, names, refs.why)


def _counts(ref: str) -> bool:
    return not ref.startswith("refs/remotes/") and OWN_BRANCHES not in f"{ref}/"


def head(tips: Mapping[str, str]) -> str:
    """Of these tips the commit on which the main work tree stands; '' before the first."""
    return tips.get(digest("main-worktree/HEAD", size=16), "")


def read_before(desk: Desk, repository: git.Repository, *, restart: bool) -> dict[str, str]:
    """Ref → commit, up to which a company's store has read; {} from the beginning.

    `restart` begins anew where the marks have changed: commits may have become this company's, touch what
    is a confidential file now, or have come into a shallow clone. What was learnt by other paths stays: no
    commit took it back, and a renamed folder or a typo looks the same (`Insights.elsewhere`).
    """
    read, now = desk.store.tips(), marks(desk, repository)
    if restart and {name: read.get(name, "") for name in now} != now:
        with desk.store.transaction():
            desk.store.touched.clear()
            desk.store.advance(now)
        read = now
    return _refs(read)


def marks(desk: Desk, repository: git.Repository) -> dict[str, str]:
    """What, beside refs, decides what a company has read: its paths, what makes a look necessary, and
    where a clone is cut off.
    """
    group, company = desk.group, desk.company
    paths = digest(*group.company(company).paths, str(group.default_company == company), size=16)
    files = files_mark(desk)
    return {PATHS: paths, SHALLOW: git.shallow_mark(repository), COUNTED: "5", FILES: files}


def files_mark(desk: Desk) -> str:
    """A hash of what says which commits need a look, and of how it matches: all companies' confidential
    files and paths.
    """
    group = desk.group
    paths = [(c.id, c.paths) for c in group.companies]
    return digest(MATCHING, json.dumps([desk.policy.files, paths, group.default_company]), size=16)


def former_ends(read: Mapping[str, str], left: Container[str]) -> dict[str, str]:
    """What to keep beside the refs so that a later drain finds what left: its ends, where refs stood."""
    return {f"{_LEFT}{commit}": commit for commit in read.values() if commit in left}


def _refs(read: Mapping[str, str]) -> dict[str, str]:
    return {name: tip for name, tip in read.items() if not name.startswith("!")}
