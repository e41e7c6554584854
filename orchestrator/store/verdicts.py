"""What validation said of each insight, in the company store, and what it lets wait for a person."""

from __future__ import annotations

import json
from collections.abc import Iterable

import apsw

from orchestrator.leaving import leaving_version
from orchestrator.model import Finding, Insight, Outcome, Verdict

_OPEN = (
    "from insight i join verdict v on v.insight_id = i.id and v.version = i.version "
    "where i.state='active' and i.kind <> 'document' "
    "and not exists (select 1 from twin where insight_id = i.id) and not exists "
    "(select 1 from decision d where d.seq = (select max(seq) from decision "
    "where insight_id = i.id and action <> 'edit') and d.action <> 'ask' "
    "and (d.version = v.leaves or d.action in ('refuse', 'withdraw') and d.scope <> 'version'))"
)
_UNDECIDED = f"{_OPEN} and v.outcome <> 'block'"


class Verdicts:
    """Rows of `verdict`, one an insight; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def put(self, insight: Insight, verdict: Verdict, at: str) -> None:
        """Remember what validation said of this version."""
        findings = [[f.rule, f.kind, f.field, f.start, f.end, f.outcome.value] for f in verdict.findings]
        self._db.execute(
            "insert into verdict values (?,?,?,?,?,?,?,?) on conflict (insight_id) do update set "
            "version=excluded.version, leaves=excluded.leaves, outcome=excluded.outcome, "
            "findings=excluded.findings, redacted=excluded.redacted, policy=excluded.policy, "
            "judged_at=excluded.judged_at",
            (
                insight.id,
                insight.version,
                leaving_version(insight.record, verdict),
                verdict.outcome.value,
                json.dumps(findings),
                json.dumps(dict(verdict.redacted), ensure_ascii=False),
                verdict.policy,
                at,
            ),
        )

    def of(self, insight: Insight) -> Verdict | None:
        """The verdict on the insight's present version; None when that version was not judged."""
        row = self._db.execute(
            "select outcome, findings, redacted, policy from verdict where insight_id=? and version=?",
            (insight.id, insight.version),
        ).fetchone()
        if row is None:
            return None
        findings = tuple(
            Finding(rule, kind, field, start, end, Outcome(outcome))
            for rule, kind, field, start, end, outcome in json.loads(row[1])
        )
        return Verdict(Outcome(row[0]), findings, json.loads(row[2]), row[3])

    def undecided(self) -> int:
        """How many active learnings wait for a person: no decision yet on this version, not blocked.

        Documents are left out: they stay inside the company.
        """
        row = self._db.execute(f"select count(*) {_UNDECIDED}").fetchone()
        return int(row[0]) if row else 0

    def waiting(self, kinds: Iterable[str]) -> int:
        """How many of these kinds wait for a person, and are let through by validation."""
        row = self._db.execute(
            f"select count(*) {_UNDECIDED} and i.kind in (select value from json_each(?))",
            (json.dumps(list(kinds)),),
        ).fetchone()
        return int(row[0]) if row else 0

    def blocked(self) -> int:
        """How many active learnings validation blocks, and nobody has refused."""
        row = self._db.execute(f"select count(*) {_OPEN} and v.outcome = 'block'").fetchone()
        return int(row[0]) if row else 0

    def shareable(self, limit: int) -> list[str]:
        """The ids of undecided learnings that validation lets through, best score first, then oldest."""
        rows = self._db.execute(
            f"select i.id {_UNDECIDED} and v.outcome in (?, ?) "
            "order by i.score desc, i.created_at, i.id limit ?",
            (Outcome.ALLOW.value, Outcome.REDACT.value, max(0, limit)),
        )
        return [str(row[0]) for row in rows]

    def stopped(self) -> list[str]:
        """Ids of active learnings whose very words were agreed to, and which the policy of today holds back.

        Not of those that were reworded since: they ask as something new does.
        """
        rows = self._db.execute(
            "select i.id from insight i join verdict v on v.insight_id = i.id and v.version = i.version "
            "join decision d on d.seq = (select max(seq) from decision "
            "where insight_id = i.id and action <> 'edit') "
            "where i.state='active' and i.kind <> 'document' and d.action = 'approve' "
            "and not exists (select 1 from twin where insight_id = i.id) "
            "and d.record = i.version and (v.outcome = 'block' or d.version <> v.leaves) order by i.id"
        )
        return [str(row[0]) for row in rows]
