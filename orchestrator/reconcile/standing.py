"""Whether the folder that wishes are about is the one that is there now: away is no answer, nor is another.

A folder that is not mounted looks like one from which everything was taken away. What is settled on such a
look is lost: a withdrawal counts as done, and a new learning lies where nobody else will read it.
"""

from __future__ import annotations

import shlex
from contextlib import suppress

from orchestrator.desk import Desk
from orchestrator.errors import TransientError
from orchestrator.i18n import _
from orchestrator.remote import Marked
from orchestrator.wishes import place_shown


def require_place(desk: Desk, remote: object, target: str) -> None:
    """Raise TransientError where the folder is away, or is another than the one that was pushed to."""
    if not isinstance(remote, Marked):
        return
    known, found = desk.store.places.mark(target), remote.marks()
    if known in found or (not known and (found or not desk.store.places.holds(target))):
        return
    bare, folder = remote.is_bare(), place_shown(target)
    if not known and not bare:
        return  # of a store that is older than marks
    forget = f"orch push --forget {shlex.quote(folder)}"
    if found or not bare:
        raise TransientError(
            _("{folder} is not the folder that was pushed to").format(folder=folder),
            _(
                "put that one back, or correct its path in .orch/config.toml; or, to go on with the one that "
                "is there: {command}"
            ).format(command=forget),
        )
    raise TransientError(
        _("{folder} does not hold what was pushed to it: it is away").format(folder=folder),
        _(
            "mount it or put it back, or correct its path in .orch/config.toml, and run the command again; "
            "if it is lost for good: {command}"
        ).format(command=forget),
    )


def hold_place(desk: Desk, remote: object, target: str) -> None:
    """Before something is written there, see to it that the folder is known again. Raises TransientError."""
    if isinstance(remote, Marked) and not desk.store.places.mark(target):
        _remember(desk, target, min(remote.marks(), default="") or remote.put_mark())


def meet_place(desk: Desk, remote: object, target: str) -> None:
    """Remember the folder that was met; one that holds something of ours is given a mark if it can be."""
    if not isinstance(remote, Marked) or desk.store.places.mark(target):
        return
    with suppress(TransientError):  # read only: what lies there is all right, and the next one may do it
        mark = min(remote.marks(), default="")
        if not mark and desk.store.places.holds(target) and not remote.is_bare():
            mark = remote.put_mark()
        if mark:
            _remember(desk, target, mark)


def is_one_folder(desk: Desk, former: object, present: object, target: str) -> bool:
    """Whether a former path leads to the folder at `target` although the system does not say so.

    A share that is mounted twice is one; a copy has the marks of the original too. A new mark tells, and is
    the one that is remembered from then on. Raises TransientError.
    """
    if not (isinstance(former, Marked) and isinstance(present, Marked)):
        return False
    if desk.store.places.mark(target) not in former.marks():
        return False
    require_place(desk, present, target)
    _remember(desk, target, present.put_mark())
    return desk.store.places.mark(target) in former.marks()


def _remember(desk: Desk, target: str, mark: str) -> None:
    with desk.store.transaction():
        desk.store.places.remember(target, mark)
