"""A squash carries on what the commits taught whose place it takes: words that its message still says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from orchestrator import detect
from orchestrator.clock import now
from orchestrator.model import Change, Evidence, Insight
from orchestrator.store.insights import Insights


def carried(insights: Insights, changes: Sequence[Change], gone: AbstractSet[str]) -> Iterator[Insight]:
    """What only `gone` said and the message of a new change says too, with that change as its evidence.

    No detector finds it there: a rebase that melts commits together writes one message below the other.
    """
    dying = insights.only_of(gone) if gone and changes else []
    for change in changes:
        for insight in dying:
            if detect.stands_in(insight.record, change.commit.message):
                yield _said_again(insight, change)


def _said_again(insight: Insight, change: Change) -> Insight:
    commit = change.commit
    touched = {f.path for f in change.files}
    about = tuple(dict.fromkeys(p for e in insight.evidence for p in e.paths if p in touched))
    said = Evidence(commit.id, about, now(), said_at=commit.authored_at, says=insight.version)
    return replace(insight, evidence=(said,), share=detect.share_besides(insight.share, commit.message))
