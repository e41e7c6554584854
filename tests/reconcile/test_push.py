"""A push through failures: what is done is settled, what is not stays queued, nothing is doubled."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app import remotes as opening
from orchestrator.app.workspace import Workspace
from orchestrator.errors import PermanentError, TransientError
from orchestrator.reconcile.plan import Action
from orchestrator.reconcile.push import RemoteReport, push
from orchestrator.reconcile.waiting import LONGEST_WAIT
from orchestrator.remote import Entry, Observed, Refused, Remote, Result
from tests.flow.group import GroupRepository
from tests.killing import PUSH, kill_everywhere

NAME = "global.issues"


class Weathered:
    """A real folder remote behind a line that fails on command."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self.name, self.label, self.target = remote.name, remote.label, remote.target
        self.settle_seconds, self.together = 0.0, remote.together
        self.before: Exception | None = None  # raised instead of the work
        self.after: Exception | None = None  # raised once the work is done: its answer is lost
        self.refuse: set[str] = set()
        self.writes = 0

    def find(self, keys: Sequence[str]) -> Any:
        return self._remote.find(keys)

    def create(self, entries: Sequence[Entry]) -> Iterator[Result]:
        if self.before:
            raise self.before
        for entry in entries:
            if entry.key in self.refuse:
                yield Refused(entry.key, "no such field")
                continue
            self.writes += 1
            results = list(self._remote.create([entry]))
            if self.after:
                raise self.after
            yield from results

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        self.writes += len(items)
        yield from self._remote.update(items)

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        self.writes += len(items)
        yield from self._remote.retract(items)


@pytest.fixture
def learnt(group: GroupRepository) -> GroupRepository:
    """Three solutions, approved, not yet sent."""
    for n in range(3):
        message = f"fix: {n}\n\nSolução: a fila número {n} ficou vazia com um índice parcial\nShare: yes"
        group.commit(message, {f"empresas/a/{n}.py": str(n)})
    group.orch("drain")
    return group


