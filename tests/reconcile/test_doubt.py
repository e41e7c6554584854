"""What is in doubt stays in doubt until the remote was asked, whatever stops a push in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from orchestrator.app.workspace import Workspace
from orchestrator.errors import TransientError
from orchestrator.reconcile.plan import Action
from orchestrator.remote import Entry, Observed, Refused, Result
from tests.flow.group import GroupRepository
from tests.reconcile.test_push import Weathered, issues, learnt, line, run

__all__ = ["learnt", "line"]  # fixtures

BUSY = TransientError("asks to slow down")  # surely nothing was done
LOST = TransientError("reset", in_doubt=True)


class Moody(Weathered):
    """The same line; it can also fail before an update or a retraction, or find a person's edit then."""

    unwilling: Exception | None = None
    edited: bool = False

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        if self.unwilling:
            raise self.unwilling
        yield from super().update(items)

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        if self.unwilling:
            raise self.unwilling
        if self.edited:
            yield from (Refused(there.key, "changed", conflict=True) for there in items)
            return
        yield from super().retract(items)


@pytest.fixture
def moody(line: Weathered) -> Moody:
    return Moody(line._remote)


def first_sent_in_doubt(moody: Moody, learnt: GroupRepository) -> str:
    """Send one insight, lose the answer, withdraw it; its id."""
    desk = Workspace.open().desk("empresa-a")
    with desk.store as store:
        key = store.outbox.at("global.issues", moody_target(store))[0].key
    moody.after = LOST
    run(moody, only=[key])
    moody.after = None
    assert "Solução" in whole(learnt)
    learnt.orch("withdraw", key)
    return key


def moody_target(store: object) -> str:
    (target,) = {t for name, t in store.outbox.places() if name == "global.issues"}  # type: ignore[attr-defined]
    return str(target)


def whole(group: GroupRepository) -> str:
    return "".join(path.read_text("utf-8") for path in issues(group))


@pytest.mark.parametrize(("mood", "bad", "good"), [("unwilling", BUSY, None), ("edited", True, False)])
def test_what_was_withdrawn_in_doubt_is_taken_away_though_the_remote_was_busy_or_a_person_wrote(
    moody: Moody, learnt: GroupRepository, mood: str, bad: object, good: object
) -> None:
    key = first_sent_in_doubt(moody, learnt)
    setattr(moody, mood, bad)
    assert run(moody, only=[key]).waiting == 1
    setattr(moody, mood, good)
    assert run(moody, only=[key]).count(Action.RETRACT) == 1
    assert "Solução" not in whole(learnt)


def test_what_another_clone_created_meanwhile_with_an_older_text_is_brought_up_to_date(
    moody: Moody, learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It appears between the look and the create, so that the create adopts it."""
    found = moody._remote.create

    def faster(entries: Sequence[Entry]) -> Iterator[Result]:
        older = [replace(e, body="Texto antigo.", hash="older") for e in entries]
        list(found(older))
        return found(entries)

    with monkeypatch.context() as patch:
        patch.setattr(moody._remote, "create", faster)
        run(moody)
    assert whole(learnt).count("Texto antigo.") == 3
    assert run(moody).count(Action.UPDATE) == 3
    assert "Texto antigo." not in whole(learnt) and len(issues(learnt)) == 3
