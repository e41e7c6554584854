"""Who speaks for whom is what the definition says of all that is known, whatever came when."""

from __future__ import annotations

import math
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestrator import twins
from orchestrator.config.company import Company
from orchestrator.config.group import Group
from orchestrator.desk import Desk
from orchestrator.ledger import decide, record
from orchestrator.memory.likeness import SAME_MEANING
from orchestrator.memory.model_folder import MODEL_ID
from orchestrator.model import VECTOR_DIMENSIONS, Evidence, Insight, Kind, Outcome, Record, Verdict
from orchestrator.store.company import CompanyStore
from orchestrator.twins import place
from orchestrator.validate import Policy

TEXT = "o índice parcial na tabela de pedidos esvaziou a fila lenta do faturamento"
STEP = math.acos(SAME_MEANING[MODEL_ID]) * 0.6  # neighbours say the same, those two steps apart do not
MANY = 7
numbers = st.integers(0, MANY - 1)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("learn"), numbers, st.integers(0, 5)),
        st.tuples(st.just("withdraw"), numbers, numbers),
        st.tuples(st.just("apart"), numbers, numbers),
        st.tuples(st.just("again"), numbers, numbers),
        st.tuples(st.just("block"), numbers, numbers),
        st.tuples(st.just("die"), numbers, numbers),
    ),
    min_size=4,
    max_size=14,
)


def insight(number: int) -> Insight:
    """Seven insights of one text; the later the number, the earlier it was said, but for two of one time."""
    at = f"2026-01-0{max(1, MANY - number)}T00:00:00Z"
    words = Record(Kind.SOLUTION, TEXT, TEXT)
    return Insight(
        f"i1-{number:016x}", "a", words, 0.9, (), (Evidence(f"{number:040x}"),), str(number), created_at=at
    )


def vector(place_on_circle: int) -> list[float]:
    angle = place_on_circle * STEP
    return [math.cos(angle), math.sin(angle), *([0.0] * (VECTOR_DIMENSIONS - 2))]


def defined(desk: Desk, angles: dict[int, int]) -> dict[str, str]:
    """Greedy over everything, from scratch."""
    speaks: list[str] = []
    found: dict[str, str] = {}
    for s in desk.store.twins.standing(insight(n).id for n in angles):
        number = int(s.id[3:], 16)
        near = (i for i in speaks if abs(angles[int(i[3:], 16)] - angles[number]) <= 1)
        first = next((i for i in near if i not in desk.store.twins.apart_from(s.id)), "")
        found[s.id] = first
        if not first:
            speaks.append(s.id)
    return found


class Killed(BaseException):
    """In place of SIGKILL: nothing is done after it but what SQLite does with an open transaction."""


@contextmanager
def dying_after(batches: int) -> Iterator[None]:
    """Each insight has a transaction of its own, and after so many of them everything ends."""
    left = iter(range(batches))

    def pause(_seconds: float) -> None:
        if next(left, None) is None:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(twins, "BATCH_SECONDS", -1.0)
        patch.setattr(twins.time, "sleep", pause)
        yield


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Desk]]:
    def fresh() -> Iterator[Desk]:
        group = Group(
            root=Path("/nowhere"), name="g", language="pt-BR", companies=(Company("a", "A", ("a/**",)),)
        )
        while True:
            folder = tmp_path_factory.mktemp("store")
            with CompanyStore(folder, "a") as store:
                yield Desk(group, Policy.for_company(group, "a", ()), store)

    yield fresh()


