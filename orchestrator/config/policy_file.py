"""A policy file as frozen values: what follows from a finding, who is asked, what is excepted.

Every setting has a place: a company, a kind of insight, both or neither. The nearest place wins, and
a rule's own name wins over that of its kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from orchestrator.config.document import Document, Key
from orchestrator.model import Outcome, Share

NAME = ".orch/policy.toml"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """One table of the file: what it says for a company ('': all) and a kind of insight ('': all).

    `findings` is by kind of finding or rule, with the key that says so; None is what is left open.
    """

    company: str
    kind: str
    key: Key
    findings: Mapping[str, tuple[Outcome, Key]] = field(default_factory=dict)
    share: Share | None = None
    reapprove: bool | None = None
    licences: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PolicyException:
    """One value that somebody vouched for: its fingerprint, never the value itself.

    It holds through the day `until` (UTC), for one company or ('') for all. `key` is its place in the
    file.
    """

    fingerprint: str
    reason: str
    by: str
    until: date
    company: str
    key: Key


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy that was read. `name` is what messages call the file."""

    name: str
    document: Document
    scopes: tuple[Scope, ...] = ()
    exceptions: tuple[PolicyException, ...] = ()

    def at(self, key: Key) -> str:
        """`file:line` of a key."""
        return f"{self.name}:{self.document.line(key)}"

    def nearest(self, company: str, kind: str) -> Iterator[Scope]:
        """The tables that speak of a company and a kind of insight, the nearest first."""
        places = dict.fromkeys(((company, kind), (company, ""), ("", kind), ("", "")))
        known = {(scope.company, scope.kind): scope for scope in self.scopes}
        return (known[place] for place in places if place in known)

    def findings(self, company: str, kind: str) -> dict[str, tuple[Outcome, Key]]:
        """{kind of finding or rule: (outcome, its key)} for one company and kind of insight."""
        found: dict[str, tuple[Outcome, Key]] = {}
        for scope in self.nearest(company, kind):
            found = {**scope.findings, **found}
        return found

    def share(self, company: str, kind: str) -> tuple[Share, Key] | None:
        """Who is asked before that kind of insight is shared, and where it says so."""
        said = ((s.share, (*s.key, "share")) for s in self.nearest(company, kind))
        return _first(said)

    def reapprove(self, company: str, kind: str) -> tuple[bool, Key] | None:
        """Whether a new version of an approved insight asks again, and where it says so."""
        said = ((s.reapprove, (*s.key, "reapprove")) for s in self.nearest(company, kind))
        return _first(said)

    def licences(self, company: str) -> tuple[tuple[str, ...], Key] | None:
        """Licences that a component may carry without a person's look, and where it says so."""
        said = ((s.licences, (*s.key, "licences")) for s in self.nearest(company, ""))
        return _first(said)


def _first(said: Iterator[tuple[T | None, Key]]) -> tuple[T, Key] | None:
    return next(((value, key) for value, key in said if value is not None), None)
