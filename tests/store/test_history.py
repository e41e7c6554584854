"""History is a cache in DuckDB: complete, idempotent, private, and rebuilt when it is damaged."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from itertools import count
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import LockedError, OrchError, UsageError
from orchestrator.git.fields import flat
from orchestrator.git.lines import CountedCommit
from orchestrator.git.log_text import RECORD, LogText
from orchestrator.store.history import History
from orchestrator.store.history_file import HistoryFile
from orchestrator.store.history_load import FEW
from orchestrator.store.history_reading import Prepare
from orchestrator.store.history_rows import Batch, Declared


def name(n: int) -> str:
    return f"{n:040x}"


def commit(n: int, **changed: str) -> LogText:
    """A commit as `git.log_text` tells it."""
    values = {
        "id": f"{n:040x}",
        "parents": f"{n - 1:040x}" if n else "",
        "author": "Ana",
        "email": "ana@example.com",
        "authored": "1795378060",
        "committed": "1795378061",
        "message": f"feat: number {n}\n\nbody",
        "files": "\n\nA\ta.py\nR100\tb.py\tc.py\n",
    }
    return LogText((RECORD + "\0".join(("mark", *(values | changed).values()))).encode())


def ids(log: LogText) -> list[str]:
    return [this for this, _files in log.files()]


def add(history: History, commits: Iterable[LogText], prepare: Prepare = Batch) -> int:
    """Read these commits, whatever was read before, as a repository whose tip is the last of them."""
    stream = iter(commits)

    def read(_tips: Iterable[str], _stored: Iterable[str]) -> Generator[LogText, None, None]:
        yield from stream

    return history.catch_up({f"tip {os.getpid()} {next(COUNT)}": "x"}, read, prepare=prepare)


COUNT = count()


def iter_of(*commits: LogText) -> Generator[LogText, None, None]:
    yield from commits


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "orch" / "history.duckdb", lock_seconds=0.5)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orch" / "history.duckdb"


def test_what_goes_in_comes_out(history: History) -> None:
    odd = commit(1, message="", files="", parents="a b", authored="9" * 20)
    assert add(history, [commit(0), odd]) == 2
    answer = history.answers.query(
        "SELECT id, subject, year(authored_at) AS y, parents FROM commits ORDER BY id"
    )
    assert answer.columns == ["id", "subject", "y", "parents"]
    assert answer.rows == [("0" * 40, "feat: number 0", 2026, 0), (f"{1:040x}", "", 9999, 2)]
    assert history.answers.query("SELECT parent FROM parents ORDER BY position").rows == [("a",), ("b",)]
    assert history.answers.query(
        "SELECT path, status, old_path, added FROM file_changes ORDER BY path"
    ).rows == [("a.py", "A", "", None), ("c.py", "R", "b.py", None)]


def test_adding_again_changes_nothing(history: History) -> None:
    assert add(history, [commit(0), commit(1)]) == 2
    assert add(history, [commit(1), commit(2)]) == 1
    assert add(history, []) == 0
    assert history.count() == 3
    assert history.answers.query("SELECT count(*) FROM file_changes").rows == [(6,)]
    assert history.answers.query("SELECT count(*) FROM parents").rows == [(2,)]


def test_more_than_a_batch_of_a_stream(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.store.history_rows.WEIGHT", 1000)
    prepared: list[int] = []

    def prepare(log: LogText) -> Batch:
        prepared.append(log.number())
        return Batch(log)

    assert add(history, (commit(n) for n in range(50)), prepare) == 50
    assert history.count() == 50
    assert sum(prepared) == 50
    assert len(prepared) > 5


class Line:
    """A history of one line, read as git would: the newest first, what the tips reach and `stored` do not."""

    def __init__(self, length: int = 0) -> None:
        self.length = length
        self.asked: list[tuple[list[str], list[str]]] = []

    def tips(self) -> dict[str, str]:
        return {"main": name(self.length - 1)}

    def read(self, tips: Iterable[str], stored: Iterable[str]) -> Generator[LogText, None, None]:
        self.asked.append((sorted(tips), sorted(stored)))
        newest, known = (max((int(i, 16) for i in part), default=-1) for part in self.asked[-1])
        yield from (commit(n) for n in range(newest, known, -1))


PART = 10  # commits of a batch in the tests of readings that end early


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.store.history_rows.WEIGHT", PART * len(commit(1).text))


def test_catching_up_reads_only_what_is_new_and_all_after_a_loss(history: History) -> None:
    line = Line(3)
    assert history.catch_up(line.tips(), line.read) == 3
    assert history.catch_up(line.tips(), line.read) == 0
    line.length = 5
    assert history.catch_up(line.tips(), line.read) == 2
    assert line.asked == [([name(2)], []), ([name(4)], [name(2)])]
    assert history.tips() == line.tips()
    history.forget()
    assert history.catch_up(line.tips(), line.read) == 5


class KilledError(Exception):
    pass


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("more", [0, 7])
def test_a_reading_that_was_killed_goes_on_where_it_was(
    history: History, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    """Also when the tip has moved on meanwhile, whether it was a first reading or not."""
    monkeypatch.setattr("orchestrator.store.history_reading.TRANSACTION", 1)  # one for each batch
    line, done = Line(5), 0
    assert history.catch_up(line.tips(), line.read) == 5
    line.length, line.asked = 5 + 3 * PART, []

    def killed(so_far: int) -> None:
        nonlocal done
        done = so_far
        if done >= 2 * PART:
            raise KilledError

    with pytest.raises(KilledError):
        history.catch_up(line.tips(), line.read, on_progress=killed)
    assert history.tips() == {"main": name(4)}
    assert 2 * PART <= done < 3 * PART
    line.length += more
    assert history.catch_up(line.tips(), line.read) == 3 * PART + more - done
    newest = 5 + 3 * PART - 1
    assert line.asked[1:] == [
        ([name(newest - done)], [name(4)]),
        ([name(newest + more)], [name(4), name(newest)]),
    ]
    assert history.answers.query("SELECT count(*), count(DISTINCT id) FROM commits").rows == [
        (line.length,) * 2
    ]
    assert history.catch_up(line.tips(), line.read) == 0


@pytest.mark.usefixtures("small_batches")
def test_a_kill_within_a_transaction_takes_it_back_as_a_whole(history: History) -> None:
    """A reading stores several batches together: rows without how far they go would be stored twice."""
    line = Line(2 * PART)

    def killed(log: LogText) -> Batch:
        if name(0) in ids(log):
            raise KeyboardInterrupt
        return Batch(log)

    with pytest.raises(KeyboardInterrupt):
        history.catch_up(line.tips(), line.read, prepare=killed)
    assert history.count() == 0
    assert history.catch_up(line.tips(), line.read) == 2 * PART


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("loss", ["deleted", "damaged"])
def test_a_file_that_is_lost_while_it_is_filled_is_filled_from_the_start(
    history: History, file: Path, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the file open has a lock; between two sessions anybody may take it away."""
    line = Line(3 * PART)
    lost = []

    def prepare(log: LogText) -> Batch:
        if name(3 * PART - 1) not in ids(log) and not lost:
            lost.append(file.unlink() if loss == "deleted" else file.write_bytes(b"damage" * 9000))
        return Batch(log)

    monkeypatch.setattr("orchestrator.store.history_reading.SESSION_SECONDS", 0.0)
    assert history.catch_up(line.tips(), line.read, prepare=prepare) == 3 * PART
    assert lost
    assert history.tips() == line.tips()
    assert history.answers.query("SELECT count(*), count(DISTINCT id) FROM commits").rows == [(3 * PART,) * 2]


