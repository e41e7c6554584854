"""What must hold for every text."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestrator.model import Outcome
from orchestrator.validate import Policy, explain, judge
from orchestrator.validate.judgement import MAX_CHARS

from .conftest import only
from .fakes import card, cnpj, cpf, dotted_cnpj, dotted_cpf, secret_examples

SECRETS = sorted(secret_examples().values())
POLICY = Policy(
    company="empresa-a",
    terms=("Projeto Águia", "acme"),
    companies=("empresa-b",),
    hosts=("*.acme.net",),
    people=("Joana Prado", "joana@acme.net"),
)
anything = st.text(st.characters(), max_size=200) | st.text(
    st.sampled_from("aA1 9.-/:=@[]()\n\"'%\u200b\u0301éＡ₂+x_\\\x00\ud800senhatokcpf"), max_size=200
)
seeds = st.integers(0, 2**32)
PIECES = [
    *SECRETS,
    *["[CPF]", "[segredo]", "[host]", "senha: ", "token=", "password is ", "CPF ", "https://", "@", ":", "/"],
    *["-", ".", " ", "\n", "Projeto Águia", "empresa-b", "db.acme.net", "10.1.2.3", "joana@acme.net"],
    *["(11) 98765-4321", "Tr0ub4dor&3", "RG 12.345.678-9", "postgres://u:p4ssw0rd1@h/", "%41%4B", "QUtJQQ=="],
    *["\u200b", "529.982.247-25", "4111 1111 1111 1111", "Joana Prado"],
    *["senha (Acme@2024) ", "conta corrente 12345-6", "placa ABC1D23", "11 3456-7890", "rua das flores, 123"],
    *["postgres://postgres:postgres@db/x", ",", "pass=", "nascida em 12/03/1985", "cookie: sid="],
]
mixture = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join)
relaxed = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(anything | mixture)
@example("\x00")
@example("\ud800\udfff")
@example("")
def test_never_raises_and_places_are_inside(text: str) -> None:
    verdict = judge({"title": text, "content": text}, POLICY)
    for finding in verdict.findings:
        assert 0 <= finding.start <= finding.end <= len(text)
        assert finding.kind != "engine"
    assert list(verdict.redacted) == ["title", "content"]


@relaxed
@given(mixture | anything)
def test_redacting_is_idempotent(text: str) -> None:
    once = only(text, POLICY)
    again = only(once.redacted["gain"], POLICY)
    assert (again.outcome, again.findings) == (Outcome.ALLOW, ())
    assert again.redacted == once.redacted


@relaxed
@given(mixture | anything)
def test_no_finding_no_change(text: str) -> None:
    verdict = only(text, POLICY)
    assert bool(verdict.findings) == (verdict.redacted["gain"] != text)
    assert (verdict.outcome is Outcome.ALLOW) == (not verdict.findings)


@relaxed
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_findings_lie_apart_and_in_order(text: str) -> None:
    places = [(f.start, f.end) for f in only(text, POLICY).findings]
    assert all(a[1] <= b[0] for a, b in pairwise(places))


@relaxed
@given(anything, anything, st.sampled_from(SECRETS))
def test_a_planted_secret_is_always_found(before: str, after: str, secret: str) -> None:
    verdict = only(f"{before} {secret} {after}", POLICY)
    assert verdict.outcome is Outcome.BLOCK
    assert secret not in verdict.redacted["gain"]


@relaxed
@given(anything, anything, seeds, st.sampled_from(["cpf", "cnpj", "card"]), st.booleans())
def test_a_planted_identifier_is_always_found(
    before: str, after: str, seed: int, kind: str, dotted: bool
) -> None:
    rng = random.Random(seed)
    made = {"cpf": cpf, "cnpj": cnpj, "card": card}[kind](rng)
    written = {"cpf": dotted_cpf, "cnpj": dotted_cnpj}.get(kind, str)(made) if dotted else made
    verdict = only(f"{before} {written} {after}", POLICY)
    assert written not in verdict.redacted["gain"]
    assert verdict.findings


@relaxed
@given(anything, st.sampled_from(SECRETS), seeds)
def test_no_value_is_told(before: str, secret: str, seed: int) -> None:
    number = dotted_cpf(cpf(random.Random(seed)))
    verdict = judge({"content": f"{before} {secret} e {number} de joana@acme.net"}, POLICY)
    told = [repr(verdict.findings), *(explain(f) for f in verdict.findings)]
    for value in (secret, number, number.replace(".", ""), "joana@acme"):
        assert not any(value in text for text in told)


@settings(max_examples=3, deadline=None)
@given(st.text(min_size=1, max_size=60), seeds)
def test_long_texts_are_judged_whole(unit: str, seed: int) -> None:
    rng = random.Random(seed)
    number = dotted_cpf(cpf(rng))
    filler = (unit * (200_000 // len(unit) + 1))[:200_000]
    at = rng.randrange(len(filler))
    verdict = only(f"{filler[:at]} {number} {filler[at:]}")
    assert number not in verdict.redacted["gain"]


def test_what_is_too_long_is_refused_unread() -> None:
    verdict = only("a" * (MAX_CHARS + 1))
    assert verdict.outcome is Outcome.BLOCK
    assert [f.rule for f in verdict.findings] == ["size.too-long"]
    assert verdict.redacted["gain"] == "[texto longo demais]"
    assert only("a" * MAX_CHARS).outcome is Outcome.ALLOW
