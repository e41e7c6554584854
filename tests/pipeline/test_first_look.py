"""A long history's newest learnings are shown before all of it has been read, and shown only."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator import pipeline
from orchestrator.app import first_look, learning
from orchestrator.app.setup import initialise
from orchestrator.app.workspace import Workspace
from orchestrator.memory.model_folder import MODEL_ID
from tests.flow.group import GroupRepository

FOUND = [("empresa-a", "A", ["empresas/a/**"]), ("empresa-b", "B", ["empresas/b/**"])]
MANIFEST = '{"name": "fila-do-faturamento", "description": "Fila", "version": "1.0.0"}'


@pytest.fixture
def long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """A repository without orch, whose history is longer than what is looked at first."""
    group = GroupRepository(tmp_path / "grupo", monkeypatch, capsys)
    group.root.mkdir()
    group.git("init", "-q")
    for n in range(8):
        message = f"fix: {n}\n\nSolution: a fila {n} ficou vazia com um índice parcial\n"
        group.commit(message, {f"empresas/a/{n}.py": "1"}, date=f"2026-01-0{n + 1}T12:00:00")
    group.commit("feat: fila", {"empresas/a/fila/package.json": MANIFEST}, date="2026-01-09T12:00:00")
    monkeypatch.setattr(first_look, "NEWEST", 4)
    monkeypatch.setattr(first_look, "LONG", 6)
    return group


def start(group: GroupRepository) -> list[str]:
    said: list[str] = []
    initialise(group.root, FOUND, name="Grupo", language="pt-BR", hooks=False, named=True, say=said.append)
    return said


def test_the_newest_learnings_are_shown_before_the_rest_is_read(
    long: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []
    real = first_look.show

    def spied(look: first_look.Look, say: object) -> None:
        with Workspace.open(long.root).store("empresa-a") as store:
            stored.append(len(list(store.insights.listing())))
        real(look, say)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(first_look, "show", spied)
    said = start(long)
    assert stored == [0]  # shown, not stored
    assert "4" in said[0] and "9" in said[0]
    shown = [line for line in said if line.startswith("  ")]
    assert [line.split("fila ")[1][0] for line in shown] == ["7", "6", "5"]  # the newest first
    assert not any("fila-do-faturamento" in line for line in said)  # new, or only seen first?
    assert len(long.insights()) == 9


def test_what_is_read_already_or_short_is_not_looked_at_twice(
    long: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(long)
    assert first_look.look(Workspace.open(long.root)) is None
    monkeypatch.setattr(first_look, "LONG", 100)
    other = GroupRepository(long.root.parent / "other", long._patch, long._capsys)
    long.git("clone", "-q", str(long.root), str(other.root))
    assert not any("fila" in line for line in start(other))


def test_a_long_reading_embeds_at_its_end_and_forgets_none(
    long: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)
    monkeypatch.setattr(learning, "BATCH", 2)
    start(long)
    with Workspace.open(long.root).store("empresa-a") as store:
        assert store.index.missing_vectors(MODEL_ID) == []
        assert all(store.index.vector(i.id, MODEL_ID) for i in store.insights.listing())


def test_killed_before_the_vectors_a_search_finds_by_meaning_all_the_same(
    long: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)
    monkeypatch.setattr(learning, "BATCH", 10**6)  # the end never comes
    start(long)
    with Workspace.open(long.root).store("empresa-a") as store:
        assert len(store.index.missing_vectors(MODEL_ID)) > 5
    long.orch("search", "índice parcial", "--company", "empresa-a")
    with Workspace.open(long.root).store("empresa-a") as store:
        assert store.index.missing_vectors(MODEL_ID) == []
