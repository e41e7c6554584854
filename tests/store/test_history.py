"""History is a cache in DuckDB: complete, idempotent, private, and rebuilt when it is damaged."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import LockedError, OrchError, UsageError
from orchestrator.model import Commit, FileChange
from orchestrator.store.history import BATCH, History


def commit(n: int, **changed: object) -> Commit:
    values = {
        "id": f"{n:040x}",
        "parents": (f"{n - 1:040x}",) if n else (),
        "author": "Ana",
        "email": "ana@example.com",
        "authored_at": "2026-11-22T20:07:40Z",
        "committed_at": "2026-11-22T20:07:41Z",
        "message": f"feat: number {n}\n\nbody",
        "files": (FileChange("a.py", "A", "1" * 40), FileChange("c.py", "R", "2" * 40, "2" * 40, "b.py")),
    }
    return Commit(**{**values, **changed})  # type: ignore[arg-type]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "orch" / "history.duckdb", lock_seconds=0.5)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orch" / "history.duckdb"


def test_what_goes_in_comes_out(history: History) -> None:
    odd = commit(1, message="", files=(), parents=("a", "b"), authored_at="9999-12-31T23:59:59Z")
    assert history.add([commit(0), odd]) == 2
    columns, rows = history.query(
        "SELECT id, subject, year(authored_at) AS y, parents FROM commits ORDER BY id"
    )
    assert columns == ["id", "subject", "y", "parents"]
    assert rows == [("0" * 40, "feat: number 0", 2026, 0), (f"{1:040x}", "", 9999, 2)]
    assert history.query("SELECT parent FROM parents ORDER BY position")[1] == [("a",), ("b",)]
    assert history.query("SELECT path, status, blob, old_blob, old_path FROM file_changes ORDER BY path")[
        1
    ] == [
        ("a.py", "A", "1" * 40, "", ""),
        ("c.py", "R", "2" * 40, "2" * 40, "b.py"),
    ]


def test_adding_again_changes_nothing(history: History) -> None:
    assert history.add([commit(0), commit(1), commit(1)]) == 2
    assert history.add([commit(1), commit(2)]) == 1
    assert history.add([]) == 0
    assert history.count() == 3
    assert history.query("SELECT count(*) FROM file_changes")[1] == [(6,)]
    assert history.query("SELECT count(*) FROM parents")[1] == [(2,)]


def test_more_than_a_batch_of_a_stream(history: History) -> None:
    def stream() -> Iterator[Commit]:
        yield from (commit(n) for n in range(BATCH + 3))

    assert history.add(stream()) == BATCH + 3
    assert history.count() == BATCH + 3


def test_catching_up_reads_only_what_is_new_and_all_after_a_loss(history: History, file: Path) -> None:
    asked: list[tuple[list[str], list[str]]] = []

    def read(tips: Iterable[str], before: Iterable[str]) -> Iterator[Commit]:
        asked.append((list(tips), list(before)))
        yield from (commit(n) for n in range(int(max(asked[-1][1], default="0")), int(max(asked[-1][0]))))

    assert history.catch_up({"main": "3", "old": "1"}, read) == 3
    assert history.catch_up({"main": "3", "old": "1"}, read) == 0
    assert history.catch_up({"main": "5"}, read) == 2
    assert asked == [(["3", "1"], []), (["5"], ["3", "1"])]
    assert history.tips() == {"main": "5"}
    history.forget()
    assert history.catch_up({"main": "5"}, read) == 5


def test_a_loss_while_catching_up_is_not_taken_for_complete(history: History, file: Path) -> None:
    history.catch_up({"main": "2"}, lambda _t, _b: [commit(0), commit(1)])

    def read(_tips: Iterable[str], before: Iterable[str]) -> Iterator[Commit]:
        if before:
            file.write_bytes(b"damage" * 9000)
            yield commit(2)
        else:
            yield from (commit(n) for n in range(3))

    history.catch_up({"main": "3"}, read)
    assert history.tips() == {}
    history.catch_up({"main": "3"}, read)
    assert history.count() == 3


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"])), min_size=1, max_size=5))
@settings(max_examples=10, deadline=None)
def test_any_text_is_stored_as_it_is(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    history = History(tmp_path_factory.mktemp("h") / "h.duckdb")
    history.add(commit(n, message=t, files=(FileChange(t, "A"),)) for n, t in enumerate(texts))
    found = history.query(
        "SELECT message, path FROM commits JOIN file_changes ON id = commit_id ORDER BY id"
    )[1]
    assert found == [(t, t) for t in texts]


DAMAGE = {
    "not a database": b"this is not a database, and it is long enough to hold a header" * 100,
    "empty": b"",
    "cut": None,
    "header": None,
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_begins_anew(history: History, file: Path, kind: str) -> None:
    history.add(commit(n) for n in range(2000))
    data = file.read_bytes()
    changed = {"cut": data[: len(data) // 2], "header": b"\xff" * 8192 + data[8192:]}
    file.write_bytes(changed.get(kind, DAMAGE[kind] or b""))
    assert history.add([commit(1)]) == 1
    assert history.count() == 1


def test_damage_inside_is_said_and_the_next_call_begins_anew(history: History, file: Path) -> None:
    history.add(commit(n, message=os.urandom(40).hex()) for n in range(2500))
    data = bytearray(file.read_bytes())
    for at in range(3 * 4096 + 2000, len(data), 20_000):
        data[at] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(OrchError, match=r"damaged|danific") as caught:
        for table in ("commits", "file_changes", "parents"):
            history.query(f"SELECT sum(length(t::VARCHAR)) FROM {table} t")
    assert not isinstance(caught.value, UsageError)
    assert history.count() == 0


def test_another_version_begins_anew(history: History, file: Path) -> None:
    history.add([commit(0), commit(1)])
    with duckdb.connect(str(file)) as db:
        db.execute("UPDATE meta SET version = 99")
    assert history.count() == 0
    with duckdb.connect(str(file)) as db:
        db.execute("DROP TABLE meta; CREATE TABLE meta(other VARCHAR)")
    assert history.add([commit(0)]) == 1
    assert history.count() == 1


def test_a_link_is_not_followed(history: History, file: Path, tmp_path: Path) -> None:
    precious = History(tmp_path / "precious" / "history.duckdb")
    precious.add([commit(7)])
    file.parent.mkdir()
    file.symlink_to(tmp_path / "precious" / "history.duckdb")
    history.add([commit(0), commit(1)])
    assert not file.is_symlink()
    assert (history.count(), precious.count()) == (2, 1)


def test_only_its_owner_can_read_it(history: History, file: Path) -> None:
    before = os.umask(0o022)
    try:
        history.add([commit(0)])
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.with_suffix(".lock").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY commits TO '{tmp}/out.csv'",
        "EXPORT DATABASE '{tmp}/out'",
        "ATTACH '{tmp}/other.duckdb' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "DELETE FROM commits",
        "CREATE TABLE x(a INT)",
        "UPDATE commits SET author = 'x'",
        "SELEC 1",
        "SELECT * FROM nowhere",
    ],
)
def test_a_question_cannot_write_or_reach_out(history: History, tmp_path: Path, sql: str) -> None:
    history.add([commit(0)])
    with pytest.raises(UsageError):
        history.query(sql.format(tmp=tmp_path))
    assert history.count() == 1
    assert {p.name for p in tmp_path.iterdir()} == {"orch"}


def test_parameters_are_data(history: History) -> None:
    history.add([commit(0)])
    assert history.query("SELECT $1 FROM commits", ["'; DROP TABLE commits; --"])[1] == [
        ("'; DROP TABLE commits; --",)
    ]


@pytest.mark.parametrize("name", ["folder/history.duckdb", "file/history.duckdb"])
def test_a_place_that_cannot_be_used_is_a_plain_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder/history.duckdb").mkdir(parents=True)
    (tmp_path / "file").touch()
    with pytest.raises(OrchError, match="DuckDB"):
        History(tmp_path / name).add([commit(0)])


def test_a_full_disk_is_a_plain_sentence(tmp_path: Path) -> None:
    """By a limit on the size of files, which is what a full disk looks like to DuckDB."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from orchestrator.errors import OrchError\n"
        "from orchestrator.store.history import History; from tests.store.test_history import commit\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try: History(Path(sys.argv[1])).add(commit(n) for n in range(3000))\n"
        "except OrchError as error: print('said:', error.message)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "history.duckdb")]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.stdout.startswith("said:"), done.stderr


