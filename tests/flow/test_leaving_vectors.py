"""The vector that leaves is that of the words that leave: by another, a guess is confirmed."""

from __future__ import annotations

import sqlite3
from array import array
from pathlib import Path

import pytest

from orchestrator import entries
from orchestrator.app.embedding import Embedders
from tests.flow.group import CONFIG, GroupRepository, new_group

CPF = "529.982.247-25"
RAW = f"a fila do cliente de CPF {CPF} esvaziou com um índice parcial"
OWN = '[company.folder]\npath = "../own-a"\n[[company]]\nid = "empresa-b"'


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    config = CONFIG.format(share="ask").replace('[[company]]\nid = "empresa-b"', OWN)
    made = new_group(tmp_path, monkeypatch, capsys, config)
    made.commit(f"fix: fila\n\nSolução: {RAW}\nShare: yes")
    made.commit("perf: y\n\nSolução: Redis na frente do catálogo\nShare: yes", {"empresas/a/c.py": "n = 1\n"})
    return made


def held(group: GroupRepository, place: str) -> dict[str, array[float]]:
    with sqlite3.connect(group.root.parent / place / "memory.db") as db:
        return {str(c): array("f", e) for c, e in db.execute("select content, embedding from memory")}


def received(group: GroupRepository, text: str) -> array[float]:
    """The vector that empresa-b keeps of an offer."""
    with sqlite3.connect(group.root / ".orch/companies/empresa-b/orch.db") as db:
        ((vector,),) = db.execute("select embedding from memory_item where text = ?", (text,))
    return array("f", vector)


def likeness(vector: array[float], text: str) -> float:
    embedder = Embedders().open("onnx")
    assert embedder is not None
    return sum(x * y for x, y in zip(vector, embedder.passages([text])[0], strict=True))


def writes(group: GroupRepository) -> int:
    reports = group.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]
    return sum(len(r["steps"]) for r in reports)


def test_the_group_gets_the_vector_of_the_redacted_words(group: GroupRepository) -> None:
    writes(group)
    (out,) = (c for c in held(group, "shared") if "[CPF]" in c)
    sent, own = held(group, "shared"), held(group, "own-a")
    assert likeness(sent[out], out) == pytest.approx(1, abs=1e-5)
    assert likeness(sent[out], RAW) < 0.99
    assert likeness(own[RAW], RAW) == pytest.approx(1, abs=1e-5)


def test_what_is_out_with_another_vector_is_sent_again_once(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(entries, "_other_words", lambda _own, _leaving: None)
        before.setattr("orchestrator.rejudging.RECIPE", "")
        writes(group)
    told = held(group, "shared")
    (out,) = (c for c in told if "[CPF]" in c)
    assert likeness(told[out], RAW) == pytest.approx(1, abs=1e-5)
    group.orch("pull", "--company", "empresa-b")
    assert likeness(received(group, out), RAW) == pytest.approx(1, abs=1e-5)
    assert writes(group) == 1
    group.orch("pull", "--company", "empresa-b")
    assert likeness(received(group, out), out) == pytest.approx(1, abs=1e-5)
    assert likeness(held(group, "shared")[out], out) == pytest.approx(1, abs=1e-5)
    assert writes(group) == 0
