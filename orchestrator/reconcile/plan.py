"""Decide, from a wish and what the remote holds, what to do. Pure: a dry run prints this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from orchestrator.remote import TRASHED, Content, Entry, Observed

CUT_OFF = "cut off"


class Action(StrEnum):
    """All that a plan can say."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"  # it is there already, as wished: only write that down
    SKIP = "skip"
    RETRACT = "retract"
    CONFLICT = "conflict"  # a person changed or removed it: a person decides
    WAIT = "wait"  # an answer was lost and the remote may still hide the result
    STAY = "stay"  # it lies at the present place too: from a former one it goes once a person says so
    UNSEEN = "unseen"  # it is to go, and nobody can tell whether it has: looked for again at each push


@dataclass(frozen=True, slots=True)
class Known:
    """What we remember of an object: the outbox row without its database."""

    sent_hash: str = ""
    ref: str = ""
    in_doubt: bool = False  # a request went out and its answer never came
    doubt_age: float = 0.0  # seconds since then; below 0 where the clock was ahead then

    def may_hide(self, settle_seconds: float) -> bool:
        """Whether the remote may still hide what that request did.

        By a clock that was ahead nothing is known of when it went out: it waits twice as long at most, and
        not until that clock's time has come.
        """
        return self.in_doubt and abs(self.doubt_age) < settle_seconds


@dataclass(frozen=True, slots=True)
class Step:
    """One planned action on one remote; `entry` is None for a retraction.

    A dry run adds what the remote holds and what it would hold, each in the remote's own form. `title` is
    that of what is retracted, as it may be read; `where` a former place, as people read it.
    """

    key: str
    action: Action
    entry: Entry | None
    observed: Observed | None
    reason: str = ""
    held: Content | None = None
    wanted: Content | None = None
    title: str = ""
    where: str = ""


def plan(
    key: str,
    entry: Entry | None,
    known: Known,
    observed: Observed | None,
    *,
    settle_seconds: float = 0.0,
    force: bool = False,
    decided: bool = False,
    hidden: str = "",
    stay: bool = False,
) -> Step:
    """The one action that brings the remote nearer to the wish.

    `entry` None wishes for absence; `decided` says that a person decided on it (withdrew, refused),
    so that it holds for what people wrote there too. `settle_seconds` is how long the remote may hide
    what was just created. `force` overrides a person's edit, because a person said so. `hidden` says how an
    object that is not observed may be there all the same (`Hiding`). `stay`: it moved, and nobody said
    that it is to go from here.
    """
    if stay and observed is not None and not force:
        return Step(key, Action.STAY, None, observed)
    if entry is None:
        return _absent(key, known, observed, settle_seconds, decided or force, hidden)
    if observed is None:
        return _create(key, entry, known, settle_seconds, force)
    if observed.edited and not force:
        return Step(key, Action.CONFLICT, entry, observed, "edited")
    if observed.hash == entry.hash and not observed.edited:
        action = Action.SKIP if known.sent_hash == entry.hash else Action.ADOPT
        return Step(key, action, entry, observed)
    return Step(key, Action.UPDATE, entry, observed)


def _absent(
    key: str, known: Known, observed: Observed | None, settle_seconds: float, decided: bool, hidden: str
) -> Step:
    if observed is not None and observed.edited and not decided:
        return Step(key, Action.CONFLICT, None, observed, "edited")
    if observed is not None:
        return Step(key, Action.RETRACT, None, observed)
    if known.may_hide(settle_seconds):
        return Step(key, Action.WAIT, None, None, "unknown outcome")
    retracting = known.in_doubt and known.sent_hash  # our own retraction, whose answer was lost
    if hidden and not (hidden == TRASHED and retracting):
        return Step(key, Action.UNSEEN, None, None, hidden)
    return Step(key, Action.SKIP, None, None)


def _create(key: str, entry: Entry, known: Known, settle_seconds: float, force: bool) -> Step:
    if known.may_hide(settle_seconds):
        return Step(key, Action.WAIT, entry, None, "unknown outcome")
    if known.sent_hash and known.ref and not force:
        return Step(key, Action.CONFLICT, entry, None, "gone")
    return Step(key, Action.CREATE, entry, None)


def adopted_only(step: Step) -> Step:
    """The same for what another command writes, which was cut off: as it was to be it counts as written.

    Where nothing lies there nothing was begun; anything else waits for that command.
    """
    if step.action is Action.CREATE:
        return replace(step, action=Action.SKIP, entry=None)
    return replace(step, action=Action.WAIT, reason=CUT_OFF) if step.action is Action.UPDATE else step


def wrongly_marked(step: Step) -> bool:
    """True for a row of a memory that is as wished but for its mark: a push was killed before setting it."""
    if step.action not in (Action.SKIP, Action.ADOPT) or step.entry is None or step.observed is None:
        return False
    return (step.observed.status == "shared") is not step.entry.shared