def test_a_deepened_shallow_clone_is_read_anew(history: History) -> None:
    history.catch_up({"main": "a"}, lambda _t, _s: iter_of(commit(7, parents="")), boundary="cut at 7")
    line = Line(9)
    assert history.catch_up(line.tips(), line.read, boundary="") == 9
    assert line.asked == [([name(8)], [])]


def test_lines_are_counted_once_and_newest_first(history: History) -> None:
    moved = "D\tc.py\nA\td.py\nM\tc.png\nM\tsame.py"
    add(
        history,
        [
            commit(0, committed="10"),
            commit(1, committed="20", files=moved),
            commit(2, committed="20", files=""),
        ],
    )
    assert history.backlog.uncounted(10) == ([name(1), name(0)], 2)
    assert history.backlog.uncounted(1) == ([name(1)], 2)
    assert history.backlog.uncounted(9, since="1970-01-01T00:00:15") == ([name(1)], 1)
    lines = "4\t2\td.py\tc.py\0-\t-\tc.png"
    counted = [CountedCommit(name(1), lines), CountedCommit("f" * 40, lines), CountedCommit(name(0), None)]
    assert history.backlog.put_lines(counted) == 2
    assert history.backlog.put_lines([CountedCommit(name(1), "9\t9\td.py")]) == 0
    assert history.backlog.uncounted_number() == 0
    changed = (
        "SELECT path, status, old_path, added, deleted FROM file_changes WHERE commit_id = $1 ORDER BY path"
    )
    assert history.answers.query(changed, [name(1)]).rows == [
        ("c.png", "M", "", None, None),
        ("d.py", "R", "c.py", 4, 2),
        ("same.py", "M", "", None, None),
    ]
    assert {r[3:] for r in history.answers.query(changed, [name(0)]).rows} == {(None, None)}
    states = history.answers.query("SELECT commit_id, state FROM line_counts ORDER BY 1").rows
    assert states == [(name(0), "unknown"), (name(1), "counted")]


