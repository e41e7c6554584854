"""The servers' time: the real one plus an offset that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Call `advance` to let time pass at once."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """The present, UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Back to the real time."""
        self.offset = timedelta()
