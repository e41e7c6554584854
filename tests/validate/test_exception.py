"""Exceptions: one exact value passes, its neighbours do not, and nobody reads the value out of the mark."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator import validate
from orchestrator.model import Outcome, Verdict
from orchestrator.validate import Policy, judge
from orchestrator.validate.exception import Exceptions, fingerprint, may_be_excepted
from orchestrator.validate.kinds import KINDS
from orchestrator.validate.rules import OWN_RULES, is_own, kind_of

from .conftest import only

KEY, OTHER = "0123456789abcdef" * 4, "fedcba9876543210" * 4
AWS = "AKIA" + "Q3EGRQ7TD5UOHF2X"
EMAIL, SECOND = "suporte@acme.com.br", "joana@acme.com.br"
CPF = "529.982.247-25"


def marks(text: str, policy: Policy | None = None, key: str = KEY) -> list[str]:
    found = only(text, policy)
    return [fingerprint(key, f.rule, f.kind, text[f.start : f.end]) for f in found.findings]


def excepting(*texts: str, key: str = KEY) -> Policy:
    return Policy(exceptions=Exceptions(frozenset(m for t in texts for m in marks(t, key=key)), KEY))


def told(verdict: Verdict) -> str:
    return verdict.redacted["gain"]


def test_the_value_passes_and_its_neighbour_does_not() -> None:
    text = f"escreva para {EMAIL} ou {SECOND}"
    verdict = only(text, excepting(EMAIL))
    assert told(verdict) == f"escreva para {EMAIL} ou [e-mail]"
    assert [text[f.start : f.end] for f in verdict.findings] == [SECOND]
    assert only(EMAIL, excepting(EMAIL)).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("CPF 529.982.247-25", "CPF 52998224725"),
        ("Suporte@Acme.com.br", "suporte@acme.com.br"),
        ("(61) 3411-1234", "61 3411 1234"),
    ],
)
def test_the_same_value_however_it_is_written(written: str, found: str) -> None:
    assert only(written).outcome is Outcome.REDACT
    assert only(found, excepting(written)).outcome is Outcome.ALLOW


def test_a_longer_value_around_it_is_another() -> None:
    assert only(f"x{EMAIL}", excepting(EMAIL)).outcome is Outcome.REDACT
    assert only(f"{EMAIL}.evil", excepting(EMAIL)).outcome is Outcome.REDACT


def test_a_secret_blocks_no_more_but_is_looked_at_and_cut_out() -> None:
    verdict = only(f"a chave {AWS} de exemplo", excepting(AWS))
    assert verdict.outcome is Outcome.REVIEW
    assert AWS not in told(verdict) and "[segredo]" in told(verdict)
    other = only(f"a chave {AWS[:-1]}Y de exemplo", excepting(AWS))
    assert other.outcome is Outcome.BLOCK


def test_what_fails_or_is_too_long_is_never_excepted() -> None:
    assert [kind for kind in KINDS if not may_be_excepted(kind)] == [
        "engine",
        "size",
        "canary",
        "file",
        "commit",
        "licence",
        "quality",
    ]


def test_another_key_makes_another_mark_that_says_so() -> None:
    (one,), (two,) = marks(EMAIL), marks(EMAIL, key=OTHER)
    assert one != two and one.split("-")[1] != two.split("-")[1]
    assert only(EMAIL, excepting(EMAIL, key=OTHER)).outcome is Outcome.REDACT
    assert re.fullmatch(r"f1-[0-9a-f]{6}-[0-9a-f]{24}", one)


def test_the_rule_is_part_of_the_mark() -> None:
    assert fingerprint(KEY, "personal.phone", "phone", "11987654321") != fingerprint(
        KEY, "personal.cpf", "cpf", "11987654321"
    )
    assert fingerprint(KEY, "personal.name", "person", "rosa") != fingerprint(
        KEY, "personal.card", "person", "rosa"
    )
    assert fingerprint(KEY, "ab", "secret", "c") != fingerprint(KEY, "a", "secret", "bc")


def test_every_character_of_a_secret_counts() -> None:
    assert fingerprint(KEY, "secret.x", "secret", "abC") != fingerprint(KEY, "secret.x", "secret", "abc")
    assert fingerprint(KEY, "secret.x", "secret", "a-b") != fingerprint(KEY, "secret.x", "secret", "a b")


def test_exceptions_are_part_of_the_policys_hash_and_the_key_is_not() -> None:
    one, two = excepting(EMAIL), excepting(SECOND)
    assert len({Policy().hash, one.hash, two.hash}) == 3
    assert replace(one, exceptions=replace(one.exceptions, key=OTHER)).hash == one.hash
    assert KEY not in repr(one)


PIECES = st.sampled_from(
    [EMAIL, SECOND, CPF, AWS, "cache", " ", ", ", "Redis", "10.0.0.7", "db.corp", "\u200b"]
)


@settings(max_examples=120, deadline=None)
@given(st.lists(PIECES, max_size=8).map(" ".join), st.sampled_from([EMAIL, CPF, "10.0.0.7"]))
def test_an_exception_takes_out_nothing_but_its_value_and_judging_twice_is_judging_once(
    text: str, value: str
) -> None:
    policy = excepting(f"CPF {value}" if value == CPF else value)
    first = judge({"gain": text}, policy)
    again = judge({"gain": told(first)}, policy)
    assert told(again) == told(first) and again.outcome in (Outcome.ALLOW, Outcome.REDACT)
    for unsaid in {EMAIL, SECOND, CPF, AWS} - {value}:
        assert unsaid not in told(first)


def hits_of_the_checks() -> dict[str, str]:
    """{rule: kind} of every `policy.hit(…, "rule", "kind")` whose rule and kind are written out."""
    found = {}
    for path in Path(validate.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "hit"
            ):
                words = [
                    a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                ]
                if len(words) == 2:
                    found[words[0]] = words[1]
    return found


def test_every_rule_of_ours_is_known_with_its_kind() -> None:
    from orchestrator.validate.personal import IDENTIFIERS
    from orchestrator.validate.secrets import FORMATS

    ours = hits_of_the_checks() | {i.rule: i.kind for i in IDENTIFIERS}
    assert len(ours) > 25
    assert {rule: kind_of(rule) for rule in ours} == ours
    assert all(is_own(rule) for rule in [*ours, *(form[0] for form in FORMATS)])
    assert not is_own("secret.jtw") and kind_of("person.name") is None
    assert set(OWN_RULES.values()) <= set(KINDS)


def test_what_another_company_calls_confidential_is_nobody_elses_to_vouch_for() -> None:
    text = "a fila do Projeto Fênix encolheu"
    other = Policy(foreign_terms=("Projeto Fênix",))
    held = replace(other, exceptions=Exceptions(frozenset(marks(text, other)), KEY))
    assert marks(text, other)
    for policy in (other, held):
        verdict = only(text, policy)
        assert (verdict.outcome, told(verdict)) == (Outcome.REVIEW, "a fila do [empresa] encolheu")
    name = Policy(companies=("empresa-b",))  # its name is no secret in the group
    known = replace(name, exceptions=Exceptions(frozenset(marks("com a empresa-b", name)), KEY))
    assert told(only("com a empresa-b", known)) == "com a empresa-b"
