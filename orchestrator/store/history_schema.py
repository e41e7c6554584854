"""The tables of the history, as SQL. What each column means is in `history_words.py`."""

from __future__ import annotations

from typing import Any

VERSION = 5  # a file of another version is a cache of another shape: it begins anew
SCHEMA = """
BEGIN;
CREATE TABLE meta(version INTEGER, generation VARCHAR, boundary VARCHAR, unfinished BOOLEAN);
INSERT INTO meta SELECT {version}, uuid()::VARCHAR, '', false;
CREATE TABLE tips(ref VARCHAR, commit_id VARCHAR);
CREATE TABLE commits(id VARCHAR, author VARCHAR, email VARCHAR, authored_at TIMESTAMP,
    committed_at TIMESTAMP, message VARCHAR, parents INTEGER,
    subject VARCHAR GENERATED ALWAYS AS (split_part(message, chr(10), 1)) VIRTUAL);
CREATE TABLE parents(commit_id VARCHAR, position INTEGER, parent VARCHAR);
CREATE TABLE file_changes(commit_id VARCHAR, path VARCHAR, status VARCHAR, old_path VARCHAR,
    added INTEGER, deleted INTEGER);
CREATE TABLE line_counts(commit_id VARCHAR, state VARCHAR);
CREATE TABLE issue_keys(commit_id VARCHAR, key VARCHAR, source VARCHAR);
CREATE TABLE manifest_files(commit_id VARCHAR, path VARCHAR, blob VARCHAR);
CREATE TABLE manifests(blob VARCHAR, ecosystem VARCHAR, name VARCHAR, version VARCHAR);
CREATE TABLE dependencies(blob VARCHAR, ecosystem VARCHAR, name VARCHAR, version VARCHAR,
    scope VARCHAR);
COMMIT;
"""
_STORED = (
    "commits", "parents", "file_changes", "line_counts", "issue_keys", "manifest_files", "manifests",
    "dependencies",
)  # fmt: skip
PUBLIC = (*_STORED, "trailers")
"""The tables that people ask, the last one made for a question; the others say how far a reading is."""
EVERYTHING = (*_STORED, "tips")


def is_current(db: Any, *, create: bool) -> bool:
    """Whether the tables are of this version; an empty database gets them if `create`.

    Raises duckdb.Error when they are not ours: a view in a table's place could read any file.
    """
    from orchestrator.store.duckdb_module import duckdb

    asked = "SELECT version FROM meta"
    try:
        if db.execute("SELECT 1 FROM duckdb_views() WHERE NOT internal").fetchone():
            raise duckdb.Error("views")
        return bool(db.execute(asked).fetchall() == [(VERSION,)])
    except duckdb.CatalogException:
        if not create or db.execute("SELECT 1 FROM duckdb_tables()").fetchone():
            raise
    db.execute(SCHEMA.format(version=VERSION))
    return True
