"""One commit at which orch makes a mistake keeps none of the others from being read."""

from __future__ import annotations

from collections.abc import Callable, Container

from orchestrator.faults import translated
from orchestrator.model import Commit

MOST = 32  # of one batch that are set apart: where there are more, the mistake is hardly of single commits


def apart(
    commits: list[Commit],
    work: Callable[[list[Commit]], None],
    suspected: Callable[[], Container[str]] = tuple,
    most: int = MOST,
) -> dict[str, Exception]:
    """Have `work` done on all of these but those at which it makes a mistake; these, each with its mistake.

    After the first mistake each `suspected` commit is tried by itself, and of the others halves, until only
    such commits are left. What `work` did with others stays done. Raises the mistake where it is made with
    no commit at all, or at more than `most`, and whatever is none.
    """
    found: dict[str, Exception] = {}
    waiting, whole = [commits], True
    while waiting:
        part = waiting.pop()
        try:
            work(part)
        except Exception as e:
            if translated(e) is not None:
                raise
            if whole and part:
                work([])  # of no commit: then it is raised
            if len(part) > 1:
                waiting += _apart(part, suspected() if whole else ())
            elif part and len(found) < most:
                found[part[0].id] = e
            else:
                raise
        whole = False
    return found


def _apart(commits: list[Commit], suspected: Container[str]) -> list[list[Commit]]:
    """Smaller parts of these, the one to be tried first at the end."""
    alone = [[c] for c in commits if c.id in suspected]
    others = [c for c in commits if c.id not in suspected]
    if alone and others:
        return [*reversed(alone), others]
    middle = len(commits) // 2
    return [commits[middle:], commits[:middle]]
