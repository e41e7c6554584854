"""Planned steps as a remote's verbs, with the mark of consent where a memory has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from orchestrator.errors import OrchError
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.plan import Action, Step
from orchestrator.remote import Done, Remote, Result
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
    with after_sending(bool(done)):
        unmark(remote, name, [key for key in (entry.key for _seen, entry in pairs) if key in done])
    yield from got
    if failure is not None:
        raise failure


def unmark(remote: Remote, name: str, keys: Sequence[str]) -> None:
    """Nothing of a company's own memory is marked as shared any more; the group's marks are people's."""
    if keys and isinstance(remote, Memory) and name.startswith(COMPANY + "."):
        remote.share(keys, shared=False)
