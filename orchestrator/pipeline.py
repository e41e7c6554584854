"""drain(): what git knows and we do not → insights, verdicts, vectors and wishes. READ FIRST.

Git is the truth: the refs as they are now are compared with the refs as they were when a store was
last brought up to date, and git lists the commits between. Hooks and the watcher only nudge. Each
company's batch is one transaction of its own store, so a drain may be killed anywhere and run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePosixPath

from orchestrator import detect, git
from orchestrator.config.group import Group
from orchestrator.config.match import match_company
from orchestrator.ledger import Desk, now, record, rewish
from orchestrator.model import (
    Candidate,
    Change,
    Commit,
    Evidence,
    FileChange,
    Insight,
    TextPair,
    digest,
    insight_id,
)
from orchestrator.store.company import CompanyStore
from orchestrator.validate import judge

OWN_BRANCHES = "/orch/share/"  # what orch itself proposes teaches nobody anything
ADOPTED = "\nOrch-Origin-Tree:"  # the trailer of a component that another company shared
BATCH = 1000  # commits a transaction: bounds memory and what a kill makes us read again

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
OpenDesk = Callable[[str], Desk]


@dataclass(slots=True)
class Drained:
    """What a drain found: commits read, insights by company (new, changed), superseded ones.

    `moved` says that some ref was elsewhere than when a store was last brought up to date.
    """

    moved: bool = False
    commits: int = 0
    learnt: dict[str, list[str]] = field(default_factory=dict)
    superseded: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intake:
    """What a drain needs: the repository, the group, and its effects as functions.

    `open_desk` opens one company's store; `embed` gives one vector a text, or nothing at all when
    no model is there.
    """

    repository: git.Repository
    group: Group
    open_desk: OpenDesk
    embed: Embed
    model: str
    on_progress: Callable[[int], None] = lambda _n: None


def drain(intake: Intake) -> Drained:
    """Read everything that is new in git into the companies' stores. Returns what was found."""
    result = Drained()
    tips = {ref: tip for ref, tip in git.tips(intake.repository).items() if OWN_BRANCHES not in f"{ref}/"}
    for read, companies in _by_tips(intake).items():
        if dict(read) != tips:
            result.moved = True
            _catch_up(intake, dict(read), tips, companies, result)
    return result


def _by_tips(intake: Intake) -> dict[frozenset[tuple[str, str]], list[str]]:
    """Companies grouped by what they have read: usually one group, so that git is read once."""
    groups: dict[frozenset[tuple[str, str]], list[str]] = {}
    for company in intake.group.companies:
        desk = intake.open_desk(company.id)
        with desk.store:
            groups.setdefault(frozenset(desk.store.tips().items()), []).append(company.id)
    return groups


def _catch_up(
    intake: Intake,
    read: dict[str, str],
    tips: dict[str, str],
    companies: list[str],
    result: Drained,
) -> None:
    vanished = _vanished(intake.repository, read, tips)
    for company in companies:
        desk = intake.open_desk(company)
        with desk.store, desk.store.transaction():
            desk.store.insights.forget_commits(vanished)
    for batch in _batches(git.new_commits(intake.repository, tips.values(), read.values())):
        result.commits += len(batch)
        for company in companies:
            _take_in(intake, company, batch, result)
        intake.on_progress(result.commits)
    for company in companies:
        desk = intake.open_desk(company)
        with desk.store, desk.store.transaction():
            gone = _supersede(desk)
            desk.store.advance(tips)
        if gone:
            result.superseded.setdefault(company, []).extend(gone)


def _vanished(repository: git.Repository, read: Mapping[str, str], tips: Mapping[str, str]) -> list[str]:
    """Commits that the refs reached when we last read, and no longer do: amended, rebased, dropped."""
    if not read:
        return []
    asked = [*dict.fromkeys(read.values()), *(f"^{tip}" for tip in dict.fromkeys(tips.values()))]
    lines = "".join(f"{line}\n" for line in asked).encode()
    return git.run(repository, "rev-list", "--ignore-missing", "--stdin", input=lines).decode().split()


def _batches(commits: Iterator[Commit]) -> Iterator[list[Commit]]:
    while batch := list(islice(commits, BATCH)):
        yield batch


def _take_in(intake: Intake, company: str, batch: list[Commit], result: Drained) -> None:
    """One batch of commits into one company's store, in one transaction."""
    _meet(intake, company, batch)
    desk = intake.open_desk(company)
    with desk.store:
        already = desk.store.seen()
        news = [c for c in batch if c.id not in already]
        changes = list(_changes(intake, desk.store, company, news))
        learnt = [i for change in changes for i in _learn(intake.group, desk, change)]
        vectors = _vectors(intake, learnt)
        with desk.store.transaction():
            for insight in learnt:
                known = desk.store.insights.get(insight.id)
                _write(desk, known, insight, vectors.get(insight.id), intake.model)
            for change in changes:
                _remember_components(desk.store, change)
            desk.store.add_seen(c.id for c in news)
    if learnt:
        result.learnt.setdefault(company, []).extend(i.id for i in learnt)


def _meet(intake: Intake, company: str, batch: list[Commit]) -> None:
    """Remember the batch's authors first: the policy that judges it must know their names."""
    desk = intake.open_desk(company)
    with desk.store:
        authors = {n for c in batch if _own_files(intake.group, company, c) for n in (c.author, c.email)}
        new = authors.difference(desk.store.people())
        if new:
            with desk.store.transaction():
                desk.store.put_people(sorted(new))


