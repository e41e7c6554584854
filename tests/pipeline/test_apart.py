"""A commit at which orch makes a mistake is found among the others, whichever it is and however many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.apart import MOST, apart
from orchestrator.errors import StoreError
from orchestrator.model import Commit


def commits(n: int) -> list[Commit]:
    return [Commit(str(i), (), "", "", "", "", "") for i in range(n)]


@given(st.integers(1, 70), st.sets(st.integers(0, 69), max_size=MOST), st.sets(st.integers(0, 69)))
def test_all_but_those_are_worked_on_once_and_in_order(n: int, bad: set[int], suspected: set[int]) -> None:
    wrong, done = {str(i) for i in bad if i < n}, list[str]()

    def work(part: list[Commit]) -> None:
        if any(c.id in wrong for c in part):
            raise KeyError(part)
        done.extend(c.id for c in part)

    found = apart(commits(n), work, lambda: {str(i) for i in suspected})
    assert found.keys() == wrong and sorted(done) == sorted({str(i) for i in range(n)} - wrong)
    unsuspected = [i for i in map(int, done) if i not in suspected]
    assert unsuspected == sorted(unsuspected)


def test_what_is_of_no_commit_or_of_too_many_is_raised() -> None:
    calls = []

    def always(part: list[Commit]) -> None:
        calls.append(len(part))
        raise KeyError

    with pytest.raises(KeyError):
        apart(commits(1000), always)
    assert calls == [1000, 0]

    def each(part: list[Commit]) -> None:
        calls.append(len(part))
        if part:
            raise KeyError

    with pytest.raises(KeyError):
        apart(commits(1000), each)
    assert len(calls) < 3 * MOST + 30


@pytest.mark.parametrize("error", [StoreError("damaged"), OSError(28, "no room"), KeyboardInterrupt()])
def test_what_is_no_mistake_of_orch_is_nobody_s_to_try_again(error: BaseException) -> None:
    calls = []

    def work(part: list[Commit]) -> None:
        calls.append(part)
        raise error

    with pytest.raises(type(error)):
        apart(commits(3), work)
    assert len(calls) == 1
