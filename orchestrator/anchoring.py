"""Where what several commits say was said each time: asked of the commits, once, for a store of before.

A no of one company holds for what another one learnt of the same commit, which the anchor tells. Nothing is
learnt here: all of history read anew would word things otherwise, and cost as much as the first reading.
"""

from __future__ import annotations

from itertools import groupby

from orchestrator.identity import as_insight
from orchestrator.intake import Intake
from orchestrator.model import Insight
from orchestrator.retelling import told_by
from orchestrator.rewording import Silent, reworded
from orchestrator.store.company import CompanyStore

DUE = "anchors_due"  # the setting that the migration leaves


def anchor_again(intake: Intake, store: CompanyStore) -> None:
    """Give the evidence of what several commits say the anchors of its commits."""
    if store.setting(DUE) != "yes":
        return
    told = [as_insight(*each) for each in told_by(intake, store, store.evidence.of_several(), set())]
    with store.transaction():
        for commit, here in groupby(told, lambda i: i.evidence[0].commit):
            for insight_id, anchor in _anchors(commit, store.insights.taught_by(commit), list(here)).items():
                store.evidence.set_anchor(insight_id, commit, anchor)
        store.put_setting(DUE, "")


def _anchors(commit: str, before: list[Insight], told: list[Insight]) -> dict[str, str]:
    """{insight: anchor} of what the commit says still, in these words or others."""
    said = {i.id: i.anchor for i in told}
    known = {i.id for i in before}
    silent = [
        Silent(i, i.anchors, frozenset(e.says for e in i.evidence if e.commit == commit))
        for i in before
        if i.id not in said
    ]
    taken = reworded(silent, [i for i in told if i.id not in known])
    otherwise = {s.insight.id: said[now] for now, s in taken.items()}
    return {i.id: said[i.id] for i in before if i.id in said} | otherwise
