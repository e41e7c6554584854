"""When a burst of changes is over, and that what is kept of it stays small."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.capture.interest import NOTHING, Meaning
from orchestrator.capture.watch_burst import MANY, Burst, Changes


@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=30))
def test_a_burst_ends_when_quiet_or_too_long(gaps: list[float]) -> None:
    burst = Burst(quiet=0.4, longest=5.0)
    assert not burst.due(0.0)
    assert burst.remaining(0.0) is None
    first = now = 1.0
    burst.add(now, Meaning(git=True))
    for gap in gaps:
        assert burst.due(now + 0.4 + 1e-9)
        assert burst.due(now + min(gap, 0.39)) == (now + min(gap, 0.39) >= first + 5.0)
        now += gap
        burst.add(now, Meaning(document=f"{now}"))
        burst.add(now + 100, NOTHING)  # says nothing, prolongs nothing
    assert burst.due(first + 5.0)
    changes = burst.take()
    assert changes.git
    assert changes.documents
    assert not burst.due(now + 1000)


@given(st.floats(0.0, 1e6), st.floats(0.0, 60.0), st.floats(0.0, 100.0))
def test_what_was_put_back_waits_for_its_pause_whatever_comes_meanwhile(
    now: float, pause: float, later: float
) -> None:
    burst = Burst(quiet=0.4, longest=5.0)
    burst.put_back(Changes(documents={"a"}), now, pause)
    burst.add(now + later, Meaning(document="b"))
    assert burst.due(now + later + 6.0) == (later + 6.0 >= pause)
    assert not burst.due(now + pause * 0.99 - 1e-3)
    assert burst.take().documents == {"a", "b"}


def test_what_is_kept_of_a_burst_is_bounded() -> None:
    burst = Burst(quiet=0.4, longest=5.0)
    for n in range(MANY):
        burst.add(1.0, Meaning(document=str(n)))
    held = burst.take()
    assert len(held.documents) == MANY and not held.everything
    burst.put_back(held, 1.0, 1.0)
    burst.add(1.0, Meaning(document="one more"))
    for n in range(10 * MANY):
        burst.add(1.0, Meaning(document=str(n)))
    changes = burst.take()
    assert changes.everything and not changes.documents


@given(
    st.lists(
        st.sampled_from(
            [
                Meaning(git=True),
                Meaning(document="a"),
                Meaning(document="b"),
                Meaning(everything=True),
                NOTHING,
            ]
        )
    )
)
def test_putting_back_loses_and_adds_nothing(meanings: list[Meaning]) -> None:
    burst, again = Burst(0.4, 5.0), Burst(0.4, 5.0)
    for meaning in meanings:
        burst.add(1.0, meaning)
        again.add(1.0, meaning)
    taken = again.take()
    again.put_back(taken, 2.0, 1.0)
    assert again.take() == burst.take()
