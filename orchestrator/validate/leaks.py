"""Secrets by the engine's own rules (betterleaks: some 460 providers and generic passwords)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate import engine
from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

_RULE = re.compile(r"[^a-z0-9.-]+")


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Every place where a value stands that the engine calls a secret. Raises EngineError."""
    safe = engine.prepared(text)
    for rule, value in set(engine.load().scan(safe)):
        name = "secret." + _RULE.sub("-", rule.lower()).strip("-")
        # The value is looked for instead of the engine's columns being trusted: this covers each
        # further occurrence too. A value that is nowhere was rebuilt from parts: cover everything.
        places = [m.span() for m in re.finditer(re.escape(value), safe)] or [(0, len(text))]
        for start, end in places:
            yield policy.hit(start, end, name, "secret")
