"""One remote's failure stops nothing else, a mistake of ours with what it answered included."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from orchestrator.errors import OrchError
from orchestrator.i18n import _


@contextmanager
def contained(stop: Callable[[OrchError], None]) -> Iterator[None]:
    """Whatever happens to this remote, `stop` is told and the others get their turn.

    Our own store's errors do not pass.
    """
    try:
        yield
    except OrchError as e:
        stop(e)
    except apsw.Error:
        raise
    except Exception as e:  # noqa: BLE001 - a mistake of ours with one remote must not hold the others
        last = traceback.extract_tb(e.__traceback__)[-1]
        what = f"{type(e).__name__}, {Path(last.filename).name}:{last.lineno}"
        mistake = OrchError(
            _("orch made a mistake: {what}").format(what=what),
            _("please report it; what is queued stays queued"),
        )
        mistake.code = "bug"
        stop(mistake)
