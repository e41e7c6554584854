"""`orch check`: any text, judged by the policies of all companies in question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from orchestrator.app.policy_explain import Explained, explained
from orchestrator.app.workspace import Workspace
from orchestrator.config.match import match_company
from orchestrator.model import Outcome, strictest
from orchestrator.scanning import judge
from orchestrator.validate import Policy
from orchestrator.validate.files import of_paths


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


def check_text(
    workspace: Workspace, chosen: str | None, text: str | None, paths: Sequence[str] = ()
) -> Checked:
    """Judge a text by the policy of each company in question, of a group without any by the group's.

    Of several companies the strictest outcome counts, and what any of them finds is taken out. `paths` are
    files, from the repository's top, that would leave: their names are judged by the companies whose they
    are, and no confidential file passes. Without a text (None) only they are.
    """
    named = {f"path {number}": path for number, path in enumerate(paths, start=1)}
    spoken = {} if text is None else {"content": text}
    texts = {**spoken, **named}
    whose = {path: _judges(workspace, chosen, path) for path in paths}
    outcome, cleaned = Outcome.ALLOW, text or ""
    found: dict[tuple[str, str, int, int, str], Explained] = {}
    for policy in _policies(workspace, chosen):
        theirs = {name: path for name, path in named.items() if policy.company in whose[path]}
        said = judge({**spoken, **theirs}, policy)
        findings = (*said.findings, *of_paths(theirs.values(), policy))
        verdict = replace(said, findings=findings, outcome=strictest(findings))
        outcome = max(outcome, verdict.outcome, key=lambda o: o.severity)
        for f in explained(workspace, policy, verdict, texts):
            found.setdefault((f.rule, f.field, f.start, f.end, f.outcome), f)
        if text is not None and verdict.redacted["content"] != text:
            # what the companies before it found is out already
            again = verdict if cleaned == text else judge({"content": cleaned}, policy)
            cleaned = again.redacted["content"]
    return Checked(outcome, tuple(found.values()), cleaned)


def _judges(workspace: Workspace, chosen: str | None, path: str) -> tuple[str, ...]:
    """Of the companies in question those whose file it is, all of them where it is nobody's of them.

    To the others, the folder of the company that owns it would be another company's name.
    """
    asked = tuple(workspace.companies(chosen)) or ("",)
    owners = match_company(workspace.group, path)
    return tuple(c for c in asked if c in owners) or asked


def _policies(workspace: Workspace, chosen: str | None) -> Iterator[Policy]:
    companies = workspace.companies(chosen)
    if not companies:
        yield Policy.for_company(workspace.group, "")
    for company in companies:
        desk = workspace.desk(company)
        with desk.store:
            yield desk.policy
