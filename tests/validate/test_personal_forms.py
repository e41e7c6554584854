"""Personal data as people and programs write them: fields, keys, telephones, streets, papers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.model import Outcome
from orchestrator.validate import Policy

from .conftest import kinds, only, rules

quick = settings(max_examples=150, deadline=None)


def numbers() -> dict[str, str]:
    from tarja.validators import cnh, cns, nis, titulo

    def ended(start: str, valid: object, size: int) -> str:
        return next(f"{start}{n:0{size}}" for n in range(10**size) if valid(f"{start}{n:0{size}}"))  # type: ignore[operator]

    return {
        "cnh": "123456789" + cnh.compute_check_digits("123456789"),
        "voter": "1234567801" + titulo.compute_check_digits("12345678", "01"),
        "nis": ended("1205641254", nis.is_valid, 1),
        "health": ended("70000000000000", cns.is_valid, 1),
        "rg": "12.345.678-9",
    }


FIELDS = {
    "cnh": ["numeroCnh", "cnhMotorista", "CNH", "numero_cnh", "cnh", "NumeroCNH", "motorista"],
    "voter": ["TituloEleitor", "tituloEleitor", "numeroTituloEleitor", "nrTitulo", "titulo_eleitor"],
    "nis": ["pisPasep", "nisTrab", "numeroPis", "pis_pasep", "nis"],
    "health": ["cnsPaciente", "cartaoSus", "cns_paciente", "numeroCns"],
    "rg": ["numeroRg", "rgCliente", "rg", "numero_rg"],
}


@quick
@given(
    st.sampled_from([(kind, field) for kind, fields in FIELDS.items() for field in fields]),
    st.sampled_from(["{f}: {n}", "{f}={n}", "<{f}>{n}</{f}>", '"{f}": "{n}"', "this.{f} = '{n}'", "{f} {n}"]),
)
def test_a_field_tells_what_its_number_is(named: tuple[str, str], form: str) -> None:
    kind, field = named
    number = numbers()[kind]
    assert number not in only(form.format(f=field, n=number)).redacted["gain"]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("cnh", "{} (CNH)"),
        ("voter", "{} título"),
        ("voter", "{0[0]}{0[1]}{0[2]}{0[3]}.{0[4]}{0[5]}{0[6]}{0[7]}.{0[8]}{0[9]}{0[10]}{0[11]} é o título"),
        ("nis", "{} é o PIS dela"),
        ("rg", "RG nº{}"),
        ("rg", "{} SSP/SP"),
    ],
)
def test_a_name_behind_its_number(kind: str, form: str) -> None:
    assert kind in kinds(f"linha {form.format(numbers()[kind])}")


def test_a_word_within_another_is_no_name() -> None:
    number = numbers()["cnh"]
    for word in ("largeCnhx", "XCNHX", "cnhs"):
        assert "cnh" not in kinds(f"{word} {number}")


@pytest.mark.parametrize("text", ["RG obrigatorio no cadastro 20240101", "identidade visual em 20261127"])
def test_a_date_is_no_rg(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    "text",
    [
        "chave PIX aleatória do João: 123e4567e89b42d3a456426614174000",
        "EVP 123e4567-e89b-42d3-a456-426614174000",
        "123e4567-e89b-42d3-a456-426614174000 é a chave pix",
    ],
)
def test_random_pix_keys(text: str) -> None:
    assert kinds(text) == {"pix"}
    assert "4266" not in only(text).redacted["gain"]


def test_what_is_assigned_to_a_key_is_a_secret_first() -> None:
    assert only("chavePix: 123e4567e89b42d3a456426614174000").outcome is Outcome.BLOCK


def test_a_hash_beside_pix_is_no_key() -> None:
    assert only("o payload do PIX tem o MD5 123e4567e89b42d3a456426614174000").outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    "number",
    [
        *("11 3456-7890", "11-3456-7890", "011 3456-7890", "11 3456-7890 ramal 2", "011 98765-4321"),
        *("11.98765.4321", "11 987654321", "11/98765-4321", "11 9.8765-4321"),
        *("chave PIX 11987654321", "pix: 11 987654321", "chavePix=11987654321"),
    ],
)
def test_telephones_without_brackets(number: str) -> None:
    verdict = only(f"a cliente Maria {number} reclamou")
    assert {f.kind for f in verdict.findings} == {"phone"}
    assert not any(part in verdict.redacted["gain"] for part in ("7890", "4321"))


@quick
@given(st.integers(0, 2**32), st.sampled_from([" ", "-"]), st.booleans())
def test_every_land_line_with_an_area_code(seed: int, sep: str, zero: bool) -> None:
    from tarja.validators import telefone

    rng = random.Random(seed)
    number = (
        f"{rng.choice(sorted(telefone.DDDS))}{sep}{rng.randrange(2101, 5999)}-{rng.randrange(1, 9999):04}"
    )
    years = number[3:5] in ("19", "20") and number[8:10] in ("19", "20")
    if not years and number[-1] not in "09":
        assert "phone" in kinds(f"falar {'0' if zero else ''}{number} hoje")


@pytest.mark.parametrize(
    "text",
    [
        "fases 11 2019-2020 e 12 2100-2200",
        "linhas 11 3000-4000 do arquivo",
        "10 3456-7890",
        "p95 de 11.987654321 ms em 46.912345678",
        "versões 11.98765.43",
        "intervalo 21 3450-3460",
    ],
)
def test_ranges_and_decimals_are_no_telephones(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    "text",
    [
        *("RUA DAS FLORES, 123", "rua das flores, 123", "Av Paulista, 1000", "AV. BRASIL 500"),
        *("R. das Flores, 123", "Rua 25 de Março, 1000", "Al. Santos, 200", "Tv. do Comércio, 15"),
        *("Estrada do M'Boi Mirim, 1200", "Largo do Machado, 29", "mora na Rua das Acácias número 77"),
    ],
)
def test_streets_in_everyday_forms(text: str) -> None:
    assert "address" in kinds(text)
    assert only(text).redacted["gain"].endswith("[endereço]")


@pytest.mark.parametrize(
    "text",
    [
        "campo rua obrigatório, 3 testes a mais",
        "a rua do cliente, 2 campos novos",
        "como mostra R. Silva, 2020, o índice cai",
        "rua, número, bairro e cidade agora separados",
        "praça e rua, 2 opções",
    ],
)
def test_what_speaks_of_streets_is_none(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


@pytest.mark.parametrize("text", ["joao@acme.com.py", "joao.silva@acme.py", "joao@acme.md"])
def test_addresses_of_countries_that_files_end_like(text: str) -> None:
    assert kinds(f"falar com {text} hoje") == {"email"}


@pytest.mark.parametrize(
    "text",
    [
        *("AUP-123-corrige-fila", "fix/AUP-123_x", "aup-123-retry", "feature/AUP-123", "fix-AUP-123"),
        *("AUP-123", "[AUP-12]", "hotfix_AUP-123_2"),
    ],
)
def test_keys_of_issues_in_names_of_branches(text: str) -> None:
    policy = Policy(projects=("AUP",))
    assert rules(f"junta {text} na main", policy) == {"confidential.issue-key"}
    assert "123" not in only(text, policy).redacted["gain"]


def test_keys_of_other_projects_are_none() -> None:
    assert only("XAUP-123, AUP-x1 e AUP-123x", Policy(projects=("AUP",))).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("passport", "passaporte FN123456 do titular"),
        ("passport", "passaporteBrasileiro: 'AB123456'"),
        ("plate", "placa ABC1D23"),
        ("plate", "placa do carro: ABC-1234"),
        ("plate", "setPlacaVeiculo('ABC1D23')"),
        ("bank-account", "conta 12345-6 agência 0001"),
        ("bank-account", "Banco Itaú ag. 1234 c/c 12345-6"),
        ("bank-account", "agencia: 1234-5, conta: 56.789-0"),
        ("bank-account", "contaCorrente: 12345-6"),
        ("bank-account", "IBAN BR18 0036 0305 0000 1000 9795 493C 1"),
        ("birth-date", "nascida em 12/03/1985"),
        ("birth-date", "dataNascimento=1985-03-12"),
        ("birth-date", "dt_nascimento: 12/03/1985"),
        ("birth-date", "birth_date: 1985-03-12"),
    ],
)
def test_papers_ask_a_person(rule: str, text: str) -> None:
    verdict = only(text)
    assert {f.rule for f in verdict.findings} == {f"personal.{rule}"}
    assert verdict.outcome is Outcome.REVIEW
    assert "[dado pessoal]" in verdict.redacted["gain"]


@pytest.mark.parametrize(
    "text",
    [
        "placa de vídeo GTX-1080 e placa mãe B450",
        "passaporte vacinal 2021",
        "CVE-2017-1234 e ABC-1234",
        "o renascimento em 12/03/1985",
        "data de nascimento obrigatória a partir de 2024",
        "conta 2024-1 fechada e agência 3 aberta",
        "conta corrente e poupança em 2 telas",
        "BR1800360305000010009795493C2",
        "tag 1234 da conta nova em 3 telas",
    ],
)
def test_what_only_sounds_like_papers(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW
