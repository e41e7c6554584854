"""The plan, for every combination of wish, memory and remote."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.reconcile.plan import Action, Known, plan
from orchestrator.remote import NOT_SHOWN, TRASHED, Entry, Observed

WISH = Entry("k", "solution", "empresa-a", "t", "b", "new")
HELD = Observed("k", "R-1", "old", "1")
SAME = Observed("k", "R-1", "new", "1")
EDITED = Observed("k", "R-1", "new", "2", edited=True)


def action(entry: Entry | None, known: Known, seen: Observed | None, **more: object) -> Action:
    return plan("k", entry, known, seen, **more).action  # type: ignore[arg-type]


def test_each_action_has_its_cause() -> None:
    assert action(WISH, Known(), None) is Action.CREATE
    assert action(WISH, Known("old", "R-1"), HELD) is Action.UPDATE
    assert action(WISH, Known(), SAME) is Action.ADOPT
    assert action(WISH, Known("new", "R-1"), SAME) is Action.SKIP
    assert action(WISH, Known("old", "R-1"), EDITED) is Action.CONFLICT
    assert action(WISH, Known("old", "R-1"), None) is Action.CONFLICT
    assert action(None, Known("old", "R-1"), HELD) is Action.RETRACT
    assert action(None, Known("old", "R-1"), None) is Action.SKIP


def test_a_lost_answer_waits_until_the_remote_must_show_it() -> None:
    doubt = Known(in_doubt=True, doubt_age=10)
    assert action(WISH, doubt, None, settle_seconds=60) is Action.WAIT
    assert action(None, doubt, None, settle_seconds=60) is Action.WAIT
    assert action(WISH, doubt, SAME, settle_seconds=60) is Action.ADOPT
    assert action(WISH, Known(in_doubt=True, doubt_age=61), None, settle_seconds=60) is Action.CREATE


def test_a_clock_that_was_ahead_makes_nothing_wait_for_its_time() -> None:
    ahead = Known(in_doubt=True, doubt_age=-3e9)
    assert action(WISH, ahead, None, settle_seconds=60) is Action.CREATE
    assert action(None, ahead, None, settle_seconds=60) is Action.SKIP
    assert action(WISH, Known(in_doubt=True, doubt_age=-10), None, settle_seconds=60) is Action.WAIT


def test_what_a_person_wrote_goes_only_when_a_person_decided_so() -> None:
    assert action(None, Known("old", "R-1"), EDITED) is Action.CONFLICT
    assert action(None, Known("old", "R-1"), EDITED, decided=True) is Action.RETRACT
    assert action(None, Known("old", "R-1"), EDITED, force=True) is Action.RETRACT


def test_what_is_to_go_and_is_not_shown_stays_a_wish() -> None:
    known, doubt = Known("old", "R-1"), Known("old", "R-1", in_doubt=True, doubt_age=99)
    for hidden in (NOT_SHOWN, TRASHED):
        assert action(None, known, None, hidden=hidden) is Action.UNSEEN
    assert action(None, known, HELD, hidden=NOT_SHOWN) is Action.RETRACT
    assert action(None, doubt, None, hidden=NOT_SHOWN) is Action.UNSEEN
    assert action(None, doubt, None, hidden=TRASHED) is Action.SKIP  # our own doing
    assert action(None, Known("", "R-1", in_doubt=True, doubt_age=99), None, hidden=TRASHED) is Action.UNSEEN


def test_force_is_a_persons_word() -> None:
    assert action(WISH, Known("old", "R-1"), EDITED, force=True) is Action.UPDATE
    assert action(WISH, Known("old", "R-1"), None, force=True) is Action.CREATE


KNOWN = st.builds(
    Known,
    sent_hash=st.sampled_from(["", "old", "new"]),
    ref=st.sampled_from(["", "R-1"]),
    in_doubt=st.booleans(),
    doubt_age=st.floats(0, 200),
)
SEEN = st.none() | st.builds(
    Observed,
    key=st.just("k"),
    ref=st.just("R-1"),
    hash=st.sampled_from(["", "old", "new", "x"]),
    version=st.sampled_from("12"),
    edited=st.booleans(),
)


HIDDEN = st.sampled_from(["", NOT_SHOWN, TRASHED])


@given(st.none() | st.just(WISH), KNOWN, SEEN, st.floats(0, 200), st.booleans(), st.booleans(), HIDDEN)
def test_what_holds_for_every_input(
    entry: Entry | None,
    known: Known,
    seen: Observed | None,
    settle: float,
    force: bool,
    decided: bool,
    hidden: str,
) -> None:
    more = {"force": force, "decided": decided, "hidden": hidden}
    found = plan("k", entry, known, seen, settle_seconds=settle, **more).action  # type: ignore[arg-type]
    if found is Action.CREATE:
        assert seen is None and entry is not None  # never a second object
    if seen is not None and seen.edited and not force and not (entry is None and decided):
        assert found is Action.CONFLICT  # a person's edit is never overwritten, nor taken away
    elif entry is None:
        assert found in (Action.RETRACT, Action.SKIP, Action.WAIT, Action.UNSEEN)
        assert not (found is Action.SKIP and hidden == NOT_SHOWN)  # what may be there is not told as done
    if known.in_doubt and known.doubt_age < settle and seen is None:
        assert found is Action.WAIT


def test_every_action_can_happen() -> None:
    seen = (None, HELD, SAME, EDITED)
    known = (Known(), Known("old", "R-1"), Known("new", "R-1"), Known(in_doubt=True))
    cases = itertools.product((WISH, None), known, seen, ("", NOT_SHOWN))
    found = {action(e, k, o, settle_seconds=60, hidden=h) for e, k, o, h in cases}
    found.add(action(None, Known("old", "R-1"), EDITED, stay=True, decided=True))
    assert found == set(Action)
