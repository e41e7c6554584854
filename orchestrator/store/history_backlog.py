"""What `git log` does not tell and is completed later: line counts, and what manifests declare."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.git.lines import CountedCommit
from orchestrator.store.history_file import HistoryFile
from orchestrator.store.history_insert import insert_declared, replace_lines
from orchestrator.store.history_rows import Declared, FileBlob

# A merge, and the edge of a shallow clone, have no files to count.
_UNCOUNTED = """
FROM commits c WHERE EXISTS (FROM file_changes f WHERE f.commit_id = c.id)
AND NOT EXISTS (FROM line_counts l WHERE l.commit_id = c.id) AND ($1 = '' OR c.committed_at >= $1::TIMESTAMP)
"""
_UNREAD = """
SELECT f.commit_id, f.path FROM file_changes f JOIN commits c ON c.id = f.commit_id
WHERE f.status <> 'D' AND regexp_matches(lower(f.path), $1)
AND NOT EXISTS (FROM manifest_files m WHERE m.commit_id = f.commit_id AND m.path = f.path)
ORDER BY c.committed_at DESC, f.commit_id, f.path
"""


class Backlog:
    """Lists what is missing, newest first, and stores it; each store is one transaction."""

    def __init__(self, file: HistoryFile) -> None:
        self._file = file

    def uncounted(self, limit: int, since: str = "") -> tuple[list[str], int]:
        """Ids of commits whose lines are not counted, newest first, and how many there are without a limit.

        `since` is an ISO 8601 date or ''.
        """
        newest = f"SELECT c.id, count(*) OVER () {_UNCOUNTED} ORDER BY c.committed_at DESC, c.id LIMIT $2"
        with self._file.open() as db:
            rows = db.execute(newest, [since, limit]).fetchall()
        return [row[0] for row in rows], rows[0][1] if rows else 0

    def uncounted_number(self, since: str = "") -> int:
        """How many commits `uncounted` would list."""
        return self.uncounted(1, since)[1]

    def put_lines(self, counted: Sequence[CountedCommit]) -> int:
        """Store lines; what another process counted meanwhile is left as it is. Returns how many were new."""
        with self._file.open() as db:
            return replace_lines(db, counted)

    def unread(self, named: str) -> list[tuple[str, str]]:
        """(commit, path) of files that were not looked at though `named`, a regular expression, is found
        in the path in small letters, the newest first.
        """
        with self._file.open() as db:
            return list(map(tuple, db.execute(_UNREAD, [named]).fetchall()))

    def put_declared(self, declared: Sequence[Declared], read: Sequence[FileBlob]) -> None:
        """Store what manifests declare; `read` were looked at, whether or not they declare anything."""
        with self._file.open() as db:
            insert_declared(db, declared, read)