@given(operations)
@example([("learn", 4, 0), ("withdraw", 4, 0), ("block", 4, 0), ("learn", 4, 0)])  # waits already, and again
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_order_of_events_gives_what_the_definition_says(
    desks: Iterator[Desk], done: list[tuple[str, int, int]]
) -> None:
    desk, angles = next(desks), dict[int, int]()
    allowed = Verdict(Outcome.ALLOW, (), insight(0).record.texts(), "p")
    for what, number, other in done:
        one = insight(number)
        with desk.store.transaction():
            if what == "learn":
                angles[number] = other
                record(desk, one, allowed, vector(other), MODEL_ID)
            elif number not in angles:
                continue
            elif what == "withdraw":
                decide(desk, one, "withdraw", who="ana")
            elif what == "block":
                desk.store.verdicts.put(one, replace(allowed, outcome=Outcome.BLOCK), "now")
            elif what == "again":
                desk.store.twins.rejoin(one.id)
            elif other in angles and other != number:
                desk.store.twins.set_apart(one.id, insight(other).id, "ana", "now")
        if what == "die":
            continue  # before it was placed
        with suppress(Killed), dying_after(other if done[0][1] % 2 else MANY):
            place(desk, MODEL_ID)
        place(desk, MODEL_ID)
        assert {i: desk.store.twins.canonical(i) for i in defined(desk, angles)} == defined(desk, angles)
        assert not desk.store.twins.unplaced()


SQLITE_TRIES_AGAIN = 0.1  # seconds between two looks of its busy handler at a lock


def learnt(desk: Desk, many: int) -> None:
    """So many insights of one text, in pairs of twins, none placed yet."""
    allowed = Verdict(Outcome.ALLOW, (), insight(0).record.texts(), "p")
    with desk.store.transaction():
        for n in range(many):
            angle = n // 2 * 2 * STEP / SAME_MEANING[MODEL_ID]
            at = [math.cos(angle), math.sin(angle), *([0.0] * (VECTOR_DIMENSIONS - 2))]
            record(desk, insight(n), allowed, at, MODEL_ID)


def spoken_for(desk: Desk, many: int) -> dict[str, str]:
    return {insight(n).id: desk.store.twins.canonical(insight(n).id) for n in range(many)}


def test_a_kill_loses_one_batch_and_the_next_pass_goes_on(desks: Iterator[Desk]) -> None:
    calm = next(desks)
    learnt(calm, 20)
    place(calm, MODEL_ID)
    expected = spoken_for(calm, 20)
    desk = next(desks)
    learnt(desk, 20)
    child = os.fork()
    if not child:
        with CompanyStore(desk.store.path.parent, "a") as store:
            twins.BATCH_SECONDS = -1.0
            naps = iter(range(6))
            twins.time.sleep = lambda _s: next(naps, None) is None and os.kill(os.getpid(), signal.SIGKILL)
            place(replace(desk, store=store), MODEL_ID)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert len(desk.store.twins.unplaced()) == 20 - 7
    assert sum(map(bool, spoken_for(desk, 20).values())) == 3
    place(desk, MODEL_ID)
    assert spoken_for(desk, 20) == expected and not desk.store.twins.unplaced()


def test_others_get_at_the_store_between_two_batches(
    desks: Iterator[Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, many = next(desks), 6
    learnt(desk, many)
    done, got = threading.Event(), threading.Semaphore(0)
    pauses: list[float] = []

    def another() -> None:
        with CompanyStore(desk.store.path.parent, "a") as store:
            while not done.is_set():
                with store.transaction():
                    store.put_setting("n", "1")
                got.release()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        while got.acquire(blocking=False):
            continue
        for _told_late_and_since in range(2):
            assert got.acquire(timeout=30), "the store was never free"

    monkeypatch.setattr(twins, "BATCH_SECONDS", -1.0)
    monkeypatch.setattr(twins.time, "sleep", pause)
    thread = threading.Thread(target=another)
    thread.start()
    try:
        place(desk, MODEL_ID)
    finally:
        done.set()
        thread.join()
    assert len(pauses) == many - 1
    assert min(pauses) > SQLITE_TRIES_AGAIN


def test_nothing_to_place_locks_nobody(desks: Iterator[Desk]) -> None:
    desk = next(desks)
    with CompanyStore(desk.store.path.parent, "a") as other, other.transaction():
        assert place(desk, MODEL_ID) == []
