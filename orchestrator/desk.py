"""What judging and writing for one company need, in one value: who works where, by which rules."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from orchestrator.config.group import Group
from orchestrator.config.refusals import Refusals
from orchestrator.model import Insight, Verdict, strictest
from orchestrator.scanning import judge
from orchestrator.store.company import CompanyStore
from orchestrator.validate import Policy
from orchestrator.validate.files import OTHER_COMPANY, REFUSED, of_commits


@dataclass(frozen=True, slots=True)
class Desk:
    """The group, a company's policy, its store, and what other companies refused."""

    group: Group
    policy: Policy
    store: CompanyStore
    refused: Refusals = field(default_factory=Refusals)

    @property
    def company(self) -> str:
        """The company whose store this is."""
        return self.store.company

    def judge(self, insight: Insight) -> Verdict:
        """The verdict on what an insight says and on the files behind it, by the policy for its kind."""
        policy = self.policy.of(insight.record.kind)
        said = judge(insight.record.texts(), policy)
        touched = self.touched_by(insight)
        touched |= self.refusals(insight, touched)
        findings = (*said.findings, *of_commits(touched, policy))
        return replace(said, outcome=strictest(findings), findings=findings) if touched else said

    def touched_by(self, insight: Insight) -> set[tuple[str, str]]:
        """(rule, name) of what the commits behind an insight touch, as `store.looks` has it."""
        return self.store.looks.behind(insight.id, (e.commit for e in insight.evidence))

    def refusals(self, insight: Insight, touched: AbstractSet[tuple[str, str]]) -> set[tuple[str, str]]:
        """(rule, company) of another company's no to what the same commit taught; `touched` is of `looks`.

        An anchor is of an author and a second, so that a commit of the same second that does not touch that
        company's paths has it too. What a company that is gone touched nobody can tell.
        """
        here = {company.id for company in self.group.companies}
        others = frozenset().union(*(self.refused.by.get(a, ()) for a in insight.anchors))
        return {(REFUSED, c) for c in others if c not in here or (OTHER_COMPANY, c) in touched}

    def unheard(self, insight: Insight) -> list[str]:
        """The other companies that the commits behind it touch and whose answers cannot be read now."""
        unread = self.refused.unread
        return [c for c in unread if (OTHER_COMPANY, c) in self.touched_by(insight)]
