"""How long to wait: what a server asks for, and our own backoff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 86_400.0  # seconds; windows last an hour at most: what asks for more counts in other units


def is_rate_limit(status: int, headers: Mapping[str, str]) -> bool:
    """True for 429, and for a 403 that says it is one (GitHub's secondary limits)."""
    if status != 403:
        return status == 429
    return "Retry-After" in headers or headers.get("X-RateLimit-Remaining") == "0"


def wanted_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds the server asks for, at most a day; None where it does not say.

    Reads `Retry-After` (seconds or HTTP date), else `X-RateLimit-Reset` (epoch seconds at
    GitHub, ISO 8601 at Atlassian). Dates count from the server's own `Date` when it sends one;
    `now` is in epoch seconds.
    """
    told = headers.get("Retry-After", "").strip()
    if _is_number(told):
        return min(float(told), LONGEST_WAIT)
    now = _date(headers.get("Date", "")) or now
    at = _date(told) or _reset(headers.get("X-RateLimit-Reset", "").strip())
    return None if at is None else min(max(0.0, at - now), LONGEST_WAIT)


def backoff(attempt: int, chance: float) -> float:
    """Full jitter: up to 2, 4, 8 … seconds, never more than 30. `chance` lies in 0..1."""
    return chance * min(30.0, 2.0 * 2.0**attempt)


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()


def _reset(text: str) -> float | None:
    if _is_number(text):
        return float(text)
    try:
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _date(text: str) -> float | None:
    if not text:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
