"""What is written to the history, a transaction each. Texts are split where that is fastest: in DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.git.lines import FILE, PART, CountedCommit
from orchestrator.git.log_text import RECORD
from orchestrator.store import history_rows as rows
from orchestrator.store.history_load import append, columns_of
from orchestrator.store.history_rows import Batch, Declared, FileBlob
from orchestrator.store.issue_keys import KEY, NUMBER, issue_keys

# `$1` is UTF-8; one character, which is found at memory's speed, begins each record but the first. From a
# table, DuckDB does not take it for a constant, which it would split before it begins; with a condition
# here, it would copy what it split for each of the rows that are left.
_RECORDS = f"""SELECT string_split(r, chr(0)) AS f FROM
    (SELECT unnest(string_split(decode(x), chr({ord(RECORD)}))) AS r FROM (VALUES ($1::BLOB)) v(x))"""
# Looking at both ends is cheaper than trimming, which takes every message apart into characters.
_MESSAGE = """CASE WHEN starts_with(f[8], chr(10)) OR ends_with(f[8], chr(10))
    THEN trim(f[8], chr(10)) ELSE f[8] END"""
_TOLD = f"""CREATE OR REPLACE TEMP TABLE told AS SELECT f[2] AS id, f[3] AS parents,
    replace(f[4], chr(9), '\\x09') AS author, replace(f[5], chr(9), '\\x09') AS email, f[6] AS authored,
    f[7] AS committed, {_MESSAGE} AS message, f[9] AS files FROM ({_RECORDS})"""
# As `git.log.calendar`: what no calendar has becomes its nearest end, or 1970.
_TIME = """make_timestamp(1000000 * CASE WHEN {0} = '' OR {0}::HUGEINT < -62135596800 THEN 0
    ELSE least({0}::HUGEINT, 253402300799) END::BIGINT)"""
_COMMITS = f"""INSERT INTO commits BY NAME SELECT id, author, email,
    {_TIME.format("authored")} AS authored_at, {_TIME.format("committed")} AS committed_at, message,
    CASE parents WHEN '' THEN 0 ELSE len(string_split(parents, ' ')) END AS parents FROM told"""
_PARENTS = """INSERT INTO parents SELECT id, generate_subscripts(found, 1) - 1, unnest(found)
    FROM (SELECT id, string_split(parents, ' ') AS found FROM told WHERE parents <> '')"""
_FILES = """SELECT id AS commit_id, coalesce(parts[3], parts[2]) AS path, parts[1][1] AS status,
    CASE WHEN parts[3] IS NULL THEN '' ELSE parts[2] END AS old_path,
    NULL::INTEGER AS added, NULL::INTEGER AS deleted
    FROM (SELECT id, string_split(line, chr(9)) AS parts
        FROM (SELECT id, unnest(string_split(files, chr(10))) AS line FROM told WHERE files <> '')
        WHERE line <> '')"""
# Nearly all messages are told by what a key must have, which begins with one letter and is found fast.
_NAMING = f"""SELECT id, message, contains(parents, ' ') FROM told WHERE regexp_matches(message, '{NUMBER}')
    AND (contains(parents, ' ') OR regexp_matches(message, '{KEY}'))"""
_COUNTED = f"""CREATE OR REPLACE TEMP TABLE counted AS SELECT f[1] AS id, f[2:] AS files FROM ({_RECORDS})"""
_NOT_WAITING = """DELETE FROM counted WHERE id NOT IN (SELECT id FROM {0})
    OR id IN (SELECT commit_id FROM line_counts)"""
_LINES = f"""CREATE OR REPLACE TEMP TABLE lines AS SELECT id, parts[3] AS path,
    coalesce(parts[4], '') AS old_path, try_cast(parts[1] AS INTEGER) AS added,
    try_cast(parts[2] AS INTEGER) AS deleted
    FROM (SELECT id, string_split(file, chr({ord(PART)})) AS parts
        FROM (SELECT id, unnest(files) AS file FROM counted) WHERE file <> '')"""
# git's likeness makes one renamed file of one that is deleted and one that is added.
_INTO = (
    """DELETE FROM {0} f USING lines l WHERE l.old_path <> '' AND f.status = 'D' AND f.commit_id = l.id
    AND f.path = l.old_path""",
    """UPDATE {0} f SET status = 'R', old_path = l.old_path FROM lines l
    WHERE l.old_path <> '' AND f.commit_id = l.id AND f.path = l.path""",
    """UPDATE {0} f SET added = l.added, deleted = l.deleted FROM lines l
    WHERE f.commit_id = l.id AND f.path = l.path""",
)


def insert_batch(db: Any, batch: Batch, *, all_new: bool) -> int:
    """Store the commits that are not there, with all that is known of them, in the open transaction.

    `all_new` when none of them can be there. Returns how many were new.
    """
    db.execute(_TOLD, [batch.log.text.removeprefix(RECORD.encode())])
    if not all_new:
        db.execute("DELETE FROM told WHERE id IN (SELECT id FROM commits)")
    new = int(db.execute(_COMMITS).fetchone()[0])
    db.execute(_PARENTS)
    _insert_files(db, batch.counted)
    found = [
        (this, *key)
        for this, message, merge in db.execute(_NAMING).fetchall()
        for key in issue_keys(message, merge=merge, projects=batch.projects)
    ]
    append(db, "issue_keys", columns_of(("commit_id", "key", "source"), found))
    _insert_declared(db, batch.declared, batch.read)
    return new


def replace_tips(db: Any, now: Mapping[str, str]) -> None:
    """The tables are complete up to these references."""
    db.execute("DELETE FROM tips")
    append(db, "tips", {"ref": list(now), "commit_id": list(now.values())})
    db.execute("UPDATE meta SET unfinished = false")


def replace_lines(db: Any, counted: Sequence[CountedCommit]) -> int:
    """Store the lines of commits that are there and not counted yet. Returns how many that were."""
    db.execute("BEGIN")
    number = _insert_lines(db, counted, "commits", "file_changes")
    db.execute("COMMIT")
    return number


def insert_declared(db: Any, declared: Sequence[Declared], read: Sequence[FileBlob]) -> None:
    """Store what manifests declare, and which (commit, path, blob) were looked at."""
    db.execute("BEGIN")
    _insert_declared(db, declared, read)
    db.execute("COMMIT")


def _insert_files(db: Any, counted: Sequence[CountedCommit]) -> None:
    """The files of the fresh commits. Lines are put in before, so that no large table is searched."""
    if not counted:
        db.execute(f"INSERT INTO file_changes BY NAME {_FILES}")
        return
    db.execute(f"CREATE OR REPLACE TEMP TABLE told_files AS {_FILES}")
    _insert_lines(db, counted, "told", "told_files")
    db.execute("INSERT INTO file_changes BY NAME FROM told_files")


def _insert_lines(db: Any, counted: Sequence[CountedCommit], commits: str, files: str) -> int:
    """The lines of those that are among `commits`, into the table `files`. Returns how many that were."""
    told = [FILE.join(filter(None, (c.id, c.files))) for c in counted if c.files is not None]
    number = _insert_states(db, told, commits, "counted")
    db.execute(_LINES)
    for statement in _INTO:
        db.execute(statement.format(files))
    unknown = [c.id for c in counted if c.files is None]
    return number + (_insert_states(db, unknown, commits, "unknown") if unknown else 0)


def _insert_states(db: Any, records: Sequence[str], commits: str, state: str) -> int:
    """Leaves the table `counted` with those that are among `commits` and were waiting."""
    db.execute(_COUNTED, [RECORD.join(records).encode()])
    db.execute(_NOT_WAITING.format(commits))
    return int(db.execute("INSERT INTO line_counts SELECT id, $1 FROM counted", [state]).fetchone()[0])


def _insert_declared(db: Any, declared: Sequence[Declared], read: Sequence[FileBlob]) -> None:
    """Each blob once for each ecosystem, whatever is there already."""
    append(db, "manifest_files", columns_of(("commit_id", "path", "blob"), read))
    if not declared:
        return
    asked = [list({d.blob for d in declared})]
    found = db.execute(
        "SELECT blob, ecosystem FROM manifests WHERE blob IN (SELECT unnest($1::VARCHAR[]))", asked
    )
    there = set(found.fetchall())
    new = list({(d.blob, d.ecosystem): d for d in declared if (d.blob, d.ecosystem) not in there}.values())
    append(db, "manifests", rows.manifest_columns(new))
    append(db, "dependencies", rows.dependency_columns(new))
