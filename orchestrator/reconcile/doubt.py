"""What fails after something was sent leaves that in doubt, whatever the failure itself says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.errors import OrchError


@contextmanager
def after_sending(sent: bool = True) -> Iterator[None]:
    """For the questions, and the tries, that follow a write: an outage or a refused key says nothing of it.

    `sent` is false where nothing went out before that may have been carried out.
    """
    try:
        yield
    except OrchError as e:
        e.in_doubt = e.in_doubt or sent
        raise
