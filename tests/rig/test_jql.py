"""The subset of JQL: what it finds, and that whatever else is written is refused, never a crash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rig import jql

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = st.sampled_from(
    ["project", "labels", "updated", "created", "key", "summary", "status", "and", "or", "not", "in", "is",
     "empty", "order by", "(", ")", ",", "=", "!=", ">=", "~", "-7d", "99999999999w", "'", '"', "ORCH", "\\"]
)  # fmt: skip
FACTS = {
    "id": "10001", "key": "ORCH-1", "number": 1, "project": "ORCH", "labels": ["orch", "redis"],
    "created": datetime(2026, 11, 1, tzinfo=UTC), "updated": datetime(2026, 11, 20, tzinfo=UTC),
    "status": ["Concluído", "10002"], "statuscategory": "done", "summary": "Cache de catálogo",
    "description": "", "text": "Cache de catálogo", "issuetype": ["Task", "10001"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project = ORCH AND updated > -7d", True),
        ("project = ORCH AND created >= -2d", False),
        ('labels = "orch" AND labels != nada', True),
        ("labels in (x, redis) OR key = ORCH-9", True),
        ("labels not in (redis)", False),
        ("NOT (project = ORCH AND statusCategory = Done)", False),
        ("description is EMPTY AND summary ~ 'CACHE catálogo'", True),
        ("labels is not empty", True),
        ("updated < '2026-11-20 01:00' and updated >= 2026/11/19", True),
        ("issuekey in (ORCH-1, ORCH-2) order by created desc, key", True),
        ("project = aup", False),
    ],
)
def test_the_subset_of_jql(text: str, expected: bool) -> None:
    assert (jql.parse(text, NOW, ["ORCH", "AUP"]).select([FACTS]) == [FACTS]) is expected


def test_absolute_dates_are_read_in_the_accounts_time_zone() -> None:
    query = jql.parse("created >= '2026-11-01'", NOW, [])
    assert query.select([{**FACTS, "created": datetime(2026, 11, 1, 3, tzinfo=UTC)}])
    assert not query.select(
        [{**FACTS, "created": datetime(2026, 11, 1, 3, tzinfo=UTC) - timedelta(minutes=1)}]
    )


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=12).map(" ".join)))
def test_whatever_is_written_is_answered_or_refused(text: str) -> None:
    try:
        query = jql.parse(text, NOW, ["ORCH"])
    except jql.JqlError as refusal:
        assert str(refusal)
    else:
        assert query.select([FACTS]) in ([], [FACTS])


@given(st.text(min_size=1, max_size=30))
def test_a_quoted_label_is_found_whatever_it_is(label: str) -> None:
    quoted = label.replace("\\", "\\\\").replace('"', '\\"')
    query = jql.parse(f'labels = "{quoted}"', NOW, [])
    assert query.select([{**FACTS, "labels": [label]}])
    assert not query.select([{**FACTS, "labels": [label + "x"]}])
