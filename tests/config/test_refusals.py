"""The file of a company's noes: whatever lies there, nothing is taken back by it and nobody is stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.config.company import Company
from orchestrator.config.group import Group
from orchestrator.config.refusals import Refusals, lift, refused_by_others, tell

ANCHOR = st.integers(0, 40).map(lambda n: f"{n:016x}")
ANCHORS = st.frozensets(ANCHOR, max_size=6)
LINES = st.lists(st.tuples(st.sampled_from(["", "-"]), ANCHOR).map("".join), max_size=6)
SOUND = LINES.map(lambda found: "".join(f"{line}\n" for line in found).encode())


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Group:
    companies = tuple(Company(c, c, (f"{c}/**",)) for c in ("a", "b"))
    return Group(root=tmp_path_factory.mktemp("group"), name="g", language="pt-BR", companies=companies)


def put(group: Group, content: bytes | None) -> Path:
    file = group.company_folder("a") / "refused"
    file.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(content)
    return file


@given(st.one_of(st.none(), SOUND, st.binary(max_size=60)), ANCHORS, ANCHOR)
@example(b"0123456789abcdef\n0123", frozenset(), "0" * 16)
@example(b"0123456789abcdef", frozenset(), "0" * 16)  # cut before its end of line: whole, or the half of two
def test_whatever_lies_there_what_is_told_is_heard(
    group: Group, content: bytes | None, anchors: frozenset[str], lifted: str
) -> None:
    file = put(group, content)
    before = refused_by_others(group, "b")
    lines = (content or b"").decode("ascii", "replace").split("\n")
    named = [line.removeprefix("-") for line in lines[:-1]]
    sound = all(len(name) == 16 and set(name) <= set("0123456789abcdef") for name in named)
    assert ("a" in before.unread) == (content is not None and not (sound and not lines[-1]))
    assert not before.lifted if before.unread else before.lifted.keys() | before.by.keys() == {*named}
    tell(group, "a", anchors)
    told = refused_by_others(group, "b")
    assert told.by.keys() == before.by.keys() | anchors and not told.unread
    tell(group, "a", anchors)
    assert refused_by_others(group, "b") == told
    assert not told.lifted.keys() & told.by.keys()
    lift(group, "a", [lifted], lost=False)
    assert refused_by_others(group, "b").by.keys() == told.by.keys() - {lifted}
    lift(group, "a", [lifted])
    after = refused_by_others(group, "b")
    assert after.by.keys() == told.by.keys() - {lifted} and not after.unread
    assert after.lifted.keys() == (told.lifted.keys() | {lifted})
    assert not refused_by_others(group, "a").by
    assert file.stat().st_mode & 0o777 == 0o600


@given(ANCHORS, ANCHORS, st.dictionaries(ANCHOR, st.frozensets(st.sampled_from(["a", "c"]), min_size=1)))
def test_only_a_line_lifts_what_was_heard_before(
    anchors: frozenset[str], back: frozenset[str], before: dict[str, frozenset[str]]
) -> None:
    now = Refusals(
        {a: frozenset({"a"}) for a in anchors}, lifted={a: frozenset({"a"}) for a in back - anchors}
    )
    kept = now.heard_before(before)
    of = {c: {a for a, companies in before.items() if c in companies} for c in ("a", "c")}
    assert {a for a, companies in kept.by.items() if "a" in companies} == anchors | (of["a"] - back)
    assert {a for a, companies in kept.by.items() if "c" in companies} == of["c"]


@pytest.mark.parametrize(
    ("gone", "content", "over"), [(True, b"", True), (True, None, False), (False, b"", False)]
)
def test_an_empty_file_lifts_all_of_a_company_that_is_gone(
    group: Group, gone: bool, content: bytes | None, over: bool
) -> None:
    put(group, content)
    left = replace(group, companies=group.companies[1:]) if gone else group
    now = refused_by_others(left, "b").heard_before({"0" * 16: ["a"]})
    assert bool(now.by) != over
    put(group, None)


def test_more_noes_than_any_configuration_has_bytes(group: Group) -> None:
    anchors = {f"{n:016x}" for n in range(40_000)}
    tell(group, "a", anchors)
    assert refused_by_others(group, "b").by.keys() >= anchors
    put(group, None)
