"""The tables of the history, as SQL. What each column means is in `history_words.py`."""

from __future__ import annotations

VERSION = 3  # a file of another version is a cache of another shape: it begins anew
SCHEMA = """
BEGIN;
CREATE TABLE meta(version INTEGER, generation VARCHAR, boundary VARCHAR);
INSERT INTO meta SELECT {version}, uuid()::VARCHAR, '';
CREATE TABLE tips(ref VARCHAR, commit_id VARCHAR);
CREATE TABLE heads(commit_id VARCHAR);
CREATE TABLE read_manifests(blob VARCHAR, path VARCHAR);
CREATE TABLE commits(id VARCHAR, author VARCHAR, email VARCHAR, authored_at TIMESTAMP,
    committed_at TIMESTAMP, message VARCHAR, parents INTEGER,
    subject VARCHAR GENERATED ALWAYS AS (split_part(message, chr(10), 1)) VIRTUAL);
CREATE TABLE parents(commit_id VARCHAR, position INTEGER, parent VARCHAR);
CREATE TABLE file_changes(commit_id VARCHAR, path VARCHAR, status VARCHAR, blob VARCHAR,
    old_blob VARCHAR, old_path VARCHAR, added INTEGER, deleted INTEGER);
CREATE TABLE line_counts(commit_id VARCHAR, state VARCHAR);
CREATE TABLE trailers(commit_id VARCHAR, position INTEGER, key VARCHAR, value VARCHAR);
CREATE TABLE issue_keys(commit_id VARCHAR, key VARCHAR, source VARCHAR);
CREATE TABLE manifests(blob VARCHAR, ecosystem VARCHAR, name VARCHAR, version VARCHAR);
CREATE TABLE dependencies(blob VARCHAR, ecosystem VARCHAR, name VARCHAR, version VARCHAR,
    scope VARCHAR);
COMMIT;
"""
PUBLIC = (
    "commits", "parents", "file_changes", "line_counts", "trailers", "issue_keys", "manifests",
    "dependencies",
)  # fmt: skip
"""The tables that people ask; the others are how far the reading has come."""
EVERYTHING = (*PUBLIC, "tips", "heads", "read_manifests")