def test_what_is_known_of_a_batch_is_stored_with_it(history: History) -> None:
    declared = Declared(
        "5" * 40, "npm", "loja", "1.0", (("react", "^18", "runtime"), ("jest", "", "development"))
    )

    def prepare(log: LogText) -> Batch:
        counted = [CountedCommit(name(0), "7\t0\td.py\tc.py")]
        return Batch(log, counted, [(name(1), "package.json", "5" * 40)], [declared, declared])

    first = commit(0, files="D\tc.py\nA\td.py")
    others = (commit(n, files="A\tpackage.json", committed=str(n)) for n in (1, 2, 3))
    add(history, [first, *others, commit(4, files="D\tpackage.json")], prepare)
    lines = "SELECT path, status, added FROM file_changes WHERE added IS NOT NULL"
    assert history.answers.query(lines).rows == [("d.py", "R", 7)]
    assert history.answers.query("SELECT count(*) FROM file_changes").rows == [(5,)]
    assert history.answers.query("SELECT name, version, scope FROM dependencies ORDER BY 1").rows == [
        ("jest", "", "development"),
        ("react", "^18", "runtime"),
    ]
    assert history.backlog.unread("^package") == [(name(3), "package.json"), (name(2), "package.json")]
    again = Declared("6" * 40, "npm", "outra", "", ())
    history.backlog.put_declared([declared, again], [(name(3), "package.json", "6" * 40)])
    assert history.backlog.unread("^package") == [(name(2), "package.json")]
    assert history.answers.query("SELECT name FROM manifests ORDER BY 1").rows == [("loja",), ("outra",)]


def test_lines_of_a_commit_that_is_told_again_wait_for_the_backfill(history: History) -> None:
    """As when a killed reading is gone on with: its rows are there, without lines."""
    add(history, [commit(0, files="A\ta.py")])
    counted = [CountedCommit(name(n), "7\t0\ta.py") for n in (0, 1)]
    again = [commit(n, files="A\ta.py") for n in (0, 1)]
    assert add(history, again, lambda log: Batch(log, counted)) == 1
    assert history.backlog.uncounted(9) == ([name(0)], 1)
    assert history.backlog.put_lines(counted) == 1
    assert history.answers.query("SELECT commit_id, added FROM file_changes ORDER BY 1").rows == [
        (name(0), 7),
        (name(1), 7),
    ]


def test_many_rows_and_few_are_stored_alike(tmp_path: Path) -> None:
    """Through numpy, and through lists."""
    found = []
    for number in (2, FEW + 2):
        history = History(tmp_path / f"{number}.duckdb")
        add(history, [commit(n) for n in range(2)])
        history.backlog.put_declared(
            [Declared("5" * 40, "npm", "loja", "1", tuple((f"n{n}", "", "test") for n in range(number)))], []
        )
        dependencies = "FROM dependencies WHERE name = 'n1'"
        found.append(history.answers.query(dependencies).rows)
        assert history.answers.query("SELECT count(*) FROM dependencies").rows == [(number,)]
    assert found[0] == found[1] == [("5" * 40, "npm", "n1", "", "test")]


TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\x1e")
)  # neither comes through


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(max_examples=10, deadline=None)
def test_any_text_is_stored_as_it_is(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    history = History(tmp_path_factory.mktemp("h") / "h.duckdb")
    paths = [flat(text) or "x" for text in texts]
    files = [f"\n\nA\t{path}\n" for path in paths]
    add(history, (commit(n, message=t, files=f) for n, (t, f) in enumerate(zip(texts, files, strict=True))))
    found = history.answers.query(
        "SELECT message, path FROM commits JOIN file_changes ON id = commit_id ORDER BY id"
    ).rows
    assert found == [(text.strip("\n"), path) for text, path in zip(texts, paths, strict=True)]


DAMAGE = {
    "not a database": b"this is not a database, and it is long enough to hold a header" * 100,
    "empty": b"",
    "cut": None,
    "header": None,
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_begins_anew(history: History, file: Path, kind: str) -> None:
    add(history, (commit(n) for n in range(2000)))
    data = file.read_bytes()
    changed = {"cut": data[: len(data) // 2], "header": b"\xff" * 8192 + data[8192:]}
    file.write_bytes(changed.get(kind, DAMAGE[kind] or b""))
    assert add(history, [commit(1)]) == 1
    assert history.count() == 1


def test_damage_inside_is_said_and_the_next_call_begins_anew(history: History, file: Path) -> None:
    add(history, (commit(n, message=os.urandom(40).hex()) for n in range(2500)))
    data = bytearray(file.read_bytes())
    for at in range(len(data) // 4, len(data), 5_000):
        data[at] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(OrchError, match=r"damaged|danific") as caught:
        for table in ("commits", "file_changes", "parents"):
            history.answers.query(f"SELECT sum(length(t::VARCHAR)) FROM {table} t")
    assert not isinstance(caught.value, UsageError)
    assert history.count() == 0


def test_another_version_begins_anew(history: History, file: Path) -> None:
    add(history, [commit(0), commit(1)])
    with duckdb.connect(str(file)) as db:
        db.execute("UPDATE meta SET version = 99")
    assert history.count() == 0
    with duckdb.connect(str(file)) as db:
        db.execute("DROP TABLE meta; CREATE TABLE meta(other VARCHAR)")
    assert add(history, [commit(0)]) == 1
    assert history.count() == 1


def test_a_link_is_not_followed(history: History, file: Path, tmp_path: Path) -> None:
    precious = History(tmp_path / "precious" / "history.duckdb")
    add(precious, [commit(7)])
    file.parent.mkdir()
    file.symlink_to(tmp_path / "precious" / "history.duckdb")
    add(history, [commit(0), commit(1)])
    assert not file.is_symlink()
    assert (history.count(), precious.count()) == (2, 1)


def test_only_its_owner_can_read_it(history: History, file: Path) -> None:
    before = os.umask(0o022)
    try:
        add(history, [commit(0)])
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
    add(history, [commit(0)])
    with pytest.raises(UsageError):
        history.answers.query(sql.format(tmp=tmp_path))
    assert history.count() == 1
    assert {p.name for p in tmp_path.iterdir()} == {"orch"}


def test_parameters_are_data(history: History) -> None:
    add(history, [commit(0)])
    assert history.answers.query("SELECT $1 FROM commits", ["'; DROP TABLE commits; --"]).rows == [
        ("'; DROP TABLE commits; --",)
    ]


@pytest.mark.parametrize("name", ["folder/history.duckdb", "file/history.duckdb"])
def test_a_place_that_cannot_be_used_is_a_plain_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder/history.duckdb").mkdir(parents=True)
    (tmp_path / "file").touch()
    with pytest.raises(OrchError, match="DuckDB"):
        add(History(tmp_path / name), [commit(0)])


def test_a_full_disk_is_a_plain_sentence(tmp_path: Path) -> None:
    """By a limit on the size of files, which is what a full disk looks like to DuckDB."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from orchestrator.errors import OrchError\n"
        "from orchestrator.store.history import History; from tests.store.test_history import add, commit\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try: add(History(Path(sys.argv[1])), (commit(n) for n in range(3000)))\n"
        "except OrchError as error: print('said:', error.message)\n"
    )
    command = [sys.executable, "-B", "-c", code, str(tmp_path / "history.duckdb")]  # -B: no .pyc is cut
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.stdout.startswith("said:"), done.stderr


def test_ctrl_c_while_duckdb_is_at_work_is_ctrl_c(file: Path) -> None:
    """It looks for signals itself, and says `RuntimeError: Query interrupted`."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    opened = HistoryFile(file, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt), opened.open() as db:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            db.execute("SELECT sum(range % 7) FROM range(10_000_000_000)")
    finally:
        signal.signal(signal.SIGALRM, before)
    with opened.open() as db:
        assert db.execute("SELECT count(*) FROM commits").fetchone() == (0,)


def test_forgetting(history: History, file: Path) -> None:
    history.forget()
    add(history, [commit(0)])
    history.forget()
    assert not file.exists()
    assert history.count() == 0


HOLD = "import duckdb, sys, time; db = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"


def test_a_process_that_holds_the_file_is_waited_for_then_named(history: History, file: Path) -> None:
    add(history, [commit(0)])
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
from orchestrator.store.history_file import HistoryFile
from orchestrator.store.history_reading import Prepare
from tests.store.test_history import add, commit
start = int(sys.argv[2])
for n in range(start, start + 20, 5):
    add(History(Path(sys.argv[1])), (commit(k) for k in range(n, n + 5)))
"""


def test_writers_take_turns(history: History, file: Path) -> None:
    """Ranges overlap: every commit is there once. Without our lock 92 % of such writes failed."""
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen([sys.executable, "-c", ADD, str(file), str(n * 10)], cwd=root) for n in range(3)
    ]
    assert [w.wait(60) for w in writers] == [0, 0, 0]
    assert history.answers.query("SELECT count(*), count(DISTINCT id) FROM commits").rows == [(40, 40)]
    assert history.answers.query("SELECT count(*) FROM file_changes").rows == [(80,)]
