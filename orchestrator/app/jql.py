"""The part of JQL that a folder of issues understands, and which projects a query names. Pure.

Clauses joined by AND: `project = ORCH AND status != done AND text ~ "cache" AND updated > -7d`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.errors import UsageError
from orchestrator.i18n import _

_TOKEN = re.compile(r'\s*("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[(),]|!=|>=|<=|!~|[=<>~]|[^\s(),=!<>~"\']+)')
_RELATIVE = re.compile(r"-(\d{1,5})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ALIASES = {"issuekey": "key", "issue": "key", "label": "labels"}
_OPERATORS = {
    **dict.fromkeys(("project", "status", "labels", "key"), ("=", "!=", "in")),
    **dict.fromkeys(("summary", "description", "text"), ("~", "!~")),
    "updated": (">", ">=", "<", "<="),
}

Facts = Mapping[str, Any]
"""Of an issue: project, status, key, summary, description, text: str; labels: list; updated: datetime."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One restriction: a field, an operator, and one value or several."""

    field: str
    operator: str
    values: tuple[str, ...]

    def holds(self, facts: Facts, now: datetime) -> bool:
        """Whether an issue fits."""
        if self.field == "updated":
            return _compared(facts["updated"], self.operator, _moment(self.values[0], now))
        held = facts[self.field]
        wanted = [v.casefold() for v in self.values]
        if self.operator in ("~", "!~"):
            return all(w in str(held).casefold() for w in wanted) is (self.operator == "~")
        mine = [str(h).casefold() for h in (held if isinstance(held, list) else [held])]
        return any(w in mine for w in wanted) is (self.operator != "!=")


def parse(query: str) -> tuple[Clause, ...]:
    """The clauses of a query. Raises UsageError for what a folder does not understand."""
    words = list(_tokens(query))
    clauses: list[Clause] = []
    while words:
        if words[0].lower() == "order":  # issues come newest first; another order changes no result
            break
        if clauses and words.pop(0).lower() != "and":
            raise _beyond(query)
        clauses.append(_clause(words, query))
    if not clauses:
        raise UsageError(_("a search needs a restriction"), "project = ORCH AND updated > -7d")
    return tuple(clauses)


def projects(query: str) -> tuple[str, ...]:
    """The projects that a query asks for by `project = …` or `project in (…)`, whatever else it says."""
    words = _TOKEN.findall(query)
    named: list[str] = []
    for at, word in enumerate(words[:-2]):
        if word.lower() == "project" and words[at + 1] == "=":
            named.append(_plain(words[at + 2]))
        elif word.lower() == "project" and words[at + 1].lower() == "in":
            named += map(_plain, _listed(words[at + 2 :]))
    return tuple(dict.fromkeys(named))


def _tokens(query: str) -> Iterator[str]:
    at = 0
    while query[at:].strip():
        found = _TOKEN.match(query, at)
        if found is None:
            raise _beyond(query)
        yield found[1]
        at = found.end()


def _clause(words: list[str], query: str) -> Clause:
    if len(words) < 3:
        raise _beyond(query)
    name, operator = words.pop(0).lower(), words.pop(0).lower()
    field = _ALIASES.get(name, name)
    if operator not in _OPERATORS.get(field, ()):
        raise _beyond(query)
    if operator != "in":
        value = _plain(words.pop(0))
        if field == "updated":
            _moment(value, datetime.now(UTC))
        return Clause(field, operator, (value,))
    values = tuple(map(_plain, _listed(words)))
    if not values:
        raise _beyond(query)
    del words[: words.index(")") + 1]
    return Clause(field, operator, values)


def _listed(words: Iterable[str]) -> list[str]:
    """What stands between parentheses; nothing where they do not close."""
    given = list(words)
    if given[:1] != ["("] or ")" not in given:
        return []
    return [w for w in given[1 : given.index(")")] if w != ","]


def _plain(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word[:1] in ('"', "'") else word


def _moment(value: str, now: datetime) -> datetime:
    if found := _RELATIVE.fullmatch(value):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        return datetime.fromisoformat(value.replace("/", "-")).replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError(_("{value} is not a date").format(value=value), "-7d, 2026-01-31") from error


def _compared(held: datetime, operator: str, wanted: datetime) -> bool:
    if operator.endswith("=") and held == wanted:
        return True
    return held > wanted if operator.startswith(">") else held < wanted


def _beyond(query: str) -> UsageError:
    return UsageError(
        _("a folder of issues does not understand this query: {query}").format(query=query),
        _("it knows project, status, labels, key, summary, description, text and updated, joined by AND"),
    )
