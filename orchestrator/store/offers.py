"""Offers: what other companies shared, as this company sees it, and what it answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import apsw

PREFIX = "offer:"  # of outbox rows and search entries about offers: ids of insights are public
_COLUMNS = (
    "key, company, kind, title, content, metadata, hash, fit, reasons, state, answer, who, "
    "offered_at, answered_at, before"
)


STATES = ("open", "accepted", "declined", "withdrawn")
TAKEN_BACK = "update offer set title = '' where state = 'withdrawn';"  # what was kept of their words before


def offer_ref(company: str, key: str) -> str:
    """What an offer is called in the outbox, the search index and the company's own issues.

    A name space of its own: whatever another company calls its row, it never means an insight of ours.
    """
    return f"{PREFIX}{company}:{key}"


def key_of(ref: str) -> str:
    """The id that people know: the offer's own key, or the insight's id as it is."""
    return ref.rpartition(":")[2] if ref.startswith(PREFIX) else ref


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer. `fit` lies in 0..1 and `reasons` explain it; `answer` is the person's reason.

    `before` is the state in which its origin took it back or, "accepted" of an open one, gave it other words.
    """

    key: str
    company: str
    kind: str
    title: str
    content: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    hash: str = ""
    fit: float = 0.0
    reasons: tuple[str, ...] = ()
    state: str = "open"
    answer: str = ""
    who: str = ""
    offered_at: str = ""
    answered_at: str = ""
    before: str = "open"

    @property
    def was_accepted(self) -> bool:
        """Whether it is accepted, or was until its origin took it back."""
        return self.state == "accepted" or (self.state == "withdrawn" and self.before == "accepted")

    @property
    def changed_since(self) -> bool:
        """Whether it was accepted in other words: a task keeps those until a person answers anew."""
        return self.state == "open" and self.before == "accepted"

    @property
    def ref(self) -> str:
        """Its name outside the table of offers."""
        return offer_ref(self.company, self.key)


class Offers:
    """Rows of `offer`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def put(self, offer: Offer) -> None:
        """Insert, or take over a newer text and fit; an answer that was given is kept."""
        self._db.execute(
            f"insert into offer ({_COLUMNS}) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
            "on conflict (key) do update set kind=excluded.kind, title=excluded.title, "
            "content=excluded.content, "
            "metadata=excluded.metadata, hash=excluded.hash, fit=excluded.fit, reasons=excluded.reasons, "
            "state = case when offer.state = 'withdrawn' then offer.before else offer.state end",
            (
                offer.key,
                offer.company,
                offer.kind,
                offer.title,
                offer.content,
                json.dumps(dict(offer.metadata), ensure_ascii=False),
                offer.hash,
                offer.fit,
                json.dumps(offer.reasons, ensure_ascii=False),
                offer.state,
                offer.answer,
                offer.who,
                offer.offered_at,
                offer.answered_at,
                offer.before,
            ),
        )

    def answer(self, key: str, state: str, *, who: str, reason: str, at: str) -> None:
        """Remember what this company said to an offer."""
        self._db.execute(
            "update offer set state=?, before='open', who=?, answer=?, answered_at=? where key=?",
            (state, who, reason, at, key),
        )

    def ask_again(self, key: str, *, asked: bool) -> None:
        """Whether an accepted offer waits for a new answer, since its words are others now."""
        state = ("open", "accepted") if asked else ("accepted", "open")
        self._db.execute("update offer set state=?, before=? where key=?", (*state, key))

    def living_keys(self) -> list[str]:
        """The keys of offers that were not taken back."""
        return [str(k) for (k,) in self._db.execute("select key from offer where state <> 'withdrawn'")]

    def withdraw(self, keys: Sequence[str]) -> list[Offer]:
        """Mark offers whose origin took them back; their text is forgotten, the title too. Returns them.

        A task that people made of one is found by its id.
        """
        rows = self._db.execute(
            "update offer set before = case state when 'open' then before else state end, "
            "state='withdrawn', title='', content='', metadata='{}', hash='', "
            "reasons='[]' "
            "where state <> 'withdrawn' and key in (select value from json_each(?)) "
            f"returning {_COLUMNS}",
            (json.dumps(list(keys)),),
        ).fetchall()
        return [_offer(row) for row in rows]

    def get(self, key: str) -> Offer | None:
        """The offer of that key."""
        return next(iter(self._select("where key = ?", (key,))), None)

    def at(self, ref: str) -> Offer | None:
        """The offer that a row of the outbox or the search index is about; None for what is no offer."""
        found = self.get(key_of(ref)) if ref.startswith(PREFIX) else None
        return found if found is not None and found.ref == ref else None

    def living(self) -> int:
        """How many offers were not taken back."""
        return sum(n for state, n in self.counts().items() if state != "withdrawn")

    def matching(self, prefix: str) -> list[Offer]:
        """Offers whose id begins with these digits (with or without its `i1-`), or the row of that number."""
        begins = "substr(key, 1, 3 + length(?2)) = 'i1-' || ?2 and ?2 <> ''"
        digits = prefix.removeprefix("i1-")
        return self._select(f"where key = ?1 or {begins} order by key", (prefix, digits))

    def listing(self, states: Sequence[str] = ("open",)) -> list[Offer]:
        """Offers, best fit first."""
        return self._select(
            "where state in (select value from json_each(?)) order by fit desc, key",
            (json.dumps(list(states)),),
        )

    def counts(self) -> dict[str, int]:
        """How many offers there are in each state."""
        rows = self._db.execute("select state, count(*) from offer group by state")
        return {str(state): int(n) for state, n in rows}

    def _select(self, where: str, values: tuple[str, ...]) -> list[Offer]:
        rows = self._db.execute(f"select {_COLUMNS} from offer {where}", values)
        return [_offer(row) for row in rows]


def _offer(row: tuple[Any, ...]) -> Offer:
    values = list(row)
    values[5] = json.loads(values[5])
    values[8] = tuple(json.loads(values[8]))
    return Offer(*values)
