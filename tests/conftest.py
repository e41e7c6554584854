"""Fixtures for every test: a home of its own, no network, and the rig of real servers when asked for."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.flow.group import MADE_IN
from tests.rig.binaries import REPOSITORY, RigUnavailableError
from tests.rig.hermetic import guard, isolate
from tests.rig.rig import Rig

# How long a machine takes says nothing of what is tested.
settings.register_profile("orch", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("orch")

SHARED_MODELS = REPOSITORY / ".cache" / "models"
MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes: a whole run writes less than one, and Docker's own default is 64 MB

_RIG: list[Rig] = []
_COUNTS: list[dict[str, Any]] = []


def pytest_configure(config: pytest.Config) -> None:
    """Folders of tests lie in memory where there is room: nothing here is asked to outlive the machine.

    Git, SQLite and DuckDB wait for the disk all the same; whether they are told to is tested by itself.
    """
    if "TMPDIR" not in os.environ and config.option.basetemp is None and _has_room(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _has_room(folder: Path) -> bool:
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    runs_programs = not found.f_flag & os.ST_NOEXEC  # hooks lie there
    return runs_programs and os.access(folder, os.W_OK) and found.f_bavail * found.f_frsize >= ROOM


@pytest.fixture(scope="session", autouse=True)
def _offline() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        guard(patch)
        yield


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Whoever runs the tests in the background of a script (`make test &`) has SIGINT ignored: not what
    these are about, and every process that they start would ignore it, too.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def _made_groups(tmp_path_factory: pytest.TempPathFactory) -> None:
    MADE_IN.append(tmp_path_factory.mktemp("groups"))


@pytest.fixture(scope="session", autouse=True)
def _shared_model_is_looked_at_once() -> Iterator[None]:
    """Each `orch` would read the 27 MB of the model in the cache folder anew; other folders' are read."""
    from orchestrator.memory import embedder

    looked, real = set[Path](), embedder.discard_damaged

    def discard_damaged(model: Path) -> bool:
        ours = SHARED_MODELS in model.parents
        if ours and model in looked:
            return False
        looked.add(model)
        return real(model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedder, "discard_damaged", discard_damaged)
        yield


@pytest.fixture(autouse=True)
def hermetic(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """HOME, XDG_*, temporary files, git, ORCH_*, proxies and umask are the test's own."""
    isolate(monkeypatch, tmp_path_factory.mktemp("home"))
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def rig_servers() -> Iterator[Rig]:
    """The rig, one a test process; its servers start when first asked for."""
    servers = Rig()
    _RIG.append(servers)
    yield servers
    servers.stop()


@pytest.fixture
def rig(rig_servers: Rig) -> Iterator[Rig]:
    """The rig, empty. A request that breaks a vendor's contract fails the test that sent it."""
    rig_servers.reset()
    rig_servers.violations.take()
    yield rig_servers
    found = rig_servers.violations.take() + rig_servers.crashes()
    if found:
        pytest.fail("requests that break the vendor's contract:\n" + "\n".join(found), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where the rig cannot start: skip, but never in CI."""
    if (
        call.excinfo is not None
        and call.excinfo.errisinstance(RigUnavailableError)
        and not os.environ.get("CI")
    ):
        reason = f"rig unavailable: {call.excinfo.value}"
        call.excinfo = pytest.ExceptionInfo.from_exception(_skip(reason))
    return (yield)


def _skip(reason: str) -> BaseException:
    try:
        pytest.skip(reason)
    except pytest.skip.Exception as skipped:
        return skipped


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's counts to the process that prints the summary."""
    counts = [{"checked": dict(r.violations.checked), "refused": dict(r.violations.refused)} for r in _RIG]
    output = getattr(session.config, "workeroutput", None)
    if output is None:
        _COUNTS.extend(counts)
    else:
        output["rig"] = counts


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist is done: take its counts."""
    _COUNTS.extend(getattr(node, "workeroutput", {}).get("rig", []))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many requests were compared with the vendors' contracts, and how many were refused."""
    for product in sorted({name for counts in _COUNTS for name in counts["checked"]}):
        checked = sum(counts["checked"].get(product, 0) for counts in _COUNTS)
        refused = sum(counts["refused"].get(product, 0) for counts in _COUNTS)
        terminalreporter.write_line(
            f"rig: {product}: {checked} requests checked, {refused} refused by contract"
        )
