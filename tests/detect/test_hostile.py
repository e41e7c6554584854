"""Whatever people write, no detector fails, and nothing that must not leave stands in a record."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.detect import component_of, detect, read_manifest, wants_text
from orchestrator.detect.manifest import Manifest
from orchestrator.model import Candidate, Change
from tests.detect.conftest import build

PATHS = (
    "package.json",
    "api/package.json",
    "pyproject.toml",
    "svc/go.mod",
    "svc/Cargo.toml",
    "a/pom.xml",
    "b/x.csproj",
    "compose.yaml",
    "Gemfile",
    "mix.exs",
    "app/pubspec.yaml",
    "chart/Chart.yaml",
    "Dockerfile",
    "requirements.txt",
    "w/setup.cfg",
    "w/setup.py",
    "k/build.gradle.kts",
    "composer.json",
    "docs/adr/0001-x.md",
    "docs/guia-testes.md",
)
PIECES = st.sampled_from(
    [
        *[
            "fix: ",
            "perf: ",
            "50% mais rápido",
            "de 200ms para 20ms",
            "3x faster",
            "porque",
            "agora",
            "reduziu",
            "a latência",
        ],
        *[
            "#12",
            "ABC-1 ",
            "(",
            ")",
            "[",
            "{",
            "<!--",
            "```",
            "services:",
            "  web:",
            "    image: redis",
            "[project]",
            "<project>",
            "<!DOCTYPE a>",
        ],
        *[
            "FROM redis",
            "require (",
            "# Título",
            "## Decisão",
            "docs/adr/0001-x.md",
            "Ana Prado",
            "ana@example.com",
        ],
        *[
            "Solução: ",
            "pela metade",
            "&a [*a]",
            "*a",
            "- ",
            "? ",
            ": ",
            "é",
            "é",
            "𝕏",
            '{"name":',
            "\u202e",
            "\x1b[31m",
            "\x00",
            "\ud800",
        ],
        "\nInsight: ",
        "\n\n",
        "\n",
        "| a | b |",
        " " * 30,
        "9" * 30,
    ]
)
TEXT = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=25).map("".join))
STEADY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def all_candidates(change: Change) -> tuple[Candidate, ...]:
    return detect(change, "pt-BR", minimum=0.0)


@STEADY
@given(message=TEXT, before=st.none() | TEXT, after=st.none() | TEXT, path=st.sampled_from(PATHS))
def test_no_text_makes_a_detector_fail(
    message: str, before: str | None, after: str | None, path: str
) -> None:
    for candidate in all_candidates(build(message, {path: (before, after)})):
        record = candidate.record
        assert 0.0 <= candidate.score <= 1.0
        assert candidate.reasons
        assert record.title and "\n" not in record.title and len(record.title) <= 200
        assert len(record.content) <= 4_000
        for text in record.texts().values():
            assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c != "\n" for c in text)


@STEADY
@given(path=st.sampled_from(PATHS) | TEXT, text=TEXT)
def test_a_manifest_is_read_or_it_is_none(path: str, text: str) -> None:
    found = read_manifest(path, text)
    assert found is None or isinstance(found, Manifest)


@STEADY
@given(
    path=TEXT
    | st.lists(st.sampled_from(["src", "tests", "api", "go.mod", "Dockerfile"]), min_size=1).map("/".join)
)
def test_every_manifest_of_a_component_is_read(path: str) -> None:
    assert component_of(path) is None or wants_text(path)


@STEADY
@given(words=st.lists(PIECES, max_size=12))
def test_author_address_and_paths_stay_out(words: list[str]) -> None:
    change = build(
        "perf: busca 50% mais rápida em services/search/index.py\n\n" + "".join(words) + "\nThanks to Ana "
        "Prado <ana@example.com>, see ./services/search/index.py and services/search.\n\n"
        "Insight: Ana Prado mexeu em services/search/index.py",
        {"services/search/index.py": (None, "x")},
    )
    for candidate in all_candidates(change):
        for text in candidate.record.texts().values():
            assert "ana@example.com" not in text.lower()
            assert "ana prado" not in text.lower()
            assert "services/search" not in text


REPEATED = [
    (" ", 120_000),
    ("a ", 60_000),
    ("\n", 120_000),
    ("(", 120_000),
    ("[", 120_000),
    ("<!--", 30_000),
    ("# ", 60_000),
    ("1%", 60_000),
    ("reduz ", 20_000),
    ("a", 120_000),
    ("/a", 60_000),
    ("x/", 60_000),
    ("- ", 60_000),
    ("_", 120_000),
    ("group :test do\n", 8_000),
    (f"\ngroup {':test do ' * 1_000}", 14),
    ("replace (\n", 12_000),
    ("\nrequire " + "1." * 60_000, 1),
    ("FROM a\n", 18_000),
    ("fix #1 ", 17_000),
    ("a: ", 40_000),
    ("<a>", 40_000),
    ('{"a":', 24_000),
    ("[a", 60_000),
    ("a.b", 40_000),
    ("*", 120_000),
    ("de 1 ", 24_000),
    ("\\W", 60_000),
    ("*a, ", 30_000),
    ("title: '", 15_000),
    ("---\n", 30_000),
    (">", 120_000),
    ('y: "', 30_000),
]


# A subject, a body's line and a file's name of which a part may be read in two ways, again and again.
TWO_WAYS = [
    ("fix: x (" + "GH-1 " * 24 + "x", "a.py"),
    ("fix: x\n\nsee" + " " * 15_000 + "x\nfixes #1" + ".,) " * 1_000 + "x", "a.py"),
    ("fix: x", "compose" + "-" * 38 + "x"),
    ("fix: x\n\nSolution: y\nTechnology: a" + " " * 20_000 + "b, redis", "a.py"),
]


@pytest.mark.parametrize(("message", "path"), TWO_WAYS, ids=["subject", "body", "path", "trailer"])
def test_what_may_be_read_in_two_ways_is_cheap(message: str, path: str) -> None:
    start = time.process_time()
    all_candidates(build(message, {path: ("", "x")}))
    wants_text(path)
    read_manifest("setup.cfg", "[metadata]\na" + " " * 40_000 + "b")
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(("piece", "times"), REPEATED, ids=lambda v: repr(v)[:14])
def test_long_hostile_text_is_cheap(piece: str, times: int) -> None:
    """120,000 characters in 20 files and a message, in under 4 s of CPU (they take 20 to 800 ms)."""
    text = "x   y" + piece * times + "z"
    start = time.process_time()
    all_candidates(build("fix: " + text, dict.fromkeys(PATHS, ("", text))))
    all_candidates(build("corrige o erro\n\n" + text, {}))
    all_candidates(build("subject\n\nSolution: x\n" + text, {}))
    assert time.process_time() - start < 4.0
