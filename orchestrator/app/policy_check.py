"""`orch policy check`: what is wrong with the policy files, and what they loosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator import git
from orchestrator.app.policy import SOON
from orchestrator.config import policy_load
from orchestrator.config.document import read, read_text
from orchestrator.config.group import Group
from orchestrator.config.load import parse_group
from orchestrator.config.policy_file import NAME, PolicyFile
from orchestrator.config.policy_read import read_policy
from orchestrator.config.policy_trust import is_trusted
from orchestrator.errors import UsageError
from orchestrator.git.repository import home as clone_home
from orchestrator.i18n import _
from orchestrator.validate.loosening import Loosening, below_floor, loosenings
from orchestrator.validate.rules import is_own, kind_of


@dataclass(frozen=True, slots=True)
class Remark:
    """What `orch policy check` says: an error (exit code 1), a warning, or what loosens the defaults."""

    level: str  # error | warning | loosens
    where: str
    text: str


def check_policy(start: Path, company: str | None = None) -> list[Remark]:
    """What is wrong with the policy files around `start`, and what they loosen. Needs no trust: it sends
    nothing. Raises NotInitialisedError, and ConfigError for a file that cannot be read at all.
    """
    repository = git.open_repository(start)
    root, home = repository.root, clone_home(repository)
    group = parse_group(root, read(root), home)
    ids = [c.id for c in group.companies]
    if company is not None and company not in ids:
        raise UsageError(
            _("there is no company {id} in .orch/config.toml").format(id=company),
            _("it has {ids}").format(ids=", ".join(ids)),
        )
    text = read_text(root / NAME, NAME) or ""
    file = read_policy(root, text, policy_load.today(), ids) if text else None
    found = list(_remarks(group, file, is_trusted(home, text))) if file else []
    own = policy_load.user_policy(home)
    found += [*_of_own(own)] if own else []
    return [r for r, whose in found if company is None or whose in ("", company)]


def _remarks(group: Group, file: PolicyFile, trusted: bool) -> Iterator[tuple[Remark, str]]:
    """Remarks with the company that they are about."""
    yield from _of_settings(file)
    for e in file.exceptions:
        left = (e.until - policy_load.today()).days
        where, name = file.at(e.key), e.fingerprint
        if left < 0:
            text = _("{fingerprint} expired on {until} and has no effect; take it out, or renew it")
            yield Remark("error", where, text.format(fingerprint=name, until=e.until)), e.company
        elif left <= SOON:
            text = _("{fingerprint} expires on {until}")
            yield Remark("warning", where, text.format(fingerprint=name, until=e.until)), e.company
    for loosening in told_loosenings(group, file):
        suffix = "" if trusted else _(" (no effect until `orch trust`)")
        yield Remark("loosens", loosening.where, _about(loosening) + suffix), loosening.company


def _of_settings(file: PolicyFile) -> Iterator[tuple[Remark, str]]:
    for scope in file.scopes:
        for name, (outcome, key) in scope.findings.items():
            least = below_floor(name, outcome)
            if kind_of(name) is None:
                text = _("no check reports {name}: this line has no effect").format(name=name)
                yield Remark("error", file.at(key), text), scope.company
            elif least is not None:
                text = _("{name} = {outcome} counts as {least}: no policy may ask for less").format(
                    name=name, outcome=outcome.value, least=least.value
                )
                yield Remark("error", file.at(key), text), scope.company
            elif not is_own(name):
                text = _("{name} is no rule of orch's own: it has an effect only if the engine has it")
                yield Remark("warning", file.at(key), text.format(name=name)), scope.company


def _of_own(file: PolicyFile) -> Iterator[tuple[Remark, str]]:
    """A user's own policy only tightens: what would loosen has no effect, and is said."""
    yield from _of_settings(file)
    for loosening in loosenings(file, {}, policy_load.today()):
        text = _("{what}: no effect, for a user's own policy only tightens").format(what=loosening.text)
        yield Remark("warning", loosening.where, text), ""


def told_loosenings(group: Group, file: PolicyFile) -> list[Loosening]:
    """What the repository's policy loosens, for `orch trust` and `orch policy check`."""
    return list(loosenings(file, {c.id: c.share for c in group.companies}, policy_load.today()))


def _about(loosening: Loosening) -> str:
    about = " · ".join(filter(None, (loosening.company, loosening.kind)))
    return f"{about}: {loosening.text}" if about else loosening.text


def loosening_lines(group: Group, file: PolicyFile | None) -> list[str]:
    """The same, a line each."""
    return [f"{x.where}: {_about(x)}" for x in told_loosenings(group, file)] if file else []
