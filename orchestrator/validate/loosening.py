"""What a policy file asks for less than the defaults: what `orch trust` shows before it is trusted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from orchestrator.config.policy_file import PolicyFile, Scope
from orchestrator.config.policy_layers import DEFAULT_LICENCES, STRICTNESS
from orchestrator.i18n import _
from orchestrator.model import Outcome, Share
from orchestrator.validate.kinds import DEFAULT_OUTCOMES, floor
from orchestrator.validate.rules import kind_of


class Loosening(NamedTuple):
    """One setting that asks for less than the default: its `file:line`, whom it is about, what it says.

    `company` and `kind` ('': all) are those of the table it stands in.
    """

    where: str
    company: str
    kind: str
    text: str


def loosenings(file: PolicyFile, shares: Mapping[str, Share], today: date) -> Iterator[Loosening]:
    """Every setting of the file that loosens; `shares` are the companies' own modes by id."""
    for scope in file.scopes:
        for key, text in _of_scope(scope, shares):
            yield Loosening(file.at(key), scope.company, scope.kind, text)
    for e in file.exceptions:
        if e.until >= today:
            text = _("exception {fingerprint} until {until}, by {by}: {reason}")
            told = text.format(fingerprint=e.fingerprint, until=e.until, by=e.by, reason=e.reason)
            yield Loosening(file.at(e.key), e.company, "", told)


def below_floor(name: str, outcome: Outcome) -> Outcome | None:
    """What counts in place of an outcome that no file may ask for; None for one that it may."""
    kind = kind_of(name)
    least = floor(kind, name) if kind else Outcome.ALLOW
    return least if outcome.severity < least.severity else None


def _of_scope(scope: Scope, shares: Mapping[str, Share]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for name, (outcome, key) in scope.findings.items():
        default = DEFAULT_OUTCOMES[kind_of(name) or "secret"]  # what nobody knows counts as a secret
        if outcome.severity < default.severity:
            yield (
                key,
                _("{name} = {outcome} (default: {default})").format(
                    name=name, outcome=outcome.value, default=default.value
                ),
            )
    modes = [mode for company, mode in shares.items() if scope.company in ("", company)]
    if scope.share and any(STRICTNESS.index(scope.share) < STRICTNESS.index(mode) for mode in modes):
        yield (*scope.key, "share"), _("share = {mode}").format(mode=scope.share.value)
    if scope.reapprove is False:
        yield (*scope.key, "reapprove"), _("reapprove = false: new versions follow a person's yes")
    more = [licence for licence in scope.licences or () if licence not in DEFAULT_LICENCES]
    if more:
        yield (*scope.key, "licences"), _("licences: {names}").format(names=", ".join(more))
