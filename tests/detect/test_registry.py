"""The registry: order, threshold, language, others' detectors, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from orchestrator.detect import detect, registry
from orchestrator.detect.scoring import MINIMUM_SCORE, Score
from orchestrator.model import Candidate, Change, Kind, Record
from tests.detect.conftest import build

MESSAGE = "perf: busca 50% mais rápida\n\nInsight: índices parciais bastam\nPadrão: Índice por inquilino"
FILES = {
    "b/package.json": (None, '{"name": "b"}'),
    "b/i.ts": (None, ""),
    "a/go.mod": (None, "module x/a\n"),
    "a/a.go": (None, ""),
    "package.json": ("{}", '{"dependencies": {"pg": "1", "ioredis": "1"}}'),
}


def test_the_order_is_fixed_and_slots_tell_candidates_of_a_detector_apart() -> None:
    found = detect(build(MESSAGE, FILES), "pt-BR")
    again = detect(build(MESSAGE, dict(reversed(FILES.items()))), "pt-BR")
    assert [(c.detector, c.slot, c.topic) for c in found] == [(c.detector, c.slot, c.topic) for c in again]
    assert [c.detector for c in found] == ["trailers"] * 2 + ["gains"] + ["components"] * 2 + ["adoption"] * 2
    assert len({(c.detector, c.slot) for c in found}) == len(found)


def test_the_same_learning_has_the_same_topic_in_another_commit() -> None:
    one = detect(build("perf: Busca 50% mais rápida (#12)"), "pt-BR")[0]
    two = detect(build("PED-7: perf(api): busca 50% mais rápida", author="Bo"), "pt-BR")[0]
    assert one.topic == two.topic


def test_every_score_is_the_sum_of_its_reasons() -> None:
    for candidate in detect(build(MESSAGE, FILES), "en", minimum=0.0):
        parts = [float(reason.split()[0]) for reason in candidate.reasons]
        assert abs(candidate.score - min(1.0, sum(parts))) < 0.001
        assert candidate.score >= MINIMUM_SCORE


def test_a_score_stays_within_bounds() -> None:
    assert Score("en").add(0.9, "a").add(0.9, "b").total == 1.0
    assert Score("en").add(-0.5, "a").total == 0.0


def test_the_authors_name_is_taken_out_and_no_word_that_is_spelt_otherwise() -> None:
    message = "refactor: api\n\nSolução: uma clara separação, diz Clara, deixa a API mais clara"
    (found,) = [c for c in detect(build(message, author="Clara"), "pt-BR") if c.detector == "trailers"]
    assert found.record.title == "uma clara separação, diz , deixa a API mais clara"
    (found,) = [c for c in detect(build(message, author="diz clara"), "pt-BR") if c.detector == "trailers"]
    assert found.record.title == "uma clara separação, , deixa a API mais clara"


def test_a_foreign_detector_is_held_to_the_same_discretion() -> None:
    def foreign(change: Change, language: str) -> Iterator[Candidate]:
        title = f"Ana Prado changed api/orders/main.py\x1b[31m {'x' * 300}"
        yield Candidate("foreign", "t", Record(Kind.INSIGHT, title, "y. " * 3_000), 0.8, ("+0.80 because",))
        yield Candidate(
            "foreign", "u", Record(Kind.INSIGHT, " Ana Prado ", ""), 0.8, ("+0.80 because",), slot=1
        )

    (found,) = registry.run(build("x", {"api/orders/main.py": ("", "x")}), "en", 0.5, (foreign,))
    assert found.record.title.startswith("changed main.py[31m x") and len(found.record.title) <= 200
    assert found.record.content.endswith("y. …") and len(found.record.content) <= 4_000


def test_ordinary_slashes_stay() -> None:
    (found,) = detect(build("s\n\nInsight: CI/CD e application/json em api/v2 (req/s)"), "en")
    assert found.record.title == "CI/CD e application/json em api/v2 (req/s)"


def test_importing_the_package_loads_no_parser() -> None:
    code = (
        "import sys, orchestrator.detect as d; d.wants_text('a/package.json');"
        "assert not {'yaml', 'tomllib', 'pyexpat', 'gettext', 'json'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
