"""How well another company's learning fits: which offer comes first, and the reasons that are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.memory.embedder import Embedder
from orchestrator.memory.engine import open_embedder
from orchestrator.offer.fit import closeness, fit
from orchestrator.store.unit_vector import dot
from tests.flow.group import CONFIG, new_group
from tests.memory.learnings import LEARNINGS

YOURS, NEAR, GAIN = "you use redis too", "close to what you have worked on", "it claims a measured gain"


@pytest.mark.parametrize(
    ("kind", "theirs", "ours", "near", "gain", "score", "reasons"),
    [
        ("solution", ["Redis"], ["redis"], 0.0, "", 0.60, (YOURS,)),
        ("solution", ["Redis", "Kafka", "Go"], ["REDIS"], 0.0, "", 0.30, (YOURS,)),
        ("solution", ["Redis"], ["Postgres"], 0.0, "", 0.15, ()),
        ("component", [], ["redis"], 0.0, "", 0.15, ()),
        ("best_practice", [], [], 0.0, "", 0.12, ()),
        ("pattern", [], [], 0.0, "", 0.105, ()),
        ("insight", [], [], 0.0, "", 0.075, ()),
        ("document", [], [], 0.0, "", 0.0, ()),
        ("insight", [], [], 0.5, "", 0.225, (NEAR,)),
        ("insight", [], [], 1.0, "", 0.375, (NEAR,)),
        ("insight", [], [], 0.0, "10x", 0.175, (GAIN,)),
        ("solution", ["redis"], ["redis"], 1.0, "10x", 1.0, (YOURS, NEAR, GAIN)),
        ("solution", ["redis", "go", "c"], ["redis"], 1.0, "10x", 0.70, (NEAR, YOURS, GAIN)),
    ],
)
def test_the_parts_of_a_fit(
    kind: str,
    theirs: list[str],
    ours: list[str],
    near: float,
    gain: str,
    score: float,
    reasons: tuple[str, ...],
) -> None:
    found = fit(kind, {"technologies": theirs, "gain": gain}, ours, near, "en")
    assert found.score == pytest.approx(score, abs=1e-4) and found.reasons == reasons


@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 10**7))
def test_what_is_nearer_is_closer_and_of_more_texts_one_is_near_by_chance(
    one: float, other: float, texts: int
) -> None:
    least, most = sorted((one, other))
    assert 0.0 <= closeness(least, texts) <= closeness(most, texts) <= 1.0
    assert closeness(one, 2 * texts) <= closeness(one, texts)
    assert closeness(0.955, texts) == 1.0


def test_what_is_of_other_subjects_is_not_close() -> None:
    """Thirty learnings unlike each other; and the same two, said otherwise."""
    embedder: Embedder = open_embedder()
    vectors = embedder.passages(LEARNINGS)
    for n, vector in enumerate(vectors):
        others = [dot(vector, other) for m, other in enumerate(vectors) if m != n]
        assert closeness(max(others), len(others)) == 0.0, LEARNINGS[n]
    said = embedder.passages(["Redis na frente do catálogo cortou a latência pela metade"])[0]
    assert closeness(max(dot(said, vector) for vector in vectors), len(vectors)) > 0.5


def test_what_uses_our_technology_is_offered_first_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = CONFIG.format(share="auto").replace(
        'id = "empresa-b"', 'id = "empresa-b"\ntechnologies = ["Redis"]'
    )
    group = new_group(tmp_path, monkeypatch, capsys, config)
    for words, technology in (
        ("a partição por cliente acabou com a trava", "kafka"),
        ("o cache na frente do catálogo reduziu a espera", "redis"),
        ("gzip no gateway cortou o tráfego", "nginx"),
    ):
        group.commit(
            f"fix: x\n\nSolução: {words}\nTecnologia: {technology}", {f"empresas/a/{technology}": "1"}
        )
    group.orch("push", "--company", "empresa-a", expect=None)
    group.orch("pull", "--company", "empresa-b", expect=None)
    offers = group.orch("offers", "--company", "empresa-b", "--json").data["empresa-b"]
    assert len(offers) == 3 and "o cache" in str(offers[0]), offers
    told = group.orch("offers", "--company", "empresa-b").out
    assert len(re.findall("vocês também usam redis", told)) == 1
    assert told.index("o cache") < min(told.index("gzip"), told.index("a partição"))


def test_a_pull_ranks_anew_what_was_ranked_by_another_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An offer of another subject is not told as near; one that was told so before is not any more."""
    group = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))
    group.commit("fix: x\n\nSolução: margem por cliente calculada por lote noturno")
    group.commit("fix: y\n\nSolução: todo componente de data responde ao teclado", {"empresas/b/x.js": "1"})
    with monkeypatch.context() as patch:
        patch.setattr("orchestrator.offer.receive.closeness", lambda _cosine, _texts: 0.4)
        patch.setattr("orchestrator.offer.ranking.RECIPE", "f1")
        group.orch("push", expect=None)
        group.orch("pull", "--company", "empresa-b", expect=None)
        assert "perto do que" in group.orch("offers", "--company", "empresa-b").out
    group.orch("pull", "--company", "empresa-b", expect=None)
    assert "perto do que" not in group.orch("offers", "--company", "empresa-b").out
