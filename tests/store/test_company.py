"""A company's store: private, append-only where it must be, and honest about damage."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import OrchError, StoreError
from orchestrator.model import Decision, Insight, Kind, Record
from orchestrator.remote import Observed
from orchestrator.store.company import CompanyStore
from orchestrator.store.decisions import consent
from orchestrator.store.migrations import STEPS


def decision(action: str, version: str = "v1") -> Decision:
    return Decision("i1-1", version, action, "ana", "2026-11-22T00:00:00Z")


@pytest.fixture
def store(tmp_path: Path) -> CompanyStore:
    return CompanyStore(tmp_path / "empresa-a", "empresa-a")


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with CompanyStore(tmp_path / "c", "c") as store, store.transaction():
            store.put_setting("a", "b")
            found = {p.name: stat.S_IMODE(p.stat().st_mode) for p in store.path.parent.iterdir()}
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700
    assert set(found.values()) == {0o600} and "orch.db-wal" in found


def test_durability_and_journal(store: CompanyStore) -> None:
    assert store._db.pragma("synchronous") == 2  # FULL: NORMAL loses acknowledged rows in power cuts
    assert store._db.pragma("journal_mode") == "wal"


def test_migrations_run_once_and_all(store: CompanyStore, tmp_path: Path) -> None:
    assert store._db.pragma("user_version") == len(STEPS)
    store.put_setting("kept", "yes")
    store.close()
    with CompanyStore(tmp_path / "empresa-a", "empresa-a") as again:
        assert again.setting("kept") == "yes"


def test_a_store_of_a_newer_orch_is_not_opened(store: CompanyStore, tmp_path: Path) -> None:
    store._db.execute(f"pragma user_version = {len(STEPS) + 1}")
    store.close()
    with pytest.raises(StoreError, match="orch"):
        CompanyStore(tmp_path / "empresa-a", "empresa-a")


def test_a_transaction_is_all_or_nothing(store: CompanyStore) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.put_setting("a", "1")
        raise RuntimeError
    assert store.setting("a") == ""


def test_decisions_are_appended_and_never_changed(store: CompanyStore) -> None:
    for action in ("approve", "withdraw"):
        store.decisions.append(decision(action))
    with pytest.raises(apsw.ConstraintError):
        store._db.execute("update decision set action='approve'")
    with pytest.raises(apsw.ConstraintError):
        store._db.execute("delete from decision")
    assert store.decisions.broken_at() is None


@pytest.mark.parametrize(
    "forgery",
    [
        "update decision set who='eva' where seq=2",
        "update decision set version='v2' where seq=1",
        "delete from decision where seq=2",
        "update decision set hash='0' where seq=3",
    ],
)
def test_a_forged_row_breaks_the_chain(store: CompanyStore, forgery: str) -> None:
    for action in ("approve", "refuse", "approve"):
        store.decisions.append(decision(action))
    store._db.execute("drop trigger decision_is_never_changed")
    store._db.execute("drop trigger decision_is_never_deleted")
    store._db.execute(forgery)
    assert store.decisions.broken_at() is not None


def test_consent_is_for_a_version_and_a_refusal_stands() -> None:
    assert consent([], "v1") == ""
    assert consent([decision("approve")], "v1") == "approve"
    assert consent([decision("approve")], "v2") == ""
    assert consent([decision("refuse")], "v2") == "refuse"
    assert consent([decision("approve"), decision("withdraw")], "v1") == "withdraw"
    assert consent([decision("withdraw"), decision("approve", "v2")], "v2") == "approve"
    assert consent([decision("approve"), decision("edit", "v2")], "v2") == ""


WANT = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["h1", "h2"]), max_size=3)
SEEN = Observed("k", "R-1", "h", "1")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WANT, st.booleans()), max_size=6))
def test_the_outbox_ends_with_exactly_what_was_last_wanted(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[dict[str, str], bool]]
) -> None:
    with CompanyStore(tmp_path_factory.mktemp("s"), "c") as store:
        for wanted, pushed in history:
            store.outbox.want("k", {(remote, "t"): h for remote, h in wanted.items()})
            for remote in "abc" if pushed else "":
                for row in store.outbox.due(remote):
                    store.outbox.sending([row], "2026-11-22T00:00:00Z")
                    store.outbox.settle(row, row.wanted_hash, SEEN if row.wanted_hash else None, "")
        last = history[-1][0] if history else {}
        rows = {row.remote: row for row in store.outbox.of("k")}
        assert {remote: row.wanted_hash for remote, row in rows.items() if row.wanted_hash} == last
        for row in rows.values():
            assert row.wanted_hash or row.sent_hash  # what is wanted nowhere and lies nowhere is forgotten
        if history and history[-1][1]:
            assert not any(store.outbox.due(remote) for remote in "abc")


def test_a_wish_for_another_place_starts_anew_and_the_old_place_is_wished_away(store: CompanyStore) -> None:
    store.outbox.want("k", {("a", "old site"): "h"})
    (row,) = store.outbox.due("a", "old site")
    store.outbox.settle(row, "h", SEEN, "")
    store.outbox.want("k", {("a", "new site"): "h"})
    (row,) = store.outbox.due("a", "new site")
    assert (row.sent_hash, row.ref) == ("", "")
    (row,) = store.outbox.due("a", "old site")
    assert (row.wanted_hash, row.ref) == ("", SEEN.ref)
    store.outbox.want("k", {("a", "old site"): "h"})  # back again: it is there already
    assert not store.outbox.due("a")


def test_a_new_wish_frees_what_was_set_aside(store: CompanyStore) -> None:
    store.outbox.want("k", {("a", "t"): "h1"})
    (row,) = store.outbox.due("a")
    store.outbox.mark(row, "stuck", "no")
    assert store.outbox.due("a") == []
    store.outbox.want("k", {("a", "t"): "h1"})
    assert store.outbox.due("a") == []
    store.outbox.want("k", {("a", "t"): "h2"})
    assert len(store.outbox.due("a")) == 1


def test_a_damaged_file_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "c" / "orch.db"
    file.parent.mkdir()
    file.write_bytes(b"not a database, but somebody's bytes" * 100)
    with pytest.raises(OrchError, match=r"orch\.db"):
        CompanyStore(tmp_path / "c", "c")
    assert file.read_bytes().startswith(b"not a database")


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "orch.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(OrchError):
        CompanyStore(tmp_path / "c", "c")
    assert not (tmp_path / "elsewhere.db").exists()


def test_the_beginning_of_an_id_is_no_pattern(store: CompanyStore) -> None:
    record = Record(Kind.INSIGHT, "t", "c")
    store.insights.put(Insight("i1-abc", "empresa-a", record, 1.0, (), (), "", created_at="", updated_at=""))
    assert [i.id for i in store.insights.matching("ab")] == ["i1-abc"]
    assert [i.id for i in store.insights.matching("i1-a")] == ["i1-abc"]
    for hostile in ("*", "?bc", "[a-z]", "%", "i1-*"):
        assert store.insights.matching(hostile) == []
