"""What another terminal decides while a command is at work is not written over by what that one had read."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from orchestrator.app import editing, remembering
from orchestrator.app.workspace import Workspace, silent
from orchestrator.errors import UserError
from orchestrator.ledger import decide
from orchestrator.model import Insight
from orchestrator.offer import respond
from orchestrator.offer.receive import Received, withdraw
from orchestrator.store.offers import Offer
from orchestrator.store.outbox import Row
from tests.flow.group import GroupRepository

SAID = "fix: q\n\nSolução: a fila ficou vazia com um índice parcial\nShare: "
WORDS = "Outro título longo\n\nOutro texto de uma pessoa aqui."


@pytest.fixture
def known(group: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of one learning that waits."""
    group.commit(SAID + "ask", {"empresas/a/q.py": "q"})
    group.orch("drain")
    monkeypatch.chdir(group.root)
    return str(group.insights()[0]["id"])


def held(key: str) -> tuple[Insight, list[str], list[Row]]:
    """The insight, what was decided on it, and its wishes."""
    with Workspace.open().store("empresa-a") as store:
        insight = store.insights.get(key)
        assert insight is not None
        return insight, [d.action for d in store.decisions.of(key)], store.outbox.of(key)


def edited_while(monkeypatch: pytest.MonkeyPatch, key: str, other: Callable[[], Any]) -> None:
    """Change the text; the other terminal is heard while the model makes the vector."""
    real = editing.embedding_text

    with monkeypatch.context() as patch:

        def slowly(title: str, text: str) -> str:
            patch.undo()
            other()
            return real(title, text)

        patch.setattr(editing, "embedding_text", slowly)
        editing.change_text(Workspace.open(), "empresa-a", key, WORDS, silent)


def test_an_edit_brings_nothing_back_that_is_withdrawn_meanwhile(
    group: GroupRepository, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited_while(monkeypatch, known, lambda: group.orch("withdraw", known))
    insight, said, rows = held(known)
    assert (insight.state, insight.record.title) == ("withdrawn", "Outro título longo")
    assert said == ["withdraw", "edit"] and not any(row.wanted_hash for row in rows)


def test_an_edit_does_not_undo_what_a_drain_reads_meanwhile(
    group: GroupRepository, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def amended() -> None:
        group.git("commit", "-q", "--amend", "-m", SAID + "no")
        group.orch("drain")

    edited_while(monkeypatch, known, amended)
    insight, _said, _rows = held(known)
    assert insight.share == "no"
    assert [e.commit for e in insight.evidence] == [group.git("rev-parse", "HEAD")]


def test_an_edit_of_words_that_are_others_by_now_is_refused(
    group: GroupRepository, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other() -> None:
        editing.change_text(Workspace.open(), "empresa-a", known, "De outra pessoa\n\nx y z", silent)

    before, _said, _rows = held(known)
    with pytest.raises(UserError):
        edited_while(monkeypatch, known, other)
    assert held(known)[0].record.title == "De outra pessoa"
    with pytest.raises(UserError):
        editing.change_text(Workspace.open(), "empresa-a", known, WORDS, silent, seen=before.version)


def test_a_program_does_not_answer_over_a_persons_no(known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = remembering.agreed

    def refuse() -> None:
        desk = Workspace.open().desk("empresa-a")
        with desk.store as store:
            insight = store.insights.get(known)
            assert insight is not None
            decide(desk, insight, "refuse", who="uma pessoa", reason="confidencial")

    person = Thread(target=refuse)

    def agreed(*arguments: Any) -> str:
        found = real(*arguments)
        if not person.ident:
            person.start()
            person.join(1.0)  # in the way of the program's own transaction it has to wait
        return found

    monkeypatch.setattr(remembering, "agreed", agreed)
    remembering.mark(Workspace.open(), "empresa-a", known)
    person.join()
    _insight, said, rows = held(known)
    assert said[-1] == "refuse" and not any(row.wanted_hash for row in rows if row.remote[:6] == "global")


@pytest.mark.parametrize("answer", [respond.accept, respond.decline])
def test_an_offer_that_is_taken_back_meanwhile_takes_no_answer(
    group: GroupRepository, known: str, monkeypatch: pytest.MonkeyPatch, answer: Callable[..., Offer]
) -> None:
    key = "i1-00000000000000aa"
    offer = Offer(key, "empresa-a", "solution", "T", "o que A retirou", {"technologies": []}, "h" * 32)
    workspace = Workspace.open()
    with (desk := workspace.desk("empresa-b")).store as store, store.transaction():
        store.offers.put(offer)
    real = respond.find_offer

    def find(*arguments: Any) -> Offer:
        found = real(*arguments)
        if found.state == "open":  # a pull of another terminal
            with (other := workspace.desk("empresa-b")).store as store, store.transaction():
                withdraw(other, [key], Received())
        return found

    monkeypatch.setattr(respond, "find_offer", find)
    with (desk := workspace.desk("empresa-b")).store as store:
        with pytest.raises(UserError):
            answer(desk, key, who="x")
        left = store.offers.get(key)
        assert left is not None and (left.state, store.decisions.of(offer.ref)) == ("withdrawn", [])
