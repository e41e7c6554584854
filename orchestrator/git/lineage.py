"""How commits follow from each other: what left history, whose parent is whose, what a merge brought."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.git.objects import existing
from orchestrator.git.process import execute, run
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line
from orchestrator.model import Commit, digest


def vanished(repo: Repository, before: Iterable[str], tips: Iterable[str]) -> set[str] | None:
    """Commits that `before` reached and `tips` do not: amended, rebased away, dropped.

    None when git has pruned one of `before`: nobody can say what it reached (`lost` can say less).
    """
    gone = set(before)
    if not gone:
        return set()
    asked = _between(gone, tips)
    done = execute(repo.root, ["rev-list", "--stdin"], stdin=asked)
    if done.returncode == 0:
        return set(done.stdout.decode().split())
    return None if gone - existing(repo, gone).keys() else lost(repo, gone, tips)


def lost(repo: Repository, commits: Iterable[str], tips: Iterable[str]) -> set[str]:
    """Those of these commits that git has no more or that no tip reaches, and what only they reach."""
    asked = set(commits)
    here = existing(repo, asked).keys()
    listed = run(repo, "rev-list", "--ignore-missing", "--stdin", input=_between(here, tips)) if here else b""
    return (asked - here) | set(listed.decode().split())


def _between(included: Iterable[str], excluded: Iterable[str]) -> bytes:
    lines = [*included, *(f"^{commit}" for commit in dict.fromkeys(excluded))]
    return "".join(f"{line}\n" for line in lines).encode()


def newest(repo: Repository, tips: Iterable[str], limit: int) -> list[str]:
    """At most `limit` commits that `tips` reach, the newest by the time of their committing first."""
    asked = _between(dict.fromkeys(tips), ())
    options = ("rev-list", f"--max-count={limit:d}", "--ignore-missing", "--stdin")
    return run(repo, *options, input=asked).decode().split() if asked else []


def parents(repo: Repository, commits: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Parents by commit id; commits that git has no more are left out."""
    asked = "".join(f"{c}\n" for c in dict.fromkeys(commits))
    if not asked:
        return {}
    options = ("rev-list", "--no-walk=unsorted", "--parents", "--ignore-missing", "--stdin")
    lines = run(repo, *options, input=asked.encode()).decode().splitlines()
    return {words[0]: tuple(words[1:]) for line in lines if (words := line.split())}


def brought_paths(repo: Repository, merges: Iterable[Commit]) -> dict[str, tuple[str, ...]]:
    """The paths in which each merge differs from its first parent: what it brought into that branch."""
    asked = "".join(f"{merge.id} {merge.parents[0]}\n" for merge in merges).encode()
    options = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--no-textconv")
    tokens = iter(run(repo, *options, input=asked).split(b"\0") if asked else ())
    found: dict[str, list[str]] = {}
    merge = ""
    for token in tokens:
        if token.startswith(b":"):  # modes, ids and letter; the path follows
            found[merge].append(one_line(next(tokens)))
        elif token:
            found[merge := token.strip().decode()] = []
    return {commit: tuple(paths) for commit, paths in found.items()}


def shallow_mark(repo: Repository) -> str:
    """Changes whenever the boundary of a shallow clone does; '' for a whole clone."""
    file = repo.common_dir / "shallow"
    return digest(file.read_text(), size=16) if file.exists() else ""