@pytest.fixture
def line(learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> Weathered:
    monkeypatch.chdir(learnt.root)
    workspace = Workspace.open()
    return Weathered(opening.open_remotes(workspace, "empresa-a", [NAME])[0][NAME])


def run(line: Weathered, **more: Any) -> RemoteReport:
    desk = Workspace.open().desk("empresa-a")
    with desk.store:
        (report,) = push(desk, {NAME: line}, **more)
    return report


def issues(group: GroupRepository) -> list[Path]:
    return sorted((group.root.parent / "shared/issues").rglob("ORCH-*.md"))


def test_offline_keeps_the_queue_and_the_next_push_sends_it(line: Weathered, learnt: GroupRepository) -> None:
    line.before = TransientError("no route to host")
    report = run(line)
    assert (report.error, report.waiting, report.complete) == ("no route to host", 3, False)
    line.before = None
    assert run(line).count(Action.CREATE) == 3
    assert len(issues(learnt)) == 3 and run(line).steps == []


def test_a_pause_is_over_one_day_even_if_the_clock_was_set_back(line: Weathered) -> None:
    line.before = TransientError("slow down", retry_after=LONGEST_WAIT * 1.3)
    run(line)
    line.before = None
    assert run(line).until, "the remote is left alone as long as it says"
    with Workspace.open().store("empresa-a") as store, store.transaction():
        store.pauses.put(NAME, "2099-01-01T00:00:00Z", "slow down")
    assert run(line).count(Action.CREATE) == 3


def test_a_lost_answer_is_asked_for_and_adopted(line: Weathered, learnt: GroupRepository) -> None:
    line.after = TransientError("reset", in_doubt=True)
    for _attempt in range(4):
        run(line)
    line.after = None
    report = run(line)
    assert report.complete
    assert len(issues(learnt)) == 3 and line.writes == 3


def test_a_lost_answer_is_not_sent_again_before_the_remote_has_settled(
    line: Weathered, learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.after, line.settle_seconds = TransientError("reset", in_doubt=True), 60.0
    run(line)
    line.after = None
    monkeypatch.setattr(line, "find", lambda _keys: {})  # the index lags
    assert run(line).waiting == 3
    assert line.writes == 1


def test_a_poisoned_item_is_set_aside_with_its_reason_and_the_rest_goes_on(
    line: Weathered, learnt: GroupRepository
) -> None:
    line.refuse = {learnt.insights()[0]["id"]}
    report = run(line)
    assert list(report.refused.values()) == ["no such field"] and len(issues(learnt)) == 2
    again = run(line)
    assert (again.steps, again.earlier, again.complete) == ([], {"stuck": 1}, False)
    ran = learnt.orch("push", "--remote", NAME, "--company", "empresa-a", expect=3)
    assert "1 recusado antes" in ran.out or "1 refused earlier" in ran.out
    (row,) = [r for s in learnt.orch("status", "--json").data for r in s["set_aside"]]
    assert row["error"] == "no such field"


def test_a_whole_refusal_leaves_nothing_in_doubt(line: Weathered, learnt: GroupRepository) -> None:
    line.before, line.settle_seconds = PermanentError("project is archived"), 3600.0
    assert run(line).error == "project is archived"
    line.before = None
    assert run(line).count(Action.CREATE) == 3


def test_a_long_wait_parks_the_remote(line: Weathered) -> None:
    line.before = TransientError("slow down", retry_after=3600)
    assert run(line).until
    line.before = None
    parked = run(line)
    assert parked.error == "slow down" and parked.waiting == 3 and line.writes == 0


def test_a_persons_edit_is_kept_until_forced(line: Weathered, learnt: GroupRepository) -> None:
    run(line)
    file = issues(learnt)[0]
    file.write_text(file.read_text() + "\nUma pessoa escreveu aqui.\n")
    key = next(i["id"] for i in learnt.insights() if i["id"] in file.read_text())
    learnt.orch("withdraw", key)
    learnt.orch("review", "--approve", key)
    desk = Workspace.open().desk("empresa-a")
    with desk.store, desk.store.transaction():
        (row,) = [r for r in desk.store.outbox.of(key) if r.remote == NAME]
        desk.store.outbox.want(key, {(NAME, row.target): "another text"})
    assert run(line).count(Action.CONFLICT) == 1
    assert "Uma pessoa escreveu aqui." in file.read_text()


def test_force_overwrites_what_an_earlier_push_set_aside(line: Weathered, learnt: GroupRepository) -> None:
    run(line)
    file = issues(learnt)[0]
    key = next(i["id"] for i in learnt.insights() if i["id"] in file.read_text())
    file.write_text(file.read_text() + "\nUma pessoa escreveu aqui.\n")
    desk = Workspace.open().desk("empresa-a")
    with desk.store, desk.store.transaction():
        desk.store.outbox.mark(
            next(r for r in desk.store.outbox.of(key) if r.remote == NAME), "conflict", "edited"
        )
    assert run(line).earlier == {"conflict": 1}
    assert run(line, force=[key]).count(Action.UPDATE) == 1
    assert "Uma pessoa" not in file.read_text() and run(line).complete


def test_a_mistake_with_one_remote_does_not_hold_the_others(
    line: Weathered, learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_keys: Sequence[str]) -> Any:
        raise KeyError("issues")

    monkeypatch.setattr(line, "find", broken)
    pages = opening.open_remotes(Workspace.open(), "empresa-a", ["global.pages"])[0]
    desk = Workspace.open().desk("empresa-a")
    with desk.store:
        first, second = push(desk, {NAME: line, **pages})
    assert (first.error_code, first.waiting, first.complete) == ("bug", 3, False)
    assert "KeyError" in first.error and second.count(Action.CREATE) == 3


def test_what_has_no_vector_yet_waits_and_is_not_refused(line: Weathered, learnt: GroupRepository) -> None:
    name = "global.memory"
    workspace = Workspace.open()
    memory = opening.open_remotes(workspace, "empresa-a", [name])[0]
    desk = workspace.desk("empresa-a")
    with desk.store:
        (report,) = push(desk, memory, model="a model that embedded nothing")
        assert (report.waiting, report.refused, report.complete) == (3, {}, False)
        assert not desk.store.set_aside.for_a_person()
    report_of = learnt.orch("push", "--company", "empresa-a", "--remote", name, "--json").data["empresa-a"]
    assert report_of[0]["counts"]["create"] == 3


def test_a_dry_run_writes_nothing(line: Weathered, learnt: GroupRepository) -> None:
    def dump() -> str:
        path = learnt.root / ".orch/companies/empresa-a/orch.db"
        return subprocess.run(
            [sys.executable, "-c", DUMP, str(path)], check=True, capture_output=True, text=True
        ).stdout

    before = dump()
    assert run(line, dry_run=True).count(Action.CREATE) == 3
    assert dump() == before and line.writes == 0 and issues(learnt) == []


DUMP = """
import apsw, sys
db = apsw.Connection(sys.argv[1], flags=apsw.SQLITE_OPEN_READONLY)
ours = "select name from sqlite_schema where type='table' and name not like 'memory%'"
for (t,) in db.execute(ours).fetchall():
    print(t, db.execute(f"select * from {t}").fetchall())
"""


def test_killed_at_every_point_nothing_is_lost_and_nothing_doubled(learnt: GroupRepository) -> None:
    killed = kill_everywhere(["push", "--company", "empresa-a"], learnt.root, PUSH)
    assert killed >= 5
    learnt.orch("push", "--company", "empresa-a")
    shared = learnt.root.parent / "shared"
    assert len(issues(learnt)) == 3
    assert len(list((shared / "pages").rglob("*.md"))) == 3
    second = learnt.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]
    assert all(not r["steps"] and not r["waiting"] for r in second)
