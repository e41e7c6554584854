"""What takes back what: reverts of reverts without end, and histories that were made to hurt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

from orchestrator.model import Commit, Evidence, Insight, Kind, Record
from orchestrator.retirement import Retirement
from orchestrator.store.company import CompanyStore

AT = "2026-01-01T00:00:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CompanyStore]:
    with CompanyStore(tmp_path / "s", "a") as store:
        yield store


def name(n: int) -> str:
    return f"{n:07x}".ljust(40, "0")


def commit(n: int) -> Commit:
    return Commit(name(n), (), "Ana", "ana@x", AT, AT, "m")


def revert(target: str) -> Retirement:
    return Retirement("commit", target, "revert", "")


def taught(store: CompanyStore, n: int = 0) -> Insight:
    words = Record(Kind.SOLUTION, "um título", "um texto")
    found = Insight("i1-0", "a", words, 0.9, (), (Evidence(name(n), (), AT, AT),), "x", created_at=AT)
    store.insights.put(found)
    return found


@pytest.mark.parametrize("many", [1, 2, 3, 500])
def test_a_long_chain_of_reverts_ends_as_its_last_word(store: CompanyStore, many: int) -> None:
    """As a bot leaves it that turns a flag on and off."""
    with store.transaction():
        insight = taught(store)
        for n in range(many):
            store.superseding.add(commit(n + 1), [revert(name(n))])
        assert store.superseding.unsettled() == ["i1-0"]
        reason = store.superseding.reason(insight)
        assert (reason is not None) is (many % 2 == 1)
        store.superseding.forget([name(many)])
        assert store.superseding.unsettled() == ["i1-0"]
        reason = store.superseding.reason(insight)
        assert (reason is not None) is (many % 2 == 0)


def test_commits_that_name_each_other_come_to_an_end(store: CompanyStore) -> None:
    """Seven digits of one's own id can be found by trying, as can those of two that name each other."""
    with store.transaction():
        insight = taught(store)
        store.superseding.add(commit(1), [revert(name(0)), revert(name(1)[:7])])
        store.superseding.add(commit(2), [revert(name(3)[:7]), revert(name(0))])
        store.superseding.add(commit(3), [revert(name(2)[:7])])
        assert store.superseding.unsettled() == ["i1-0"]
        store.superseding.reason(insight)
        store.superseding.forget([name(1), name(2)])
        assert store.superseding.reason(insight) is None


def test_many_reverts_of_many_cost_what_they_are(store: CompanyStore) -> None:
    """Each of two commits a day takes back both of the day before: 2**40 ways, 80 commits."""
    with store.transaction():
        insight = taught(store)
        for day in range(40):
            below = [name(0)] if not day else [name(2 * day - 1), name(2 * day)]
            for n in (1, 2):
                store.superseding.add(commit(2 * day + n), [revert(target) for target in below])
        began = process_time()
        store.superseding.unsettled()
        assert store.superseding.reason(insight) is None  # the last day stands, and so on down to the first
        assert process_time() - began < 2


def test_a_trailer_that_names_no_learning_is_known_until_there_is_one(store: CompanyStore) -> None:
    def names(target: str) -> list[Retirement]:
        return [Retirement("commit", target, "trailer"), Retirement("insight", f"i1-{target}", "trailer")]

    with store.transaction():
        store.superseding.add(commit(1), [Retirement("insight", "i1-ffffffffffff", "trailer")])
        store.superseding.add(commit(2), names("00000000"))
        store.superseding.add(commit(3), [revert("abcdefa")])  # a revert may be of what taught nothing
        assert sorted(store.superseding.unresolved(AT)) == [
            ("00000000", name(2)),
            ("i1-ffffffffffff", name(1)),
        ]
        assert store.superseding.unresolved("2026-01-02T00:00:00Z") == []
        taught(store)
        assert store.superseding.unresolved(AT) == [("i1-ffffffffffff", name(1))]
        store.superseding.forget([name(1)])
        assert store.superseding.unresolved(AT) == []
