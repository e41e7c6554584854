"""What a reader of Markdown does not see goes on no page."""

from __future__ import annotations

import pytest

from orchestrator.documents.hidden import without_hidden
from tests.flow.group import CONFIG, GroupRepository


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("---\nsenha: interno\n---\n# Guia\n\nfim\n", "# Guia\n\nfim\n"),
        ("\ufeff---\ntitle: x\n\nmore: y\n...\nfim", "fim"),
        ("+++\na = 1\n+++\nfim", "fim"),
        ("---\n\num texto entre duas linhas\n\n---\n", "---\n\num texto entre duas linhas\n\n---\n"),
        ("a <!-- x\n\ny --> b", "a  b"),
        ("a\n<!-- nunca termina\n\nfim", "a\n"),
        ("a <!-- nunca termina", "a <!-- nunca termina"),
        ("`<!-- x -->` <!-- y -->", "`<!-- x -->` "),
        ("a ` b\n\n<!-- y --> ` c", "a ` b\n\n ` c"),
        ("```html\n<!-- x -->\n```\n<!-- y -->fim", "```html\n<!-- x -->\n```\nfim"),
        ("````\n```\n<!-- x -->\n````\n", "````\n```\n<!-- x -->\n````\n"),
    ],
)
def test_front_matter_and_comments_are_left_out_and_code_stays(text: str, shown: str) -> None:
    assert without_hidden(text) == shown


def test_no_page_holds_them(group: GroupRepository) -> None:
    own = 'share = "ask"\n[company.folder]\npath = "../own-a"\n'
    group.write({".orch/config.toml": CONFIG.format(share="ask").replace('share = "ask"\n', own, 1)})
    group.orch("trust", "--yes")
    text = (
        "---\nrevisor: interno-zeta\n---\n# Guia\n\nComo instalar o ambiente.\n\n<!-- comentario-zeta -->\n"
    )
    group.commit("docs: guia", {"empresas/a/docs/guia.md": text})
    group.orch("docs", "publish", "--company", "empresa-a")
    group.orch("push", "--company", "empresa-a")
    files = (group.root.parent / "own-a").rglob("*")
    told = b"".join(p.read_bytes() for p in files if p.is_file())
    assert b"instalar o ambiente" in told and b"zeta" not in told
