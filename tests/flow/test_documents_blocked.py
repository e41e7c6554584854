"""Documents that may not leave: said so, and what was good of them stays where people read it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import KEY
from tests.flow.group import CONFIG, GroupRepository

GUIDE = "empresas/a/docs/guia.md"
PUBLISH = ("docs", "publish", "--company", "empresa-a")


def place_for_documents(group: GroupRepository, globs: str = "empresas/a/docs/**/*.md") -> Path:
    """A folder of empresa-a's own, to which its documents go."""
    text = CONFIG.format(share="ask").replace("empresas/a/docs/**/*.md", globs)
    first, second = text.split('[[company]]\nid = "empresa-b"')
    own = '[company.folder]\npath = "../own"\n[[company]]\nid = "empresa-b"'
    group.write({".orch/config.toml": first + own + second})
    group.orch("trust", "--yes")
    return group.root.parent / "own"


def texts(folder: Path) -> str:
    return "\n".join(p.read_text() for p in sorted(folder.rglob("*.md")))


def test_a_document_with_a_secret_keeps_its_last_good_page_and_says_why(group: GroupRepository) -> None:
    own = place_for_documents(group)
    group.write({GUIDE: "# Guia\n\nComo fazer o deploy.\n"})
    group.orch(*PUBLISH)
    (page,) = own.rglob("*Guia*.md")
    before = page.read_text()
    group.write({GUIDE: f"# Guia\n\nComo fazer o deploy com a chave {KEY}.\n"})
    for line in ((*PUBLISH, "--dry-run"), PUBLISH, PUBLISH):
        told = group.orch(*line, expect=4)
        assert GUIDE in told.out and "segredo" in told.out.lower() and KEY not in told.out + told.err
        assert page.read_text() == before
    found = group.orch(*PUBLISH, "--json", expect=4).data["empresa-a"]["documents"]
    assert list(found["blocked"]) == [GUIDE]
    group.write({GUIDE: "# Guia\n\nComo fazer o deploy com a chave do cofre.\n"})
    group.orch(*PUBLISH)
    assert "cofre" in page.read_text()


def test_a_new_document_with_a_secret_is_named_and_goes_nowhere(group: GroupRepository) -> None:
    own = place_for_documents(group)
    group.write({GUIDE: f"# Guia\n\nA chave é {KEY}.\n", "empresas/a/docs/outro.md": "# Outro\n\nTexto.\n"})
    told = group.orch(*PUBLISH, expect=4)
    assert GUIDE in told.out
    assert "Texto." in texts(own) and KEY not in texts(own)


def test_a_glob_that_reaches_into_another_company_publishes_nothing_of_it(group: GroupRepository) -> None:
    own = place_for_documents(group, "empresas/*/docs/**/*.md")
    group.write({GUIDE: "# Guia\n\nDa A.\n", "empresas/b/docs/plano.md": "# Plano\n\nSó da B.\n"})
    told = group.orch(*PUBLISH)
    assert "empresas/b/docs/plano.md" in told.out and "empresa-b" in told.out
    assert "Da A." in texts(own) and "Só da B." not in texts(own)
