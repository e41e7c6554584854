"""Each kind of finding: what follows from it by default, and what stands in its place.

The outcomes are the defaults of the threat model: a secret or a card blocks (where one was
found, its neighbours may have been missed), what has no check digit asks a person, and what
can be cut out without loss of meaning is cut out.
"""

from __future__ import annotations

from typing import NamedTuple

from orchestrator.model import Outcome


class KindRule(NamedTuple):
    """Default outcome of a kind, and its placeholder in Portuguese and in English."""

    outcome: Outcome
    portuguese: str
    english: str


_REDACT, _REVIEW, _BLOCK = Outcome.REDACT, Outcome.REVIEW, Outcome.BLOCK

# The order is the tie-break where two kinds claim the same characters: the first one names it.
KINDS: dict[str, KindRule] = {
    "engine": KindRule(_BLOCK, "", ""),
    "size": KindRule(_BLOCK, "[texto longo demais]", "[text too long]"),
    "secret": KindRule(_BLOCK, "[segredo]", "[secret]"),
    "card": KindRule(_BLOCK, "[cartão]", "[card]"),
    "credential": KindRule(_REVIEW, "[credencial]", "[credential]"),
    "rg": KindRule(_REVIEW, "[RG]", "[RG]"),
    "company": KindRule(_REVIEW, "[empresa]", "[company]"),
    "cpf": KindRule(_REDACT, "[CPF]", "[CPF]"),
    "cnpj": KindRule(_REDACT, "[CNPJ]", "[CNPJ]"),
    "nis": KindRule(_REDACT, "[PIS]", "[PIS]"),
    "voter": KindRule(_REDACT, "[título de eleitor]", "[voter id]"),
    "licence": KindRule(_REDACT, "[CNH]", "[CNH]"),
    "health": KindRule(_REDACT, "[CNS]", "[CNS]"),
    "pix": KindRule(_REDACT, "[chave PIX]", "[PIX key]"),
    "address": KindRule(_REDACT, "[endereço]", "[address]"),
    "email": KindRule(_REDACT, "[e-mail]", "[e-mail]"),
    "phone": KindRule(_REDACT, "[telefone]", "[phone]"),
    "person": KindRule(_REDACT, "[pessoa]", "[person]"),
    "host": KindRule(_REDACT, "[host]", "[host]"),
    "ip": KindRule(_REDACT, "[IP]", "[IP]"),
    "confidential": KindRule(_REDACT, "[confidencial]", "[confidential]"),
    "quality": KindRule(_REVIEW, "", ""),
}

DEFAULT_OUTCOMES: dict[str, Outcome] = {kind: rule.outcome for kind, rule in KINDS.items()}
RANK: dict[str, int] = {kind: place for place, kind in enumerate(KINDS)}
PLACEHOLDERS: frozenset[str] = frozenset(
    text for rule in KINDS.values() for text in (rule.portuguese, rule.english) if text
)


def placeholder(kind: str, language: str) -> str:
    """What stands in place of a finding of that kind: `[CPF]`, `[host]`, ... ('' for none).

    Fixed here and not in the message catalogue: decisions are bound to the hash of the
    redacted text, which a better translation must not change.
    """
    rule = KINDS[kind]
    return rule.english if language.lower().startswith("en") else rule.portuguese
