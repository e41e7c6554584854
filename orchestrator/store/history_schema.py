"""The tables of the history, as SQL. What each column means is in `history_words.py`."""

from __future__ import annotations

VERSION = 2  # a file of another version is a cache of another shape: it begins anew
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta(version INTEGER, generation VARCHAR, boundary VARCHAR);
INSERT INTO meta SELECT {version}, uuid()::VARCHAR, '' WHERE NOT EXISTS (FROM meta);
CREATE TABLE IF NOT EXISTS tips(ref VARCHAR, commit_id VARCHAR);
CREATE TABLE IF NOT EXISTS heads(commit_id VARCHAR);
CREATE TABLE IF NOT EXISTS unread_manifests(blob VARCHAR, path VARCHAR);
CREATE TABLE IF NOT EXISTS commits(id VARCHAR, author VARCHAR, email VARCHAR, authored_at TIMESTAMP,
    committed_at TIMESTAMP, message VARCHAR, parents INTEGER,
    subject VARCHAR GENERATED ALWAYS AS (split_part(message, chr(10), 1)) VIRTUAL);
CREATE TABLE IF NOT EXISTS parents(commit_id VARCHAR, position INTEGER, parent VARCHAR);
CREATE TABLE IF NOT EXISTS file_changes(commit_id VARCHAR, path VARCHAR, status VARCHAR, blob VARCHAR,
    old_blob VARCHAR, old_path VARCHAR, added INTEGER, deleted INTEGER);
CREATE TABLE IF NOT EXISTS line_counts(commit_id VARCHAR, state VARCHAR);
CREATE TABLE IF NOT EXISTS trailers(commit_id VARCHAR, position INTEGER, key VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS issue_keys(commit_id VARCHAR, key VARCHAR, source VARCHAR);
CREATE TABLE IF NOT EXISTS manifests(blob VARCHAR, ecosystem VARCHAR, name VARCHAR, version VARCHAR);
CREATE TABLE IF NOT EXISTS dependencies(blob VARCHAR, ecosystem VARCHAR, name VARCHAR, version VARCHAR,
    scope VARCHAR);
"""
PUBLIC = (
    "commits", "parents", "file_changes", "line_counts", "trailers", "issue_keys", "manifests",
    "dependencies",
)  # fmt: skip
"""The tables that people ask; the others are how far the reading has come."""
EVERYTHING = (*PUBLIC, "tips", "heads", "unread_manifests")
