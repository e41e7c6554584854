"""What was begun is never lost: every answer is given out before an error is."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import OrchError, PermanentError, TransientError
from orchestrator.reconcile.in_flight import in_flight

OUTCOMES = st.lists(st.sampled_from(["ok", "refused", "lost"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(OUTCOMES, st.integers(1, 4))
def test_everything_begun_is_given_out(outcomes: list[str], width: int) -> None:
    begun: list[int] = []

    def work(item: tuple[int, str]) -> int:
        number, outcome = item
        begun.append(number)
        if outcome == "refused":
            raise PermanentError("no")
        if outcome == "lost":
            raise TransientError("lost", in_doubt=True)
        return number

    got: list[int] = []
    error: OrchError | None = None
    try:
        got.extend(in_flight(work, list(enumerate(outcomes)), width))
    except OrchError as e:
        error = e
    told = [outcomes[n] for n in begun]
    assert got == [n for n in sorted(begun) if outcomes[n] == "ok"]
    assert (error is None) == (set(told) <= {"ok"})
    if "lost" in told:
        assert isinstance(error, TransientError) and error.in_doubt, "what may have been done is not released"
    if error is None:
        assert len(begun) == len(outcomes)


def test_a_few_at_once_and_no_more() -> None:
    lock, now, most = threading.Lock(), 0, 0
    three = threading.Barrier(3)

    def work(_item: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        three.wait(30)
        with lock:
            now -= 1

    list(in_flight(work, range(12), width=3))
    assert most == 3


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_flight(lambda n: 1 // n, [1, 0, 1]))
