"""What a company refused that a commit taught others too: the one answer that other companies may know.

`.orch/companies/<id>/refused` holds anchors (`Insight.anchor`: a hash of author, time and place in the
message), one a line. Another company reads nothing but the no to what a commit of both taught; the store
stays shut. The file only tightens, so that it may come from anywhere; whoever takes it away, or damages it,
takes no answer back, also of a company that the configuration has no more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field

from orchestrator.config.document import read_regular
from orchestrator.config.group import Group
from orchestrator.config.state import write_private
from orchestrator.errors import ConfigError
from orchestrator.i18n import _

NAME = "refused"
MOST = 16 * 1024 * 1024  # bytes: about a million answers
_ANCHOR = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Refusals:
    """What other companies refused: {anchor: companies}, and of whom that cannot be told.

    `unread`: {company: why its file is not to be relied on}. `sound`: those whose file tells all they refuse.
    """

    by: Mapping[str, Set[str]] = field(default_factory=dict)
    unread: Mapping[str, ConfigError] = field(default_factory=dict)
    sound: Set[str] = frozenset()

    def heard_before(self, before: Mapping[str, Collection[str]]) -> Refusals:
        """The same with what is known from `before` of all but those whose answers can be read now."""
        by = {anchor: set(companies) for anchor, companies in self.by.items()}
        for anchor, companies in before.items():
            if still := set(companies) - self.sound:
                by.setdefault(anchor, set()).update(still)
        return Refusals(by, self.unread, self.sound)


def refused_by_others(group: Group, company: str) -> Refusals:
    """What all companies but this one refused; of those that are gone too."""
    folders = (group.folder / "companies").glob("*")
    found = {folder.name for folder in folders if os.path.lexists(folder / NAME)}  # a link to nowhere is one
    by: dict[str, set[str]] = {}
    unread: dict[str, ConfigError] = {}
    for other in sorted(found - {company}):
        try:
            anchors, sound = _read(group, other) or (frozenset(), True)
        except ConfigError as e:
            unread[other] = _unread(group, other, e.message)
            continue
        if not sound:
            told = _("{path} is damaged").format(path=group.company_folder(other) / NAME)
            unread[other] = _unread(group, other, told)
        for anchor in anchors:
            by.setdefault(anchor, set()).add(other)
    return Refusals(by, unread, found - unread.keys() - {company})


def tell(group: Group, company: str, anchors: Collection[str]) -> None:
    """Say that this company refuses what has these anchors, beside what it said before. Twice is a no-op.

    The caller holds the company's store, so that nobody else writes. A file that cannot be read is left:
    what it says nobody knows, and the others wait for it.
    """
    try:
        held, sound = _read(group, company) or (frozenset(), not anchors)
    except ConfigError:
        return
    if not sound or not held.issuperset(anchors):
        _write(group, company, held.union(anchors))


def lift(group: Group, company: str, anchor: str) -> None:
    """Take back what was said of an anchor. Without a file others go by before: it comes back."""
    try:
        held, sound = _read(group, company) or (frozenset(), False)
    except ConfigError:
        return
    if anchor in held or not sound:
        _write(group, company, held - {anchor})


def _read(group: Group, company: str) -> tuple[frozenset[str], bool] | None:
    """The anchors in a company's file, and whether there is nothing else in it; None without a file."""
    path = group.company_folder(company) / NAME
    raw = read_regular(path, str(path), MOST)
    if raw is None:
        return None
    *lines, rest = raw.decode("ascii", "replace").split("\n")
    anchors = frozenset(filter(_ANCHOR.fullmatch, lines))
    return anchors, not rest and all(map(_ANCHOR.fullmatch, lines))


def _write(group: Group, company: str, anchors: Collection[str]) -> None:
    write_private(group.company_folder(company) / NAME, "".join(f"{a}\n" for a in sorted(anchors)))


def _unread(group: Group, company: str, why: str) -> ConfigError:
    hint = (
        _("take {path} away: `orch drain` writes it anew from the decisions of {company}")
        if company in {c.id for c in group.companies}
        else _("take {path} away: what was heard of {company} before stands")
    )
    return ConfigError(why, hint.format(path=group.company_folder(company) / NAME, company=company))
