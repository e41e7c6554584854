"""Precision and recall on messages that people labelled.

The messages are of our own wording, by the hand that wrote the rules: the set guards against
regressions and is no measure of quality on text of others (for that real histories were read).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.detect import detect
from tests.detect.conftest import PARENT, build

MESSAGES = Path(__file__).parent / "data" / "messages.jsonl"
ROWS = [json.loads(line) for line in MESSAGES.read_text("utf-8").splitlines()]
OF_DETECTOR = {"gains": "gain", "fixes": "fix"}


def found(message: str) -> set[str]:
    parents = (PARENT, "2" * 40) if message.startswith("Merge ") else (PARENT,)
    candidates = detect(build(message, parents=parents), "pt-BR")
    return {OF_DETECTOR.get(c.detector, c.record.kind.value) for c in candidates}


def test_the_set_is_large_and_balanced() -> None:
    expected = [row["expect"] for row in ROWS]
    assert len(expected) >= 80
    assert 0.4 <= expected.count("none") / len(expected) <= 0.6


def test_precision_and_recall() -> None:
    right = wrong = missed = 0
    mistakes = []
    for row in ROWS:
        expected = {row["expect"]} - {"none"}
        got = found(row["message"])
        right += len(expected & got)
        wrong += len(got - expected)
        missed += len(expected - got)
        if got != expected:
            mistakes.append((row["message"][:60], sorted(expected), sorted(got)))
    precision, recall = right / (right + wrong), right / (right + missed)
    print(f"\nprecision {precision:.3f} recall {recall:.3f}", *mistakes, sep="\n  ")
    assert precision >= 0.98
    assert recall >= 0.95


@pytest.mark.parametrize("row", [r for r in ROWS if "gain" in r], ids=lambda r: r["gain"])
def test_a_gain_is_quoted_as_written(row: dict[str, str]) -> None:
    for candidate in detect(build(row["message"]), "pt-BR"):
        assert candidate.record.gain in row["message"]
        assert row["gain"] in candidate.record.gain or candidate.record.gain in row["gain"]
