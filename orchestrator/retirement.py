"""What a commit takes back of what was learnt before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retirement:
    """What a commit takes back: `what` (insight or commit) and the beginning of its id.

    `why` is trailer, revert, document, or left (a component's folder did);
    `successor` the insight that took its place, where it is named.
    """

    what: str
    target: str
    why: str
    successor: str = ""
