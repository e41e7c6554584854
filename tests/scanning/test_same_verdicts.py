"""The verdict of the scanning process is the verdict of `validate.judge`, for every text and policy."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import threading
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orchestrator
from orchestrator.model import Outcome, Verdict
from orchestrator.scanning import judge, wire
from orchestrator.scanning.scanner import current
from orchestrator.validate import Policy
from orchestrator.validate.exception import Exceptions, fingerprint
from orchestrator.validate.judgement import MAX_CHARS
from orchestrator.validate.judgement import judge as in_process
from orchestrator.validate.outcomes import Layer

ROOT = Path(orchestrator.__file__).parent
pieces = st.sampled_from(
    ["senha: Tr0ub4dor&3x", "529.982.247-25", "Projeto Águia", "Joana Prado", "10.1.2.3", "\ud800", "\0"]
)
texts = st.dictionaries(
    st.sampled_from(["title", "content", "gain", "labels"]),
    st.text(max_size=80) | st.lists(pieces).map(" ".join),
)
some = st.lists(st.text(min_size=1, max_size=12), max_size=4).map(tuple)
layers = st.builds(
    Layer,
    st.dictionaries(st.sampled_from(["cpf", "secret", "personal.name"]), st.sampled_from(list(Outcome))),
    st.booleans(),
)
KEY = "0f" * 32
VOUCHED = [
    fingerprint(KEY, "personal.cpf", "cpf", "529.982.247-25"),
    fingerprint(KEY, "secret.assignment", "secret", "Tr0ub4dor&3x"),
]
policies = st.builds(
    Policy,
    company=st.sampled_from(["", "empresa-a"]),
    language=st.sampled_from(["pt-BR", "en"]),
    terms=some,
    people=some,
    hosts=some,
    companies=some,
    outcomes=st.dictionaries(st.sampled_from(["cpf", "secret", "person"]), st.sampled_from(list(Outcome))),
    layers=st.dictionaries(st.sampled_from(["", "solution"]), st.lists(layers, max_size=2).map(tuple)),
    exceptions=st.builds(Exceptions, st.frozensets(st.sampled_from(VOUCHED)), st.just(KEY)),
    kind=st.sampled_from(["", "solution", "pattern"]),
)


@settings(max_examples=150, deadline=None)
@given(texts, policies)
def test_it_says_what_judge_says(asked: dict[str, str], policy: Policy) -> None:
    assert judge(asked, policy) == in_process(asked, policy)


@settings(max_examples=100, deadline=None)
@given(policies)
def test_a_policy_arrives_as_it_was_sent(policy: Policy) -> None:
    sent = wire.message(wire.frame({"policy": wire.plain(policy)})[wire.HEAD :])
    assert wire.typed(Policy, sent["policy"]) == policy


def test_every_field_of_a_policy_can_be_sent() -> None:
    """A new field of a type that the wire does not know shows here, not as a blocked text."""
    arrived = wire.typed(Policy, wire.plain(Policy()))
    assert [getattr(arrived, f.name) for f in fields(Policy)] == [
        getattr(Policy(), f.name) for f in fields(Policy)
    ]


@pytest.mark.parametrize(
    "value",
    [None, 3, "x", [], {}, {"outcome": "allow"}, {"outcome": 1, "findings": [], "redacted": [], "policy": ""},
     {"outcome": "allow", "findings": [[]], "redacted": [], "policy": ""},
     {"outcome": "allow", "findings": [], "redacted": [["a"]], "policy": ""},
     {"outcome": "allow", "findings": [], "redacted": [["a", 1]], "policy": ""},
     {"outcome": "allow", "findings": [], "redacted": [], "policy": None}],
)  # fmt: skip
def test_nothing_but_a_verdict_is_a_verdict(value: object) -> None:
    with pytest.raises(wire.WireError):
        wire.typed(Verdict, value)


def test_long_texts_arrive_whole() -> None:
    text = "a" * (MAX_CHARS - 20) + " 529.982.247-25"
    verdict = judge({"content": text, "gain": "é" * 100_000}, Policy())
    assert verdict.redacted["content"].endswith(" [CPF]")
    assert judge({"content": "a" * (MAX_CHARS + 1)}, Policy()).outcome is Outcome.BLOCK


def test_one_process_serves_many_texts_and_policies() -> None:
    judge({"gain": "a"}, Policy())
    process = current().pid
    for i in range(30):
        found = judge({"gain": "um termo par"}, Policy(terms=(("ímpar", "par")[i % 2],)))
        assert bool(found.findings) == (i % 2 == 1)
    assert current().pid == process


def test_threads_share_it() -> None:
    wrong: list[object] = []

    def work(n: int) -> None:
        for i in range(20):
            redacted = judge({"gain": f"termo{n} {i}"}, Policy(terms=(f"termo{n}",))).redacted["gain"]
            if redacted != f"[confidencial] {i}":
                wrong.append(redacted)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


_FORKED = """
import os, sys
from orchestrator.scanning import judge
from orchestrator.scanning.scanner import current
from orchestrator.validate import Policy
judge({"gain": "a"}, Policy())
before = current().pid
if not (pid := os.fork()):
    ok = judge({"gain": "529.982.247-25"}, Policy()).redacted["gain"] == "[CPF]" and current().pid != before
    sys.exit(0 if ok else 9)
status = os.waitpid(pid, 0)[1]
print(status, judge({"gain": "529.982.247-25"}, Policy()).redacted["gain"], current().pid == before)
"""


def test_a_fork_gets_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FORKED], capture_output=True, text=True, env=dict(os.environ)
    )
    assert (done.stdout, done.stderr) == ("0 [CPF] True\n", "")


def test_nothing_else_judges_in_our_own_process() -> None:
    """A module that decides what leaves takes `judge` from `scanning`, never from `validate`."""
    found = []
    for path in ROOT.rglob("*.py"):
        place = path.relative_to(ROOT).parts[0]
        if place in ("validate", "scanning"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("orchestrator.validate"):
                found += [str(path) for alias in node.names if alias.name in ("judge", "judgement")]
    assert found == []


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["companies", "--help"], ["status"], ["log"]])
def test_what_judges_nothing_starts_nothing(words: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom orchestrator.cli import main\n"
        f"sys.argv = ['orch', *{words}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('orchestrator.scanning.scanner' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr.rstrip().endswith("False")
