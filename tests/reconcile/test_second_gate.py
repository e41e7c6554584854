"""What turned bad after the first verdict is stopped at push, in whichever field it would leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.markup.plain import as_read
from orchestrator.reconcile import rendering
from orchestrator.remote import Entry
from orchestrator.wishes import wishes
from tests.flow.group import CONFIG, GroupRepository, new_group

KEY = "AKIA" + "Q3EGRQ7TD5UOHF2X"
CPF = "529.982.247-25"
OWN = '[company.folder]\npath = "../own-a"\n[[company]]\nid = "empresa-b"'

Spoil = Callable[[Entry, str], Entry]
FIELDS: Mapping[str, Spoil] = {
    "title": lambda e, bad: replace(e, title=f"{e.title} {bad}"),
    "body": lambda e, bad: replace(e, body=f"{e.body}\n\n{bad}"),
    "a label": lambda e, bad: replace(e, labels=(*e.labels, bad)),
    "a metadata value": lambda e, bad: replace(e, metadata={**e.metadata, "note": bad}),
    "a metadata name": lambda e, bad: replace(e, metadata={**e.metadata, bad: "x"}),
    "a nested metadata value": lambda e, bad: replace(e, metadata={**e.metadata, "n": [{"m": [bad]}]}),
}


@pytest.fixture
def agreed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """A learning and a document that validation let through and a person agreed to; nothing was sent yet."""
    config = CONFIG.format(share="ask").replace('[[company]]\nid = "empresa-b"', OWN)
    group = new_group(tmp_path, monkeypatch, capsys, config)
    guide = "# Guia\n\nComo instalar o ambiente de testes.\n"
    told = "perf: y\n\nSolução: a fila com índice parcial resolveu a espera longa"
    group.commit(told, {"empresas/a/docs/guia.md": guide})
    group.orch("docs", "publish", "--company", "empresa-a", "--dry-run")
    group.orch("review", "--company", "empresa-a", "--approve-all")
    return group


def everywhere(group: GroupRepository) -> str:
    top = group.root.parent
    files = [p for name in ("shared", "own-a") for p in (top / name).rglob("*") if p.is_file()]
    return "".join(p.read_bytes().decode("utf-8", "replace") + p.name for p in files)


def spoiled(monkeypatch: pytest.MonkeyPatch, spoil: Spoil, bad: str) -> None:
    def later(*arguments: Any) -> list[Any]:
        return [replace(w, entry=spoil(w.entry, bad)) for w in wishes(*arguments)]

    monkeypatch.setattr(rendering, "wishes", later)


@pytest.mark.parametrize("field", FIELDS)
def test_a_secret_is_stopped_at_every_remote(
    agreed: GroupRepository, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    spoiled(monkeypatch, FIELDS[field], KEY)
    ran = agreed.orch("push", "--company", "empresa-a", "--json", expect=3)
    reports = {r["remote"]: r for r in ran.data["empresa-a"]}
    refused = {name for name, report in reports.items() if report["refused"]}
    assert refused >= {"global.memory", "global.issues", "global.pages", "company.memory"}
    assert all("validation: " in why for r in reports.values() for why in r["refused"].values())
    assert KEY not in everywhere(agreed) + ran.out + ran.err
    monkeypatch.setattr(rendering, "wishes", wishes)
    assert KEY not in agreed.orch("status", "--json").out


@pytest.mark.parametrize("field", FIELDS)
def test_personal_data_never_reaches_the_group(
    agreed: GroupRepository, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    spoiled(monkeypatch, FIELDS[field], CPF)
    agreed.orch("push", "--company", "empresa-a", expect=None)
    shared = (p for p in (agreed.root.parent / "shared").rglob("*") if p.is_file())
    assert all(CPF.encode() not in p.read_bytes() and CPF not in p.name for p in shared)


def test_without_it_the_same_push_sends(agreed: GroupRepository) -> None:
    agreed.orch("push", "--company", "empresa-a")
    assert "índice parcial" in everywhere(agreed)


def test_a_document_that_turned_bad_is_stopped(
    agreed: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed.orch("docs", "publish", "--company", "empresa-a")
    agreed.orch("push", "--company", "empresa-a")
    assert "ambiente de testes" in everywhere(agreed)
    agreed.write({"empresas/a/docs/guia.md": f"# Guia\n\nA chave do ambiente é {KEY}.\n"})
    agreed.orch("docs", "publish", "--company", "empresa-a", expect=None)
    agreed.orch("push", "--company", "empresa-a", expect=None)
    assert KEY not in everywhere(agreed)


def test_what_markdown_hides_is_judged_as_people_read_it(agreed: GroupRepository) -> None:
    told = r"perf: z" + "\n\n" + r"Solução: o lote do cliente 529\.982\.2**47**&#45;25 anda em fatias menores"
    agreed.commit(told + "\nShare: yes", {"empresas/a/z.py": "1"})
    agreed.orch("push", "--company", "empresa-a")
    shared = [p.read_text("utf-8", "replace") for p in (agreed.root.parent / "shared").rglob("*.md")]
    assert any("[CPF] anda em fatias menores" in as_read(text) for text in shared)
    assert not any(CPF in as_read(text) for text in shared)


def test_the_gate_judges_the_very_words_of_a_page_and_a_memory_has_none() -> None:
    entry = Entry("i1-0", "solution", "empresa-a", "t", f"a chave AKIA**{KEY[4:]}** vai no CI", hash="")
    assert KEY in rendering._texts(entry, memory=False)["shown"]
    assert rendering._texts(entry, memory=True)["shown"] == ""
