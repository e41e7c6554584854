"""What a person decides while a push is at work counts from then on, and is never written over."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from orchestrator.app import remotes as opening
from orchestrator.app.workspace import Workspace
from orchestrator.errors import OrchError, TransientError
from orchestrator.reconcile.plan import Action
from orchestrator.reconcile.push import push
from orchestrator.reconcile.remotes import folder_memory
from orchestrator.remote import Entry, Observed, Result
from orchestrator.store.outbox import Row
from tests.flow.group import GroupRepository
from tests.reconcile.test_push import NAME, Weathered, issues, run
from tests.reconcile.test_push import learnt as learnt  # fixtures
from tests.reconcile.test_push import line as line


def holding(group: GroupRepository, key: str) -> list[str]:
    return [p.name for p in issues(group) if key in p.read_text()]


def row_of(key: str) -> Row | None:
    with Workspace.open().store("empresa-a") as store:
        return next((r for r in store.outbox.of(key) if r.remote == NAME), None)


def test_what_is_withdrawn_while_others_are_sent_is_not_sent(
    line: Weathered, learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _third = keys = sorted(i["id"] for i in learnt.insights())
    real = line.create

    def create(entries: Sequence[Entry]) -> Iterator[Result]:
        if entries[0].key == first:
            learnt.orch("withdraw", second)
        yield from real(entries)

    line.together = 1
    monkeypatch.setattr(line, "create", create)
    report = run(line)
    assert [bool(holding(learnt, key)) for key in keys] == [True, False, True]
    assert (report.count(Action.CREATE), report.waiting, report.complete) == (2, 1, False)
    assert run(line).complete and row_of(second) is None


def test_a_link_is_not_written_on_what_is_withdrawn_meanwhile(
    line: Weathered, learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _third = sorted(i["id"] for i in learnt.insights())
    desk = Workspace.open().desk("empresa-a")
    remotes, _failed = opening.open_remotes(Workspace.open(), "empresa-a", [NAME, "global.pages"])
    pages: Any = remotes["global.pages"]
    pages.together, real, linked = 1, pages.link, []

    def link(items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        if first in (entry.key for _seen, entry in items):
            learnt.orch("withdraw", second)
        linked.extend(entry.key for _seen, entry in items)
        yield from real(items)

    with desk.store:
        push(desk, {"global.pages": pages})  # before there are issues to link to
        monkeypatch.setattr(pages, "link", link)
        push(desk, remotes)
    assert first in linked and second not in linked


@pytest.mark.parametrize("failed", [TransientError("no route"), TransientError("reset", in_doubt=True)])
def test_what_is_withdrawn_during_its_own_request_goes_with_the_next_push(
    line: Weathered, learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch, failed: OrchError
) -> None:
    key = min(i["id"] for i in learnt.insights())
    real = line.create

    def create(entries: Sequence[Entry]) -> Iterator[Result]:
        learnt.orch("withdraw", key)
        if failed.in_doubt:
            list(real(entries))
        raise failed

    with monkeypatch.context() as patch:
        patch.setattr(line, "create", create)
        assert run(line).error == failed.message
    assert run(line).complete
    assert not holding(learnt, key) and row_of(key) is None


def test_a_withdrawal_that_meets_a_persons_edit_is_no_conflict(
    line: Weathered, learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(line)
    file = issues(learnt)[0]
    file.write_text(file.read_text() + "\nUma pessoa escreveu aqui.\n")
    key = next(i["id"] for i in learnt.insights() if i["id"] in file.read_text())
    row = row_of(key)
    assert row is not None
    with Workspace.open().store("empresa-a") as store, store.transaction():
        store.outbox.want(key, {(NAME, row.target): "a newer text"})
    with monkeypatch.context() as patch:
        patch.setattr(line, "find", meanwhile(lambda: learnt.orch("withdraw", key), line.find))
        assert run(line).count(Action.CONFLICT) == 1
    row = row_of(key)
    assert row is not None and (row.wanted_hash, row.state) == ("", "ready")
    assert run(line).complete
    assert not holding(learnt, key)


def test_what_is_given_up_meanwhile_stays_given_up(line: Weathered, learnt: GroupRepository) -> None:
    key = min(i["id"] for i in learnt.insights())
    run(line, only=[])  # wishes are there, nothing is sent
    learnt.orch("drop", key)
    before = row_of(key)
    assert before is not None
    with Workspace.open().store("empresa-a") as store, store.transaction():
        seen = Row(before.remote, key, before.target, before.wanted_hash)
        store.outbox.mark(seen, "stuck", "no")
        store.outbox.release(seen, "")
    assert row_of(key) == before


@pytest.mark.parametrize("verb", ["find", "retract"])
def test_what_is_gone_with_its_folder_was_not_taken_away(
    learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(learnt.root)
    learnt.orch("push", "--company", "empresa-a")
    key, shared = learnt.insights()[0]["id"], learnt.root.parent / "shared"
    learnt.orch("withdraw", key)
    remote = opening.open_remotes(Workspace.open(), "empresa-a", [NAME])[0][NAME]
    real = getattr(remote, verb)

    def leaving(items: Any) -> Any:
        if shared.exists():
            shared.rename(shared.with_name("away"))
        return real(items)

    with monkeypatch.context() as patch:
        patch.setattr(remote, verb, leaving)
        with (desk := Workspace.open().desk("empresa-a")).store:
            (report,) = push(desk, {NAME: remote})
    assert (report.error_code, report.waiting, row_of(key) is None) == ("transient", 1, False)
    for mount_point in shared.parent.glob("shared"):
        shutil.rmtree(mount_point)
    shared.with_name("away").rename(shared)
    assert holding(learnt, key)
    learnt.orch("push", "--company", "empresa-a")
    assert not holding(learnt, key) and row_of(key) is None


def test_a_memory_that_goes_away_while_it_is_read_takes_no_offer_back(
    learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt.orch("push", "--company", "empresa-a")
    learnt.orch("pull", "--company", "empresa-b")
    shared = learnt.root.parent / "shared"
    real = folder_memory.shared_row

    def leaving(row: Any) -> Any:
        if shared.exists():
            shared.rename(shared.with_name("away"))
            shared.mkdir()  # the mount point
        return real(row)

    with monkeypatch.context() as patch:
        patch.setattr(folder_memory, "SLICE", 1)
        patch.setattr(folder_memory, "shared_row", leaving)
        learnt.orch("pull", "--company", "empresa-b", expect=3)
    assert len(learnt.orch("offers", "--company", "empresa-b", "--json").data["empresa-b"]) == 3


def meanwhile(act: Callable[[], object], real: Callable[[Sequence[str]], Any]) -> Callable[..., Any]:
    """The same question, and then something happens before its answer is used."""

    def find(keys: Sequence[str]) -> Any:
        found = real(keys)
        act()
        return found

    return find
