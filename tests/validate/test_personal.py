from __future__ import annotations

import random

import pytest

from orchestrator.model import Outcome

from .conftest import kinds, only
from .fakes import card, cnpj, cpf, dotted_cnpj, dotted_cpf, grouped_card

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
SENTENCE = "cliente reclamou do atraso pedido versão 2.4.1 em 2026-03-01 build 8812 lote A-17 às 14:30"
WORDS = SENTENCE.split()
EDGES = [
    *[(" ", " "), ("(", ")"), ("[", "]"), ('"', '"'), (": ", ","), ("=", ";"), ("<b>", "</b>"), ("|", "|")],
    *[(" ", "."), ("/", " "), ("_", "_"), ("\n", "\n"), ("“", "”"), ("#", "!"), ("'", "'?"), ("", "")],
]


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text)


def with_zero_width(text: str, rng: random.Random) -> str:
    return "".join(c + (rng.choice(ZERO_WIDTH) if rng.random() < 0.3 else "") for c in text)


def planted(rng: random.Random) -> tuple[str, str, str]:
    """(kind, the number as written, the whole text)."""
    kind = rng.choice(["cpf", "cnpj", "cnpj-letters", "card"])
    if kind == "cpf":
        plain = cpf(rng)
        form = rng.choice(
            [
                plain,
                dotted_cpf(plain),
                f"{plain[:9]}-{plain[9:]}",
                " ".join([plain[:3], plain[3:6], plain[6:9], plain[9:]]),
            ]
        )
    elif kind == "card":
        plain = card(rng)
        form = rng.choice([plain, grouped_card(plain), grouped_card(plain, "-")])
    else:
        plain = cnpj(rng, letters=kind == "cnpj-letters")
        form = rng.choice([plain, dotted_cnpj(plain)])
    form = rng.choice([lambda t: t, full_width, lambda t: with_zero_width(t, rng)])(form)
    left, right = rng.choice(EDGES)
    before, after = rng.sample(WORDS, 4), rng.sample(WORDS, 4)
    joined = f"{' '.join(before)} {left}{form}{right} {' '.join(after)}"
    return kind.partition("-")[0], form, joined


def test_every_valid_identifier_is_found_whatever_its_form(rng: random.Random) -> None:
    """3,000 texts: formatted, plain, full-width, zero-width inside, next to punctuation."""
    missed = []
    for _ in range(3_000):
        kind, form, text = planted(rng)
        verdict = only(text)
        if form in verdict.redacted["gain"] or not verdict.findings:
            missed.append((kind, text))
    assert missed == []


def test_each_kind_gets_its_own_placeholder(rng: random.Random) -> None:
    number, company, pan = dotted_cpf(cpf(rng)), dotted_cnpj(cnpj(rng, letters=True)), grouped_card(card(rng))
    assert only(f"O CPF {number} aqui").redacted["gain"] == "O CPF [CPF] aqui"
    assert only(f"CNPJ {company.lower()} aqui").redacted["gain"] == "CNPJ [CNPJ] aqui"
    verdict = only(f"cartão {pan}.")
    assert (verdict.outcome, verdict.redacted["gain"]) == (Outcome.BLOCK, "cartão [cartão].")


def test_digits_of_other_scripts(rng: random.Random) -> None:
    number = dotted_cpf(cpf(rng))
    for zero in (0x0660, 0x0966, 0x1D7D8):
        written = "".join(chr(zero + int(c)) if c.isdigit() else c for c in number)
        assert only(f"é {written} aqui").redacted["gain"] == "é [CPF] aqui"


def test_another_number_before_does_not_hide_it(rng: random.Random) -> None:
    for _ in range(50):
        pan, number = grouped_card(card(rng)), cpf(rng)
        assert pan not in only(f"lote 8812 {pan} ok").redacted["gain"]
        assert number not in only(f"lote 12 345 {number} ok").redacted["gain"]


def test_a_card_begins_with_an_issuers_digit() -> None:
    from tarja.validators import cartao

    microseconds = next(str(n) for n in range(1700000000000000, 1700000000000010) if cartao.luhn_ok(str(n)))
    assert only(f"em {microseconds} us").outcome is Outcome.ALLOW


def test_a_wrong_check_digit_is_no_finding(rng: random.Random) -> None:
    for _ in range(200):
        plain = cpf(rng)
        wrong = plain[:-1] + str((int(plain[-1]) + 1) % 10)
        assert "cpf" not in kinds(f"número {dotted_cpf(wrong)} aqui")
        pan = card(rng)
        assert "card" not in kinds(f"número {pan[:-1]}{(int(pan[-1]) + 1) % 10} aqui")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("PIS 120.56412.54-{nis} do empregado", "nis"),
        ("NIS: 1205641254{nis}", "nis"),
        ("título de eleitor 1234 5678 01{voter}", "voter"),
        ("cartão do SUS 700 0000 0000 000{cns}", "health"),
        ("chave pix 123e4567-e89b-42d3-a456-426614174000", "pix"),
        ("RG 12.345.678-9 do titular", "rg"),
        ("carteira de identidade nº MG-12.345.678", "rg"),
    ],
)
def test_identifiers_with_their_name_near(text: str, kind: str) -> None:
    from tarja.validators import cns, nis, titulo

    digit = next(d for d in "0123456789" if nis.is_valid("1205641254" + d))
    text = text.format(
        cns=next(d for d in "0123456789" if cns.is_valid("70000000000000" + d)),
        nis=digit,
        voter=titulo.compute_check_digits("12345678", "01"),
    )
    assert kind in kinds(text)


def test_a_driving_licence_needs_its_name() -> None:
    from tarja.validators import cnh

    number = "123456789" + cnh.compute_check_digits("123456789")
    assert "cnh" in kinds(f"CNH {number}")
    assert "cnh" not in kinds(f"pedido {number}")


def test_rg_asks_a_person() -> None:
    assert only("RG 12.345.678-9 do titular").outcome is Outcome.REVIEW


@pytest.mark.parametrize(
    "text",
    [
        "às 1700000000000 ms desde 1970",
        "id 1234567890123456789 no banco",
        "versão 10.15.7 e 2.31.0-rc.1",
        "CVE-2017-12345 corrigida na 1.2.3",
        "pedido 12.345.678 da nota",
        "linha 1234, coluna 56",
        "uuid 123e4567-e89b-42d3-a456-426614174000",
        "sha a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
        "0.4111111111111111 de acerto",
        "organização 12.345.678-9",
    ],
)
def test_other_numbers_pass(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    "number", ["20261122103208", "20260101000009", "2026112210320", "300000000000000007", "9876543210123452"]
)
def test_times_and_ids_that_pass_luhn_are_no_cards(number: str) -> None:
    from tarja.validators import cartao

    right = next(
        number[:-1] + d for d in "0123456789" if cartao.is_valid(number[:-1] + d, require_brand=False)
    )
    assert "card" not in kinds(f"pedido {right} recebido")


def test_a_pix_code_for_copying() -> None:
    code = (
        "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
        + "6304"
        + "1D3D"
    )
    assert only(f"pague com {code} hoje").redacted["gain"] == "pague com [chave PIX] hoje"
    assert only("lê o código br.gov.bcb.pix do QR").findings == ()
