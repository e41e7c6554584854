"""What `git log` does not tell and is completed later: line counts, and what manifests declare."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.git.lines import CountedCommit
from orchestrator.store.history_file import HistoryFile
from orchestrator.store.history_insert import replace_lines, replace_unread
from orchestrator.store.history_rows import Declared

# A merge, and the edge of a shallow clone, have no files to count.
_UNCOUNTED = """
FROM commits c WHERE EXISTS (FROM file_changes f WHERE f.commit_id = c.id)
AND NOT EXISTS (FROM line_counts l WHERE l.commit_id = c.id) AND ($1 = '' OR c.committed_at >= $1::TIMESTAMP)
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

    def unread_manifests(self, limit: int) -> list[tuple[str, str]]:
        """(blob, path) of manifests that were not read, the newest first."""
        with self._file.open() as db:
            listed = "SELECT blob, path FROM unread_manifests ORDER BY rowid DESC LIMIT $1"
            return list(map(tuple, db.execute(listed, [limit]).fetchall()))

    def unread_number(self) -> int:
        """How many manifests were not read."""
        with self._file.open() as db:
            return int(db.execute("SELECT count(*) FROM unread_manifests").fetchone()[0])

    def put_declared(self, declared: Sequence[Declared], read: Sequence[tuple[str, str]]) -> None:
        """Store what manifests declare; `read` were looked at, whether or not they declare anything."""
        with self._file.open() as db:
            replace_unread(db, declared, read)
