"""Runs every check on every form of a text and makes one verdict of what they find.

The redacted text is judged again until nothing more is found in it, so that redacting is
idempotent by construction. What goes wrong in a check is a finding that blocks, never an
exception and never silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from orchestrator.model import Finding, Outcome, Verdict, strictest
from orchestrator.validate.exception import lowered, outside
from orchestrator.validate.forms import forms
from orchestrator.validate.hit import Check, Hit
from orchestrator.validate.merging import cut, merged, outside_placeholders
from orchestrator.validate.policy import Policy

MAX_CHARS = 262_144  # a field that is longer is refused whole, not scanned in part
ROUNDS = 4


def judge(texts: Mapping[str, str], policy: Policy) -> Verdict:
    """What may leave of these texts, given by field name (`title`, `content`, ...).

    Never raises for any text. A field over MAX_CHARS characters is blocked unread.
    """
    findings: list[Finding] = []
    redacted: dict[str, str] = {}
    for name, text in texts.items():
        hits, redacted[name] = _judged(text, policy)
        findings += [Finding(h.rule, h.kind, name, h.start, h.end, h.outcome) for h in hits]
    findings += _quality(texts, policy)
    return Verdict(strictest(findings), tuple(findings), redacted, policy.hash)


def _judged(text: str, policy: Policy) -> tuple[list[Hit], str]:
    """The merged hits in one text, at their places in it, and the text without them."""
    if len(text) > MAX_CHARS:
        whole = policy.hit(0, len(text), "size.too-long", "size")
        return [whole], whole.placeholder
    found = merged(_scan(text, policy))
    for _ in range(ROUNDS):
        hits, vouched = lowered(text, found, policy.exceptions)
        if not any(h.placeholder for h in hits):
            return hits, text
        view = cut(text, hits)
        again = (h.moved(*view.span(h.start, h.end)) for h in _scan(view.text, policy))
        fresh = list(outside(again, vouched))
        found = merged([*found, *fresh])
        if not any(h.placeholder for h in fresh):
            return lowered(text, found, policy.exceptions)[0], view.text
    # Cutting goes on making new hits: nothing of this text can be vouched for.
    whole = max((h for h in found if h.placeholder), key=lambda h: h.outcome.severity).moved(0, len(text))
    return merged([*found, whole]), whole.placeholder


def _scan(text: str, policy: Policy) -> Iterator[Hit]:
    """Hits of every check on every form of the text, at their places in the text itself."""
    shown = list(forms(text))
    for name, check, for_tokens in _checks():
        for form in shown:
            if for_tokens or not form.of_tokens:
                hits = _run(name, check, form.text, policy)
                yield from (h.moved(*form.place(h.start, h.end)) for h in hits)


def _checks() -> tuple[tuple[str, Check, bool], ...]:
    """(name, check, whether it looks for tokens). Imported late: patterns and engines cost time."""
    from orchestrator.validate import (
        assignments,
        confidential,
        contact,
        leaks,
        network,
        people,
        personal,
        secrets,
    )

    return (
        ("betterleaks", leaks.check, True),
        ("orch-secrets", secrets.check, True),
        ("orch-assignments", assignments.check, False),
        ("tarja", personal.check, False),
        ("orch-contact", contact.check, False),
        ("orch-people", people.check, False),
        ("orch-confidential", confidential.check, False),
        ("orch-network", network.check, False),
    )


def _run(name: str, check: Check, text: str, policy: Policy) -> list[Hit]:
    """One check's hits; whatever goes wrong becomes a hit that blocks and names the check."""
    try:
        found = list(check(text, policy))
        sound = all(0 <= h.start < max(h.end, 1) <= max(len(text), 1) for h in found)
    except Exception:  # noqa: BLE001 - a scanner may fail in any way; every way means no
        sound = False
    if not sound:
        return [policy.hit(0, len(text), f"engine.{name}", "engine")]
    return outside_placeholders(text, [h for h in found if h.outcome is not Outcome.ALLOW])


def _quality(texts: Mapping[str, str], policy: Policy) -> Iterable[Finding]:
    """What the record says as a whole, title and content, judged by its worth."""
    from orchestrator.validate import quality

    said = "\n".join(texts[name] for name in ("title", "content") if texts.get(name))
    field = "content" if "content" in texts else "title"
    if field not in texts:
        return []
    hits = _run("orch-quality", quality.check, said, policy)
    return [Finding(h.rule, h.kind, field, 0, len(texts[field]), h.outcome) for h in hits]
