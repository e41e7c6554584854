"""Judging anew what a changed configuration, policy, wording or author touches."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from orchestrator.clock import now
from orchestrator.config.modes import MODES, loosened, modes, written
from orchestrator.desk import Desk
from orchestrator.entries import RENDERING
from orchestrator.ledger import decide_by_policy, rewish, unscanned
from orchestrator.model import Insight, Kind, digest, normalise
from orchestrator.names import Known
from orchestrator.refusing import heard, remember
from orchestrator.relocation import BASIS, follow
from orchestrator.store.company import TENANT
from orchestrator.store.insights import UNSCANNED
from orchestrator.validate.files import KINDS_OF, of_commits
from orchestrator.wishes import RECIPE, targets_of

REFRESHED_TOGETHER = 200
PEOPLE = "wishes_people"  # setting: the people whose names verdicts were made with


def refresh(desk: Desk) -> int:
    """Judge and wish anew what a change of configuration, policy, wording or people touches.

    Returns how many insights were looked at: 0 when nothing changed. A new author only touches the
    texts that hold a part of the name, another company's no only what has its anchor. Written in small
    transactions, so that nobody waits long.
    """
    store, people = desk.store, json.dumps(sorted(desk.policy.people))
    targets = targets_of(desk.group.company(desk.company), desk.group)
    basis = _basis(desk, targets)
    same = store.setting(BASIS) == basis
    if not same:
        with store.transaction():
            follow(store, targets)  # before anything is wished for: a wish at another path is another wish
    again, files, noes = store.setting(UNSCANNED) == "yes", store.looks.changed(), _other_noes(desk)
    if same and store.setting(PEOPLE) == people and not again and not files:
        if not noes:
            return 0
        touched = store.insights.said_at_any(noes)
    else:
        touched = _touched(desk, noes, everything=not same, again=again, files=files)
    asked = modes(desk.group, desk.company)
    # A store of before says nothing of its modes: whatever waits there waited, maybe, for a person.
    fewer = loosened(store.setting(MODES) or ("{}" if store.setting(BASIS) else ""), asked)
    still = False
    for start in range(0, len(touched), REFRESHED_TOGETHER):
        still |= _refresh(desk, touched[start : start + REFRESHED_TOGETHER], fewer)
    left = "yes" if still else ""
    _settle(desk, {BASIS: basis, MODES: written(asked), PEOPLE: people, UNSCANNED: left})
    return len(touched)


def _basis(desk: Desk, targets: Mapping[str, str]) -> str:
    """What verdicts and wishes were made by: another one makes them all anew.

    The same configuration leads elsewhere in a clone that was moved: a folder's path may be relative to it.
    """
    policy = replace(desk.policy, people=()).hash
    places = json.dumps(sorted(targets.items()))
    return digest(desk.group.source, policy, RENDERING, RECIPE, places, size=32)


def _settle(desk: Desk, settings: Mapping[str, str]) -> None:
    """Write down, at once, by what all is judged now."""
    store, company = desk.store, desk.group.company(desk.company)
    with store.transaction():
        for name, value in settings.items():
            store.put_setting(name, value)
        store.put_setting(TENANT, json.dumps({"name": company.name, "paths": company.paths}))
        remember(desk)
        store.looks.settled()


def _touched(
    desk: Desk, noes: AbstractSet[str], *, everything: bool, again: bool, files: bool
) -> list[Insight]:
    """Those that a change may touch, of all that there are."""
    store = desk.store
    known = set(json.loads(store.setting(PEOPLE) or "[]"))
    new = {
        name.lower(): frozenset(normalise(name).split()) for name in desk.policy.people if name not in known
    }
    parts = Known.of(name for name in desk.policy.people if name not in known)
    found = list(store.insights.listing(kinds=tuple(Kind), states=("active",)))
    chosen = {i.id for i in found if everything or not i.anchors.isdisjoint(noes)}
    chosen |= {i.id for i in found if again and unscanned(store.verdicts.of(i))}
    chosen |= _out_of_step(desk, found) if files else set()
    return [i for i in found if i.id in chosen or _mentions(i, new, parts)]


def _other_noes(desk: Desk) -> set[str]:
    """Anchors of which other companies say something else than when the verdicts were made."""
    before = {anchor: set(companies) for anchor, companies in heard(desk.store).items()}
    now = desk.refused.by
    return {a for a in before.keys() | now.keys() if before.get(a, set()) != now.get(a, set())}


def _out_of_step(desk: Desk, insights: Sequence[Insight]) -> set[str]:
    """Insights whose verdict says something else of the files behind them than their commits do now."""
    told = desk.store.looks.told()

    def differs(insight: Insight) -> bool:
        verdict = desk.store.verdicts.of(insight)
        said = [f for f in verdict.findings if f.rule in KINDS_OF] if verdict else []
        behind = told.get(insight.id, set())
        touched = behind | desk.refusals(insight, behind)
        wanted = of_commits(touched, desk.policy.of(insight.record.kind))
        return tuple(said) != wanted

    return {i.id for i in insights if differs(i)}


def _mentions(insight: Insight, names: Mapping[str, AbstractSet[str]], people: Known) -> bool:
    """True when the text may hold one of the names: an address whole, two words, or a part that is one."""
    said = " ".join(insight.record.texts().values())
    if any(people.find(said)):
        return True
    text = said.lower()
    words = set(normalise(text).split())
    return any(
        name in text if "@" in name else 0 < min(2, len(parts)) <= len(words & parts)
        for name, parts in names.items()
    )


def _refresh(desk: Desk, insights: Sequence[Insight], fewer: Container[str]) -> bool:
    """Judge and wish these anew, `fewer` are kinds of which less is asked now; True when a scanner failed."""
    judged = [(insight, desk.judge(insight)) for insight in insights]
    with desk.store.transaction():
        for insight, verdict in judged:
            desk.store.verdicts.put(insight, verdict, now())
            decide_by_policy(desk, insight, verdict, waited=insight.record.kind.value in fewer)
            rewish(desk, insight, verdict)
    return any(unscanned(verdict) for _, verdict in judged)
