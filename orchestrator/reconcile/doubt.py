"""What fails after something was sent leaves that in doubt, whatever the failure itself says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.errors import OrchError


@contextmanager
def after_sending() -> Iterator[None]:
    """For the questions that follow a write: an outage or a refused key says nothing of the write."""
    try:
        yield
    except OrchError as e:
        e.in_doubt = True
        raise
