"""How well another company's learning fits: which offer comes first, and the reasons that are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.offer.fit import fit
from tests.flow.group import CONFIG, new_group

YOURS, NEAR, GAIN = "you use redis too", "close to what you have worked on", "it claims a measured gain"


@pytest.mark.parametrize(
    ("kind", "theirs", "ours", "similarity", "gain", "score", "reasons"),
    [
        ("solution", ["Redis"], ["redis"], 0.0, "", 0.60, (YOURS,)),
        ("solution", ["Redis", "Kafka", "Go"], ["REDIS"], 0.0, "", 0.30, (YOURS,)),
        ("solution", ["Redis"], ["Postgres"], 0.0, "", 0.15, ()),
        ("component", [], ["redis"], 0.0, "", 0.15, ()),
        ("best_practice", [], [], 0.0, "", 0.12, ()),
        ("pattern", [], [], 0.0, "", 0.105, ()),
        ("insight", [], [], 0.0, "", 0.075, ()),
        ("document", [], [], 0.0, "", 0.0, ()),
        ("insight", [], [], 0.80, "", 0.075, ()),
        ("insight", [], [], 0.865, "", 0.225, ()),  # nearer than chance, and no reason to tell a person
        ("insight", [], [], 0.90, "", 0.3058, (NEAR,)),
        ("insight", [], [], 0.93, "", 0.375, (NEAR,)),
        ("insight", [], [], 0.99, "", 0.375, (NEAR,)),
        ("insight", [], [], 0.0, "10x", 0.175, (GAIN,)),
        ("solution", ["redis"], ["redis"], 0.93, "10x", 1.0, (YOURS, NEAR, GAIN)),
        ("solution", ["redis", "go", "c"], ["redis"], 0.93, "10x", 0.70, (NEAR, YOURS, GAIN)),
    ],
)
def test_the_parts_of_a_fit(
    kind: str,
    theirs: list[str],
    ours: list[str],
    similarity: float,
    gain: str,
    score: float,
    reasons: tuple[str, ...],
) -> None:
    found = fit(kind, {"technologies": theirs, "gain": gain}, ours, similarity, "en")
    assert found.score == pytest.approx(score, abs=1e-4) and found.reasons == reasons


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
