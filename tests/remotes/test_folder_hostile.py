"""A folder that others write to: what is no file, no table or no text there holds nothing else up."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import OrchError, PermanentError
from orchestrator.offer.incoming import refusal, usable_vector
from orchestrator.reconcile.remotes import folder_database
from orchestrator.reconcile.remotes.folder_issues import FolderIssues
from tests.remotes.contract import done, unit_vector
from tests.remotes.test_folder import FolderPlace, MemoryPlace

ENDLESS = (
    "create view memory as with recursive c(id) as (select 1 union all select id + 1 from c) select id, "
    "'i1' orch_key, 'x' content, x'' embedding, 'c' source_instance, 'solution' category, 1 shared, "
    "'{}' metadata, '2026' created_at, 1 revision from c"
)
LOOSE = (
    "create table m2 as select * from memory; drop table memory; create table memory(id integer primary key, "
    "orch_key, content, embedding, source_instance, category, shared, metadata, created_at, revision); "
    "insert into memory select * from m2; insert into memory values "
)
ROWS = {
    "no vector": "(900, 'i1-0123456789abcdef', 'x', null, 'c', 'solution', 1, '{}', '2026', 1)",
    "words for a vector": "(900, 'i1-0123456789abcdef', 'x', 'abcd', 'c', 'solution', 1, '{}', '2026', 1)",
    "a number for metadata": "(900, 'i1-0123456789abcdef', 'x', x'00', 'c', 'solution', 1, 5, 2026, 'a')",
    "bytes for a text": "(900, 'i1-0123456789abcdef', cast(x'ff41' as text), x'', 'c', x'ff', 1, '{}', 1, 1)",
    "bytes for metadata": "(900, 'i1-0123456789abcdef', 'x', 5, 'c', 'solution', 'z', x'7bff7d', null, null)",
    "bytes for a key": "(900, x'ff', 'x', x'00', cast(x'ff' as text), null, 1, '{}', x'ff', 1)",
    "nothing at all": "(900, null, null, null, null, null, 1, null, null, null)",
}


@pytest.fixture
def place(tmp_path: Path) -> MemoryPlace:
    """A memory with one sound row."""
    made = MemoryPlace(tmp_path / "g")
    done(made.remote().create([made.entry("Cache", key="i1-" + "1" * 16, shared=True)]))
    return made


def script(place: MemoryPlace, sql: str) -> None:
    with sqlite3.connect(place.base / "memory.db") as db:
        db.executescript(sql)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_any_type_holds_no_other_up(place: MemoryPlace, row: str) -> None:
    (sound,) = place.remote().rows()
    script(place, LOOSE + ROWS[row])
    memory = place.remote()
    first, other = memory.rows(shared_only=False)
    assert first == sound and not refusal(first)
    assert refusal(other) or not usable_vector(other, sound.model)  # then it is embedded by who reads it
    assert memory.stats()["total"] in (1, 2)  # 'z' is no mark
    assert memory.nearest(unit_vector("x"))[0].key == sound.key
    seen = memory.find([sound.key, "i1-0123456789abcdef"])
    assert memory.read(list(seen.values()))[sound.key].body == sound.content


def linked(file: Path) -> None:
    file.rename(file.with_name("elsewhere.db"))
    file.symlink_to(file.with_name("elsewhere.db"))


def dangling(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.with_name("new.db"))


def piped(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def viewed(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.executescript(f"drop table memory; {ENDLESS}")


def virtual(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.executescript("drop table memory; create virtual table memory using fts5(content)")


@pytest.mark.parametrize("spoil", [linked, dangling, piped, a_folder, viewed, virtual])
def test_what_is_no_memory_is_refused_in_a_sentence(
    place: MemoryPlace, spoil: Callable[[Path], None]
) -> None:
    entry = place.entry("Outro")
    spoil(place.base / "memory.db")
    memory = place.remote()
    for act in (
        lambda: list(memory.rows()),
        lambda: memory.find(["k"]),
        lambda: list(memory.create([entry])),
    ):
        with pytest.raises(PermanentError, match=r"memory\.db"):
            act()
    assert not (place.base / "new.db").exists()


def test_a_trigger_that_came_with_the_file_does_nothing(place: MemoryPlace) -> None:
    script(place, "create trigger t after insert on memory begin delete from memory; end")
    done(place.remote().create([place.entry("Outro")]))
    assert place.count() == 2


def test_a_reading_that_never_ends_ends(place: MemoryPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the pages of a crafted file lead to each other over and over."""
    monkeypatch.setattr(folder_database, "LONGEST", 0.2)
    endless = "with recursive c(id) as (select 1 union all select id + 1 from c) select count(*) from c"
    file = place.base / "memory.db"
    with pytest.raises(PermanentError, match="memory"), folder_database.opened(file, write=False) as db:
        list(db.execute(endless))


def test_no_pipe_link_or_folder_among_the_issues_keeps_anybody_waiting(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "g", lambda b: FolderIssues(b, name="group.issues"))
    (made,) = done(place.remote().create([place.entry("Cache")]))
    top = place.file(made).parent
    (tmp_path / "fora.md").write_bytes(place.file(made).read_bytes().replace(made.key.encode(), b"other"))
    os.mkfifo(top / "ORCH-7 pipe.md")
    (top / "ORCH-8 link.md").symlink_to(tmp_path / "fora.md")
    (top / "ORCH-9 pasta.md").mkdir()
    (top / ".last").unlink(missing_ok=True)
    os.mkfifo(top / ".last")
    remote = place.remote()
    assert set(remote.find([made.key, "other"])) == {made.key}
    (more,) = done(remote.create([place.entry("Fila")]))
    assert more.ref == "ORCH-2"
    assert [o.key for o in done(remote.retract([made]))] == [made.key]


def test_nothing_is_deleted_behind_a_link(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "g", lambda b: FolderIssues(b, name="group.issues"))
    (made,) = done(place.remote().create([place.entry("Cache")]))
    (tmp_path / "g/issues").rename(tmp_path / "fora")
    (tmp_path / "g/issues").symlink_to(tmp_path / "fora")
    left = tmp_path / "fora/ORCH/.0123456789abcdef.tmp"  # as another folder's writer may have left
    left.write_text("x")
    with pytest.raises(OrchError):
        done(place.remote().retract([made]))
    assert list((tmp_path / "fora").rglob("ORCH-1*.md")) and left.exists()
