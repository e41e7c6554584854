"""What tags hold of commits that no branch reaches any more: a release, tagged, its branch deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from orchestrator.git.lineage import parents
from orchestrator.git.process import as_lines, run
from orchestrator.git.repository import Repository

_HOLDER = "+"  # begins the name of what a store keeps beside its refs: "+<tag's object> <commit>" → commit


def held(repo: Repository, commits: AbstractSet[str], tips: Iterable[str]) -> tuple[set[str], dict[str, str]]:
    """Those of these commits, none of which `tips` reach, that a tag reaches; and what holds them.

    The second is holder → commit, the last commits of each line: what `standing` is asked later.
    """
    tags = _tagged(repo) if commits else {}
    if not tags:
        return set(), {}
    options = ("--source", "--ignore-missing", "--no-show-signature", "-z", "--format=%H %S", "--stdin")
    asked = as_lines([*tags, *(f"^{tip}" for tip in dict.fromkeys(tips))])
    told = (line.split() for line in run(repo, "log", *options, input=asked).decode().split("\0") if line)
    kept = {commit: tags[tip] for commit, tip in told if commit in commits}
    followed = {parent for above in parents(repo, kept).values() for parent in above}
    ends = (commit for commit in kept if commit not in followed)
    return set(kept), {f"{_HOLDER}{kept[commit]} {commit}": commit for commit in ends}


def standing(repo: Repository, read: Mapping[str, str]) -> dict[str, str]:
    """Those of the holders among `read` whose tag is still there, under whatever name."""
    holders = {name: commit for name, commit in read.items() if name.startswith(_HOLDER)}
    tags = set(_objects(repo)) if holders else ()
    return {name: commit for name, commit in holders.items() if name[1:].split()[0] in tags}


def _tagged(repo: Repository) -> dict[str, str]:
    """Commit → the object that a tag of it names. Tags of other things, and broken ones, are left out."""
    tags = _objects(repo)
    asked = as_lines(f"{tag}^{{commit}}" for tag in tags)
    told = run(repo, "cat-file", "--batch-check=%(objectname)", input=asked).decode().splitlines()
    return {name: tag for name, tag in zip(told, tags, strict=True) if " " not in name}


def _objects(repo: Repository) -> list[str]:
    """The object that each tag names, as it is: none is opened for it."""
    return run(repo, "for-each-ref", "--format=%(objectname)", "refs/tags").decode().splitlines()
