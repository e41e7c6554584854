"""The same learning said twice is one insight with two pieces of evidence, in whatever order it is read."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orchestrator.store.migrations import STEPS
from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.pipeline.test_departed import objects, push

FIRST = "fix: x\n\nSolução: o índice parcial na tabela de pedidos esvaziou a fila lenta do faturamento\n"
AGAIN = (
    "fix: y\n\nSolução: um índice parcial na tabela de pedidos esvaziou a fila lenta do faturamento noturno\n"
)
OTHER = "fix: z\n\nSolução: o cache Redis guarda a lista de filiais por dez minutos no balcão\n"
DAYS = [f"2026-01-0{n}T12:00:00+00:00" for n in range(1, 8)]


def learn(group: GroupRepository, message: str, day: int) -> str:
    return group.commit(message, {f"empresas/a/{day}.py": f"{day}\n"}, date=DAYS[day])


@pytest.fixture
def twice(group: GroupRepository) -> GroupRepository:
    learn(group, FIRST, 1)
    learn(group, AGAIN, 2)
    return group


def everything(group: GroupRepository) -> dict[str, Any]:
    """Title → what `orch log --all` says of it."""
    return {i["record"]["title"].split()[0]: i for i in group.insights("empresa-a", "--all")}


def test_said_again_in_other_words_is_one_insight_with_two_pieces_of_evidence(twice: GroupRepository) -> None:
    (insight,) = twice.insights()
    assert insight["record"]["title"].startswith("o índice parcial")
    assert len(insight["evidence"]) == 2 and len(insight["twins"]) == 1
    found = everything(twice)
    assert found["um"]["canonical"] == found["o"]["id"] == insight["id"]
    shown = twice.orch("show", insight["id"]).out
    assert insight["twins"][0] in shown


def test_another_learning_is_another(twice: GroupRepository) -> None:
    learn(twice, OTHER, 3)
    assert len(twice.insights()) == 2


def test_the_contrary_is_another_learning(group: GroupRepository) -> None:
    """Also in a store in which an earlier orch took it for the same: that is looked at again."""
    learn(group, "fix: x\n\nSolução: usar cache na tela de saldo evita o valor errado\n", 1)
    learn(group, "fix: y\n\nSolução: não usar cache na tela de saldo evita o valor errado\n", 2)
    one, other = (i["id"] for i in sorted(group.insights(), key=lambda i: i["created_at"]))
    with closing(sqlite3.connect(group.root / ".orch/companies/empresa-a/orch.db")) as db, db:
        db.execute("insert into twin values (?, ?)", (other, one))
        db.executescript(dict(STEPS)["twins_looked_at_again"])
    group.orch("drain")
    assert [i["twins"] for i in group.insights()] == [[], []]


def told(group: GroupRepository) -> str:
    return "".join(objects(group))


@pytest.mark.parametrize("trailer", ["", "\nCompartilhar: sim"])
def test_who_was_hidden_by_an_earlier_orch_is_asked_about_though_others_leave_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], trailer: str
) -> None:
    group = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))
    learn(group, "fix: x\n\nSolução: usar cache na tela de saldo evita o valor errado\n", 1)
    learn(group, f"fix: y\n\nSolução: não usar cache na tela de saldo evita o valor errado{trailer}\n", 2)
    one, other = (i["id"] for i in sorted(group.insights(), key=lambda i: i["created_at"]))
    with closing(sqlite3.connect(group.root / ".orch/companies/empresa-a/orch.db")) as db, db:
        db.execute("insert into twin values (?, ?)", (other, one))
        db.execute("update outbox set wanted_hash = '' where key = ?", (other,))
        db.executescript(dict(STEPS)["twins_looked_at_again"])
    group.orch("push")
    assert (other in told(group)) == bool(trailer) and one in told(group)
    if not trailer:
        group.orch("review", "--approve", other)
        group.orch("push")
        assert other in told(group)


@pytest.mark.parametrize("batches", ["oldest first", "newest first", "all at once"])
def test_every_order_of_reading_ends_alike(
    group: GroupRepository,
    batches: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A chain: each says the same as the one before, and a little more."""
    base = "índice parcial na tabela de pedidos esvaziou a fila lenta do faturamento"
    said = [base, f"{base} noturno", f"{base} noturno", f"{base} noturno da matriz"]
    for n, text in enumerate(said):
        group.git("switch", "-q", "-c", f"b{n}", "main")
        learn(group, f"fix: {n}\n\nSolução: {text}\n", n + 1)
    clone = GroupRepository(tmp_path / "clone", monkeypatch, capsys)
    subprocess.run(["git", "clone", "-q", "-b", "main", str(group.root), str(clone.root)], check=True)
    clone.orch("trust", "--yes")
    order = {"newest first": (3, 2, 1, 0), "all at once": ()}.get(batches, (0, 1, 2, 3))
    for n in order:
        clone.git("branch", f"b{n}", f"origin/b{n}")
        clone.orch("drain")
    if not order:
        for n in range(4):
            clone.git("branch", f"b{n}", f"origin/b{n}")
    assert relation(clone) == relation(group)
    assert any(canonical for canonical, _at in relation(group).values())


