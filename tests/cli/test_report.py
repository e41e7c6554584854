"""`orch report`: one company, a private file, nothing lost, nothing secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CPF, KEY
from tests.flow.group import GroupRepository
from tests.view.page import parsed

A = ("--company", "empresa-a")
TOLD = "perf: {n}\n\nSolução: {n} derrubou o tempo de resposta pela metade\nTecnologia: Redis"


@pytest.fixture
def told(group: GroupRepository) -> GroupRepository:
    group.commit(TOLD.format(n="cache na borda"), date="2025-03-04T10:00:00Z")
    group.commit(TOLD.format(n="fila com prioridade"), date="2026-03-04T10:00:00Z")
    group.commit(f"fix: b\n\nSolução: reprocessar o cliente {CPF} com a chave {KEY} na conciliação")
    group.commit(TOLD.format(n="lote da empresa vizinha"), {"empresas/b/x.py": "x\n"})
    return group


def text(path: Path) -> str:
    return "\n".join(n.text for n in parsed(path.read_bytes()).every() if n.tag != "style")


def test_one_company_in_a_private_file_that_git_does_not_see(told: GroupRepository) -> None:
    ran = told.orch("report", *A)
    path = Path(ran.out.strip())
    assert path == told.root / ".orch" / "report-empresa-a.html"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "report" not in told.git("status", "--porcelain", "--untracked-files=all")
    said = text(path)
    assert "cache na borda" in said and "fila com prioridade" in said and "Redis" in said
    assert "empresa vizinha" not in said and "A decisão de uma pessoa: 2" in said
    assert KEY not in path.read_text() and CPF not in path.read_text() and "[CPF]" in said
    assert "orch review --blocked" in said


def test_what_was_shared_and_what_is_offered(told: GroupRepository) -> None:
    told.orch("review", *A, "--approve-all")
    told.orch("push", *A, expect=None)
    told.orch("pull", "--company", "empresa-b", expect=None)
    assert "global · memory" in text(Path(told.orch("report", *A).out.strip()))
    offered = text(Path(told.orch("report", "--company", "empresa-b").out.strip()))
    assert "fila com prioridade" in offered and "empresa-a" in offered


def test_since_output_and_json(told: GroupRepository, tmp_path: Path) -> None:
    path = tmp_path / "painel.html"
    ran = told.orch("report", *A, "--since", "2026-01-01", "-o", str(path), "--json")
    assert ran.data["path"] == str(path) and ran.data["written"] is True
    assert {x["kind"] for x in ran.data["report"]["learnt"]} == {"solution"}  # words for people: in the page
    titles = [x["title"] for x in ran.data["report"]["learnt"]]
    assert any("fila" in t for t in titles) and not any("cache" in t for t in titles)
    assert "Solução · " in text(path)
    assert "cache na borda" not in text(path) and "desde 01/01/2026" in text(path)
    told.orch("report", *A, "-o", str(path))  # our own is written anew
    assert "cache na borda" in text(path)


def test_nothing_is_lost(told: GroupRepository, tmp_path: Path) -> None:
    other = tmp_path / "nota.html"
    other.write_text("<!DOCTYPE html><p>meu</p>")
    refused = told.orch("report", *A, "-o", str(other), expect=1)
    assert "orch report" in refused.err and other.read_text() == "<!DOCTYPE html><p>meu</p>"
    assert "pasta" in told.orch("report", *A, "-o", str(tmp_path), expect=1).err
    assert "pasta" in told.orch("report", *A, "-o", str(tmp_path / "x" / "y.html"), expect=1).err
    told.orch("report", *A, "--dry-run", "-o", str(tmp_path / "n.html"))
    assert sorted(p.name for p in tmp_path.glob("*.html")) == ["nota.html"]


def test_a_link_in_its_place_is_replaced_not_followed(told: GroupRepository, tmp_path: Path) -> None:
    target = tmp_path / "alvo.html"
    told.orch("report", *A, "-o", str(target))
    before = target.read_bytes()
    (tmp_path / "link.html").symlink_to(target)
    told.orch("report", *A, "--since", "2026-01-01", "-o", str(tmp_path / "link.html"))
    assert target.read_bytes() == before and not (tmp_path / "link.html").is_symlink()


def test_git_takes_no_report_up(told: GroupRepository, tmp_path: Path) -> None:
    for more in ((), ("--dry-run",)):
        refused = told.orch("report", *A, "-o", str(told.root / "painel.html"), *more, expect=1)
        assert ".gitignore" in refused.err and not (told.root / "painel.html").exists()
    told.write({".gitignore": "painel*.html\n"})
    told.orch("report", *A, "-o", str(told.root / "painel.html"))
    told.git("add", "--force", "painel.html")
    told.orch("report", *A, "-o", str(told.root / "painel.html"), expect=1)
    (tmp_path / "mesa").symlink_to(told.root / "empresas")
    told.orch("report", *A, "-o", str(tmp_path / "mesa" / "x.html"), expect=1)


def test_two_companies_are_never_in_one_file(told: GroupRepository) -> None:
    assert "--company" in told.orch("report", expect=2).err
