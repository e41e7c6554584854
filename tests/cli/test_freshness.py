"""`orch status` skips the drain only when a drain would find nothing."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator import pipeline
from orchestrator.app import freshness, learning
from orchestrator.app.workspace import Workspace
from orchestrator.store.insights import UNSCANNED
from tests.flow.group import CONFIG, GroupRepository

Change = Callable[[GroupRepository], object]


def news(group: GroupRepository) -> bool:
    return freshness.has_news(Workspace.open(group.root))


def configure(group: GroupRepository) -> None:
    group.write({".orch/config.toml": CONFIG.format(share="auto")})
    group.orch("trust", "--yes")


def store(group: GroupRepository, company: str) -> Path:
    return group.root / f".orch/companies/{company}/orch.db"


def scanner() -> Path:
    spec = importlib.util.find_spec("betterleaks")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin)


@pytest.fixture(autouse=True)
def a_scanner_of_its_own(tmp_path: Path) -> Iterator[None]:
    """Its package elsewhere first on the path: what is installed is not touched."""
    copy = tmp_path / "packages" / "betterleaks"
    shutil.copytree(scanner().parent, copy, copy_function=os.symlink)
    (copy / "__init__.py").unlink()
    shutil.copy(scanner(), copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(copy.parent))
        another_process()
        yield
    another_process()


def another_process() -> None:
    """It looks at the scanners' files anew."""
    freshness._judges.cache_clear()


def another_scanner(_group: object = None) -> None:
    os.utime(scanner(), (1, 1))
    another_process()


def unscanned(group: GroupRepository) -> None:
    with Workspace.open(group.root).store("empresa-b") as store:
        store.put_setting(UNSCANNED, "yes")


def unplaced(group: GroupRepository) -> None:
    with Workspace.open(group.root).store("empresa-b") as store:
        store.twins.unplace(["i1-0123456789abcdef"])


CHANGES: dict[str, Change] = {
    "a commit": lambda g: g.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera"),
    "an amended commit": lambda g: g.git("commit", "-q", "--amend", "-m", "outra mensagem"),
    "a branch": lambda g: g.git("branch", "outro"),
    "another HEAD": lambda g: g.git("checkout", "-q", "-b", "mais-um"),
    "the configuration": configure,
    "a term that stays local": lambda g: g.write(
        {".orch/companies/empresa-b/confidential.txt": "Projeto Fênix\n"}
    ),
    "another version of a scanner": another_scanner,
    "a text that no scanner judged": unscanned,
    "an insight whose place among the others is open": unplaced,
    "the cache of history": lambda g: (g.root / ".orch/history.duckdb").unlink(),
    "a store that was moved away": lambda g: store(g, "empresa-b").unlink(),
}


def test_after_a_drain_there_is_no_news_until_something_changes(leaky: GroupRepository) -> None:
    assert news(leaky)
    leaky.orch("drain")
    for name, change in CHANGES.items():
        assert not news(leaky), f"before {name}"
        change(leaky)
        assert news(leaky), name
        leaky.orch("status")


def test_status_shows_what_was_committed_since(leaky: GroupRepository) -> None:
    before = leaky.orch("status", "--json").data[0]["total"]
    assert leaky.orch("status", "--json").data[0]["total"] == before
    leaky.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    assert leaky.orch("status", "--json").data[0]["total"] == before + 1


@pytest.mark.parametrize(
    "command", ["log --limit 5", "review", "search índice", "report --dry-run", "components"]
)
def test_what_reads_drains_only_when_there_is_news(
    leaky: GroupRepository, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def read() -> str:
        return leaky.orch(*command.split(), "--company", "empresa-b", "--json").out

    drains: list[object] = []
    drain = learning.drain
    monkeypatch.setattr(learning, "drain", lambda intake: drains.append(intake) or drain(intake))
    leaky.orch("status")
    drains.clear()
    read()
    assert not drains
    solution = "perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos"
    leaky.commit(solution, {"empresas/b/servico/package.json": '{"name": "servico"}\n'})
    assert ("servico" if command == "components" else "índice parcial na fila") in read()
    assert len(drains) == 1


def test_a_drain_that_breaks_off_leaves_no_mark(
    leaky: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(learning, "drain", fail)
        leaky.orch("drain", expect=130)
    assert news(leaky)


@pytest.mark.parametrize("last", ["_finish", "leave"])
def test_what_a_drain_that_broke_off_had_read_is_news_where_the_refs_went_back(
    leaky: GroupRepository, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    leaky.orch("drain")
    before = leaky.orch("status", "--json").data[0]["total"]
    leaky.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    with monkeypatch.context() as patch:
        patch.setattr(pipeline if last == "_finish" else freshness, last, fail)
        leaky.orch("drain", expect=130)
    leaky.git("reset", "-q", "--hard", "HEAD~1")
    assert news(leaky)
    assert leaky.orch("status", "--json").data[0]["total"] == before


def test_where_a_rebase_was_left_what_it_made_is_news(leaky: GroupRepository) -> None:
    """In its middle what HEAD stands on does not count; `--quit` leaves it there and moves no reference."""
    solution = "perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos"
    leaky.git("checkout", "-q", "--detach")
    leaky.commit("chore: y", {"README.md": "y\n"})
    leaky.git("-c", "sequence.editor=sed -i s/^pick/edit/", "rebase", "-q", "-i", "HEAD~1")
    before = leaky.orch("status", "--json").data[0]["total"]
    leaky.commit(solution)
    assert leaky.orch("status", "--json").data[0]["total"] == before
    leaky.git("rebase", "--quit")
    assert news(leaky)
    assert leaky.orch("status", "--json").data[0]["total"] == before + 1


def test_a_process_that_judges_with_the_former_scanner_leaves_news_for_others(leaky: GroupRepository) -> None:
    leaky.orch("drain")
    os.utime(scanner(), (1, 1))
    leaky.commit("chore: y", {"README.md": "y\n"})
    leaky.orch("drain")
    assert not news(leaky)
    another_process()
    assert news(leaky)


def test_a_commit_that_lands_during_the_drain_is_news(
    leaky: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain = learning.drain

    def slow(intake: learning.Intake) -> learning.Drained:
        found = drain(intake)
        leaky.commit("perf: meanwhile\n\nSolução: lotes menores na carga derrubaram o tempo")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(learning, "drain", slow)
        leaky.orch("drain")
    assert news(leaky)
