"""What the configuration says must not leave: confidential terms, and names of other companies.

A company's own id and name are no finding, for every shared learning names its origin. What is
said about *another* company of the group asks a person: its consent is not ours to give, and yet
its bare name is no secret in the group. Another company's confidential terms ask likewise.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy
from orchestrator.validate.terms import occurrences


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Every confidential term and every other company's name or term."""
    for start, end in occurrences(text, policy.terms):
        yield policy.hit(start, end, "confidential.term", "confidential")
    for start, end in occurrences(text, policy.foreign_terms):
        yield policy.hit(start, end, "confidential.other-company-term", "company")
    for start, end in occurrences(text, policy.companies):
        yield policy.hit(start, end, "confidential.other-company", "company")
