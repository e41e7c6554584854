"""Reading a damaged store that is also older than this program."""

from __future__ import annotations

import os
from pathlib import Path

import apsw

from orchestrator.model import Decision
from orchestrator.store.company import CompanyStore
from orchestrator.store.decisions import Decisions
from orchestrator.store.migrations import STEPS

OLDER = 5  # steps: before the outbox had its present columns


def older_store(path: Path) -> None:
    """A store of then with a decision and something sent, whose table of insights is destroyed."""
    db = apsw.Connection(str(path))
    for _name, sql in STEPS[:OLDER]:
        db.execute(sql).fetchall()
    db.pragma("user_version", OLDER)
    Decisions(db).append(Decision("i1-1", "v", "refuse", "Ana", "2026-01-01T00:00:00Z", "", "", "", "", ""))
    db.execute(
        "insert into outbox (remote, target, key, wanted_hash, sent_hash, ref) values "
        "('global.issues', 'jira:x#ORCH', 'i1-1', '', 'h', 'ORCH-7')"
    )
    size = int(db.pragma("page_size"))
    names = ("insight", "sqlite_autoindex_insight_1", "insight_anchor")
    pages = [int(r[0]) for r in db.execute("select pageno from dbstat where name in (?,?,?)", names)]
    db.close()
    data = bytearray(path.read_bytes())
    for page in pages:
        data[(page - 1) * size : page * size] = os.urandom(size)
    path.write_bytes(data)


def test_what_an_older_store_knows_is_read_although_it_cannot_be_migrated(tmp_path: Path) -> None:
    older_store(tmp_path / "old.db")
    with CompanyStore(tmp_path / "new", "empresa-a") as store:
        found = store.take_over(tmp_path / "old.db")
        assert [row.ref for row in store.outbox.of("i1-1")] == ["ORCH-7"]
    assert (found.rows["decision"], found.rows["outbox"], found.partial) == (1, 1, ["insight"])
