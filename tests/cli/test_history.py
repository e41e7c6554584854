"""`orch history`: what git knows, in SQL; completed and exported, also by a process that was killed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestrator.store import history_file
from orchestrator.store.history_trailers import VIEW
from orchestrator.store.history_words import meanings
from tests.flow.group import GroupRepository, new_group

ROOT = Path(__file__).parents[2]
TABLES = (
    "commits",
    "parents",
    "file_changes",
    "manifest_files",
    "line_counts",
    "trailers",
    "issue_keys",
    "manifests",
    "dependencies",
)
PACKAGE = '{"name": "loja", "dependencies": {"react": "^%d"}, "devDependencies": {"jest": "29"}}'


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    return new_group(tmp_path, monkeypatch, capsys)


def ask(group: GroupRepository, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = group.orch("history", "query", sql, "--json").data
    return found


@contextmanager
def opened(group: GroupRepository) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file, and what is made of its tables for a question."""
    with duckdb.connect(str(group.root / ".orch/history.duckdb"), read_only=True) as db:
        db.execute(VIEW)
        yield db


def everything(group: GroupRepository) -> dict[str, list[str]]:
    """Every row of every table, sorted."""
    with opened(group) as db:
        return {t: sorted(map(repr, db.execute(f"FROM {t}").fetchall())) for t in TABLES}


def grow(group: GroupRepository, commits: int) -> None:
    """A history with branches, merges, renames, trailers, keys, manifests and binary files."""
    script: list[str] = []
    for n in range(1, commits + 1):
        side = n % 7 == 3
        branch = "refs/heads/side" if side else "refs/heads/main"
        message = f"ABC-{n} number {n}\n\nSigned-off-by: A{n} <a@x>\n"
        script += [f"commit {branch}", f"mark :{n}", f"committer A <a@x> {1_700_000_000 + n * 60} +0000"]
        script += [f"data {len(message)}\n{message}"]
        script += [f"from {'refs/heads/main^0' if n == 1 or side else f':{n - 2 if n % 7 == 4 else n - 1}'}"]
        if n % 7 == 4:
            script += [f"merge :{n - 1}"]
        for path, content in {
            f"empresas/a/f{n}": "".join(f"{n} {k}\n" for k in range(20)),
            "empresas/a/shared": f"{n}\n" * (n % 13),
            **({"empresas/a/package.json": PACKAGE % n} if n % 10 == 0 else {}),
            **({f"empresas/a/{n}.bin": f"\0{n}"} if n % 11 == 0 else {}),
        }.items():
            script += [f"M 644 inline {path}", f"data {len(content)}\n{content}"]
        if n % 5 == 0 and not side:
            script += [f"R empresas/a/f{n} empresas/a/moved{n}"]
    subprocess.run(
        ["git", "-C", str(group.root), "fast-import", "--quiet", "--force"],
        input="\n".join(script).encode() + b"\n",
        check=True,
    )


def counted_by_git(group: GroupRepository) -> tuple[int, int]:
    """Sums of added and deleted lines, as `git log --numstat -M` counts them."""
    out = group.git("log", "--all", "--numstat", "-M", "--format=")
    pairs = [line.split("\t")[:2] for line in out.splitlines() if line and line[0] != "-"]
    return sum(int(a) for a, _d in pairs), sum(int(d) for _a, d in pairs)


# --------------------------------------------------------------------------- questions


def test_one_commit_is_in_every_table(group: GroupRepository) -> None:
    group.orch("status")
    message = "feat: loja\n\nRefs ABC-7, UTF-8\n\nSigned-off-by: Ana <ana@example.com>"
    commit = group.commit(message, {"empresas/a/package.json": PACKAGE % 18, "empresas/a/x": "1\n2\n"})
    sql = f"select path, added, deleted from file_changes where commit_id = '{commit}' order by 1"
    assert ask(group, sql) == [
        {"path": "empresas/a/package.json", "added": 1, "deleted": 0},
        {"path": "empresas/a/x", "added": 2, "deleted": 0},
    ]
    assert ask(group, "select key, source from issue_keys") == [{"key": "ABC-7", "source": "message"}]
    assert ask(group, "select key, value from trailers") == [
        {"key": "Signed-off-by", "value": "Ana <ana@example.com>"}
    ]
    joined = "select d.name, d.version, scope from dependencies d join manifest_files using (blob) order by 1"
    assert ask(group, joined) == [
        {"name": "jest", "version": "29", "scope": "development"},
        {"name": "react", "version": "^18", "scope": "runtime"},
    ]
    assert ask(group, f"select state from line_counts where commit_id = '{commit}'") == [{"state": "counted"}]


