"""A trailer and the message around it are one learning (ADR 0054), also beside stores that have two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator import read_before
from orchestrator.detect import merging, trailers
from orchestrator.detect.message import Message
from orchestrator.model import Record
from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.pipeline.test_departed import objects, push, pushed

SUBJECT = "perf(api): índice parcial na fila reduziu a espera de 900ms para 120ms"
TAUGHT = "índice parcial só com os pedidos pendentes"
MESSAGE = f"{SUBJECT}\n\nSolução: {TAUGHT}\n"


@contextmanager
def yesterday() -> Iterator[None]:
    """Detectors that took a trailer by itself, so that a gain beside it was another learning."""

    def alone(record: Record, message: Message, *, tells: bool) -> Record:
        return (
            replace(record, content=f"{record.content}\n\n{message.prose}")
            if message.body and tells
            else record
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trailers, "_in_context", alone)
        patch.setattr(merging, "_tells", lambda _winner, _other: False)
        yield


@pytest.fixture
def auto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    return new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))


def told(group: GroupRepository) -> dict[str, Any]:
    """Detector → insight of all that there is, without where it was seen."""
    listed = group.insights("empresa-a", "--all")
    return {i["detector"]: {name: i[name] for name in ("id", "record", "state", "share")} for i in listed}


def test_one_message_is_one_learning_that_is_found_by_its_problem(group: GroupRepository) -> None:
    group.commit("fix: cor do botão\n\nSolução: tokens de cor no tema", {"empresas/a/b.css": "1"})
    group.commit("fix: fuso horário errado nos relatórios\n\nSolução: gravar sempre em UTC")
    group.commit(MESSAGE, {"empresas/a/fila.sql": "1"})
    group.orch("drain")
    found = {i["record"]["title"]: i["record"]["gain"] for i in group.insights()}
    assert found == {
        "tokens de cor no tema": "",
        "gravar sempre em UTC": "",
        TAUGHT: "de 900ms para 120ms",
    }
    hits = group.orch("search", "fuso horário", "--company", "empresa-a", "--json").data["hits"]
    assert hits[0]["title"] == "gravar sempre em UTC"


def test_an_upgrade_changes_sends_and_asks_nothing_of_a_store_that_has_two(
    group: GroupRepository,
) -> None:
    with yesterday():
        group.commit(MESSAGE)
        group.orch("review", "--approve-all")
        push(group)
        before, there = told(group), pushed(group)
    assert before.keys() == {"trailers", "gains"} and len(set(objects(group))) == 2
    group.orch("drain")
    assert told(group) == before and push(group) == {} and pushed(group) == there
    with pytest.MonkeyPatch.context() as patch:  # all of history is read anew
        patch.setattr(read_before, "MATCHING", "g2")
        assert push(group) == {} and pushed(group) == there
        assert told(group) == before
    assert group.orch("review", "--approve-all").out.startswith("0 ")


def test_the_id_is_the_one_of_before_and_other_words_wait_for_a_person(group: GroupRepository) -> None:
    with yesterday():
        group.commit(MESSAGE)
        group.orch("review", "--approve-all")
        push(group)
        key, there = told(group)["trailers"]["id"], pushed(group)
    group.git("commit", "--amend", "-q", "-m", MESSAGE.replace("perf(api)", "perf(fila)"))
    assert push(group) == {} and pushed(group) == there
    now = told(group)["trailers"]
    assert (now["id"], now["record"]["gain"]) == (key, "de 900ms para 120ms")
    assert "espera" in group.orch("show", key).out


@pytest.mark.parametrize("how", ["--refuse", "withdraw"])
@pytest.mark.parametrize("trailer_before", [True, False])
def test_words_that_a_person_refused_do_not_leave_with_the_trailers(
    auto: GroupRepository, how: str, trailer_before: bool
) -> None:
    """The commit is amended after the upgrade: its trailer now has the words of what was refused."""
    with yesterday():
        auto.commit(MESSAGE if trailer_before else f"{SUBJECT}\n")
        push(auto)
        refused = told(auto)["gains"]["id"]
        auto.orch(*(("review", how) if how == "--refuse" else (how,)), refused)
        push(auto)
        there = pushed(auto)
    assert not any("900ms" in text for text in there.values())
    auto.git("commit", "--amend", "-q", "-m", MESSAGE.replace("perf(api)", "perf(fila)"))
    push(auto)
    assert told(auto)["trailers"]["record"]["gain"]
    assert not any("900ms" in text for text in pushed(auto).values())
    if how == "--refuse":
        assert pushed(auto) == there
    else:  # it waits as all that says again what was withdrawn (ADR 0053)
        auto.orch("review", "--approve-all", expect=None)
        assert push(auto) == {} and pushed(auto) == {}
