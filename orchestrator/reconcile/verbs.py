"""Planned steps as a remote's verbs, with the mark of consent where a memory has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from orchestrator.errors import OrchError
from orchestrator.reconcile.plan import Action, Step
from orchestrator.remote import Done, Entry, Remote, Result
from orchestrator.remote_memory import Memory
from orchestrator.wishes import COMPANY


def written(remote: Remote, name: str, steps: Sequence[Step]) -> Iterable[Result]:
    """Create, update or retract, whichever all of these steps are."""
    if steps[0].action is Action.CREATE:
        return remote.create([s.entry for s in steps if s.entry])
    if steps[0].action is Action.UPDATE:
        return _updated(remote, name, steps)
    return remote.retract([s.observed for s in steps if s.observed])


def _updated(remote: Remote, name: str, steps: Sequence[Step]) -> Iterator[Result]:
    """Update, and set the mark before anything is settled: `update` leaves it alone."""
    pairs = [(s.observed, s.entry) for s in steps if s.observed and s.entry]
    got: list[Result] = []
    failure: OrchError | None = None
    try:
        got.extend(remote.update(pairs))
    except OrchError as e:
        failure = e
    done = {r.key for r in got if isinstance(r, Done)}
    mark_shared(remote, name, [entry for _seen, entry in pairs if entry.key in done])
    yield from got
    if failure is not None:
        raise failure


def mark_shared(remote: Remote, name: str, entries: Sequence[Entry | None]) -> None:
    """In the company's own memory the mark is the entry's; in the group's, people own it."""
    if not (isinstance(remote, Memory) and name.startswith(COMPANY + ".")):
        return
    for shared in (True, False):
        keys = [entry.key for entry in entries if entry is not None and entry.shared is shared]
        if keys:
            remote.share(keys, shared=shared)