def test_keys_in_the_branch_of_a_merge(group: GroupRepository) -> None:
    group.git("checkout", "-q", "-b", "feature/ABC-12-fila")
    group.commit("fila")
    group.git("checkout", "-q", "main")
    group.git("merge", "-q", "--no-ff", "--no-edit", "feature/ABC-12-fila")
    assert ask(group, "select key, source, parents from issue_keys join commits on id = commit_id") == [
        {"key": "ABC-12", "source": "branch", "parents": 2}
    ]


def test_forms_of_an_answer(group: GroupRepository) -> None:
    group.commit('say "a, b"\n\n=1+1 \u202e', {"empresas/a/x": "1\n"})
    shown = group.orch("history", "query", "select subject, null as n from commits order by committed_at, 1")
    assert shown.out.splitlines()[0].split() == ["subject", "n"]
    assert "\u202e" not in group.orch("history", "query", "select message from commits", "--csv").out
    lines = group.orch(
        "history", "query", "select subject, 1 as n from commits where subject like 'say%'", "--csv"
    ).out
    assert lines == 'subject,n\n"say ""a, b""",1\n'
    assert ask(group, "select 1 as a, 2 as a, 'nan'::double as x") == [{"a": 1, "a_2": 2, "x": "nan"}]
    cut = group.orch("history", "query", "from range(9)", "--limit", "3")
    assert len(cut.out.splitlines()) == 4
    assert "--limit" in cut.err
    group.orch("history", "query", "select 1", "--csv", "--json", expect=2)


@pytest.mark.parametrize("question", ["", " ; ", "-- nada", "select now()", "select 1, [now()] as quando"])
def test_questions_that_have_no_answer_are_refused_in_one_sentence(
    group: GroupRepository, question: str
) -> None:
    refused = group.orch("history", "query", question, "--json", expect=2).error
    assert refused["hint"] and "pytz" not in refused["message"]
    group.orch("history", "query", "select 1", "--limit", "9" * 23, expect=2)
    group.orch("log", "--limit", "9" * 23, expect=2)
    assert len(ask(group, "select now()::timestamp as x")) == 1


class Watch:
    """In place of `time`: it goes on only where somebody sleeps."""

    now = 0.0

    @classmethod
    def monotonic(cls) -> float:
        return cls.now

    @classmethod
    def sleep(cls, seconds: float) -> None:
        cls.now += seconds


