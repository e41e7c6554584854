"""Times as the stores hold them: UTC ISO 8601 with seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def now() -> str:
    """The present time."""
    return datetime.now(UTC).strftime(FORMAT)


def age(started_at: str) -> float:
    """Seconds since a time; 0 for ''."""
    if not started_at:
        return 0.0
    return (datetime.now(UTC) - datetime.strptime(started_at, FORMAT).replace(tzinfo=UTC)).total_seconds()


def later(seconds: float) -> str:
    """The time so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime(FORMAT)
