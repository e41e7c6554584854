"""Each kind of learning at each place, under the titles that the specification gives them."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from tests.flow.group import GroupRepository

TITLES = {  # kind → place → title
    "solution": {"issues": "[empresa-a] Solução: a fila em lote", "pages": "Solução: a fila em lote"},
    "insight": {"pages": "Insight: a fila em lote"},
    "pattern": {"issues": "Padrão detectado: a fila em lote"},
    "best_practice": {"pages": "Boa prática: a fila em lote"},
}


@pytest.mark.parametrize("kind", TITLES)
def test_a_kind_goes_where_it_is_routed(group: GroupRepository, kind: str) -> None:
    group.orch("add", "a fila em lote", "--kind", kind, "--company", "empresa-a")
    group.orch("review", "--approve-all")
    group.orch("push", "--company", "empresa-a")
    shared = group.root.parent / "shared"
    texts = {place: [p.read_text() for p in (shared / place).rglob("*.md")] for place in ("issues", "pages")}
    found = {place: re.findall('^title: "(.*)"$', "\n".join(files), re.M) for place, files in texts.items()}
    assert {place: titles for place, titles in found.items() if titles} == {
        place: [title] for place, title in TITLES[kind].items()
    }
    with closing(sqlite3.connect(shared / "memory.db")) as db:
        assert db.execute("select count(*) from memory").fetchone() == (1,)
