"""Secrets by the engine's own rules (betterleaks: some 460 providers and generic passwords)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate import engine
from orchestrator.validate.hit import Hit
from orchestrator.validate.logins import is_stock, is_stock_login
from orchestrator.validate.policy import Policy
from orchestrator.validate.values import PLACEHOLDER

_RULE = re.compile(r"[^a-z0-9.-]+")
_LONG = 12  # a value this long stands for itself wherever it is; a shorter one may be a common word


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Every place where a value stands that the engine calls a secret. Raises EngineError."""
    safe = engine.prepared(text)
    for leak in set(engine.load().scan(safe)):
        general = leak.rule.startswith("generic-")
        if general and PLACEHOLDER.match(leak.value):
            continue
        name = "secret." + _RULE.sub("-", leak.rule.lower()).strip("-")
        rule, kind = ("secret.default", "credential") if _is_known(leak) else (name, "secret")
        for start, end in _places(safe, leak):
            yield policy.hit(start, end, rule, kind)


def _is_known(leak: engine.Leak) -> bool:
    """True for the documented default of a public image, where the engine's rule is none of a provider's."""
    if leak.rule == "generic-credential-uri":
        return is_stock_login(leak.full.partition("://")[2])
    return leak.rule.startswith("generic-") and is_stock(leak.value)


def _places(text: str, leak: engine.Leak) -> list[tuple[int, int]]:
    """Where the value stands; the engine's own columns (bytes, one occurrence) are not used.

    A value that stands nowhere was put together from parts: then the whole text is covered.
    """
    if len(leak.value) >= _LONG or leak.value not in leak.full:
        places = [m.span() for m in re.finditer(re.escape(leak.value), text)]
    else:
        inner = leak.full.rindex(leak.value)
        around = re.finditer(re.escape(leak.full), text)
        places = [(m.start() + inner, m.start() + inner + len(leak.value)) for m in around]
    return places or [(0, len(text))]
