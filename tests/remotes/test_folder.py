"""The folder remotes keep the contract, and stay right between processes and people."""

from __future__ import annotations

import multiprocessing
import os
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import AbsentError, OrchError, PermanentError, TransientError
from orchestrator.reconcile.remotes.folder import file_name, one_line, visible
from orchestrator.reconcile.remotes.folder_forge import FolderForge
from orchestrator.reconcile.remotes.folder_issues import FolderIssues
from orchestrator.reconcile.remotes.folder_memory import FolderMemory
from orchestrator.reconcile.remotes.folder_pages import FolderPages
from orchestrator.remote import Entry, Observed, Refused, Remote
from tests.remotes.contract import Place, RemoteContract, changed, done, unit_vector
from tests.remotes.hostile import HOSTILE


class FolderPlace(Place):
    """Files, read and edited as a person would."""

    weather = poison = False
    credentials = ""

    def __init__(self, base: Path, make: Callable[[Path], Remote]) -> None:
        self.base, self._make = base, make

    def remote(self, *, wrong_credentials: bool = False) -> Remote:
        return self._make(self.base)

    def files(self) -> list[Path]:
        return sorted(self.base.rglob("*.md"))

    def count(self) -> int:
        return len(self.files())

    def file(self, observed: Observed) -> Path:
        (path,) = [p for p in self.files() if f'\nkey: "{observed.key}"\n' in p.read_text()]
        return path

    def texts(self, observed: Observed) -> tuple[str, str]:
        head, _, body = self.file(observed).read_text().partition("\n---\n")
        import json

        (title,) = re.findall(r"^title: (.*)$", head, re.M)
        return json.loads(title), body[:-1]

    def edit(self, observed: Observed, text: str) -> None:
        path = self.file(observed)
        head, end, _ = path.read_text().partition("\n---\n")
        path.write_text(head + end + text + "\n")

    def state(self) -> Any:
        return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in self.files()}

    def expected_title(self, entry: Entry) -> str:
        return one_line(entry.title)

    def expected_body(self, entry: Entry) -> str:
        return visible(entry.body)


class MemoryPlace(Place):
    """The SQLite file, read by Python's own sqlite3: a second client."""

    weather = poison = False
    credentials = ""
    vectors = True

    def __init__(self, base: Path) -> None:
        self.base = base

    def remote(self, *, wrong_credentials: bool = False) -> FolderMemory:
        return FolderMemory(self.base, name="group.memory")

    def sql(self, query: str, *values: object) -> list[Any]:
        if not (self.base / "memory.db").exists():
            return []
        db = sqlite3.connect(self.base / "memory.db")
        try:
            with db:
                return db.execute(query, values).fetchall()
        finally:
            db.close()

    def count(self) -> int:
        return sum(n for (n,) in self.sql("select count(*) from memory"))

    def texts(self, observed: Observed) -> tuple[str, str]:
        query = "select json_extract(metadata, '$.title'), content from memory where orch_key = ?"
        (row,) = self.sql(query, observed.key)
        return row

    def edit(self, observed: Observed, text: str) -> None:
        self.sql("update memory set content = ? where orch_key = ?", text, observed.key)

    def state(self) -> Any:
        return self.sql("select * from memory")


