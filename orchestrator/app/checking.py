"""`orch check`: any text, judged by the policies of all companies in question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.app.policy_explain import Explained, explained
from orchestrator.app.workspace import Workspace
from orchestrator.model import Outcome
from orchestrator.scanning import judge
from orchestrator.validate import Policy


@dataclass(frozen=True, slots=True)
class Checked:
    """What follows for a text, every finding at its place in it, and the text as it may leave."""

    outcome: Outcome
    findings: tuple[Explained, ...]
    redacted: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, each once, never the value."""
        return tuple(dict.fromkeys(f.sentence for f in self.findings))


def check_text(workspace: Workspace, chosen: str | None, text: str) -> Checked:
    """Judge a text by the policy of each company in question, of a group without any by the group's.

    Of several companies the strictest outcome counts, and what any of them finds is taken out.
    """
    outcome, cleaned = Outcome.ALLOW, text
    found: dict[tuple[str, int, int, str], Explained] = {}
    for policy in _policies(workspace, chosen):
        texts = {"content": text}
        verdict = judge(texts, policy)
        outcome = max(outcome, verdict.outcome, key=lambda o: o.severity)
        for f in explained(workspace, policy, verdict, texts):
            found.setdefault((f.rule, f.start, f.end, f.outcome), f)
        if verdict.redacted["content"] != text:  # what the companies before it found is out already
            again = verdict if cleaned == text else judge({"content": cleaned}, policy)
            cleaned = again.redacted["content"]
    return Checked(outcome, tuple(found.values()), cleaned)


def _policies(workspace: Workspace, chosen: str | None) -> Iterator[Policy]:
    companies = workspace.companies(chosen)
    if not companies:
        yield Policy.for_company(workspace.group, "")
    for company in companies:
        desk = workspace.desk(company)
        with desk.store:
            yield desk.policy
