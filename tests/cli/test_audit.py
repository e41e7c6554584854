"""The trail of decisions: listed as it is, and whatever was done to it behind orch's back shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.app import audit
from orchestrator.app.trail import write_down
from orchestrator.app.workspace import Workspace
from orchestrator.model import Decision
from orchestrator.store.company import CompanyStore
from orchestrator.store.decisions import row_hash
from tests.cli.conftest import CPF, KEY
from tests.flow.group import GroupRepository

TEXTS = ("índice parcial na fila", "lotes menores na carga", "réplica para os relatórios", "cache na borda")


@pytest.fixture
def decided(group: GroupRepository) -> GroupRepository:
    """Four decisions of empresa-a, one of them a refusal with a reason, and one of empresa-b."""
    for hour, words in enumerate(TEXTS):
        message = f"perf: {hour}\n\nSolução: {words} derrubou o tempo de resposta pela metade"
        group.commit(message, date=f"2026-01-02T1{hour}:00:00Z")
    group.commit("perf: b\n\nSolução: fila com prioridade na conciliação noturna", {"empresas/b/x.py": "n\n"})
    ids = [i["id"] for i in group.insights()]
    for insight in ids[:3]:
        group.orch("review", "--approve", insight)
    group.orch("review", "--refuse", ids[3], "--reason", "já se sabia")
    group.orch("review", "--company", "empresa-b", "--approve-all")
    return group


def store(group: GroupRepository, owner: str = "empresa-a") -> Path:
    return group.root / f".orch/companies/{owner}/orch.db"


def behind_our_back(path: Path, *statements: str) -> None:
    """Change a store as somebody who has the file would, past the triggers."""
    connection = apsw.Connection(str(path))
    for trigger in ("decision_is_never_changed", "decision_is_never_deleted"):
        connection.execute(f"drop trigger if exists {trigger}")
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()


def test_every_decision_is_listed_newest_first(decided: GroupRepository) -> None:
    found = decided.orch("audit", "--json").data
    assert [d["action"] for d in found].count("approve") == 4 and len(found) == 5
    assert {d["company"] for d in found} == {"empresa-a", "empresa-b"}
    own = decided.orch("audit", "--company", "empresa-a", "--json").data
    assert [d["number"] for d in own] == [4, 3, 2, 1]
    assert own[-1]["previous"] == "" and all(
        later["previous"] == earlier["hash"] for later, earlier in pairwise(own)
    )
    assert all(d["who"] and d["version"] and d["policy"] and d["record"] for d in own)
    (refused,) = [d for d in own if d["action"] == "refuse"]
    assert refused["reason"] == "já se sabia" and "já se sabia" in decided.orch("audit").out


def test_filters(decided: GroupRepository) -> None:
    first = decided.orch("audit", "--company", "empresa-a", "--json").data[0]["insight"]
    for beginning in (first, first[:9], first.removeprefix("i1-")[:8]):
        assert [d["insight"] for d in decided.orch("audit", "--insight", beginning, "--json").data] == [first]
    assert len(decided.orch("audit", "--limit", "2", "--json").data) == 2
    assert decided.orch("audit", "--since", "2099-01-01", "--json").data == []
    assert len(decided.orch("audit", "--since", "2026-01-01", "--json").data) == 5
    decided.orch("audit", "--since", "ontem", expect=2)
    decided.orch("audit", "--company", "nobody", expect=2)


def test_the_trail_repeats_no_value(leaky: GroupRepository) -> None:
    leaky.orch("review", "--approve-all")
    for line in (("audit",), ("audit", "--json"), ("audit", "verify"), ("audit", "verify", "--json")):
        ran = leaky.orch(*line)
        assert KEY not in ran.out + ran.err and CPF not in ran.out + ran.err


def test_a_whole_trail_verifies_and_the_groups_own_too(decided: GroupRepository) -> None:
    write_down(Workspace.open(decided.root), None, "task:1", ("um texto",))
    found = decided.orch("audit", "verify", "--json").data
    assert [(v["company"], v["ok"], v["rows"]) for v in found] == [
        ("empresa-a", True, 4),
        ("empresa-b", True, 1),
        ("_group", True, 1),
    ]
    assert {d["company"] for d in decided.orch("audit", "--json").data} == {
        "empresa-a",
        "empresa-b",
        "_group",
    }
    behind_our_back(store(decided, "_group"), "update decision set who='eva'")
    assert decided.orch("audit", "verify", "--json", expect=1).data[2]["broken_at"] == 1
    doctor = decided.orch("doctor", "--json", expect=1).data
    assert [c["ok"] for c in doctor if "_group" in c["name"]] == [False]


TAMPERED = {
    "changed": ("update decision set reason='outra' where seq=3", 3),
    "changed first": ("update decision set who='eva' where seq=1", 1),
    "scope": ("update decision set scope='good' where seq=2", 2),
    "hash": ("update decision set hash='0' where seq=4", 4),
    "removed in the middle": ("delete from decision where seq=2", 3),
    "removed at the beginning": ("delete from decision where seq=1", 2),
    "moved": ("update decision set seq = 5 - seq + 10; update decision set seq = seq - 10", 1),
    "cut off": ("delete from decision where seq=4", 4),
    "cut off by two": ("delete from decision where seq>2", 4),
    "emptied": ("delete from decision", 4),
}


def test_whatever_was_done_to_it_shows(decided: GroupRepository) -> None:
    path = store(decided)
    behind_our_back(path, "pragma wal_checkpoint(truncate)")
    whole = path.read_bytes()
    for how, (statement, number) in TAMPERED.items():
        behind_our_back(path, statement)
        ran = decided.orch("audit", "verify", "--company", "empresa-a", "--json", expect=1)
        assert [(v["ok"], v["broken_at"]) for v in ran.data] == [(False, number)], how
        for name in ("-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)
        path.write_bytes(whole)
        decided.orch("audit", "verify")
    behind_our_back(path, TAMPERED["changed"][0])
    assert "empresa-a" in decided.orch("audit", "verify", expect=1).out
    assert not all(c["ok"] for c in decided.orch("doctor", "--json", expect=1).data)


def test_a_trail_written_anew_with_right_hashes_contradicts_the_head(decided: GroupRepository) -> None:
    with Workspace.open(decided.root).store("empresa-a") as opened:
        rows = [r.decision for r in opened.decisions.rows()]
    behind_our_back(store(decided), "delete from decision")
    connection, previous = apsw.Connection(str(store(decided))), ""
    for number, d in enumerate(rows, start=1):
        forged = Decision(d.insight, d.version, "approve", d.who, d.at, "", d.policy, d.record, d.texts)
        values = (number, d.insight, d.version, "approve", d.who, d.at, "", d.policy, d.record, d.texts)
        chained = row_hash(previous, forged)
        connection.execute(
            "insert into decision (seq, insight_id, version, action, who, decided_at, reason, policy, "
            "record, texts, previous, hash) values (?,?,?,?,?,?,?,?,?,?,?,?)",
            (*values, previous, chained),
        )
        previous = chained
    connection.close()
    (told,) = decided.orch("audit", "verify", "--company", "empresa-a", "--json", expect=1).data
    assert told["broken_at"] == 4


def test_a_store_that_is_gone_with_its_trail_is_told_until_that_is_accepted(
    decided: GroupRepository,
) -> None:
    shutil.rmtree(store(decided).parent)
    (gone,) = decided.orch("audit", "verify", "--company", "empresa-a", "--json", expect=1).data
    assert not gone["ok"] and "4" in gone["problem"]
    decided.orch("drain")  # what git knows comes back, the decisions do not
    decided.orch("audit", "verify", expect=1)
    decided.orch("audit", "verify", "--accept-loss", "empresa-a")
    decided.orch("audit", "verify")
    decided.orch("audit", "verify", "--accept-loss", "empresa-a", expect=1)


def test_what_one_process_appends_the_next_verifies(decided: GroupRepository) -> None:
    decided.commit("perf: e\n\nSolução: compressão na borda derrubou o tráfego pela metade")
    decided.orch("review", "--approve-all")
    decided.orch("audit", "verify")
    behind_our_back(store(decided), "delete from decision where seq=5")  # never verified, yet seen
    (told,) = decided.orch("audit", "verify", "--company", "empresa-a", "--json", expect=1).data
    assert told["broken_at"] == 5


def test_reading_the_trail_of_one_company_opens_no_other(
    decided: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    plain = Workspace.store
    monkeypatch.setattr(Workspace, "store", lambda self, c: opened.append(c) or plain(self, c))  # type: ignore[func-returns-value] # append's None is what `or` passes by
    decided.orch("audit", "--company", "empresa-a")
    decided.orch("audit", "verify", "--company", "empresa-a")
    assert set(opened) == {"empresa-a"}


def test_an_empty_group_has_nothing_to_list(group: GroupRepository) -> None:
    assert group.orch("audit", "--json").data == []
    group.orch("audit", "verify")
    assert not audit.verify_trail(Workspace.open(group.root), "_group").rows
    assert not store(group, "_group").exists()


texts = st.text(max_size=12)
entries = st.builds(
    Decision,
    insight=texts,
    version=texts,
    action=st.sampled_from(("approve", "refuse", "edit", "withdraw", "ask")),
    who=texts,
    at=texts,
    reason=texts,
    scope=st.sampled_from(("", "version", "good")),
)


@given(rows=st.lists(entries, min_size=1, max_size=8), data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_single_change_keeps_the_chain(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Decision], data: st.DataObject
) -> None:
    with CompanyStore(tmp_path_factory.mktemp("s"), "c") as opened:
        for d in rows:
            opened.decisions.append(d)
        assert opened.decisions.broken_at() is None
        number = data.draw(st.integers(1, len(rows)))
        field = data.draw(st.sampled_from(("insight_id", "version", "who", "decided_at", "reason", "texts")))
        change: Callable[[str], str] = lambda old: old + data.draw(st.sampled_from(("x", " ", "\x00")))  # noqa: E731
        old = opened._db.execute(f"select {field} from decision where seq=?", (number,)).fetchone()
        assert old is not None
        opened._db.execute("drop trigger decision_is_never_changed")
        opened._db.execute(f"update decision set {field}=? where seq=?", (change(str(old[0])), number))
        assert opened.decisions.broken_at() == number


# --------------------------------------------------------------------------- push relies on it


def shared(group: GroupRepository) -> str:
    files = (group.root.parent / "shared").rglob("*")
    return "".join(p.read_bytes().decode("utf-8", "replace") for p in files if p.is_file())


def test_a_trail_that_was_tampered_with_stops_its_own_company_only(decided: GroupRepository) -> None:
    path = store(decided)
    behind_our_back(path, "pragma wal_checkpoint(truncate)")
    whole = path.read_bytes()
    for how, (statement, _number) in TAMPERED.items():
        behind_our_back(path, statement)
        ran = decided.orch("push", "--json", expect=4)
        (report,) = ran.data["empresa-a"]
        assert report["error"]["code"] == "refused" and not report["steps"], how
        assert "orch audit verify" in report["error"]["hint"]
        assert all(words not in shared(decided) for words in TEXTS), how
        for name in ("-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)
        path.write_bytes(whole)
    assert "conciliação noturna" in shared(decided)  # empresa-b's went
    assert "orch audit verify --company empresa-a" in _push_of_a_cut_trail(decided)
    path.with_name(path.name + "-wal").unlink(missing_ok=True)
    path.write_bytes(whole)
    decided.orch("push", expect=None)
    assert TEXTS[3] in shared(decided)


def _push_of_a_cut_trail(group: GroupRepository) -> str:
    behind_our_back(store(group), TAMPERED["cut off"][0])
    return group.orch("push", expect=4).err


def test_a_lost_trail_lets_nothing_leave_until_the_loss_is_accepted(decided: GroupRepository) -> None:
    decided.orch("push", expect=None)
    shutil.rmtree(store(decided).parent)
    decided.orch("drain")
    decided.orch("review", "--company", "empresa-a", "--approve-all")
    decided.orch("push", "--company", "empresa-a", expect=4)
    decided.orch("share", "x", "--company", "empresa-a", "--to", "empresa-b", expect=4)
    decided.orch("audit", "verify", "--accept-loss", "empresa-a")
    assert decided.orch("push", "--company", "empresa-a", expect=None).code != 4


def test_what_was_cut_off_is_not_grown_over(decided: GroupRepository) -> None:
    """A new decision after the cut must not become the head that proofs are compared with."""
    sequence = "update sqlite_sequence set seq=2 where name='decision'"
    behind_our_back(store(decided), "delete from decision where seq > 2", sequence)
    waiting = decided.orch("review", "--company", "empresa-a", "--json").data
    for w in waiting:  # the trail is as long as before, and longer
        decided.orch("review", "--refuse", w["id"])
        decided.orch("review", "--undo", w["id"])
    decided.orch("audit", "verify", "--company", "empresa-a", expect=1)
    decided.orch("push", "--company", "empresa-a", expect=4)


def test_a_proof_costs_what_is_new_and_what_is_due(
    decided: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    import orchestrator.store.decisions as module

    decided.orch("push", expect=None)
    hashed: list[str] = []
    monkeypatch.setattr(module, "row_hash", lambda p, d: hashed.append(d.insight) or row_hash(p, d))
    decided.orch("push", "--company", "empresa-a", expect=None)
    assert hashed == []  # nothing new, nothing due
    known = decided.insights()[0]["id"]
    decided.orch("review", "--undo", known)
    hashed.clear()
    decided.orch("push", "--company", "empresa-a", expect=None)
    assert set(hashed) == {known}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_of_what_leaves_goes_unseen(tmp_path: Path, data: st.DataObject) -> None:
    """Any field of any row that something due rests on, with or without a right hash of its own."""
    folder = tmp_path / str(data.draw(st.uuids()))
    with CompanyStore(folder, "empresa-a") as opened, opened.transaction():
        for n in range(4):
            opened.decisions.append(Decision(f"i1-{n % 2}", "v", "approve", "ana", f"2026-01-0{n + 1}"))
        opened.outbox.want("i1-0", {("global.memory", "t"): "h"})
        head = opened.decisions.hash_at(4)
    field = data.draw(st.sampled_from(["insight_id", "version", "action", "who", "decided_at", "reason"]))
    number = data.draw(st.sampled_from([1, 3] if field != "insight_id" else [2, 4]))
    value = {"action": "refuse", "insight_id": "i1-0"}.get(field, "outro")
    behind_our_back(folder / "orch.db", f"update decision set {field}='{value}' where seq={number}")
    with CompanyStore(folder, "empresa-a") as opened:
        if data.draw(st.booleans()):
            row = next(r for r in opened.decisions.rows(number - 1))
            behind_our_back(
                folder / "orch.db",
                f"update decision set hash='{row_hash(row.previous, row.decision)}' where seq={number}",
            )
        broken = [r for r in opened.decisions.rows_of_due() if not r.follows]
        assert broken or opened.decisions.unlinked() or opened.decisions.hash_at(4) != head
