"""A scanner that is missing, raises, lies or is silenced means no."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from orchestrator.model import Outcome
from orchestrator.validate import Policy, engine, explain, personal

from .conftest import only
from .fakes import token


@pytest.fixture(autouse=True)
def fresh_engine() -> Iterator[None]:
    caches = (engine.load, personal._checks)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def blocked_by(name: str) -> None:
    verdict = only("um texto inocente")
    assert verdict.outcome is Outcome.BLOCK
    assert not verdict.may_leave
    assert [f.rule for f in verdict.findings] == [f"engine.{name}"]
    assert name in explain(verdict.findings[0])


def test_it_works_when_nothing_is_wrong() -> None:
    assert only("um texto inocente").outcome is Outcome.ALLOW


def test_missing_betterleaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "betterleaks", None)
    blocked_by("betterleaks")


def test_missing_tarja(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tarja.validators", None)
    blocked_by("tarja")


@pytest.mark.parametrize("answer", [None, "nothing", [SimpleNamespace(rule_id=None)], [object()], 3])
def test_nonsense_from_betterleaks(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    engine.load()
    monkeypatch.setattr("betterleaks.scan_string", lambda text: answer)
    blocked_by("betterleaks")


def test_a_finding_without_value_is_nonsense(monkeypatch: pytest.MonkeyPatch) -> None:
    engine.load()
    empty = SimpleNamespace(rule_id="x", match=SimpleNamespace(value="", full=""))
    monkeypatch.setattr("betterleaks.scan_string", lambda text: [empty])
    blocked_by("betterleaks")


def test_an_engine_that_finds_nothing_at_all_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("betterleaks.scan_string", lambda text: [])
    blocked_by("betterleaks")


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, RecursionError, UnicodeError, OSError])
def test_an_engine_that_raises(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    engine.load()

    def fail(text: str) -> None:
        raise error("segmentation of the planted-value kind")

    monkeypatch.setattr("betterleaks.scan_string", fail)
    blocked_by("betterleaks")


def test_check_digits_that_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tarja.validators.cpf.is_valid", lambda text: True)
    blocked_by("tarja")


@pytest.mark.parametrize("place", [(-1, 3), (5, 2), (0, 10_000), (4, 4)])
def test_a_check_that_points_outside_the_text(
    monkeypatch: pytest.MonkeyPatch, place: tuple[int, int]
) -> None:
    from orchestrator.validate import network

    monkeypatch.setattr(network, "check", lambda text, policy: [policy.hit(*place, "x", "host")])
    blocked_by("orch-network")


@pytest.mark.parametrize(
    "module", ["leaks", "secrets", "assignments", "personal", "contact", "people", "confidential", "network"]
)
def test_every_check_fails_closed(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    def fail(text: str, policy: Policy) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(f"orchestrator.validate.{module}.check", fail)
    verdict = only("um texto inocente")
    assert verdict.outcome is Outcome.BLOCK
    assert [f.kind for f in verdict.findings] == ["engine"]


def test_the_other_checks_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "betterleaks", None)
    verdict = only("senha: " + "Tr0ub4dor&3" + " aqui")
    assert {f.rule for f in verdict.findings} == {"engine.betterleaks", "secret.assignment"}
    assert verdict.redacted["gain"] == "senha: [segredo] aqui"


def test_no_policy_can_switch_a_failed_engine_off(monkeypatch: pytest.MonkeyPatch, quiet: Policy) -> None:
    monkeypatch.setitem(sys.modules, "betterleaks", None)
    assert only("um texto inocente", quiet).outcome is Outcome.BLOCK


def test_an_engine_failing_later_blocks_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the second look, at the redacted text."""
    scan = engine.load()

    class Tired:
        def scan(self, text: str) -> object:
            if "[segredo]" in text:
                raise RuntimeError
            return scan.scan(text)

    monkeypatch.setattr(engine, "load", lambda: Tired())
    rules = {f.rule for f in only("senha: " + "Tr0ub4dor&3" + " aqui").findings}
    assert "engine.betterleaks" in rules


def test_it_stops_at_nothing() -> None:
    """The engine's C string ends at NUL and it cannot encode surrogates: what follows is seen."""
    value = "SG." + token(22) + "." + token(43)
    for odd in ("\x00", "\ud800", "\udfff"):
        found = list(engine.load().scan(engine.prepared(f"a{odd} x={value}")))
        assert [leak.value for leak in found] == [value]


_GUARD = """
import socket, sys
def refuse(*args, **kwargs):
    raise SystemExit("a socket was opened")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
sys.addaudithook(lambda event, args: refuse() if event.startswith("socket.") else None)
from orchestrator.validate import Policy, judge
verdict = judge({"content": "token gh" + "p_" + "a1B2" * 9 + " de joana@acme.com.br"}, Policy())
print(verdict.outcome.value, len(verdict.findings))
"""


def test_nothing_opens_a_socket_or_prints(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _GUARD], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("block 2\n", "", 0)


def test_import_is_light() -> None:
    heavy = "{'betterleaks', 'tarja', 'ctypes', 'importlib.metadata'}"
    code = f"import sys, orchestrator.validate; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