def test_forgetting(history: History, file: Path) -> None:
    history.forget()
    history.add([commit(0)])
    history.forget()
    assert not file.exists()
    assert history.count() == 0


HOLD = "import duckdb, sys, time; db = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"


def test_a_process_that_holds_the_file_is_waited_for_then_named(history: History, file: Path) -> None:
    history.add([commit(0)])
    with subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        began = time.monotonic()
        with pytest.raises(LockedError):
            history.count()
        assert time.monotonic() - began >= 0.4
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert history.count() == 1  # and nothing was thrown away


ADD = """
import sys
from pathlib import Path
from orchestrator.store.history import History
from tests.store.test_history import commit
start = int(sys.argv[2])
for n in range(start, start + 20, 5):
    History(Path(sys.argv[1])).add(commit(k) for k in range(n, n + 5))
"""


def test_writers_take_turns(history: History, file: Path) -> None:
    """Ranges overlap: every commit is there once. Without our lock 92 % of such writes failed."""
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen([sys.executable, "-c", ADD, str(file), str(n * 10)], cwd=root) for n in range(3)
    ]
    assert [w.wait(60) for w in writers] == [0, 0, 0]
    assert history.query("SELECT count(*), count(DISTINCT id) FROM commits")[1] == [(40, 40)]
    assert history.query("SELECT count(*) FROM file_changes")[1] == [(80,)]


def test_killed_while_adding_it_is_whole_and_can_go_on(history: History, file: Path) -> None:
    root = Path(__file__).parents[2]
    code = ADD.replace("start + 20, 5", "start + 100_000, 50").replace("n + 5)", "n + 50)")
    with subprocess.Popen([sys.executable, "-c", code, str(file), "0"], cwd=root) as writer:
        time.sleep(1.5)
        writer.send_signal(signal.SIGKILL)
    patient = History(file)
    stored = patient.count()
    assert patient.query("SELECT count(*) FROM file_changes")[1] == [(2 * stored,)]
    assert patient.add(commit(n) for n in range(stored + 10)) == 10
