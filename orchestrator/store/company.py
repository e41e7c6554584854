"""One company's store: everything only this company knows, in one SQLite file of its own.

There is no company column as a wall: another company's file is simply not opened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import apsw

from orchestrator.errors import LockedError
from orchestrator.i18n import _
from orchestrator.store.absent import Absent
from orchestrator.store.catalogue import Catalogue
from orchestrator.store.cited import Cited
from orchestrator.store.database import Recognise, damaged, identity, open_database
from orchestrator.store.decisions import Decisions
from orchestrator.store.erasing import Erasing
from orchestrator.store.evidence import EvidenceTable
from orchestrator.store.insights import Insights
from orchestrator.store.links import Links
from orchestrator.store.looks import Looks
from orchestrator.store.mirror import Mirror
from orchestrator.store.offers import Offers
from orchestrator.store.outbox import Outbox
from orchestrator.store.pauses import Pauses
from orchestrator.store.places import Places
from orchestrator.store.search_index import SearchIndex
from orchestrator.store.set_aside import SetAside
from orchestrator.store.superseding import Superseding
from orchestrator.store.touched import Touched
from orchestrator.store.twins import Twins
from orchestrator.store.unread import UnreadTable
from orchestrator.store.vectors import ONE_MODEL, Vectors
from orchestrator.store.verdicts import Verdicts
from orchestrator.transaction import transaction

if TYPE_CHECKING:
    from orchestrator.store.salvage import Salvaged

FILE_NAME = "orch.db"
TENANT = "tenant"  # the setting that says whose store it is: name and paths, when it was last used
DRAINED = "drained"  # the setting that says what the last drain that came to its end started from

# (identity of the store, its decisions): told when some were appended.
Keep = Callable[[str, Decisions], None]


class CompanyStore:
    """Open with `with CompanyStore(folder, "empresa-a") as store:`.

    Its parts share one connection, so that one `transaction()` covers all of them. `recognise`: see
    `open_database`; `keep` is told when the store is closed after decisions, `closed` whenever it is. Leaving
    the `with` raises StoreError, with the file's name, for damage met on the way.
    """

    def __init__(
        self,
        folder: Path,
        company: str,
        recognise: Recognise | None = None,
        keep: Keep | None = None,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        self.company, self._keep, self._closed = company, keep, closed
        self.path = folder / FILE_NAME
        self._db = open_database(self.path, recognise)
        self._then: list[Callable[[], None]] = []
        self.insights = Insights(self._db, company)
        self.evidence = EvidenceTable(self._db)
        self.verdicts = Verdicts(self._db)
        self.decisions = Decisions(self._db)
        self.outbox = Outbox(self._db)
        self.pauses = Pauses(self._db)
        self.set_aside = SetAside(self._db)
        self.places = Places(self._db)
        self.links = Links(self._db)
        self.offers = Offers(self._db)
        self.touched = Touched(self._db)
        self.mirror = Mirror(self._db)
        self.looks = Looks(self._db)
        self.absent = Absent(self._db)
        self.catalogue = Catalogue(self._db, company)
        self.twins = Twins(self._db)
        self.superseding = Superseding(self._db)
        self.cited = Cited(self._db)
        self.index = SearchIndex(self._db)
        self.vectors = Vectors(self._db)
        self.erasing = Erasing(self._db)
        self.unread = UnreadTable(self._db)

    def __enter__(self) -> CompanyStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        finally:
            if isinstance(value, apsw.CorruptError | apsw.NotADBError):
                raise damaged(self.path, value) from value
            if isinstance(value, apsw.ConstraintError) and ONE_MODEL in str(value):
                raise LockedError(
                    _("{path} changed to another language model meanwhile").format(path=self.path),
                    _("try again shortly"),
                ) from value

    def close(self) -> None:
        """Close the file; a store that is closed stays closed."""
        try:
            if self._keep and self.decisions.grew:
                self._keep(self.identity, self.decisions)
                self.decisions.grew = False
        finally:
            self._db.close()
            self._closed()

    @property
    def identity(self) -> str:
        """What this store is known by on this machine; '' for one that was opened without asking."""
        return identity(self._db)[0]

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction of this connection is under way."""
        return self._db.in_transaction

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when it returns; then comes what waited for it (`after_commit`)."""
        if self._db.in_transaction:
            yield
            return
        self._then = []
        with transaction(self._db):
            yield
        then, self._then = self._then, []
        for act in then:
            act()

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do this once the transaction under way is durable, never if it is taken back."""
        self._then.append(act)

    def size(self) -> int:
        """Bytes on disk: the database with its log and index of the log."""
        files = (self.path.with_name(self.path.name + end) for end in ("", "-wal", "-shm"))
        return sum(f.stat().st_size for f in files if f.exists())

    def integrity(self) -> str:
        """What SQLite's own check finds wrong with the file, '' when nothing."""
        answer = str(self._db.execute("pragma quick_check(1)").fetchall()[0][0])
        return "" if answer == "ok" else " ".join(answer.split())

    def take_over(self, damaged: Path) -> Salvaged:
        """Fill this empty store with what can be read of a damaged one; see `salvage`."""
        from orchestrator.store.salvage import salvage

        with self.transaction():
            return salvage(damaged, self._db, self.decisions)

    # ---------------------------------------------------------------- what was read of git

    def tips(self) -> dict[str, str]:
        """Ref → commit, as they were when everything below them had been read."""
        return {str(r): str(c) for r, c in self._db.execute("select ref, commit_id from tip")}

    def holders(self) -> dict[str, str]:
        """Of the tips those that stand for a tag: see `git.tags`."""
        rows = self._db.execute("select ref, commit_id from tip where ref >= '+' and ref < ','")
        return {str(r): str(c) for r, c in rows}

    def advance(self, tips: Mapping[str, str]) -> None:
        """Everything below these tips is in the store now; what else a drain does is still to come."""
        self._db.execute("delete from tip")
        self._db.executemany("insert into tip values (?,?)", list(tips.items()))
        self._db.execute("delete from seen")
        self.put_setting(DRAINED, "")

    def broke_off(self) -> bool:
        """Whether a drain read commits above the tips and did not come to its end."""
        return self._db.execute("select 1 from seen limit 1").fetchone() is not None

    def seen(self) -> set[str]:
        """Commits above the tips that were read by a drain which did not come to its end."""
        return {str(r[0]) for r in self._db.execute("select commit_id from seen")}

    def unseen(self, commits: Iterable[str]) -> set[str]:
        """Those of these commits that no interrupted drain has read; costs what is asked."""
        sql = "select value from json_each(?) where value not in (select commit_id from seen)"
        return {str(r[0]) for r in self._db.execute(sql, (json.dumps(list(commits)),))}

    def add_seen(self, commits: Iterable[str]) -> None:
        """Remember that these commits are in the store, ahead of `advance`."""
        self._db.executemany("insert into seen values (?) on conflict do nothing", [(c,) for c in commits])
        self.put_setting(DRAINED, "")

    # ---------------------------------------------------------------- people and settings

    def people(self) -> tuple[str, ...]:
        """Names and e-mail addresses of the authors who were seen: they must not leave the company."""
        return tuple(str(r[0]) for r in self._db.execute("select name from person order by name"))

    def put_people(self, names: Iterable[str]) -> None:
        """Remember authors' names and addresses."""
        self._db.executemany(
            "insert into person values (?) on conflict do nothing", [(n,) for n in names if n]
        )

    def setting(self, name: str) -> str:
        """A small remembered value, '' when absent."""
        row = self._db.execute("select value from setting where name=?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def put_setting(self, name: str, value: str) -> None:
        """Remember a small value."""
        self._db.execute(
            "insert into setting values (?,?) on conflict (name) do update set value=excluded.value",
            (name, value),
        )
