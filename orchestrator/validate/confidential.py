"""What the configuration says must not leave: confidential terms, and names of other companies.

A company's own id and name are no finding, for every shared learning names its origin. What is
said about *another* company of the group asks a person: its consent is not ours to give, and yet
its bare name is no secret in the group. Another company's confidential terms ask likewise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy
from orchestrator.validate.terms import occurrences


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Every confidential term, every key of a company's own issues, every other company's name or term."""
    for start, end in occurrences(text, policy.terms):
        yield policy.hit(start, end, "confidential.term", "confidential")
    for found in _issue(policy.projects).finditer(text) if policy.projects else ():
        yield policy.hit(*found.span(), "confidential.issue-key", "confidential")
    for start, end in occurrences(text, policy.foreign_terms):
        yield policy.hit(start, end, "confidential.other-company-term", "company")
    for start, end in occurrences(text, policy.companies):
        yield policy.hit(start, end, "confidential.other-company", "company")


@lru_cache(maxsize=8)
def _issue(projects: tuple[str, ...]) -> re.Pattern[str]:
    """Keys as branches have them, too: `feature/AUP-123-retry`, `fix_AUP-123_x`."""
    return re.compile(rf"(?i)(?<![^\W_])(?:{'|'.join(map(re.escape, projects))})-\d{{1,7}}(?![^\W_])")
