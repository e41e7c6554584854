"""The ways in which a person was there first; a person decides then, not orch."""

from __future__ import annotations

from orchestrator.i18n import _
from orchestrator.reconcile.answer import HttpRefusedError
from orchestrator.remote import NOT_SHOWN, Observed, Refused


def overtaken(seen: Observed, now: Observed) -> bool:
    """True where a person changed the object after it was seen.

    A version that moved is not enough: another machine of ours may have written the same wish.
    """
    return now.edited and now.version != seen.version


def gone(key: str, ref: str) -> Refused:
    """The object was removed after it was seen."""
    return Refused(key, _("{ref} is gone").format(ref=ref), conflict=True)


def refused(key: str, error: HttpRefusedError) -> Refused:
    """The vendor refused it, in its own words; what an earlier try may have done stays in doubt."""
    return Refused(key, error.reason, in_doubt=error.in_doubt)


def protected(key: str, ref: str) -> Refused:
    """The object is there, and the vendor lets this account read it only."""
    return Refused(key, _("this account may not change {ref}").format(ref=ref))


def unseen(key: str) -> Refused:
    """The object was not shown any more when it was to be taken away."""
    return Refused(key, NOT_SHOWN, unseen=True)


def changed(key: str, ref: str) -> Refused:
    """The object was changed after it was seen."""
    return Refused(key, _("{ref} was changed by someone else").format(ref=ref), conflict=True)
