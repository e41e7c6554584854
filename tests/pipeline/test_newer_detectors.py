"""A newer orch words commits otherwise: answers hold, nothing withdrawn goes out again or is doubled."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator import detect, read_before
from orchestrator.model import Candidate, Change, normalise
from orchestrator.store.migrations import STEPS
from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.pipeline.test_departed import objects, push, pushed

LEARNT = (
    "fix: x\n\nSolução: três passos acalmam a fila do faturamento: lotes por filial; espera com sorteio\n"
)
WAS = "três passos acalmam a fila do faturamento:"
DAYS = ("2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z")


@contextmanager
def yesterday() -> Iterator[None]:
    """Detectors that heard no more than the line, and a store that is read anew afterwards."""
    today = detect.detect

    def former(change: Change, language: str) -> tuple[Candidate, ...]:
        return tuple(
            replace(c, topic=normalise(WAS), record=replace(c.record, title=WAS, content=WAS))
            if "três passos" in c.record.title
            else c
            for c in today(change, language)
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detect, "detect", former)
        patch.setattr(read_before, "MATCHING", "g2")
        yield


@pytest.fixture
def auto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    return new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))


def answered(group: GroupRepository, answer: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one learning of yesterday, with that answer, pushed."""
    group.commit(LEARNT)
    push(group)
    (insight,) = group.insights()
    if answer == "withdrawn":
        group.orch("withdraw", insight["id"])
    elif answer == "refused":
        group.orch("review", "--refuse", insight["id"])
    elif answer == "edited":
        said = io.TextIOWrapper(io.BytesIO(WAS.replace("acalmam", "serenam").encode()))
        monkeypatch.setattr("sys.stdin", said)
        group.orch("review", "--edit", insight["id"])
    push(group)
    return str(insight["id"])


@pytest.mark.parametrize("answer", ["withdrawn", "refused", "edited", "shared"])
def test_what_a_commit_taught_in_other_words_keeps_its_answers(
    auto: GroupRepository, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with yesterday():
        key = answered(auto, answer, monkeypatch)
        before, keys = pushed(auto), objects(auto)
    wrote = push(auto)
    assert [i["id"] for i in auto.insights("empresa-a", "--all")] == [key]
    assert wrote == ({"update": 3} if answer == "shared" else {})
    assert objects(auto) == keys
    assert answer == "shared" or pushed(auto) == before
    with yesterday():  # and back
        assert push(auto) == {}
        assert [i["id"] for i in auto.insights("empresa-a", "--all")] == [key]


def test_a_copy_of_what_was_withdrawn_stays_withdrawn(
    auto: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commits said it; and a third, cherry-picked after the upgrade, says it in the words of today."""
    with yesterday():
        auto.git("switch", "-q", "-c", "topic")
        key = answered(auto, "withdrawn", monkeypatch)
        auto.commit(LEARNT, {"empresas/a/b.py": "1"}, date=DAYS[1])
        auto.orch("drain")
    assert push(auto) == {}
    auto.git("switch", "-q", "main")
    auto.commit("chore: anda", {"empresas/a/x.py": "x"})
    auto.git("cherry-pick", "topic")
    assert push(auto) == {}
    assert [i["id"] for i in auto.insights("empresa-a", "--all")] == [key]


def test_another_learning_of_the_commit_is_another(
    auto: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is heard before it: the answer goes with the words, not with the place."""
    with yesterday():
        key = answered(auto, "withdrawn", monkeypatch)
    one_more = "a tela de saldo usa cache por loja e evita consultas repetidas ao banco"
    today = detect.detect

    def more(change: Change, language: str) -> tuple[Candidate, ...]:
        return tuple(
            c
            for each in today(change, language)
            for c in (
                replace(
                    each,
                    topic=normalise(one_more),
                    record=replace(each.record, title=one_more, content=one_more),
                ),
                replace(each, slot=each.slot + 1),
            )
        )

    monkeypatch.setattr(detect, "detect", more)
    auto.orch("push", "--company", "empresa-a", expect=None)
    (active,) = auto.insights()
    assert active["id"] != key and active["record"]["title"] == one_more


def test_a_store_of_before_learns_where_each_commit_said_it(group: GroupRepository) -> None:
    """By its commits alone: history is not read anew, and nothing is learnt in other words."""
    for name, day in zip("ab", DAYS, strict=True):
        group.commit(LEARNT, {f"empresas/a/{name}.py": name}, date=day)
    group.orch("drain")
    path = group.root / ".orch/companies/empresa-a/orch.db"
    every = "select commit_id, anchor from evidence order by 1"
    with closing(sqlite3.connect(path)) as db, db:
        before = db.execute(every).fetchall()
        assert len({anchor for _commit, anchor in before}) == 2
        db.execute("drop index evidence_anchor")
        db.execute("alter table evidence drop column anchor")
        for column in ("topic", "left_by"):
            db.execute(f"alter table component drop column {column}")
        steps = [name for name, _sql in STEPS]
        db.execute(f"pragma user_version = {steps.index('where_it_was_said')}")
    words = [i["record"]["title"] for i in group.insights()]
    group.orch("drain")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute(every).fetchall() == before
    assert words == [i["record"]["title"] for i in group.insights()]
