"""What the group's memory held at the last pull: keys and times of change, and checksums of them.

The other side computes the same checksums (`orchestrator_memory_digest` of the migrations), so that two
sides compare 256 small rows instead of all keys. They find slips, not fraud: who may write to the memory
may as well write rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

import apsw

MIGRATION = """
create table mirror (
  key    text primary key,
  stamp  integer not null,  -- microseconds since 1970
  bucket integer not null,
  mark   integer not null
) strict, without rowid;
create index mirror_bucket on mirror (bucket, mark);
create index mirror_stamp on mirror (stamp);
"""


def bucket_of(key: str) -> int:
    """The first byte of the key's MD5."""
    return hashlib.md5(key.encode(), usedforsecurity=False).digest()[0]


def mark_of(key: str, stamp: int) -> int:
    """The first four bytes of the MD5 of key and time; a bucket's checksum is their sum."""
    return int.from_bytes(hashlib.md5(f"{key} {stamp}".encode(), usedforsecurity=False).digest()[:4])


class Mirror:
    """Rows of `mirror`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def put(self, stamps: Mapping[str, int]) -> None:
        """These keys were there, changed at these times."""
        rows = [(key, stamp, bucket_of(key), mark_of(key, stamp)) for key, stamp in stamps.items()]
        self._db.executemany("insert or replace into mirror values (?,?,?,?)", rows)

    def forget(self, keys: Iterable[str]) -> None:
        """These keys are there no more."""
        self._db.execute(
            "delete from mirror where key in (select value from json_each(?))", (json.dumps(list(keys)),)
        )

    def clear(self) -> None:
        """Nothing is known: another memory is asked now."""
        self._db.execute("delete from mirror")

    def newest(self) -> int:
        """The latest time of change; 0 when nothing is known."""
        (found,) = self._db.execute("select coalesce(max(stamp), 0) from mirror").fetchall()[0]
        return int(str(found))

    def digest(self) -> dict[int, tuple[int, int]]:
        """Entries and checksum of each bucket that is not empty."""
        rows = self._db.execute("select bucket, count(*), sum(mark) from mirror group by bucket")
        return {int(str(b)): (int(str(n)), int(str(s))) for b, n, s in rows}

    def stamps(self, buckets: Sequence[int]) -> dict[str, int]:
        """What is known of these buckets."""
        sql = "select key, stamp from mirror where bucket in (select value from json_each(?))"
        return {str(k): int(str(s)) for k, s in self._db.execute(sql, (json.dumps(list(buckets)),))}

    def absent_offers(self) -> list[str]:
        """Keys of living offers that the memory does not hold."""
        sql = (
            "select key from offer where state <> 'withdrawn'"
            " and not exists (select 1 from mirror where mirror.key = offer.key)"
        )
        return [str(key) for (key,) in self._db.execute(sql)]
