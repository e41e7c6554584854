"""What one check reports: a place in a text, the rule that found it, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestrator.model import Outcome

if TYPE_CHECKING:
    from orchestrator.validate.policy import Policy


@dataclass(frozen=True, slots=True)
class Hit:
    """`text[start:end]` is what `rule` found; `placeholder` replaces it ('': nothing to replace)."""

    start: int
    end: int
    rule: str
    kind: str
    outcome: Outcome
    placeholder: str = ""

    def moved(self, start: int, end: int) -> Hit:
        """The same hit at another place (of the text that this one was derived from)."""
        return replace(self, start=start, end=end)


# Every check: pure, no state, raises only when its engine fails.
Check = Callable[[str, "Policy"], Iterable[Hit]]
