"""What tags hold of commits that no branch reaches any more: a release, tagged, its branch deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from orchestrator.errors import UnreadableError
from orchestrator.git.lineage import parents
from orchestrator.git.process import as_lines, execute, failure, run
from orchestrator.git.refs import ignored
from orchestrator.git.repository import Repository

_REACHED = ("--source", "--ignore-missing", "--no-show-signature", "-z", "--format=%H %S", "--stdin")
_NAMED = ("for-each-ref", "--format=%(objectname)", "refs/tags")
_HOLDER = "+"  # begins the name of what a store keeps beside its refs: "+<tag's object> <commit>" → commit


def held(repo: Repository, commits: AbstractSet[str], tips: Iterable[str]) -> tuple[set[str], dict[str, str]]:
    """Those of these commits, none of which `tips` reach, that a tag reaches; and what holds them.

    The second is holder → commit, the last commits of each line: what `standing` is asked later.
    """
    tags = _objects(repo) if commits else []
    if not tags:
        return set(), {}
    told = _told(repo, tags, [f"^{tip}" for tip in dict.fromkeys(tips)])
    found = (line.split() for line in told.decode().split("\0") if line)
    kept = {commit: tag for commit, tag in found if commit in commits}
    followed = {parent for above in parents(repo, kept).values() for parent in above}
    ends = (commit for commit in kept if commit not in followed)
    return set(kept), {f"{_HOLDER}{kept[commit]} {commit}": commit for commit in ends}


def standing(repo: Repository, read: Mapping[str, str]) -> dict[str, str]:
    """Those of the holders among `read` whose tag is still there, under whatever name, or may be."""
    holders = {name: commit for name, commit in read.items() if name.startswith(_HOLDER)}
    if not holders:
        return {}
    done = execute(repo.root, _NAMED)
    if ignored(done.stderr):  # a tag in whose file stands nothing: it may be any of them
        return holders
    tags = set(done.stdout.decode().split())
    return {name: commit for name, commit in holders.items() if name[1:].split()[0] in tags}


def _told(repo: Repository, tags: list[str], without: list[str]) -> bytes:
    """What these tags reach, `without` what others do, each commit with its tag.

    One tag of what is missing or damaged stops git: then halves are asked for, down to that one, which holds
    what git can follow from it.
    """
    args = ["log", *_REACHED]
    done = execute(repo.root, args, stdin=as_lines([*tags, *without]))
    if not done.returncode:
        return done.stdout
    if len(tags) > 1:
        middle = len(tags) // 2
        return _told(repo, tags[:middle], without) + _told(repo, tags[middle:], without)
    if not isinstance(found := failure(args, done.stderr), UnreadableError):
        raise found
    return done.stdout


def _objects(repo: Repository) -> list[str]:
    """The objects that tags name, as they are, each once: none is opened for it."""
    return list(dict.fromkeys(run(repo, *_NAMED).decode().split()))
