"""What `git log` does not tell and is completed later: line counts, and what manifests declare."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.git.lines import CountedCommit
from orchestrator.store.history_file import HistoryFile
from orchestrator.store.history_insert import insert_declared, replace_lines
from orchestrator.store.history_rows import Declared

# A merge, and the edge of a shallow clone, have no files to count.
_UNCOUNTED = """
FROM commits c WHERE EXISTS (FROM file_changes f WHERE f.commit_id = c.id)
AND NOT EXISTS (FROM line_counts l WHERE l.commit_id = c.id) AND ($1 = '' OR c.committed_at >= $1::TIMESTAMP)
"""
_UNREAD = """
SELECT blob, path FROM file_changes f WHERE blob <> '' AND regexp_matches(lower(path), $1)
AND NOT EXISTS (FROM read_manifests r WHERE r.blob = f.blob AND r.path = f.path)
GROUP BY blob, path ORDER BY max(f.rowid) DESC
"""


class Backlog:
    """Lists what is missing, newest first, and stores it; each store is one transaction."""

    def __init__(self, file: HistoryFile) -> None:
        self._file = file

    def uncounted(self, limit: int, since: str = "") -> list[str]:
        """Ids of commits whose lines are not counted, newest first; `since` is an ISO 8601 date or ''."""
        newest = f"SELECT c.id {_UNCOUNTED} ORDER BY c.committed_at DESC, c.id LIMIT $2"
        with self._file.open() as db:
            return [row[0] for row in db.execute(newest, [since, limit]).fetchall()]

    def uncounted_number(self, since: str = "") -> int:
        """How many commits `uncounted` would list."""
        with self._file.open() as db:
            return int(db.execute(f"SELECT count(*) {_UNCOUNTED}", [since]).fetchone()[0])

    def put_lines(self, counted: Sequence[CountedCommit]) -> int:
        """Store lines; what another process counted meanwhile is left as it is. Returns how many were new."""
        with self._file.open() as db:
            return replace_lines(db, counted)

    def unread(self, named: str) -> list[tuple[str, str]]:
        """(blob, path) that were not read though `named`, a regular expression, is found in the path in
        small letters; each once, the newest first.
        """
        with self._file.open() as db:
            return list(map(tuple, db.execute(_UNREAD, [named]).fetchall()))

    def put_declared(self, declared: Sequence[Declared], read: Sequence[tuple[str, str]]) -> None:
        """Store what manifests declare; `read` were looked at, whether or not they declare anything."""
        with self._file.open() as db:
            insert_declared(db, declared, read)
