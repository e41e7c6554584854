"""`--dry-run` says what would happen and changes no byte of any store, remote or git object."""

from __future__ import annotations

import hashlib
from pathlib import Path

import apsw
import pytest

from tests.flow.group import GroupRepository

SCHEMA = "select name from sqlite_schema where type = 'table' order by 1"


def dump(path: Path) -> str:
    """Every row of every table of an SQLite file, as text."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        tables = [
            str(name)
            for (name,) in connection.execute(
                "select name from sqlite_schema where type = 'table' order by 1"
            )
            if "_vector" not in name  # derived from memory_item, which is here
        ]
        return "\n".join(
            f"{t}: {sorted(map(repr, connection.execute(f'select * from {t}')))}" for t in tables
        )
    finally:
        connection.close()


def state(group: GroupRepository) -> dict[str, str]:
    """Everything that a command could change: stores by rows, all else by bytes."""
    found = {}
    for top in (group.root / ".orch", group.root / ".git", group.root.parent / "shared"):
        for path in sorted(p for p in top.rglob("*") if p.is_file()):
            name = str(path.relative_to(group.root.parent))
            if path.suffix in (".db", ".sqlite"):
                found[name] = dump(path)
            elif not name.endswith(("-wal", "-shm", ".lock")):
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def prepared(group: GroupRepository) -> None:
    """One object to create, one to update, one to retract, one to leave; a component and documents."""
    words = ("cache na borda", "índice parcial na fila", "lotes menores na carga", "réplica de leitura")
    for word in words:
        group.commit(f"perf: {word}\n\nSolução: {word} derrubou o tempo de resposta pela metade")
    group.commit("feat(auth): novo", {"empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\n'})
    group.write({"empresas/a/docs/guia.md": "# Guia\n\nLeia antes de publicar uma versão.\n"})
    ids = [i["id"] for i in group.insights() if i["record"]["kind"] == "solution"]
    group.orch("review", "--approve", ids[0], "--approve", ids[1], "--approve", ids[2])
    group.orch("push")
    group.orch("withdraw", ids[0])
    group.orch("review", "--approve", ids[3])
    group.orch("status")


def test_push_says_what_it_would_do_and_writes_nothing(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(group)
    monkeypatch.setenv("ORCH_LANG", "en")
    before = state(group)
    assert any("companies/empresa-a/orch.db" in name for name in before)
    assert any(name.startswith("shared/") for name in before)

    told = group.orch("push", "--dry-run").out
    assert state(group) == before
    assert "1 to create" in told and "1 to retract" in told
    assert "created" not in told and "retracted" not in told
    group.orch("push", "--dry-run", "--company", "empresa-a", "--json")
    assert state(group) == before

    really = group.orch("push").out
    assert "1 created" in really and "1 retracted" in really and "to create" not in really
    assert state(group) != before  # what is compared would show a write


def test_sharing_a_component_writes_nothing(group: GroupRepository) -> None:
    prepared(group)
    group.git("init", "-q", "--bare", "-b", "main", "../origin.git")
    group.git("remote", "add", "origin", "../origin.git")
    group.git("push", "-q", "origin", "main")
    group.git("fetch", "-q", "origin")
    group.orch("status")
    before = state(group)
    group.orch("share", "auth", "--company", "empresa-a", "--to", "empresa-b", "--dry-run")
    assert state(group) == before


def test_publishing_documents_writes_nothing(group: GroupRepository) -> None:
    prepared(group)
    told = group.orch("docs", "publish").err
    assert told.count("empresa-a: ") == 1 and "[company.folder]" in told, (
        told
    )  # nowhere to publish: said once
    group.write(
        {"empresas/a/docs/guia.md": "# Guia\n\nOutra coisa.\n", "empresas/a/docs/novo.md": "# Novo\n"}
    )
    before = state(group)
    found = group.orch("docs", "publish", "--dry-run", "--json").data["empresa-a"]["documents"]
    assert found["new"] == ["empresas/a/docs/novo.md"] and found["changed"] == ["empresas/a/docs/guia.md"]
    assert state(group) == before
