"""`orch policy show`: the policy that is in force, and where each value comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.app.workspace import Workspace
from orchestrator.config import policy_load
from orchestrator.config.group import Group
from orchestrator.config.policy_file import PolicyException
from orchestrator.config.policy_key import key_id
from orchestrator.config.policy_layers import PolicyLayers
from orchestrator.config.policy_names import FINDING_KINDS, INSIGHT_KINDS
from orchestrator.i18n import _
from orchestrator.model import Kind
from orchestrator.validate import Policy
from orchestrator.validate.outcomes import Ruling
from orchestrator.validate.rules import kind_of

SOON = 14  # days before its end from which an exception is warned about
DEFAULT = "default"
FLOOR = "floor"
LICENCES = "licences"  # the one setting that is a list


@dataclass(frozen=True, slots=True)
class Line:
    """One effective value: of which finding or setting, for which kind of insight ('': any), whence."""

    name: str
    insight: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class ExceptionState:
    """An exception and what became of it: live, soon (to end), expired, untrusted, foreign (key)."""

    fingerprint: str
    state: str
    until: str
    by: str
    reason: str
    company: str
    source: str


@dataclass(frozen=True, slots=True)
class Effective:
    """One company's policy as it is in force now."""

    company: str
    hash: str
    trusted: bool
    files: tuple[str, ...]
    lines: tuple[Line, ...]
    exceptions: tuple[ExceptionState, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def effective(workspace: Workspace, company: str) -> Effective:
    """The policy of one company, each value with the line that decided it."""
    group = workspace.group
    policy = Policy.for_company(group, company)
    files = group.policy
    return Effective(
        company,
        policy.hash,
        files.trusted,
        tuple(_told(layer.file.name, layer.loosens) for layer in files.layers),
        (*_findings(policy, files), *_settings(files, group, company)),
        tuple(e for e in exception_states(files) if e.company in ("", company)),
    )


def _told(name: str, loosens: bool) -> str:
    return name if loosens else _("{name} (only tightens)").format(name=name)


def _findings(policy: Policy, files: PolicyLayers) -> Iterator[Line]:
    """The outcome of each kind of finding and of each rule that a file names, then by kind of insight."""
    named = {name for found in policy.layers.values() for layer in found for name in layer.outcomes}
    names = [*FINDING_KINDS, *sorted(named - set(FINDING_KINDS))]
    for insight in ("", *(kind for kind in INSIGHT_KINDS if kind in policy.layers)):
        for name in names:
            kind = kind_of(name)
            if kind is None:
                continue
            ruling, general = policy.of(insight).ruling(kind, name), policy.of("").ruling(kind, name)
            if not insight or (ruling.outcome, ruling.layer) != (general.outcome, general.layer):
                yield Line(name, insight, ruling.outcome.value, source_of(ruling, files, insight))


def source_of(ruling: Ruling, files: PolicyLayers, insight: str) -> str:
    """`file:line` of what decided an outcome; `default`; with `floor` where the file said less."""
    if ruling.layer is None:
        return DEFAULT
    file = files.layers[ruling.layer.source].file
    said = file.findings(ruling.layer.company, insight).get(ruling.name)
    place = file.at(said[1]) if said else file.name
    return f"{place} ({FLOOR})" if ruling.floored else place


def _settings(files: PolicyLayers, group: Group, company: str) -> Iterator[Line]:
    asked = group.company(company).share
    for kind in INSIGHT_KINDS:
        if kind == Kind.DOCUMENT:
            continue
        share, again = files.share(company, kind, asked), files.reapprove(company, kind)
        yield Line("share", kind, share.value.value, share.where or ".orch/config.toml")
        yield Line("reapprove", kind, str(again.value).lower(), again.where or DEFAULT)
    licences = files.licences(company)
    yield Line(LICENCES, "", ", ".join(licences.value), licences.where or DEFAULT)


def exception_states(files: PolicyLayers) -> Iterator[ExceptionState]:
    """Every exception of the repository's file, with what became of it."""
    for e in files.file.exceptions if files.file else ():
        state = _state(e, files)
        where = files.file.at(e.key) if files.file else ""
        yield ExceptionState(e.fingerprint, state, e.until.isoformat(), e.by, e.reason, e.company, where)


def _state(e: PolicyException, files: PolicyLayers) -> str:
    left = (e.until - policy_load.today()).days
    if left < 0:
        return "expired"
    if not files.trusted:
        return "untrusted"
    if files.key and not e.fingerprint.startswith(f"f1-{key_id(files.key)}-"):
        return "foreign"
    return "soon" if left <= SOON else "live"
