"""Links between the objects of one insight: which object should link where, and does not yet.

Level-triggered like all of the outbox: what an object links to stands in its row, what it should link to
is the address in the row of its sister. No second list can get out of step.
"""

from __future__ import annotations

import apsw

Place = tuple[str, str]  # (remote, target)
_WANTED = (
    "coalesce((select s.url from outbox s where s.remote=:sister and s.target=:where and s.key=r.key "
    "and s.ref <> '' and s.sent_hash <> ''), '')"
)


class Links:
    """Columns `linked` and `link_error` of `outbox`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def wanted(self, key: str, sister: Place) -> str:
        """The address of what the sister holds of an insight, '' where it holds nothing."""
        row = self._db.execute(
            "select url from outbox where remote=? and target=? and key=? and ref <> '' and sent_hash <> ''",
            (*sister, key),
        ).fetchone()
        return str(row[0]) if row else ""

    def missing(self, place: Place, sister: Place) -> list[str]:
        """Keys of the objects there that are in step but for their link, in order.

        Not those that a person changed, nor those whose link the remote refused.
        """
        rows = self._db.execute(
            "select r.key from outbox r where r.remote=:remote and r.target=:target and r.ref <> '' "
            "and r.sent_hash <> '' and r.wanted_hash = r.sent_hash and r.state = 'ready' and r.edited = 0 "
            f"and r.link_error = '' and r.linked <> {_WANTED} order by r.key",
            {"remote": place[0], "target": place[1], "sister": sister[0], "where": sister[1]},
        )
        return [str(key) for (key,) in rows]

    def refuse(self, key: str, place: Place, why: str) -> None:
        """The remote takes no such link; it is not tried again before the object is written or retried."""
        self._db.execute(
            "update outbox set link_error=? where remote=? and target=? and key=?", (why, *place, key)
        )
