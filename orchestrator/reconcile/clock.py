"""Times of the outbox, UTC ISO 8601, as seconds from now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def age(started_at: str) -> float:
    """Seconds since a time; 0 for ''."""
    if not started_at:
        return 0.0
    return (datetime.now(UTC) - datetime.strptime(started_at, FORMAT).replace(tzinfo=UTC)).total_seconds()


def later(seconds: float) -> str:
    """The time so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime(FORMAT)
