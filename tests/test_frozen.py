"""`frozen.dataclass` is the standard library's to whoever uses it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import frozen

Make = Callable[..., Any]


def plain(dataclass: Make, field: Make) -> type:
    @dataclass(frozen=True, slots=True)
    class Record:
        """Told."""

        name: str
        size: int = 3
        tags: tuple[str, ...] = ()
        options: Mapping[str, str] = field(default_factory=dict)

        @property
        def double(self) -> int:
            return 2 * self.size

    return Record


def single(dataclass: Make) -> type:
    @dataclass(frozen=True, slots=True)
    class Record:
        name: str

    return Record


STANDARD, OURS = plain(dataclasses.dataclass, dataclasses.field), plain(frozen.dataclass, frozen.field)
Pickled = OURS
Pickled.__qualname__ = "Pickled"
ONE = single(frozen.dataclass)
values = st.tuples(
    st.text(), st.integers(), st.tuples(st.text()), st.dictionaries(st.text(max_size=2), st.text(max_size=2))
)


def test_this_class_is_ours() -> None:
    assert OURS.__init__ is not STANDARD.__init__ and "__dataclass_fields__" in OURS.__dict__
    assert type(OURS.__dict__["__dataclass_fields__"]).__name__ in ("_Later", "dict")


@given(values)
def test_made_told_and_compared_as_the_standard_ones(given_values: tuple[Any, ...]) -> None:
    ours, standard = OURS(*given_values), STANDARD(*given_values)
    told = repr(standard).replace(STANDARD.__qualname__, OURS.__qualname__)
    assert repr(ours) == told
    assert ours == OURS(*given_values) and ours != standard and ours != given_values
    assert dataclasses.asdict(ours) == dataclasses.asdict(standard)
    assert ours.double == standard.double
    for replace in (frozen.replace, dataclasses.replace):
        other = replace(ours, name="other")
        assert other.name == "other" and other.options == ours.options
        assert (other == ours) == (ours.name == "other")
    assert frozen.replace(standard, size=-1) == dataclasses.replace(standard, size=-1)


@given(st.text(), st.integers())
def test_hashed_as_equal(name: str, size: int) -> None:
    assert hash(ONE(name)) == hash(ONE(name)) == hash((name,))
    assert {ONE(name): size}[ONE(name)] == size
    with pytest.raises(TypeError):
        hash(OURS(name, size))  # a mapping among its values


@pytest.mark.parametrize(
    ("given_values", "named"),
    [((), {}), ((), {"size": 1}), (("a", 1, (), {}, 5), {}), (("a",), {"other": 1}), (("a",), {"name": "b"})],
)
def test_wrong_arguments_are_refused(given_values: tuple[Any, ...], named: dict[str, Any]) -> None:
    for kind in (plain(frozen.dataclass, frozen.field), OURS, STANDARD):
        with pytest.raises(TypeError):
            kind(*given_values, **named)


def test_replacing_makes_nothing_of_the_standard_librarys() -> None:
    kind = plain(frozen.dataclass, frozen.field)
    assert frozen.replace(kind("a"), size=7).size == 7
    assert type(kind.__dict__["__dataclass_fields__"]).__name__ == "_Later"
    with pytest.raises(TypeError):
        frozen.replace(kind("a"), other=7)


def test_defaults_are_not_shared() -> None:
    first, second = OURS("a"), OURS("a")
    first.options["x"] = "y"
    assert second.options == {} and (first.size, first.tags) == (3, ())


def test_nothing_of_it_can_be_changed() -> None:
    record = OURS("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del record.name
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.other = 1
    assert record.name == "a" and not hasattr(record, "__dict__")


def test_copied_and_pickled() -> None:
    record = Pickled("a", 5, ("t",), {"x": "y"})
    for made in (copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert made == record and made is not record


def test_the_standard_library_knows_its_fields() -> None:
    kind = plain(frozen.dataclass, frozen.field)  # before any instance
    assert [f.name for f in dataclasses.fields(kind)] == [f.name for f in dataclasses.fields(STANDARD)]
    assert dataclasses.is_dataclass(kind) and kind.__match_args__ == STANDARD.__match_args__

    @dataclasses.dataclass(frozen=True)
    class Wider(kind):  # type: ignore[misc, valid-type]
        more: int = 0

    assert Wider("a", 1, (), {}, 9).more == 9


def test_other_shapes_are_left_to_the_standard_library() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Hidden:
        shared: ClassVar[int] = 4
        key: str = frozen.field(default="k", repr=False)

    @frozen.dataclass(slots=True)
    class Open:
        count: int = 0
        found: list[str] = frozen.field(default_factory=list)

    assert repr(Hidden()) == f"{Hidden.__qualname__}()" and Hidden.shared == 4
    opened = Open()
    opened.count += 1
    opened.found.append("x")
    assert opened.count == 1 and Open().found == []
    with pytest.raises(ValueError, match="mutable default"):

        @frozen.dataclass(frozen=True, slots=True)
        class _Wrong:
            found: list[str] = []  # noqa: RUF012

    with pytest.raises(TypeError, match="non-default argument"):

        @frozen.dataclass(frozen=True, slots=True)
        class _Order:
            size: int = 0
            name: str


def test_what_our_modules_define_compiles_nothing_when_imported() -> None:
    """The gain: no `__init__` of ours is compiled by an import."""
    code = (
        "import builtins, orchestrator.frozen as f\n"
        "f._init = None\n"  # called by the first instance only
        "import orchestrator.store.search_index as s, orchestrator.git.repository as r\n"
        "print(type(s.Item.__dict__['__dataclass_fields__']).__name__,"
        " type(r.Repository.__dict__['__dataclass_fields__']).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["_Later", "_Later"]
