"""A store answers with one model's vectors, and changes to another's all at once or not at all."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from orchestrator.errors import LockedError
from orchestrator.store.company import CompanyStore
from orchestrator.store.search_index import Item
from orchestrator.store.vectors import Unembedded

OLD, NEW = "model-old", "model-new"


def unit(place: int) -> array[float]:
    return array("f", [1.0 if n == place else 0.0 for n in range(384)])


def item(number: int, text: str = "", model: str = OLD) -> Item:
    text = text or f"texto {number}"
    return Item(f"r{number}", "own", "a", "insight", "", text, (), False, "", model, unit(number))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CompanyStore]:
    with CompanyStore(tmp_path, "empresa-a") as opened:
        opened.index.put(item(n) for n in range(4))
        yield opened


def lay(store: CompanyStore, items: list[Unembedded], model: str = NEW) -> None:
    """The new vector of item n is the unit vector n + 100."""
    store.vectors.lay_beside(model, [(one, unit(one.rowid + 99)) for one in items])


def answers(store: CompanyStore, model: str, place: int) -> list[str]:
    return [ref for ref, cosine in store.index.nearest(unit(place), 9, model=model) if cosine > 0.9]


def test_a_second_model_is_refused_whoever_writes_it(store: CompanyStore) -> None:
    for other in (NEW, "a", "zz"):
        with pytest.raises(apsw.ConstraintError, match="one model"):
            store.index.set_vector("r1", other, unit(7))
        with pytest.raises(apsw.ConstraintError, match="one model"):
            store.index.put([item(9, model=other)])
    store.index.set_vector("r1", OLD, unit(7))
    assert store.vectors.model() == OLD
    assert answers(store, OLD, 7) == ["r1"]


def test_former_vectors_answer_until_the_last_is_there(store: CompanyStore) -> None:
    left = list(store.vectors.left(NEW))
    assert [one.text for one in left] == ["texto 0", "texto 1", "texto 2", "texto 3"]
    lay(store, left[:3])
    assert not store.vectors.change_over(NEW)
    assert store.vectors.model() == OLD
    assert answers(store, OLD, 2) == ["r2"]
    assert [one.text for one in store.vectors.left(NEW)] == ["texto 3"]
    lay(store, left[3:])
    assert store.vectors.change_over(NEW)
    assert store.vectors.model() == NEW
    assert answers(store, NEW, 102) == ["r2"]
    assert store.index.nearest(unit(2), 9, model=OLD) == []
    assert store.vectors.count_left(NEW) == 0


def test_what_changed_meanwhile_is_embedded_again(store: CompanyStore) -> None:
    """New, reworded and removed while the new vectors were made; a new one may get a removed one's row."""
    lay(store, list(store.vectors.left(NEW)))
    store.index.put([item(1, "outras palavras"), item(4)])
    store.index.remove(["r4", "r3"])
    store.index.put([item(5, "no lugar de outro")])
    assert not store.vectors.change_over(NEW)
    left = list(store.vectors.left(NEW))
    assert sorted(one.text for one in left) == ["no lugar de outro", "outras palavras"]
    lay(store, left)
    assert store.vectors.change_over(NEW)
    found = store.index.nearest(unit(101), 9, model=NEW)
    assert sorted(ref for ref, _cosine in found) == ["r0", "r1", "r2", "r5"]


def test_a_change_of_mind_leaves_nothing_of_the_model_between(store: CompanyStore) -> None:
    lay(store, list(store.vectors.left(NEW))[:2])
    lay(store, list(store.vectors.left("model-third")), "model-third")
    assert store.vectors.change_over("model-third")
    assert store.vectors.count_left(NEW) == 4
    assert store._db.execute("select count(*) from memory_next").fetchall() == [(0,)]


def test_back_to_the_model_in_use_needs_nothing_and_forgets_what_was_begun(store: CompanyStore) -> None:
    lay(store, list(store.vectors.left(NEW)))
    assert list(store.vectors.left(OLD)) == []
    assert store.vectors.change_over(OLD)
    assert answers(store, OLD, 3) == ["r3"]
    assert store.vectors.count_left(NEW) == 4


def test_what_opens_the_model_is_remembered_for_the_vectors_in_use(store: CompanyStore) -> None:
    store.vectors.remember(OLD, "onnx")
    store.vectors.remember(NEW, "fastembed:x/y")
    assert store.vectors.engine() == "onnx"
    lay(store, list(store.vectors.left(NEW)))
    store.vectors.change_over(NEW)
    assert store.vectors.engine() == "fastembed:x/y"


def test_a_writer_that_is_late_is_told_to_try_again(tmp_path: Path) -> None:
    """It began with the model that was in use then; nothing of it is kept, and nothing is lost."""
    with CompanyStore(tmp_path, "empresa-a") as store:
        store.index.put([item(0)])
        lay(store, list(store.vectors.left(NEW)))
        store.vectors.change_over(NEW)
    with (
        pytest.raises(LockedError),
        CompanyStore(tmp_path, "empresa-a") as store,
        store.transaction(),
    ):
        store.put_setting("a", "b")
        store.index.put([item(1)])
    with CompanyStore(tmp_path, "empresa-a") as store:
        assert store.setting("a") == ""
        assert list(store.index.rows(["r0", "r1"])) == ["r0"]
