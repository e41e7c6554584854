"""Explained scores: a score is a sum of weighted reasons, and a reason is a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.i18n import say

MINIMUM_SCORE = 0.5
"""Below this a candidate is not worth a person's look.

Source: the budget of 3 to 5 alerts per 100 human commits (facts/git-capture.md, section 5). The
detectors' weights are set so that 0.5 means one strong sign or two weak ones. Read on real
histories, unique candidates per 100 human commits: opentelemetry-demo 3.2, microservices-demo 2.8,
querido-diario 1.4, prometheus 1.3, i-educar, sapl and flask 0.1 to 0.2.
"""


@dataclass(slots=True)
class Score:
    """Collects the parts of one score. `language` is that of the group ('pt-BR' or 'en')."""

    language: str
    value: float = 0.0
    reasons: list[str] = field(default_factory=list)

    def add(self, weight: float, message: str, **values: str) -> Score:
        """Add a part: its weight (may be negative) and the English message id that explains it."""
        text = say(self.language, message).format(**values)
        self.value += weight
        self.reasons.append(f"{weight:+.2f} {text}")
        return self

    @property
    def total(self) -> float:
        """The sum, kept within 0..1 and rounded to hundredths."""
        return round(min(1.0, max(0.0, self.value)), 2)
