"""The verdict on texts that nobody scanned: blocked, with the reason, and without the texts."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model import Finding, Outcome, Verdict
from orchestrator.validate import Policy

# Fixed as the placeholders of validate/kinds.py are: what is stored does not change with a translation.
_PORTUGUESE, _ENGLISH = "[não examinado]", "[not scanned]"


def refusal(texts: Mapping[str, str], policy: Policy, rule: str) -> Verdict:
    """BLOCK for each text; `rule` is one of validate/failures.py."""
    mark = _ENGLISH if policy.language.lower().startswith("en") else _PORTUGUESE
    found = tuple(Finding(rule, "engine", name, 0, len(text), Outcome.BLOCK) for name, text in texts.items())
    return Verdict(Outcome.BLOCK, found, {name: mark if text else "" for name, text in texts.items()}, "")