# --------------------------------------------------------------------------- facts → changes


def _changes(intake: Intake, store: CompanyStore, company: str, commits: list[Commit]) -> Iterator[Change]:
    """Each commit as this company sees it: its own paths only, with the texts that detectors want."""
    mine = [(c, _own_files(intake.group, company, c)) for c in commits]
    mine = [(c, files) for c, files in mine if files]
    wanted = [f for _c, files in mine for f in files if detect.wants_text(f.path)]
    blobs = git.read_blobs(intake.repository, {b for f in wanted for b in (f.blob, f.old_blob) if b})
    known = set(store.components())
    for commit, files in mine:
        texts = {f.path: _text_pair(f, blobs) for f in files if detect.wants_text(f.path)}
        yield Change(company, commit, files, texts, frozenset(known))
        known.update(folder for f in files if f.status != "D" and (folder := detect.component_of(f.path)))


def _own_files(group: Group, company: str, commit: Commit) -> tuple[FileChange, ...]:
    return tuple(f for f in commit.files if company in match_company(group, f.path))


def _text_pair(change: FileChange, blobs: Mapping[str, bytes]) -> TextPair:
    return TextPair(_text(blobs.get(change.old_blob)), _text(blobs.get(change.blob)))


def _text(blob: bytes | None) -> str | None:
    if blob is None or b"\0" in blob[:8000]:
        return None
    return blob.decode("utf-8", "backslashreplace")


def _remember_components(store: CompanyStore, change: Change) -> None:
    for f in change.files:
        folder = detect.component_of(f.path)
        if folder is not None and f.status != "D":
            manifest = detect.read_manifest(f.path, change.texts[f.path].after or "")
            if manifest is None and f.path.endswith("setup.py"):
                continue  # a module of that name, not a package's
            name = (manifest.name if manifest else "") or PurePosixPath(folder).name
            store.put_component(folder, name, change.commit.id)


# --------------------------------------------------------------------------- changes → insights


def _learn(group: Group, desk: Desk, change: Change) -> Iterator[Insight]:
    if ADOPTED in change.commit.message:
        return
    for candidate in detect.detect(change, group.language):
        yield _insight(desk, change, candidate)


def _insight(desk: Desk, change: Change, candidate: Candidate) -> Insight:
    """The candidate with its lasting identity.

    An amended text keeps the id of the text it replaces: same anchor (author, author time,
    detector, slot), and no commit of history carries the former any more.
    """
    anchor = digest(change.commit.anchor, candidate.detector, str(candidate.slot), size=16)
    fresh_id = insight_id(change.company, candidate.record.kind, candidate.topic)
    store = desk.store
    if store.insights.get(fresh_id) is None:
        orphans = [i for i in store.insights.by_anchor(anchor) if not i.evidence]
        fresh_id = orphans[0].id if orphans else fresh_id
    at = change.commit.authored_at
    evidence = Evidence(change.commit.id, candidate.paths, now())
    return Insight(
        id=fresh_id,
        company=change.company,
        record=candidate.record,
        score=candidate.score,
        reasons=candidate.reasons,
        evidence=(evidence,),
        anchor=anchor,
        detector=candidate.detector,
        share=candidate.share,
        created_at=at,
        updated_at=now(),
    )


def _vectors(intake: Intake, insights: list[Insight]) -> dict[str, Sequence[float]]:
    """One vector an insight; empty when no model answers (they are embedded later)."""
    latest = {i.id: i for i in insights}
    texts = [embedding_text(i.record.title, i.record.content) for i in latest.values()]
    return dict(zip(latest, intake.embed(texts), strict=False)) if texts else {}


def embedding_text(title: str, content: str) -> str:
    """What is embedded of a learning: its title, and its content unless that only repeats it."""
    return title if content.startswith(title) and len(content) <= len(title) + 1 else f"{title}\n{content}"


def _write(
    desk: Desk, known: Insight | None, insight: Insight, vector: Sequence[float] | None, model: str
) -> None:
    """Record a new insight or a new version; the same said again is only more evidence."""
    if known is None:
        record(desk, insight, judge(insight.record.texts(), desk.policy), vector, model)
        return
    desk.store.insights.add_evidence(known.id, insight.evidence)
    if known.state == "withdrawn" or (known.version == insight.version and known.state == "active"):
        return
    if _edited_by_a_person(desk, known) or not _replaces(known, insight):
        return
    renewed = replace(insight, created_at=known.created_at)
    record(desk, renewed, judge(renewed.record.texts(), desk.policy), vector, model)


def _replaces(known: Insight, insight: Insight) -> bool:
    """A new text replaces the old one when its commit was rewritten, or it is a living document.

    Otherwise the same thing was said twice: the first words stay, the second is more evidence.
    """
    return not known.evidence or known.state == "superseded" or insight.detector == "decisions"


def _edited_by_a_person(desk: Desk, insight: Insight) -> bool:
    """A person's words win over what a detector says of a later commit."""
    return any(d.action == "edit" for d in desk.store.decisions.of(insight.id))


def _supersede(desk: Desk) -> list[str]:
    """Mark insights that no commit of history carries any more, and wish their remote objects away."""
    gone = []
    for insight in desk.store.insights.without_evidence():
        desk.store.insights.set_state(insight.id, "superseded", now())
        rewish(desk, replace(insight, state="superseded"), None)
        desk.store.index.remove([insight.id])
        gone.append(insight.id)
    return gone
