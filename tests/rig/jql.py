"""The part of JQL that orch may use, on issues as the search index holds them.

Fields, operators and functions beyond it are refused with 400, as the vendor does with what it does
not know; so is a query without a restriction. Absolute dates are read in the account's time zone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

CURRENT_USER = "712020:orch"
ACCOUNT_ZONE = timezone(timedelta(hours=-3))
_TOKEN = re.compile(
    r"""\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[(),]|!=|>=|<=|!~|=|>|<|~|[^\s(),=!<>~"']+)"""
)
_RELATIVE = re.compile(r"([+-]?)(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DATES = {"created", "updated"}
_TEXTS = {"summary", "description", "text"}
_FIELDS = {
    "project",
    "creator",
    "labels",
    "key",
    "id",
    "status",
    "statuscategory",
    "issuetype",
    *_DATES,
    *_TEXTS,
}
_ALIASES = {"issuekey": "key", "issue": "key", "type": "issuetype", "label": "labels"}

Facts = Mapping[str, Any]  # of an issue: field -> text, texts or datetime
Test = Callable[[Facts], bool]


class JqlError(Exception):
    """The query is refused; the text is the vendor's message."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: a test of an issue's facts, and the order wanted."""

    matches: Test
    order: tuple[tuple[str, bool], ...]  # field, descending

    def select(self, issues: Sequence[Facts]) -> list[Facts]:
        """The issues that match, in order; newest first when no order was asked for."""
        found = [issue for issue in issues if self.matches(issue)]
        for name, descending in reversed(self.order or (("created", True),)):
            found.sort(key=lambda issue: issue["number" if name == "key" else name], reverse=descending)
        return found


def parse(text: str, now: datetime, projects: Sequence[str]) -> Query:
    """Read a query. Raises JqlError with the vendor's message."""
    tokens = _tokens(text)
    where, order = _parts(tokens)
    if not where:
        refusal = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        raise JqlError(refusal)
    parser = _Parser(where, now, projects)
    test = parser.disjunction()
    if parser.rest():
        raise JqlError(
            f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{parser.rest()[0]}'."
        )
    return Query(test, tuple(_order(order)))


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise JqlError(f"Error in the JQL Query: The character '{text[at]}' is a reserved JQL character.")
        tokens.append(found[1])
        at = found.end()
    return tokens


def _parts(tokens: list[str]) -> tuple[list[str], list[str]]:
    """What stands before and after ORDER BY."""
    for at, pair in enumerate(itertools.pairwise(tokens)):
        if [word.lower() for word in pair] == ["order", "by"]:
            return tokens[:at], tokens[at + 2 :]
    return tokens, []


def _order(tokens: list[str]) -> list[tuple[str, bool]]:
    order = []
    for part in " ".join(tokens).lower().split(","):
        words = part.split()
        if not words:
            continue
        name = _ALIASES.get(words[0], words[0])
        if name not in {"key", "id", "created", "updated", "summary", "status"}:
            raise JqlError(f"Not able to sort using field '{words[0]}'.")
        order.append((name, words[1:] == ["desc"]))
    return order


class _Parser:
    def __init__(self, tokens: list[str], now: datetime, projects: Sequence[str]) -> None:
        self._tokens, self._now, self._projects = tokens, now, projects

    def rest(self) -> list[str]:
        return self._tokens

    def disjunction(self) -> Test:
        tests = [self._conjunction()]
        while self._taken("or"):
            tests.append(self._conjunction())
        return lambda issue: any(test(issue) for test in tests)

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self._taken("and"):
            tests.append(self._negation())
        return lambda issue: all(test(issue) for test in tests)

    def _negation(self) -> Test:
        if self._taken("not"):
            inner = self._negation()
            return lambda issue: not inner(issue)
        if self._taken("("):
            inner = self.disjunction()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Test:
        written = _unquoted(self._take())
        name = _ALIASES.get(written.lower(), written.lower())
        if name not in _FIELDS:
            raise JqlError(f"Field '{written}' does not exist or you do not have permission to view it.")
        operator = self._take().lower()
        if operator == "is":
            return self._emptiness(name)
        negative = operator == "not"
        if negative or operator == "in":
            if negative:
                self._expect("in")
            return self._membership(name, negative)
        return self._comparison(name, operator, self._take())

    def _emptiness(self, name: str) -> Test:
        wanted = not self._taken("not")
        if not (self._taken("empty") or self._taken("null")):
            raise JqlError("Error in the JQL Query: 'is' takes EMPTY or NULL.")
        return lambda issue: (not issue[name]) == wanted

    def _membership(self, name: str, negative: bool) -> Test:
        self._expect("(")
        values = [self._known(name, self._take())]
        while self._taken(","):
            values.append(self._known(name, self._take()))
        self._expect(")")
        # As in the vendor's JQL, a negative test leaves issues out that have no value at all.
        return lambda issue: bool(issue[name]) and _holds(issue[name], values) != negative

    def _comparison(self, name: str, operator: str, value: str) -> Test:
        if name in _DATES:
            return self._date_test(name, operator, _unquoted(value))
        if operator in ("~", "!~") and name in _TEXTS:
            words = _unquoted(value).casefold().split()
            return lambda issue: all(w in issue[name].casefold() for w in words) == (operator == "~")
        if operator not in ("=", "!=") or name in _TEXTS:
            raise JqlError(f"The operator '{operator}' is not supported by the '{name}' field.")
        wanted = [self._known(name, value)]
        return lambda issue: bool(issue[name]) and _holds(issue[name], wanted) == (operator == "=")

    def _date_test(self, name: str, operator: str, value: str) -> Test:
        moment = self._moment(name, value)
        tests: dict[str, Test] = {
            ">": lambda issue: issue[name] > moment,
            ">=": lambda issue: issue[name] >= moment,
            "<": lambda issue: issue[name] < moment,
            "<=": lambda issue: issue[name] <= moment,
        }
        if operator not in tests:
            raise JqlError(f"The operator '{operator}' is not supported by the '{name}' field.")
        return tests[operator]

    def _moment(self, name: str, value: str) -> datetime:
        relative = _RELATIVE.fullmatch(value)
        if relative:
            return self._relative(name, value, relative)
        for form in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
            try:
                return datetime.strptime(value, form).replace(tzinfo=ACCOUNT_ZONE)
            except ValueError:
                continue
        raise JqlError(
            f"Date value '{value}' for field '{name}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
            "e.g. '-5d', '4w 2d'."
        )

    def _relative(self, name: str, value: str, period: re.Match[str]) -> datetime:
        try:
            length = timedelta(**{_UNITS[period[3]]: int(period[2])})
            return self._now + (-length if period[1] == "-" else length)
        except OverflowError as error:
            raise JqlError(f"Date value '{value}' for field '{name}' is invalid.") from error

    def _known(self, name: str, value: str) -> str:
        plain = _unquoted(value)
        if name == "creator" and plain.lower() == "currentuser":
            self._expect("(")
            self._expect(")")
            return CURRENT_USER
        if name == "project" and plain.upper() not in self._projects:
            raise JqlError(f"The value '{plain}' does not exist for the field 'project'.")
        return plain

    def _take(self) -> str:
        if not self._tokens:
            raise JqlError("Error in the JQL Query: The query ends where something was expected.")
        return self._tokens.pop(0)

    def _taken(self, word: str) -> bool:
        if self._tokens and self._tokens[0].lower() == word:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._taken(word):
            raise JqlError(f"Error in the JQL Query: Expecting '{word}'.")


def _holds(found: Any, wanted: Sequence[str]) -> bool:
    values = [found] if isinstance(found, str) else found
    folded = {value.casefold() for value in wanted}
    return any(value.casefold() in folded for value in values)


def _unquoted(token: str) -> str:
    if len(token) > 1 and token[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    return token