class TestIssues(RemoteContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return FolderPlace(tmp_path / "grupo", lambda b: FolderIssues(b, name="group.issues"))


class TestPages(RemoteContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return FolderPlace(tmp_path / "grupo", lambda b: FolderPages(b, name="group.pages"))


class TestForge(RemoteContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        def forge(base: Path) -> Remote:
            return FolderForge(base, name="group.forge", push=lambda e: f"orch/share/{e.key}")

        return FolderPlace(tmp_path / "grupo", forge)


class TestMemory(RemoteContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return MemoryPlace(tmp_path / "grupo")

    def test_rows_and_nearest(self, place: MemoryPlace) -> None:
        entries = [
            place.entry(body=f"texto {n}", shared=n % 2 == 0, metadata={"model": "m1", "gain": "50%"})
            for n in range(1100)
        ]
        remote = place.remote()
        done(remote.create(entries))
        rows = list(remote.rows())
        assert [r.key for r in rows] == [e.key for e in entries if e.shared]
        assert len(list(remote.rows(shared_only=False))) == 1100
        assert rows[3].vector == pytest.approx(entries[6].vector, abs=1e-6)
        assert (rows[3].hash, rows[3].model, rows[3].metadata["gain"]) == (entries[6].hash, "m1", "50%")
        best = remote.nearest(entries[8].vector or (), limit=3)
        assert best[0].key == entries[8].key
        assert best[0].similarity == pytest.approx(1.0, abs=1e-5)
        assert best[0].similarity > best[1].similarity >= best[2].similarity
        (first, *_) = remote.nearest(entries[9].vector or (), shared_only=False)
        assert first.key == entries[9].key
        assert remote.nearest(entries[8].vector or (), company="empresa-b") == []
        assert remote.nearest(entries[8].vector or (), kind="pattern") == []
        assert len(remote.nearest(entries[8].vector or (), limit=5000)) == 200

    def test_a_technology_and_a_time_choose_before_the_nearest_are_taken(self, place: MemoryPlace) -> None:
        named = [{"technologies": ["Redis", "COBOL"]}, {"technology": "cobol"}, {"technologies": "Cobol"}, {}]
        entries = [place.entry(body=f"texto {n}", shared=True, metadata=m) for n, m in enumerate(named)]
        remote = place.remote()
        done(remote.create([place.entry(body=f"java {n}", shared=True) for n in range(300)] + entries))

        def found(**filters: Any) -> set[str]:
            return {row.content for row in remote.nearest(entries[3].vector or (), limit=3, **filters)}

        assert found(technology="cobol") == {"texto 0", "texto 1", "texto 2"}
        assert found(technology="cob") == set() == found(since="2999-01-01T00:00:00+00:00")
        assert len(found(since="2020-01-01T00:00:00+00:00")) == 3

    def test_a_vector_is_needed(self, place: MemoryPlace) -> None:
        short = Entry("k", "insight", "a", "t", "b", "h", vector=[1.0, 2.0])
        nan = Entry("n", "insight", "a", "t", "b", "h", vector=[float("nan")] * 384)
        none = Entry("m", "insight", "a", "t", "b", "h")
        results = list(place.remote().create([short, place.entry(), none, nan]))
        assert [isinstance(r, Refused) for r in results] == [True, False, True, True]

    def test_people_own_shared(self, place: MemoryPlace) -> None:
        remote, entry = place.remote(), place.entry(shared=False)
        (made,) = done(remote.create([entry]))
        assert remote.share([entry.key]) == 1
        assert remote.share([entry.key]) == 0
        (seen,) = remote.find([entry.key]).values()
        assert not seen.edited
        done(remote.update([(seen, changed(entry, "novo"))]))
        assert [r.content for r in remote.rows()] == ["novo"]
        assert made.ref == seen.ref

    def test_a_damaged_file_is_said_so(self, place: MemoryPlace) -> None:
        done(place.remote().create([place.entry()]))
        (place.base / "memory.db").write_bytes(b"not a database, not at all" * 100)
        with pytest.raises(TransientError, match=r"memory\.db"):
            place.remote().find(["k"])

    def test_nothing_there_yet(self, place: MemoryPlace) -> None:
        with pytest.raises(AbsentError):  # no file is not an empty memory: the share may be away
            list(place.remote().rows())
        assert place.remote().nearest(unit_vector("x")) == []
        assert not place.base.exists()


def _issues(base: Path) -> FolderPlace:
    return FolderPlace(base, lambda b: FolderIssues(b, name="group.issues"))


def _many(base: Path, worker: int) -> None:
    place = _issues(base)
    mine = [place.entry(f"t{worker}-{n}", key=f"k{worker}-{n}") for n in range(12)]
    both = [place.entry(f"comum {n}", key=f"comum-{n}") for n in range(5)]
    done(place.remote().create(mine + both))
    memory = MemoryPlace(base)
    rows = [memory.entry(f"t{worker}-{n}", key=f"k{worker}-{n}") for n in range(12)]
    done(memory.remote().create([*rows, memory.entry("c", key="comum")]))


def test_processes_share_the_numbers(tmp_path: Path) -> None:
    base = tmp_path / "grupo"
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_many, args=(base, n)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [w.exitcode for w in workers] == [0] * 4
    place = _issues(base)
    ids = [f.id for f in place.remote().objects()]
    assert ids == [f"ORCH-{n}" for n in range(1, 4 * 12 + 5 + 1)]
    assert place.count() == 4 * 12 + 5
    assert MemoryPlace(base).count() == 4 * 12 + 1


def test_a_number_is_not_given_twice(tmp_path: Path) -> None:
    place = _issues(tmp_path / "g")
    remote = place.remote()
    first, second = done(remote.create([place.entry(), place.entry()]))
    done(remote.retract([second]))
    (third,) = done(remote.create([place.entry()]))
    assert [first.ref, second.ref, third.ref] == ["ORCH-1", "ORCH-2", "ORCH-3"]
    (tmp_path / "g/issues/ORCH/.last").unlink()
    (fourth,) = done(remote.create([place.entry()]))
    assert fourth.ref == "ORCH-4"


def test_file_names_are_readable_and_harmless(tmp_path: Path) -> None:
    place = _issues(tmp_path / "g")
    done(place.remote().create([place.entry("[empresa-a] Solução: cache/Redis"), place.entry("../../x")]))
    done(place.remote().create([place.entry(title=t) for t in HOSTILE]))
    names = [p.relative_to(tmp_path).as_posix() for p in place.files()]
    assert "g/issues/ORCH/ORCH-1 empresa-a Solução cache Redis.md" in names
    assert "g/issues/ORCH/ORCH-2 x.md" in names
    assert all(re.fullmatch(r"g/issues/ORCH/ORCH-\d+( [\w\- ]+)?\.md", n) for n in names)
    assert all(len(os.fsencode(n.rsplit("/", 1)[1])) < 180 for n in names)
    assert file_name("é" * 500).encode() == "é".encode() * 60


def test_no_file_holds_a_control_character(tmp_path: Path) -> None:
    place = _issues(tmp_path / "g")
    done(place.remote().create([place.entry(title=t, body=t, labels=(t,), metadata={t: t}) for t in HOSTILE]))
    for path in place.files():
        text = path.read_text()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", text), (
            path
        )
        assert text.partition("\n---\n")[0].count("\n") == 13


def test_a_person_may_set_the_status_and_rename(tmp_path: Path) -> None:
    place = _issues(tmp_path / "g")
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    path = place.file(made)
    text = path.read_text().replace('status: "open"', "status: done").replace("\n", "\r\n")
    path.unlink()
    path.with_name("renomeado.md").write_text(text, newline="")
    (seen,) = remote.find([entry.key]).values()
    assert (seen.status, seen.edited, seen.ref) == ("done", False, "ORCH-1")
    assert seen.version != made.version
    (after,) = done(remote.update([(seen, changed(entry, "novo"))]))
    assert (after.status, place.count()) == ("done", 1)


def test_a_title_edited_by_a_person_is_seen(tmp_path: Path) -> None:
    place = _issues(tmp_path / "g")
    (made,) = done(place.remote().create([place.entry("Antes")]))
    path = place.file(made)
    path.write_text(path.read_text().replace('title: "Antes"', "title: Depois"))
    assert place.remote().find([made.key])[made.key].edited


def test_a_missing_share_is_transient(tmp_path: Path) -> None:
    away = tmp_path / "mnt" / "grupo"
    for remote in (FolderIssues(away, name="i"), FolderMemory(away, name="m")):
        entry = MemoryPlace(away).entry()
        for call in (lambda r=remote: r.find(["k"]), lambda r=remote, e=entry: list(r.create([e]))):
            with pytest.raises(TransientError) as caught:
                call()
            assert not caught.value.in_doubt
    assert not (tmp_path / "mnt").exists()


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    outside, base = tmp_path / "fora", tmp_path / "g"
    outside.mkdir()
    base.mkdir()
    (base / "issues").symlink_to(outside)
    place = _issues(base)
    with pytest.raises(TransientError):
        done(place.remote().create([place.entry()]))
    assert not list(outside.rglob("*.md"))


def test_a_failed_write_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = _issues(tmp_path / "g")
    (made,) = done(place.remote().create([place.entry(body="antes")]))
    before = place.state()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TransientError, match="No space left"):
        done(place.remote().update([(made, changed(place.entry(key=made.key), "depois"))]))
    assert place.state() == before
    assert not list(tmp_path.rglob(".new-*"))


def test_pages_lie_below_their_parents(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "g", lambda b: FolderPages(b, name="group.pages"))
    leaf = place.entry("Cache: Redis", key="leaf", parent="middle")
    middle = place.entry("Soluções", key="middle", parent="top")
    top = place.entry("Empresa A", key="top")
    twin = place.entry("Cache / Redis", key="twin", parent="middle")
    orphan = place.entry("Sem mãe", key="orphan", parent="nowhere")
    results = list(place.remote().create([leaf, twin, orphan, middle, top]))
    assert [r.key for r in results if isinstance(r, Refused)] == ["orphan"]
    names = [p.relative_to(tmp_path / "g/pages/ORCH").as_posix() for p in place.files()]
    assert names[:2] == ["Empresa A.md", "Empresa A/Soluções.md"][:2] or "Empresa A.md" in names
    assert "Empresa A/Soluções/Cache Redis.md" in names
    assert any(re.fullmatch(r"Empresa A/Soluções/Cache Redis \[[0-9a-f]{8}\]\.md", n) for n in names)
    assert len(names) == 4


def test_pull_requests(tmp_path: Path) -> None:
    pushed: list[str] = []

    def push(entry: Entry) -> str:
        pushed.append(entry.key)
        return "orch/share/auth"

    forge = FolderForge(tmp_path / "g", name="group.forge", push=push)
    entry = Entry("c1", "component", "empresa-a", "Compartilhar auth", "corpo", "h1")
    (made,) = done(forge.create([entry]))
    assert pushed == ["c1"]
    done(forge.create([entry]))
    assert pushed == ["c1"], "an adopted pull request is not pushed again"
    (file,) = forge.objects()
    assert (file.head["head"], file.head["base"], made.status) == ("orch/share/auth", "main", "open")
    first = forge.create_pr("T", "B", "orch/share/x", "main")
    assert forge.create_pr("T", "B", "orch/share/x", "main").ref == first.ref
    assert forge.create_pr("T", "B", "orch/share/y", "main").ref != first.ref


def test_pull_requests_that_people_ended(tmp_path: Path) -> None:
    place = FolderPlace(
        tmp_path / "g", lambda b: FolderForge(b, name="f", push=lambda e: f"orch/share/{e.key}")
    )
    remote, entries = place.remote(), [place.entry() for _ in range(2)]
    made = done(remote.create(entries))
    for observed, status in zip(made, ("merged", "closed"), strict=True):
        path = place.file(observed)
        path.write_text(path.read_text().replace('status: "open"', f"status: {status}"))
    found = remote.find([e.key for e in entries])
    assert [found[e.key].status for e in entries] == ["merged", "closed"]
    taken = list(remote.retract([found[entries[0].key]]))
    assert [isinstance(r, Refused) for r in taken] == [True]
    newer = [(found[e.key], changed(e, "versão 2")) for e in entries]
    first, second = remote.update(newer)
    assert first.observed.status == "open"
    assert isinstance(second, Refused)
    assert second.conflict


def test_a_pull_request_outlives_a_branch_that_could_not_be_deleted(tmp_path: Path) -> None:
    """The branch goes first: without the file nothing would lead to it any more."""
    answers: list[OrchError] = [TransientError("no network"), PermanentError("left there")]

    def unpush(_branch: str) -> None:
        if answers:
            raise answers.pop(0)

    forge = FolderForge(tmp_path / "g", name="f", push=lambda _e: "orch/share/auth", unpush=unpush)
    (made,) = done(forge.create([Entry("c1", "component", "empresa-a", "T", "corpo", "h1")]))
    with pytest.raises(TransientError):
        list(forge.retract([made]))
    (left,) = forge.retract([made])
    assert isinstance(left, Refused) and left.reason == "left there" and list(forge.find(["c1"])) == ["c1"]
    assert len(done(forge.retract([made]))) == 1 and not forge.find(["c1"])


def test_a_pull_request_that_a_person_changed_keeps_its_branch(tmp_path: Path) -> None:
    deleted: list[str] = []
    forge = FolderForge(tmp_path / "g", name="f", push=lambda _e: "orch/share/auth", unpush=deleted.append)
    (made,) = done(forge.create([Entry("c1", "component", "empresa-a", "T", "corpo", "h1")]))
    (file,) = (tmp_path / "g").rglob("PR*.md")
    file.write_text(file.read_text("utf-8") + "\nMaria: ainda não, estou revisando\n", "utf-8")
    (left,) = forge.retract([made])
    assert isinstance(left, Refused) and left.conflict and not deleted and file.exists()


@pytest.mark.parametrize("action", ["create", "update", "retract"])
def test_what_is_there_and_may_not_be_on_the_disk_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """The new text stands under its own name, not under one that tells what was taken out of it."""
    place = _issues(tmp_path / "g")
    entry = place.entry("Fila do cliente Acme Secreta travou")
    made = [] if action == "create" else done(place.remote().create([entry]))
    wished = replace(changed(entry, "novo"), title="Fila do cliente [confidencial] travou")

    def broken(_path: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("orchestrator.reconcile.remotes.folder.flush", broken)
    calls = {
        "create": lambda: place.remote().create([wished]),
        "update": lambda: place.remote().update([(made[0], wished)]),
        "retract": lambda: place.remote().retract(made),
    }
    with pytest.raises(TransientError, match="Input/output") as caught:
        list(calls[action]())
    assert caught.value.in_doubt
    names = [path.name for path in (tmp_path / "g").rglob("*.md")]
    assert names == ([] if action == "retract" else ["ORCH-1 Fila do cliente confidencial travou.md"])
