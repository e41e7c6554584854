"""`orch policy explain`: each finding, who decided what follows, and what would be sent where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from orchestrator.app.insights import find_insight, readable
from orchestrator.app.policy import source_of
from orchestrator.app.workspace import Workspace, person
from orchestrator.config import policy_load
from orchestrator.config.policy_key import policy_key
from orchestrator.ledger import agreed
from orchestrator.model import Finding, Verdict
from orchestrator.scanning import judge
from orchestrator.validate import Policy, explain
from orchestrator.validate.exception import fingerprint, may_be_excepted
from orchestrator.validate.kinds import excepted as least_of_exception
from orchestrator.wishes import wishes

MONTHS = timedelta(days=180)  # how long the exception that is proposed holds


@dataclass(frozen=True, slots=True)
class Explained:
    """One finding: where it is (never what), what follows, which line decided, and its fingerprint.

    `fingerprint` is '' where no exception would change anything; `becomes` is what one comes to.
    """

    rule: str
    kind: str
    field: str
    start: int
    end: int
    outcome: str
    sentence: str
    source: str
    fingerprint: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What one remote would get: its title as it may be read, and how many characters of text."""

    remote: str
    target: str
    title: str
    characters: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one insight, or about one text (`insight` '')."""

    company: str
    insight: str
    outcome: str
    policy: str
    consent: str
    share: str
    findings: tuple[Explained, ...]
    sent: tuple[Sent, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def explain_insight(workspace: Workspace, chosen: str | None, prefix: str) -> Explanation:
    """What today's policy says of one insight; nothing is written down."""
    company, insight = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store as store:
        verdict = desk.judge(insight)
        policy = desk.policy.of(insight.record.kind)
        word = agreed(store, insight, verdict)
        told = readable(desk, insight, verdict)
        sent = tuple(
            Sent(w.remote, w.target, w.entry.title, len(w.entry.body))
            for w in wishes(told, verdict, "approve", desk.group)
        )
    texts = insight.record.texts()
    return Explanation(
        company,
        insight.id,
        verdict.outcome.value,
        desk.policy.hash,
        word,
        policy.share(insight.record.kind).value,
        tuple(explained(workspace, policy, verdict, texts)),
        sent,
    )


def explain_text(workspace: Workspace, chosen: str | None, text: str) -> list[Explanation]:
    """The same of any text, by the policy of each company in question."""
    found = []
    for company in workspace.companies(chosen):
        desk = workspace.desk(company)
        with desk.store:
            policy = desk.policy
        texts = {"content": text}
        verdict = judge(texts, policy)
        findings = tuple(explained(workspace, policy, verdict, texts))
        found.append(Explanation(company, "", verdict.outcome.value, policy.hash, "", "", findings, ()))
    return found


def fingerprint_of(workspace: Workspace, finding: Finding, texts: Mapping[str, str]) -> str:
    """The fingerprint of what a finding found in these texts, '' where no exception is possible.

    The finding must be of a verdict on these very texts.
    """
    if not may_be_excepted(finding.kind):
        return ""
    value = texts[finding.field][finding.start : finding.end]
    return fingerprint(policy_key(workspace.group.folder.parent), finding.rule, finding.kind, value)


def exception_toml(mark: str, company: str = "", reason: str = "", by: str = "", until: str = "") -> str:
    """The `[[exception]]` to paste into .orch/policy.toml."""
    from orchestrator.config.template import toml_text

    pairs = [
        ("fingerprint", toml_text(mark)),
        ("reason", toml_text(reason or "…")),
        ("by", toml_text(by or person())),
        ("until", until or (policy_load.today() + MONTHS).isoformat()),
        *([("company", toml_text(company))] if company else []),
    ]
    return "[[exception]]\n" + "\n".join(f"{name} = {value}" for name, value in pairs) + "\n"


def explained(
    workspace: Workspace, policy: Policy, verdict: Verdict, texts: Mapping[str, str]
) -> Iterator[Explained]:
    """Each finding of a verdict on these very texts by this policy."""
    files = workspace.group.policy
    for f in verdict.findings:
        ruling = policy.ruling(f.kind, f.rule)
        mark = fingerprint_of(workspace, f, texts)
        excepted = bool(mark) and mark in policy.exceptions.fingerprints
        source = source_of(ruling, files, policy.kind)
        yield Explained(
            f.rule,
            f.kind,
            f.field,
            f.start,
            f.end,
            f.outcome.value,
            explain(f, policy.language),
            f"{source}, exception" if excepted else source,
            mark,
            least_of_exception(f.kind, f.rule).value if mark else "",
        )
