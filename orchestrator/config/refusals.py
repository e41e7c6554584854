"""What a company refused that a commit taught others too: the one answer that other companies may know.

`.orch/companies/<id>/refused` holds anchors (`Insight.anchor`: a hash of author, time and place in the
message), one a line, with `-` before it where the no was taken back. Another company reads nothing but the
no to what a commit of both taught; the store stays shut. A no that was heard is lifted by that line alone:
whoever takes the file away, or damages it, takes no answer back, nor does a store that was lost with its file
and begins another. Of a company that the configuration has no more, an empty file lifts all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from orchestrator.config.document import read_regular
from orchestrator.config.group import Group
from orchestrator.config.state import write_private
from orchestrator.errors import ConfigError
from orchestrator.i18n import _

NAME = "refused"
MOST = 16 * 1024 * 1024  # bytes: about a million answers
_LINE = re.compile(r"(-?)([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Refusals:
    """What other companies refused: {anchor: companies}, and of whom that cannot be told.

    `unread`: {company: why its file is not to be relied on}. `lifted`: what they took back, as `by`;
    `over`: companies that are gone, of which a person says that nothing they refused holds any more.
    """

    by: Mapping[str, Set[str]] = field(default_factory=dict)
    unread: Mapping[str, ConfigError] = field(default_factory=dict)
    lifted: Mapping[str, Set[str]] = field(default_factory=dict)
    over: Set[str] = frozenset()

    def heard_before(self, before: Mapping[str, Collection[str]]) -> Refusals:
        """The same with what is known from `before` and nobody took back."""
        by = {anchor: set(companies) for anchor, companies in self.by.items()}
        for anchor, companies in before.items():
            if still := set(companies) - self.lifted.get(anchor, frozenset()) - self.over:
                by.setdefault(anchor, set()).update(still)
        return replace(self, by=by)


def refused_by_others(group: Group, company: str) -> Refusals:
    """What all companies but this one refused; of those that are gone too."""
    folders = (group.folder / "companies").glob("*")
    found = {folder.name for folder in folders if os.path.lexists(folder / NAME)}  # a link to nowhere is one
    here = {c.id for c in group.companies}
    by: dict[str, set[str]] = {}
    lifted: dict[str, set[str]] = {}
    unread: dict[str, ConfigError] = {}
    over = set()
    for other in sorted(found - {company}):
        try:
            told = _read(group, other) or _Told()
        except ConfigError as e:
            unread[other] = _unread(group, other, e.message)
            continue
        for anchor in told.refused:
            by.setdefault(anchor, set()).add(other)
        if not told.sound:
            words = _("{path} is damaged").format(path=group.company_folder(other) / NAME)
            unread[other] = _unread(group, other, words)
            continue
        for anchor in told.lifted:
            lifted.setdefault(anchor, set()).add(other)
        if other not in here and not (told.refused or told.lifted):
            over.add(other)
    return Refusals(by, unread, lifted, over)


def tell(group: Group, company: str, anchors: Collection[str]) -> None:
    """Say that this company refuses what has these anchors, beside what it said before. Twice is a no-op.

    The caller holds the company's store, so that nobody else writes. A file that cannot be read is left:
    what it says nobody knows, and the others wait for it.
    """
    try:
        told = _read(group, company) or _Told(sound=not anchors)
    except ConfigError:
        return
    if not told.sound or not told.refused.issuperset(anchors):
        _write(group, company, told.refused.union(anchors), told.lifted.difference(anchors))


def lift(group: Group, company: str, anchors: Collection[str], *, lost: bool = True) -> None:
    """Take back what was said of these anchors. Twice is a no-op.

    `lost`: also what the file does not say, which others may have heard of one that is gone.
    """
    try:
        told = _read(group, company) or _Told()
    except ConfigError:
        return
    back = set(anchors) if lost else told.refused.intersection(anchors)
    if not (told.sound and told.refused.isdisjoint(back) and told.lifted.issuperset(back)):
        _write(group, company, told.refused - back, told.lifted | back)


class _Told(NamedTuple):
    """What a company's file says, and whether there is nothing else in it."""

    refused: frozenset[str] = frozenset()
    lifted: frozenset[str] = frozenset()
    sound: bool = True


def _read(group: Group, company: str) -> _Told | None:
    """None without a file. What is refused and taken back in one file is refused."""
    path = group.company_folder(company) / NAME
    raw = read_regular(path, str(path), MOST)
    if raw is None:
        return None
    *lines, rest = raw.decode("ascii", "replace").split("\n")
    found = [match.groups() for line in lines if (match := _LINE.fullmatch(line))]
    refused = frozenset(anchor for back, anchor in found if not back)
    lifted = frozenset(anchor for back, anchor in found if back) - refused
    return _Told(refused, lifted, sound=not rest and len(found) == len(lines))


def _write(group: Group, company: str, refused: Collection[str], lifted: Collection[str]) -> None:
    lines = (*sorted(refused), *(f"-{anchor}" for anchor in sorted(lifted)))
    write_private(group.company_folder(company) / NAME, "".join(f"{line}\n" for line in lines))


def _unread(group: Group, company: str, why: str) -> ConfigError:
    hint = (
        _("take {path} away: `orch drain` writes it anew from the decisions of {company}")
        if company in {c.id for c in group.companies}
        else _("take {path} away: what was heard of {company} before stands")
    )
    return ConfigError(why, hint.format(path=group.company_folder(company) / NAME, company=company))
