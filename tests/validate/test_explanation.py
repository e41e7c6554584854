from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator import i18n
from orchestrator.model import Finding, Outcome
from orchestrator.validate import Policy, explain, judge
from orchestrator.validate.kinds import DEFAULT_OUTCOMES


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_current", "en")
    assert Path(i18n.LOCALE_DIR).name == "locale"


def lines(text: str, policy: Policy | None = None) -> list[str]:
    return [explain(f, "pt-BR") for f in judge({"content": text}, policy or Policy()).findings]


def test_one_line_says_what_where_and_what_follows() -> None:
    assert lines("o número do cliente é 529.982.247-25 no cadastro") == [
        "CPF in field content: replaced by [CPF]"
    ]
    assert lines("veja o RG 12.345.678-9 do titular da conta") == [
        "Possible RG in field content: a person must look, replaced by [RG]"
    ]
    assert lines("a chave era " + "AK" + "IA" + "ABCDEFGHIJKLMNO2" + " na conta") == [
        "Secret (aws-access-token) in field content: blocked"
    ]
    assert lines("wip") == ["Unfinished work in field content: a person must look"]


def test_an_unknown_field_keeps_its_name() -> None:
    finding = Finding("personal.cpf", "cpf", "página", 0, 3, Outcome.REDACT)
    assert explain(finding) == "CPF in field página: replaced by [CPF]"


def test_every_kind_has_words() -> None:
    for kind, outcome in DEFAULT_OUTCOMES.items():
        text = explain(Finding(f"x.{kind}", kind, "title", 0, 1, outcome))
        assert text and not text.startswith(kind + " ")