def relation(group: GroupRepository) -> dict[str, tuple[str, str]]:
    return {i["id"]: (i["canonical"], i["created_at"]) for i in group.insights("empresa-a", "--all")}


def test_an_earlier_one_that_is_read_later_speaks_from_then_on(group: GroupRepository) -> None:
    group.git("branch", "old")
    learn(group, AGAIN, 2)
    (late,) = group.insights()
    group.git("switch", "-q", "old")
    learn(group, FIRST, 1)
    (now,) = group.insights()
    assert now["id"] != late["id"] and now["twins"] == [late["id"]]


# ---------------------------------------------------------------- who speaks when one leaves


def test_what_leaves_history_is_spoken_for_by_the_other(group: GroupRepository) -> None:
    group.git("switch", "-q", "-c", "topic")
    learn(group, FIRST, 1)
    group.git("switch", "-q", "main")
    learn(group, AGAIN, 2)
    assert group.insights()[0]["record"]["title"].startswith("o ")
    group.git("branch", "-q", "-D", "topic")
    (insight,) = group.insights()
    assert insight["record"]["title"].startswith("um ") and len(insight["evidence"]) == 1


def test_only_the_one_that_speaks_is_pushed(twice: GroupRepository) -> None:
    (insight,) = twice.insights()
    assert [w["id"] for w in twice.orch("review", "--json").data] == [insight["id"]]
    twice.orch("review", "--approve", insight["id"])
    assert push(twice) == {"create": 3}
    assert push(twice) == {}
    assert all(insight["id"] in line for line in objects(twice))


def test_a_yes_to_one_is_no_yes_to_the_other(twice: GroupRepository) -> None:
    (insight,) = twice.insights()
    twice.orch("review", "--approve", insight["id"])
    push(twice)
    twice.orch("withdraw", insight["id"])
    assert push(twice) == {"retract": 3}
    (other,) = twice.insights()
    assert other["id"] == insight["twins"][0] and other["decision"] == ""
    assert [w["id"] for w in twice.orch("review", "--json").data] == [other["id"]]


def test_what_is_out_stays_until_the_earlier_one_is_decided(group: GroupRepository) -> None:
    group.git("branch", "old")
    learn(group, AGAIN, 2)
    (late,) = group.insights()
    group.orch("review", "--approve", late["id"])
    assert push(group) == {"create": 3}
    group.git("switch", "-q", "old")
    learn(group, FIRST, 1)
    assert push(group) == {}  # the group keeps what it was given
    (first,) = group.insights()
    group.orch("review", "--approve", first["id"])
    assert push(group) == {"create": 3, "retract": 3}


def test_a_twin_needs_no_answer_of_its_own(twice: GroupRepository) -> None:
    (insight,) = twice.insights()
    ran = twice.orch("review", "--approve", insight["twins"][0], "--json", expect=None)
    assert ran.code == 4 and insight["id"] in ran.error["message"]


# ---------------------------------------------------------------- not the same


def test_a_person_can_say_that_they_are_not_the_same_and_it_stays_said(twice: GroupRepository) -> None:
    (insight,) = twice.insights()
    (twin,) = insight["twins"]
    twice.orch("unlink", twin)
    assert len(twice.insights()) == 2
    learn(twice, AGAIN.replace("fix: y", "fix: w"), 4)  # said a third time, word for word
    assert len(twice.insights()) == 2
    twice.orch("unlink", twin, "--undo")
    assert len(twice.insights()) == 1


def test_unlinking_what_has_no_twin_says_so(group: GroupRepository) -> None:
    learn(group, FIRST, 1)
    ran = group.orch("unlink", group.insights()[0]["id"], "--json", expect=None)
    assert ran.code == 1 and ran.error["hint"]


# ---------------------------------------------------------------- found once


def test_a_search_finds_it_once_and_a_count_counts_it_once(twice: GroupRepository) -> None:
    (insight,) = twice.insights()
    found = twice.orch("search", "índice parcial faturamento noturno", "-c", "empresa-a", "--json").data
    assert [h["id"] for h in found["hits"]] == [insight["id"]]
    (status,) = twice.orch("status", "--company", "empresa-a", "--json").data
    assert status["total"] == status["to_review"] == 1
