from __future__ import annotations

import pytest

from orchestrator.model import Outcome
from orchestrator.validate import Policy, judge


def verdict_rules(title: str, content: str) -> set[str]:
    return {f.rule for f in judge({"title": title, "content": content}, Policy()).findings}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ok", "quality.too-short"),
        ("", "quality.too-short"),
        ("12 34 56 78", "quality.too-short"),
        ("wip", "quality.unfinished"),
        ("WIP: cache de sessões no Redis", "quality.unfinished"),
        ("fixup! cache de sessões no Redis", "quality.unfinished"),
        ("ajustes", "quality.unfinished"),
        ("Merge branch 'main' into develop", "quality.machine-made"),
        ("Bump lodash from 4.17.20 to 4.17.21", "quality.machine-made"),
        ("chore(deps): update dependency pytest to v9", "quality.machine-made"),
        ("Translated using Weblate (Portuguese)", "quality.machine-made"),
    ],
)
def test_what_teaches_nobody_asks_a_person(text: str, rule: str) -> None:
    verdict = judge({"title": "", "content": text}, Policy())
    assert {f.rule for f in verdict.findings} == {rule}
    assert verdict.outcome is Outcome.REVIEW
    assert verdict.redacted["content"] == text


def test_a_learning_passes() -> None:
    assert (
        verdict_rules("Cache no catálogo", "Redis na frente do catálogo reduziu a latência pela metade")
        == set()
    )
    assert verdict_rules("Redis na frente do catálogo", "") == set()
    assert verdict_rules("Temperatura do servidor", "Temporizador novo evita picos de carga") == set()


def test_other_fields_are_not_judged_by_their_length() -> None:
    assert judge({"component": "auth", "gain": "2x"}, Policy()).outcome is Outcome.ALLOW
