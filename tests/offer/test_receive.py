"""Offers out of other people's rows: what is believed, what is refused, and whose answer lasts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import pytest

from orchestrator.app.workspace import Workspace
from orchestrator.desk import Desk
from orchestrator.errors import UserError
from orchestrator.offer.receive import Received, receive
from orchestrator.offer.respond import accept, decline
from orchestrator.remote import Observed
from orchestrator.remote_memory import SharedRow
from orchestrator.store.offers import key_of, offer_ref
from orchestrator.words import short_id
from tests.flow.group import CONFIG, GroupRepository, new_group

ISSUES = '[company.folder]\npath = "../own-b"\n'
KEY = "i1-00000000000000a1"
ROW = SharedRow(
    KEY, "empresa-a", "solution", "Fila com índice\n\nDetalhes.", {"technologies": ["redis"]}, "", "h1"
)
SEEN = Observed("k", "T-1", "h", "1")


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    made = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto") + ISSUES)
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def desk(group: GroupRepository) -> Any:
    opened = Workspace.open().desk("empresa-b")
    with opened.store:
        yield opened


def pull(desk: Desk, *rows: SharedRow) -> Received:
    return receive(desk, rows, "")


def tasks(desk: Desk) -> list[str]:
    return [row.wanted_hash for row in desk.store.outbox.of(offer_ref("empresa-a", KEY))]


OWN = replace(ROW, key="i1-00000000000000b1", company="empresa-b")


@pytest.mark.parametrize("answer", [accept, decline])
def test_an_empty_memory_is_not_believed_at_once_and_answers_outlive_it(desk: Desk, answer: Any) -> None:
    pull(desk, ROW)
    answered = answer(desk, KEY, who="ana")
    found = pull(desk)
    assert (found.kept, found.withdrawn) == (1, [])
    assert desk.store.offers.get(KEY) == answered
    assert pull(desk).withdrawn == [KEY]
    pull(desk, ROW)
    assert desk.store.offers.get(KEY).state == answered.state  # type: ignore[union-attr]
    assert len(tasks(desk)) == (answer is accept)


def test_a_full_memory_is_believed_at_once(desk: Desk) -> None:
    pull(desk, ROW)
    pull(desk)
    assert pull(desk, ROW).kept == 0
    assert pull(desk).kept == 1  # the doubt starts anew
    assert pull(desk, OWN).withdrawn == [KEY]


def test_while_own_rows_are_missing_too_an_empty_memory_is_never_believed(desk: Desk) -> None:
    pull(desk, ROW)
    with desk.store.transaction():
        desk.store.outbox.want(OWN.key, {("global.memory", "t"): "h"})
        (row,) = desk.store.outbox.due("global.memory")
        desk.store.outbox.settle(row, "h", SEEN, "")
    assert [pull(desk).kept for _ in range(3)] == [1, 1, 1]


def test_a_task_that_was_not_sent_yet_goes_with_its_offer(desk: Desk) -> None:
    pull(desk, ROW, OWN)
    accept(desk, KEY, who="ana")
    assert len(tasks(desk)) == 1
    pull(desk, OWN)
    assert tasks(desk) == []


def test_a_task_that_was_sent_stays_with_other_words(desk: Desk) -> None:
    pull(desk, ROW, OWN)
    accept(desk, KEY, who="ana")
    (row,) = desk.store.outbox.due("company.issues")
    with desk.store.transaction():
        desk.store.outbox.settle(row, row.wanted_hash, SEEN, "")
    pull(desk, OWN)
    (kept,) = desk.store.outbox.of(row.key)
    assert kept.sent_hash == row.wanted_hash != kept.wanted_hash != ""
    pull(desk, ROW, OWN)
    (back,) = desk.store.outbox.of(row.key)
    assert back.wanted_hash == back.sent_hash


def test_a_row_that_bears_the_key_of_an_own_insight_touches_nothing_of_it(group: GroupRepository) -> None:
    group.commit(
        "fix: y\n\nSolution: a tabela com índice novo ficou rápida de verdade", {"empresas/b/x.py": "1"}
    )
    group.orch("push", "--company", "empresa-b")
    (own,) = group.insights("empresa-b")
    desk = Workspace.open().desk("empresa-b")
    with desk.store:
        before = (desk.store.outbox.of(own["id"]), desk.store.index.rows([own["id"]]))
        found = pull(desk, replace(ROW, key=own["id"]), ROW)
        assert list(found.refused) == [own["id"]] and found.new == [KEY]
        decline(desk, KEY, who="ana")
        assert (desk.store.outbox.of(own["id"]), desk.store.index.rows([own["id"]])) == before
    assert all(
        r["state"] == "declined"
        for r in group.orch("offers", "--company", "empresa-b", "--all", "--json").data["empresa-b"]
    )


def test_an_offer_keeps_its_company(desk: Desk) -> None:
    pull(desk, ROW)
    found = pull(desk, replace(ROW, company="empresa-c"), OWN)
    assert list(found.refused) == [KEY] and found.withdrawn == [KEY]


def test_an_answer_that_only_the_trail_still_has_holds_for_the_offer_that_comes_back(desk: Desk) -> None:
    pull(desk, ROW)
    decline(desk, KEY, who="ana", reason="outro cache")
    before = desk.store.offers.get(KEY)
    with desk.store.transaction():  # as a repair leaves it where the table was destroyed
        desk.store._db.execute("delete from offer")
    pull(desk, ROW)
    after = desk.store.offers.get(KEY)
    assert before is not None and after is not None
    assert (after.state, after.answer, after.who) == (before.state, "outro cache", "ana")


@pytest.mark.parametrize("prefix", ["", "i", "i1", "i1-", "row-", "row", "row-12"])
def test_what_names_no_offer_answers_none(desk: Desk, prefix: str) -> None:
    pull(desk, ROW, replace(ROW, key="row-12345"), OWN)
    with pytest.raises(UserError):
        decline(desk, prefix, who="ana")
    assert {o.state for o in desk.store.offers.listing()} == {"open"}


def test_rows_of_other_programs_are_told_apart_by_their_whole_number(desk: Desk) -> None:
    pull(desk, replace(ROW, key="row-1234"), replace(ROW, key="row-12345"), OWN)
    assert short_id("row-12345") == "row-12345" and short_id(KEY) == KEY[3:11]
    assert accept(desk, short_id("row-12345"), who="ana").key == "row-12345"


BAD = [
    replace(ROW, key="k1"),
    replace(ROW, key="i1-00000000000000A2"),
    replace(ROW, key="offer:empresa-a:" + KEY),
    replace(ROW, key="i1-00000000000000a2", kind="weird\x1b[31m"),
    replace(ROW, key="i1-00000000000000a2", kind=None),  # type: ignore[arg-type]
    replace(ROW, key="i1-00000000000000a2", kind="document"),
    replace(ROW, key="i1-00000000000000a2", company="../x"),
    replace(ROW, key="i1-00000000000000a2", company=""),
    replace(ROW, key="i1-00000000000000a2", content=" \n"),
    replace(ROW, key="i1-00000000000000a2", content=None),  # type: ignore[arg-type]
    replace(ROW, key="i1-00000000000000a2", content="x" * 300_000),
]


@pytest.mark.parametrize("bad", BAD)
def test_a_malformed_row_is_named_and_the_rest_goes_on(desk: Desk, bad: SharedRow) -> None:
    found = pull(desk, bad, ROW)
    assert list(found.refused) == [bad.key] and found.new == [KEY]
    assert [o.key for o in desk.store.offers.listing()] == [KEY]


ODD: list[dict[str, Any]] = [
    {"metadata": {"technologies": 5}},
    {"metadata": {"technologies": [1, {"a": 2}, "redis"]}},
    {"metadata": {"technology": "redis"}},
    {"metadata": {"title": {"x": 1}, "gain": ["y"]}},
    {"metadata": [1, 2]},
    {"model": "m", "vector": [3.0] * 384},
    {"model": "m", "vector": [float("nan")] * 384},
    {"model": "m", "vector": [1.0]},
    {"company": "a-company-that-is-not-here"},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_row_is_received_as_far_as_it_makes_sense(group: GroupRepository, odd: dict[str, Any]) -> None:
    desk = Workspace.open().desk("empresa-b")
    with desk.store:
        assert receive(desk, [replace(ROW, **odd)], "m").new == [KEY]
    (offer,) = group.orch("offers", "--company", "empresa-b", "--json").data["empresa-b"]
    assert offer["title"] == "Fila com índice"
    assert set(offer["metadata"]["technologies"]) <= {"redis"}
    group.orch("offers", "--company", "empresa-b")


def test_a_share_that_is_not_mounted_takes_no_offer_away(group: GroupRepository) -> None:
    group.orch("pull", "--company", "empresa-b")  # nobody has shared anything yet: nothing wrong
    group.commit(
        "fix: y\n\nSolution: a fila com índice parcial resolveu a espera longa", {"empresas/a/x.py": "1"}
    )
    group.orch("push", "--company", "empresa-a")
    group.orch("pull", "--company", "empresa-b")
    shared = group.root.parent / "shared"
    shared.rename(shared.with_name("away"))
    shared.mkdir()
    for _again in range(3):
        ran = group.orch("pull", "--company", "empresa-b", "--json", expect=3).data["empresa-b"]
        assert list(ran["errors"]) == ["global.memory"] and not ran["withdrawn"]
    (offer,) = group.orch("offers", "--company", "empresa-b", "--json").data["empresa-b"]
    hits = group.orch("search", "fila", "--company", "empresa-b", "--json").data["hits"]
    assert offer["state"] == "open" and [h["id"] for h in hits] == [offer["key"]]


def test_a_memory_that_other_programs_write_to_is_read(group: GroupRepository) -> None:
    group.commit(
        "fix: y\n\nSolution: a fila com índice parcial resolveu a espera longa", {"empresas/a/x.py": "1"}
    )
    group.orch("push", "--company", "empresa-a")
    db = apsw.Connection(str(group.root.parent / "shared/memory.db"))
    sql = (
        "insert into memory (orch_key, content, embedding, source_instance, category, shared, metadata,"
        " created_at) values (?, 'c', x'00', 'empresa-a', 'solution', 1, ?, 'now')"
    )
    db.executemany(sql, [("k1", "{"), ("row-7", "[1,2]")])
    db.close()
    ran = group.orch("pull", "--company", "empresa-b", "--json").data["empresa-b"]
    assert list(ran["refused"]) == ["k1"] and "row-7" in ran["new"] and len(ran["new"]) == 2
    group.orch("accept", "row-7", "--company", "empresa-b")


def test_the_name_of_an_offer_is_its_own() -> None:
    assert key_of(offer_ref("empresa-a", KEY)) == KEY == key_of(KEY)
    assert offer_ref("empresa-a", KEY) != KEY


def test_what_the_company_takes_up_later_moves_an_offer(group: GroupRepository) -> None:
    """The other one's words did not change: the rank is this company's, and is told anew at a pull."""
    mine = ("--company", "empresa-b")
    for name in ("Kafka", "Redis"):
        said = f"Solução: {name} na frente da fila de {name} segura a carga da noite\nTecnologia: {name}"
        group.commit(f"fix: {name}\n\n{said}\n", {f"empresas/a/{name}.py": name})
    group.orch("drain")
    group.orch("push", "--company", "empresa-a")
    group.orch("pull", *mine)
    assert all(o["fit"] < 0.45 for o in group.orch("offers", *mine, "--json").data["empresa-b"])
    for name in ("Redis", "Kafka"):
        said = f"Solução: o {name} guarda os lotes do fechamento do mês\nTecnologia: {name}"
        group.commit(f"fix: {name}\n\n{said}\n", {f"empresas/b/{name}.py": name})
        group.orch("drain")
        group.orch("pull", *mine)
        first = group.orch("offers", *mine, "--json").data["empresa-b"][0]
        assert first["title"].startswith(name) and first["fit"] >= 0.45
        assert any(name.casefold() in reason for reason in first["reasons"])
        group.orch("decline", first["key"], *mine)
