"""Exceptions: one exact value that somebody vouched for, named by a keyed fingerprint. Pure.

HMAC-SHA256 (RFC 2104) under a secret key: who reads the policy file cannot try all CPFs or names.
The rule is part of it: a number vouched for as a telephone is still found as a CPF.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from orchestrator.config.policy_key import key_id
from orchestrator.config.policy_layers import PolicyLayers
from orchestrator.model import Outcome, normalise
from orchestrator.validate.hit import Hit
from orchestrator.validate.kinds import KINDS, excepted

_NUMBERS = frozenset(
    {"card", "rg", "cpf", "cnpj", "nis", "voter", "cnh", "health", "phone", "pix", "private"}
)  # however it is spaced and dotted
_WORDS = frozenset({"person", "address", "company", "confidential"})  # whatever their accents and signs
_FOLDED = frozenset({"email", "host", "ip"})


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Fingerprints that hold today, and the key that they were made with."""

    fingerprints: frozenset[str] = frozenset()
    key: str = field(default="", repr=False)

    def hold(self, text: str, hit: Hit) -> bool:
        """Whether somebody vouched for what this hit found in the text."""
        if not self.fingerprints or not hit.placeholder:
            return False
        return fingerprint(self.key, hit.rule, hit.kind, text[hit.start : hit.end]) in self.fingerprints


def live_exceptions(files: PolicyLayers, company: str) -> Exceptions:
    """The exceptions that hold for a company; for the coordinator ('') those that name no company."""
    held = frozenset(e.fingerprint for e in files.live if e.company in ("", company))
    return Exceptions(held, files.key if held else "")


def fingerprint(key: str, rule: str, kind: str, value: str) -> str:
    """`f1-`, six digits of the key's own id, and 96 bits of an HMAC over the rule and the value."""
    said = _normalised(kind, value).encode("utf-8", "surrogatepass")
    named = rule.encode()
    message = b"orch-f1" + len(named).to_bytes(2, "big") + named + said
    return f"f1-{key_id(key)}-{hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:24]}"


def may_be_excepted(kind: str) -> bool:
    """Whether an exception changes anything for that kind: no canary, no failed engine, no quality."""
    rule = KINDS[kind]
    return bool(rule.portuguese) and rule.excepted is not Outcome.BLOCK


def lowered(text: str, hits: Iterable[Hit], exceptions: Exceptions) -> tuple[list[Hit], list[Hit]]:
    """(hits that stand, hits that somebody vouched for and that need no look).

    A secret that was vouched for still stands, and is still cut out; it only blocks no more. So does
    what another company calls confidential.
    """
    stand: list[Hit] = []
    vouched: list[Hit] = []
    for hit in hits:
        least = excepted(hit.kind, hit.rule)
        if not (may_be_excepted(hit.kind) and exceptions.hold(text, hit)):
            stand.append(hit)
        elif least is Outcome.ALLOW:
            vouched.append(hit)
        else:
            stand.append(replace(hit, outcome=min(hit.outcome, least, key=lambda o: o.severity)))
    return stand, vouched


def outside(hits: Iterable[Hit], vouched: Iterable[Hit]) -> Iterator[Hit]:
    """The hits that do not lie wholly within a place that was vouched for."""
    spans = [(v.start, v.end) for v in vouched]
    return (h for h in hits if not any(start <= h.start and h.end <= end for start, end in spans))


def _normalised(kind: str, value: str) -> str:
    """One form for the ways of writing the same; of a secret every character counts."""
    plain = unicodedata.normalize("NFKC", value).strip()
    if kind in _NUMBERS:
        return "".join(c for c in plain.upper() if c.isalnum()) or plain
    if kind in _WORDS:
        return normalise(plain) or plain
    return plain.casefold() if kind in _FOLDED else value.strip()
