"""A squash carries on what the commits taught whose place it takes: words that its message still says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from orchestrator import detect, git
from orchestrator.attribution import changes_for, owners
from orchestrator.clock import now
from orchestrator.departed import Departed
from orchestrator.intake import Intake
from orchestrator.learnt import take_in
from orchestrator.model import Change, Commit, Evidence, Insight
from orchestrator.store.company import CompanyStore


def carry(intake: Intake, company: str, departed: Departed, tips: Mapping[str, str]) -> None:
    """What only departed commits said and the message of one that stays says too: that is its evidence.

    No detector finds it there: one message holds what several did. The commit may have been read long
    before what it melted leaves history, when its branch is deleted. `tips` are the refs of now.
    """
    desk = intake.open_desk(company)
    with desk.store as store:
        dying = store.insights.only_of(departed.left) if departed.left else []
        if not dying:
            return
        lost = store.insights.only_of(departed.vanished)  # the others are held by a tag
        saying = [c for c in _since(intake, lost, tips) if any(_says(c, i) for i in dying)]
        changes = _as_changes(intake, store, saying, departed.vanished)
        model = intake.embedder(desk).model
        said = [_said_again(i, change) for change in changes for i in dying if _says(change.commit, i)]
        with store.transaction():
            for insight in said:
                take_in(desk, insight, None, model, rewritten=False, gone=departed.vanished)


def _since(intake: Intake, lost: Iterable[Insight], tips: Mapping[str, str]) -> Iterator[Commit]:
    """Commits that came after what the lost ones follow from, each once; all where git has one no more."""
    were = {e.commit for insight in lost for e in insight.evidence}
    bases = git.common_bases(intake.repository, were)
    met = set[str]()
    for base in [()] if bases is None else [(base,) for base in bases]:
        for commit in git.new_commits(intake.repository, tips.values(), base):
            if commit.id not in met:
                met.add(commit.id)
                yield commit


def _says(commit: Commit, insight: Insight) -> bool:
    return detect.stands_in(insight.record, commit.message)


def _as_changes(
    intake: Intake, store: CompanyStore, commits: Sequence[Commit], gone: set[str]
) -> list[Change]:
    """These commits as the company sees them, where they are its own."""
    found = owners(intake.repository, intake.group, commits)
    mine = [commit for commit, companies in found if store.company in companies]
    seen = store.catalogue.seen(without=gone | {c.id for c in mine})
    return list(changes_for(intake.repository, intake.group, seen, store.company, mine))


def _said_again(insight: Insight, change: Change) -> Insight:
    commit = change.commit
    touched = {f.path for f in change.files}
    about = tuple(dict.fromkeys(p for e in insight.evidence for p in e.paths if p in touched))
    said = Evidence(commit.id, about, now(), said_at=commit.authored_at, says=insight.version)
    return replace(insight, evidence=(said,), share=detect.share_besides(insight.share, commit.message))
