"""Questions to the outbox: how its rows stand, and which of them no push can send.

What changes them is in `outbox`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import apsw

from orchestrator.store.outbox import GONE, Row, select_rows

ASIDE = ("stuck", "conflict", "dropped")  # states that no push touches before the wish or a person changes it
# What `remote.Hiding` says of it, written down by the last push.
UNSEEN = ("trashed", "not shown")
_UNSEEN = f"state = 'sending' and wanted_hash = '' and error in {UNSEEN}"
_FIRST = 20  # as many rows as a person reads


class SetAside:
    """Rows of `outbox`; writes nothing."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def find(self, states: Iterable[str], keys: Sequence[str] | None, remotes: Sequence[str]) -> list[Row]:
        """Rows in these states or with a refused link; of these keys (None: all) and remotes (none: all)."""
        return select_rows(
            self._db,
            "where (state in (select value from json_each(?1)) or link_error <> '') "
            "and (?2 is null or key in (select value from json_each(?2))) "
            "and (?3 = '[]' or remote in (select value from json_each(?3))) order by remote, key, target",
            (
                json.dumps(list(states)),
                None if keys is None else json.dumps(list(keys)),
                json.dumps(list(remotes)),
            ),
        )

    def for_a_person(self) -> list[Row]:
        """The first rows that wait for a person: refused by the remote, or edited there."""
        where = f"where state in ('stuck', 'conflict') order by remote, key limit {_FIRST}"
        return select_rows(self._db, where, ())

    def counts(self) -> dict[tuple[str, str], dict[str, int]]:
        """{(remote, target): {ok, edited, queued, unseen, stuck, conflict, gone, dropped}} in one pass.

        `edited`: as it should be, but for what a person wrote there since; `orch pull` saw it. `unseen`: to
        be taken away, and not shown at the last look. `gone`: to be there, and not shown.
        """
        rows = self._db.execute(
            f"select remote, target, case when state = 'conflict' and error = '{GONE}' then '{GONE}' "
            "when state in ('stuck', 'conflict', 'dropped') then state "
            f"when {_UNSEEN} then 'unseen' "
            "when wanted_hash <> sent_hash or state <> 'ready' then 'queued' "
            "when edited then 'edited' else 'ok' end as what, count(*) "
            "from outbox group by remote, target, what"
        )
        result: dict[tuple[str, str], dict[str, int]] = {}
        for remote, target, what, n in rows:
            result.setdefault((str(remote), str(target)), {})[str(what)] = int(n)
        return result