def test_a_long_question_holds_up_no_drain(group: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(group, "select 1")
    monkeypatch.setattr(history_file, "time", Watch)
    began = Watch.now
    with (group.root / ".orch/history.lock").open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        group.commit("perf: x\n\nSolução: a chave do lote evita a baixa duplicada")
        told = group.orch("drain")
        assert 0.4 < Watch.now - began < 0.7, "half a second, and not as long as a person would wait"
    assert "1 aprendizado" in told.out
    assert [r["n"] for r in ask(group, "select count(*) as n from commits")] == [2], "the next drain reads it"


@pytest.mark.parametrize(
    "sql",
    [
        "delete from commits",
        "copy commits to 'x.csv'",
        "from read_text('/etc/passwd')",
        "selec",
        "set threads = 1",
    ],
)
def test_a_question_that_is_refused_has_exit_code_2_and_changes_nothing(
    group: GroupRepository, sql: str
) -> None:
    group.orch("status")
    before = everything(group)
    error = group.orch("history", "query", sql, "--json", expect=2).error
    assert "DuckDB" in error["message"] and "orch history schema" in error["hint"]
    assert everything(group) == before
    assert not (group.root / "x.csv").exists()


def test_the_first_question_reads_git_and_cannot_write_either(group: GroupRepository) -> None:
    (group.root / ".orch/history.duckdb").unlink(missing_ok=True)
    group.orch("history", "query", "create table x(a int)", expect=2)
    assert ask(group, "select count(*) as n from commits") == [{"n": 1}]


def test_schema_says_what_every_column_means(group: GroupRepository) -> None:
    group.orch("status")
    found = {
        t["table"]: {c["name"]: c["type"] for c in t["columns"]}
        for t in group.orch("history", "schema", "--json").data
    }
    with opened(group) as db:
        there = {t: {c[0]: c[1] for c in db.execute(f"DESCRIBE {t}").fetchall()} for t in TABLES}
    assert found == there
    assert {t: list(m[1]) for t, m in meanings().items()} == {t: list(c) for t, c in there.items()}
    assert "file_changes" in group.orch("history", "schema").out


def is_held(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_long_question_can_be_interrupted(group: GroupRepository) -> None:
    group.orch("status")
    process = start(group, "history", "query", "select count(*) from range(100000000) a, range(100000) b")
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
        if is_held(group.root / ".orch/history.lock"):  # before, Python itself ends at the signal
            process.send_signal(signal.SIGINT)
    process.kill()  # harmless when it has ended
    _out, err = process.communicate()
    assert process.returncode == 130, err.decode()
    assert b"orch-bug" not in err
    assert b"leaked" not in err


# --------------------------------------------------------------------------- completing


def test_backfill_counts_what_git_counts_and_no_more_than_it_is_told(group: GroupRepository) -> None:
    grow(group, 260)
    left = group.orch("history", "backfill", "--dry-run", "--json").data
    assert left["commits"] == 0
    group.orch("status")
    assert ask(group, "select count(*) as n from line_counts") == [{"n": 0}]
    some = group.orch("history", "backfill", "--limit", "20", "--json").data
    assert (some["commits"], some["manifests"]) == (20, 23)  # three of 26 came with a merge
    waiting = "select max(committed_at) from commits left join line_counts on id = commit_id"
    waiting += " where state is null and parents < 2"
    newest = f"select min(committed_at) > ({waiting}) as it from commits join line_counts on id = commit_id"
    assert ask(group, newest) == [{"it": True}]
    done = group.orch("history", "backfill", "--jobs", "2", "--json").data
    assert (done["commits_left"], done["manifests_left"], done["unknown"]) == (0, 0, 0)
    assert some["commits"] + done["commits"] + left["commits_left"] >= 220
    sums = ask(group, "select sum(added)::int as a, sum(deleted)::int as d from file_changes")[0]
    assert (sums["a"], sums["d"]) == counted_by_git(group)
    assert ask(group, "select count(*) as n from file_changes where status = 'R' and added is null") == [
        {"n": 0}
    ]
    assert group.orch("history", "backfill", "--json").data["commits"] == 0


def test_two_at_once_say_so(group: GroupRepository) -> None:
    from orchestrator.app.workspace import Workspace

    group.orch("status")
    with Workspace.open(group.root).lock("backfill", 0.0):
        assert group.orch("history", "backfill", "--json", expect=11).error["code"] == "locked"


# Small batches, so that a kill has many places to fall into.
COMMAND = """
import sys
import orchestrator.app.history_backfill as backfill, orchestrator.store.history_reading as history
import orchestrator.store.history_rows as rows, orchestrator.app.history as app
import orchestrator.git.process as process
process._CHUNK, rows.WEIGHT, app.NEWS, backfill.TURN, backfill.MANIFESTS = 4_000, 5_000, 10, 15, 3
history.SESSION_SECONDS = backfill.SLICE_SECONDS = 0.0
from orchestrator.cli.root import run
sys.exit(run(sys.argv[1:]))
"""


DYING = """
import os, signal
from orchestrator.store.history_file import HistoryFile
connected, CHANGING = HistoryFile._connected, ("BEGIN", "COMMIT", "INSERT", "UPDATE", "DELETE", "CREATE")
class Dying:
    left = {at}
    def __init__(self, db):
        self._db = db
    def __getattr__(self, name):
        return getattr(self._db, name)
    def execute(self, sql, *more):
        Dying.left -= sql.lstrip().upper().startswith(CHANGING)
        if not Dying.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._db.execute(sql, *more)
HistoryFile._connected = lambda *a: Dying(connected(*a))
"""


def start(group: GroupRepository, *arguments: str, code: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code + COMMAND, "-C", str(group.root), *arguments]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> None:
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()


def forget(group: GroupRepository) -> None:
    (group.root / ".orch/history.duckdb").unlink(missing_ok=True)


def stored(group: GroupRepository, table: str) -> int:
    """Rows there are, by whoever can get the file; -1 while another process has it."""
    try:
        with duckdb.connect(str(group.root / ".orch/history.duckdb"), read_only=True) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except duckdb.Error:
        return -1


def test_killed_again_and_again_the_tables_are_those_of_a_quiet_reading(
    group: GroupRepository,
) -> None:
    grow(group, 200)
    finish(start(group, "history", "backfill"))
    expected = everything(group)
    assert len(expected["commits"]) == 201
    assert len(expected["line_counts"]) > 150
    forget(group)
    progress = []
    for at in (3, 20, 45, 70, 50):  # of the statements that change something; each run goes on
        process = start(group, "history", "backfill", code=DYING.format(at=at))
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        progress.append((stored(group, "commits"), stored(group, "line_counts")))
    assert progress == sorted(progress)  # no kill took away what was there
    assert any(0 < commits < 201 for commits, _lines in progress)
    assert any(0 < lines < len(expected["line_counts"]) for _commits, lines in progress)
    finish(start(group, "history", "backfill"))
    assert everything(group) == expected


def test_a_killed_first_reading_is_gone_on_with_at_the_next_command(group: GroupRepository) -> None:
    """Although git has moved nothing since, and every store is up to date."""
    grow(group, 300)
    group.orch("status")
    forget(group)
    code = COMMAND.replace(
        "from orchestrator.cli", "import orchestrator.git.log, os, signal\n" + KILL + "from orchestrator.cli"
    )
    command = [sys.executable, "-c", code, "-C", str(group.root), "status"]
    assert (
        subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True).returncode
        == -9
    )
    part = stored(group, "commits")
    assert 20 <= part <= 120
    assert ask(group, "select count(*) as a, count(distinct id) as b from commits") == [{"a": 301, "b": 301}]


KILL = """
insert = history.insert_batch
def killed(*a, **k):
    killed.n += 1
    if killed.n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return insert(*a, **k)
killed.n = 0
history.insert_batch = killed
"""


def test_two_processes_at_once_make_the_same_tables(group: GroupRepository) -> None:
    grow(group, 120)
    finish(start(group, "history", "backfill"))
    expected = everything(group)
    forget(group)
    both = [start(group, "status"), start(group, "history", "query", "from commits")]
    for process in both:
        finish(process)
    finish(start(group, "history", "backfill"))
    assert everything(group) == expected


def test_deleting_the_file_loses_nothing(group: GroupRepository) -> None:
    grow(group, 60)
    group.orch("history", "backfill")
    before = everything(group)
    forget(group)
    group.orch("history", "backfill")
    assert everything(group) == before


# --------------------------------------------------------------------------- export


def test_export_is_private_whole_and_readable(group: GroupRepository, tmp_path: Path) -> None:
    grow(group, 30)
    group.orch("history", "backfill")
    folder = tmp_path / "o'ut" / "files"
    assert group.orch("history", "export", "--parquet", str(folder), "--dry-run").out.count("parquet") >= len(
        TABLES
    )
    assert not folder.exists()
    group.orch("history", "export", "--parquet", str(folder))
    assert {p.name for p in folder.iterdir()} == {f"{t}.parquet" for t in TABLES}
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    expected = everything(group)
    with duckdb.connect() as db:
        for table in TABLES:
            rows = db.execute("FROM read_parquet($1)", [str(folder / f"{table}.parquet")]).fetchall()
            assert sorted(map(repr, rows)) == expected[table]
    within = group.root / "out" / "files"
    assert (
        ".gitignore"
        in group.orch("history", "export", "--parquet", str(within), "--json", expect=1).error["hint"]
    )
    assert not within.parent.exists()
    (folder / "mine.txt").write_text("kept")
    (folder / "commits.parquet").write_text("old")
    refused = group.orch("history", "export", "--parquet", str(folder), "--json", expect=2)
    assert "--force" in refused.error["hint"]
    group.orch("history", "export", "--parquet", str(folder), "--force")
    assert (folder / "mine.txt").read_text() == "kept"
    assert (folder / "commits.parquet").stat().st_size > 100
    assert len(list(folder.iterdir())) == len(TABLES) + 1
    assert everything(group) == expected


def test_help_has_examples(group: GroupRepository) -> None:
    for command in ("query", "schema", "export", "backfill"):
        assert "orch history" in group.orch("history", command, "--help").out
    assert json.loads(group.orch("history", "schema", "--json").out)["schema_version"] == 1


# ---------------------------------------------------------------------- a file that came with the repository


def foreign(path: Path) -> None:
    """A history that somebody made up: a view reads a private file where a table should be."""
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE TABLE meta AS SELECT 4 AS version")
        db.execute("CREATE VIEW issue_keys AS SELECT * FROM read_text('/etc/passwd')")


def test_a_file_that_was_not_made_here_is_never_opened(group: GroupRepository, tmp_path: Path) -> None:
    ours, asked = (
        group.root / ".orch/history.duckdb",
        ("history", "query", "SELECT count(*) AS n FROM commits"),
    )
    before = group.orch(*asked, "--json").data
    ours.unlink()
    foreign(ours)  # as an archive unpacked over the clone would leave it
    assert group.orch(*asked, "--json").data == before
    shutil.copy(ours, tmp_path / "copy")
    (tmp_path / "copy").replace(ours)  # ours, but another file: nobody can tell what became of it
    assert group.orch(*asked, "--json").data == before
    ours.unlink()
    foreign(ours)
    group.git("add", "-f", ".orch/history.duckdb")
    for command in (asked, ("history", "export", "--parquet", str(tmp_path / "out"))):
        refused = group.orch(*command, expect=1).err
        assert "git rm --cached .orch/history.duckdb" in refused
    assert not list(tmp_path.glob("out/*"))


def test_a_view_in_a_table_s_place_is_no_history_of_ours(group: GroupRepository, tmp_path: Path) -> None:
    group.orch("history", "query", "SELECT 1")
    with duckdb.connect(str(group.root / ".orch/history.duckdb")) as db:
        db.execute("DROP TABLE issue_keys")
        db.execute("CREATE VIEW issue_keys AS SELECT * FROM read_text('/etc/passwd')")
    group.orch("history", "export", "--parquet", str(tmp_path / "out"))
    assert b"root:" not in (tmp_path / "out/issue_keys.parquet").read_bytes()


@pytest.mark.parametrize("harm", ["a folder", "damaged", "cut short", "without its lock"])
def test_a_history_that_cannot_be_opened_stops_no_drain(group: GroupRepository, harm: str) -> None:
    """git is the truth: it is made anew where that can be, else one line says why; nothing else is lost."""
    group.commit("fix: x\n\nSolução: um índice parcial resolveu a fila")
    group.orch("drain")
    file = group.root / ".orch/history.duckdb"
    whole = file.read_bytes()
    if harm == "damaged":
        file.write_bytes(whole[:12288] + bytes(len(whole) - 12288))
    elif harm == "cut short":
        file.write_bytes(whole[: len(whole) // 2])
    elif harm == "a folder":
        file.unlink()
        (file / "of somebody").mkdir(parents=True)
    else:
        file.with_suffix(".lock").unlink()
        file.with_suffix(".lock").symlink_to("nowhere")
    group.commit("fix: y\n\nSolução: a chave do lote evita a baixa duplicada")
    told = group.orch("drain")
    assert len(group.insights()) == 2
    if harm in ("damaged", "cut short"):
        assert told.err == "" and ask(group, "select count(*) as n from commits")[0]["n"] == 3
        return
    assert len(told.err.splitlines()) == 1 and ".orch" in told.err
    assert ".orch" in group.orch("history", "query", "select 1", expect=1).err
    shutil.rmtree(file) if harm == "a folder" else file.with_suffix(".lock").unlink()
    assert group.orch("drain").err == "" and ask(group, "select count(*) as n from commits")[0]["n"] == 3
