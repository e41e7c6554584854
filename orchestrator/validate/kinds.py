"""Each kind of finding: what follows from it by default, and what stands in its place.

The outcomes are the defaults of the threat model: a secret or a card blocks (where one was
found, its neighbours may have been missed), what has no check digit asks a person, and what
can be cut out without loss of meaning is cut out.
"""

from __future__ import annotations

from typing import NamedTuple

from orchestrator.model import Outcome

_ALLOW, _REDACT, _REVIEW, _BLOCK = Outcome


class KindRule(NamedTuple):
    """Default outcome of a kind, its placeholder in Portuguese and in English, and two floors.

    `floor` is the least that a policy file may ask for, `excepted` the least that an exception for one
    exact value comes to. They hold for files that are trusted, too: what a scanner could not read, and
    canaries, never leave; a secret never leaves without a person's look, nor the words of a commit that is
    another company's too, nor a person's own number in clear.
    """

    outcome: Outcome
    portuguese: str
    english: str
    floor: Outcome = _ALLOW
    excepted: Outcome = _ALLOW


# The order is the tie-break where two kinds claim the same characters: the first one names it.
KINDS: dict[str, KindRule] = {
    "engine": KindRule(_BLOCK, "", "", _BLOCK, _BLOCK),
    "size": KindRule(_BLOCK, "[texto longo demais]", "[text too long]", _BLOCK, _BLOCK),
    "canary": KindRule(_BLOCK, "[confidencial]", "[confidential]", _BLOCK, _BLOCK),
    "secret": KindRule(_BLOCK, "[segredo]", "[secret]", _REVIEW, _REVIEW),
    "card": KindRule(_BLOCK, "[cartão]", "[card]", _REVIEW, _REVIEW),
    "credential": KindRule(_REVIEW, "[credencial]", "[credential]", _REVIEW),
    "rg": KindRule(_REVIEW, "[RG]", "[RG]", _REDACT),
    "private": KindRule(_REVIEW, "[dado pessoal]", "[personal data]", _REDACT),
    "company": KindRule(_REVIEW, "[empresa]", "[company]"),
    "cpf": KindRule(_REDACT, "[CPF]", "[CPF]", _REDACT),
    "cnpj": KindRule(_REDACT, "[CNPJ]", "[CNPJ]"),
    "nis": KindRule(_REDACT, "[PIS]", "[PIS]", _REDACT),
    "voter": KindRule(_REDACT, "[título de eleitor]", "[voter id]", _REDACT),
    "cnh": KindRule(_REDACT, "[CNH]", "[CNH]", _REDACT),
    "health": KindRule(_REDACT, "[CNS]", "[CNS]", _REDACT),
    "pix": KindRule(_REDACT, "[chave PIX]", "[PIX key]"),
    "address": KindRule(_REDACT, "[endereço]", "[address]"),
    "email": KindRule(_REDACT, "[e-mail]", "[e-mail]"),
    "phone": KindRule(_REDACT, "[telefone]", "[phone]"),
    "person": KindRule(_REDACT, "[pessoa]", "[person]"),
    "host": KindRule(_REDACT, "[host]", "[host]"),
    "ip": KindRule(_REDACT, "[IP]", "[IP]"),
    "confidential": KindRule(_REDACT, "[confidencial]", "[confidential]"),
    "file": KindRule(_REVIEW, "", ""),
    "commit": KindRule(_REVIEW, "", "", _REVIEW),
    "licence": KindRule(_REVIEW, "", ""),
    "quality": KindRule(_REVIEW, "", ""),
}

# The least for one rule, where it is more than for its kind: what another company calls confidential
# is that company's to tell, though its bare name may be no secret in the group.
RULE_FLOORS: dict[str, Outcome] = {"confidential.other-company-term": _REVIEW}

DEFAULT_OUTCOMES: dict[str, Outcome] = {kind: rule.outcome for kind, rule in KINDS.items()}
RANK: dict[str, int] = {kind: place for place, kind in enumerate(KINDS)}
PLACEHOLDERS: frozenset[str] = frozenset(
    text for rule in KINDS.values() for text in (rule.portuguese, rule.english) if text
)


def floor(kind: str, rule: str = "") -> Outcome:
    """The least that a policy file may ask for where that rule finds something of that kind."""
    return max(KINDS[kind].floor, RULE_FLOORS.get(rule, _ALLOW), key=lambda o: o.severity)


def excepted(kind: str, rule: str = "") -> Outcome:
    """The least that an exception for one exact value comes to: no company vouches for another's words."""
    return max(KINDS[kind].excepted, RULE_FLOORS.get(rule, _ALLOW), key=lambda o: o.severity)


def placeholder(kind: str, language: str) -> str:
    """What stands in place of a finding of that kind: `[CPF]`, `[host]`, ... ('' for none).

    Fixed here and not in the message catalogue: decisions are bound to the hash of the
    redacted text, which a better translation must not change.
    """
    rule = KINDS[kind]
    return rule.english if language.lower().startswith("en") else rule.portuguese
