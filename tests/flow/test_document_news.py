"""A saved document costs what it is, however many there are."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.documents import record_documents
from orchestrator.app.watching import Session
from orchestrator.app.workspace import Workspace, silent
from orchestrator.documents import collect
from orchestrator.store.insights import Insights
from tests.flow.group import GroupRepository

DOCS = "empresas/a/docs"
MANY = 40


@pytest.fixture
def read(group: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Forty recorded documents; from here on, what is read of work tree and store, by name."""
    group.write({f"{DOCS}/pasta/{n}.md": f"# Guia {n}\n\nComo se faz a etapa {n}.\n" for n in range(MANY)})
    group.write({".gitignore": f"{DOCS}/rascunho.md\n"})
    record_documents(Workspace.open(group.root), "empresa-a", silent)
    seen: list[str] = []
    from_tree, from_store = collect._read, Insights._insight

    def tree(file: Path, path: str, result: Any) -> Any:
        seen.append(path)
        return from_tree(file, path, result)

    def store(self: Insights, row: Any) -> Any:
        seen.append(str(row[2]))
        return from_store(self, row)

    monkeypatch.setattr(collect, "_read", tree)
    monkeypatch.setattr(Insights, "_insight", store)
    return seen


def test_one_saved_document_is_read_alone(group: GroupRepository, read: list[str]) -> None:
    said: list[str] = []
    path = f"{DOCS}/pasta/7.md"
    group.write({path: "# Guia 7\n\nComo se faz a etapa 7 sem esperar.\n"})
    session = Session(group.root, said.append, str, documents=True)
    session.take_in(frozenset())
    read.clear()
    session.take_in(frozenset([path]))
    assert said == [f"empresa-a: documentos {path}"]
    assert len(read) <= 8 and path in read, read


def test_what_is_ignored_outside_or_gone_is_passed_by(group: GroupRepository, read: list[str]) -> None:
    group.write({f"{DOCS}/rascunho.md": "# Rascunho\n", "empresas/b/docs/x.md": "# Da outra\n"})
    (group.root / f"{DOCS}/pasta/3.md").unlink()
    paths = [f"{DOCS}/rascunho.md", "empresas/b/docs/x.md", f"{DOCS}/pasta/3.md", f"{DOCS}/[*].md", ":/x.md"]
    found = record_documents(Workspace.open(group.root), "empresa-a", silent, only=paths)["empresa-a"]
    assert not (found.new or found.changed or found.removed)
    assert len(stored(group)) == MANY, "absent is not gone"


def test_a_folder_that_was_moved_is_taken_in_whole(group: GroupRepository, read: list[str]) -> None:
    shutil.move(group.root / DOCS / "pasta", group.root / DOCS / "outra [1]")
    moved = record_documents(
        Workspace.open(group.root), "empresa-a", silent, only=[f"{DOCS}/pasta/", f"{DOCS}/outra [1]/"]
    )["empresa-a"]
    assert len([p for p in moved.new if p.endswith(".md")]) == MANY
    pruned = record_documents(Workspace.open(group.root), "empresa-a", silent, prune=True)["empresa-a"]
    assert len(pruned.removed) == MANY + 1 and not pruned.missing  # and the folder's page
    assert len(stored(group)) == MANY


def stored(group: GroupRepository) -> list[str]:
    desk = Workspace.open(group.root).desk("empresa-a")
    with desk.store as store:
        return [t for t in store.insights.other_documents([]).values() if t.startswith("Guia")]
