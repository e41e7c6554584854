"""`orch report`: one company's store as values, and the page written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator import git
from orchestrator.app.freshness import drained
from orchestrator.app.insights import readable
from orchestrator.app.offering import list_offers
from orchestrator.app.status import remote_label
from orchestrator.app.workspace import Say, Workspace
from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.durable import replace_file
from orchestrator.errors import NotInitialisedError, UserError
from orchestrator.i18n import _
from orchestrator.ledger import agreed
from orchestrator.model import Insight, Outcome
from orchestrator.store.outbox import GONE, Row
from orchestrator.view.html import is_report
from orchestrator.view.report import Learnt, Offered, Report, Shared, Waiting, render
from orchestrator.wishes import GLOBAL, remote_name

FIRST = 8  # of what waits, by name
OFFERED = ("open", "accepted", "declined")


def collect_report(workspace: Workspace, chosen: str | None, since: str, say: Say) -> Report:
    """Everything that the report of one company says; `since` (a date, or '') leaves out older learnings.

    One company a report: a file is handed on, and no company's people read another's. Raises UsageError
    where it is not clear which.
    """
    company = workspace.company(chosen)
    drained(workspace, say, (company,))
    desk = workspace.desk(company)
    with desk.store as store:
        judged = [
            (i, store.verdicts.of(i)) for i in store.insights.listing(twins=False) if i.created_at >= since
        ]
        learnt = tuple(_learnt(desk, insight) for insight, _verdict in judged)
        titles = {x.id: x.title for x in learnt}
        rows = [row for key in titles for row in store.outbox.of(key)]
    return Report(
        company=workspace.group.company(company).name,
        group=workspace.group.name,
        at=now(),
        since=since,
        learnt=learnt,
        shared=_shared(_labels(workspace), titles, rows),
        waiting=(*_for_people(learnt), *_for_push(titles, rows)),
        offers=_offers(workspace, company),
    )


def default_path(workspace: Workspace, chosen: str | None) -> Path:
    """Where the report goes unless somebody says: beside the stores, where git does not look."""
    return workspace.group.folder / f"report-{workspace.company(chosen)}.html"


def write_report(path: Path, report: Report) -> None:
    """Write the page, mode 0600, whole or not at all.

    Raises UserError where the folder is not there or the file is something else than a report of orch.
    """
    require_writable(path)
    replace_file(path, render(report), 0o600)


def require_writable(path: Path) -> None:
    """Raise UserError unless a report may be written there without losing anything."""
    if not path.parent.is_dir():
        raise UserError(_("there is no folder {path}").format(path=path.parent), _("make it first"))
    if path.is_dir():
        raise UserError(_("{path} is a folder").format(path=path), _("name a file: --output ~/painel.html"))
    if path.exists() and not is_report(_beginning(path)):
        raise UserError(
            _("{path} is there and was not written by `orch report`").format(path=path),
            _("choose another name, or move it away"),
        )


def require_hidden(path: Path) -> None:
    """Raise UserError where git would take the file up: the whole group reads what is committed."""
    place = next(folder for folder in path.resolve().parents if folder.is_dir())  # the rest is made
    try:
        repository = git.open_repository(place)
    except NotInitialisedError:
        return
    if git.is_ignored(repository, path):
        return
    raise UserError(
        _("git would take {path} up, and everybody who has the repository would read it").format(path=path),
        _("choose a folder outside of it, or a name that .gitignore has"),
    )


def _beginning(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(4096)


def _learnt(desk: Desk, insight: Insight) -> Learnt:
    verdict = desk.store.verdicts.of(insight)
    record = readable(desk, insight, verdict).record
    return Learnt(
        id=insight.id,
        kind=record.kind.value,
        title=record.title,
        content=record.content,
        at=insight.created_at,
        technologies=record.technologies,
        outcome=verdict.outcome.value if verdict else "",
        answer=agreed(desk.store, insight, verdict),
    )


def _labels(workspace: Workspace) -> Mapping[str, str]:
    remotes = workspace.group.remotes
    return {remote_name(GLOBAL, slot): remote_label(GLOBAL, slot, c) for slot, c in remotes.items()}


def _shared(labels: Mapping[str, str], titles: Mapping[str, str], rows: Sequence[Row]) -> tuple[Shared, ...]:
    """What lies with the group, the newest first; a company's own places hold what is its own."""
    out = (r for r in rows if r.ref and r.remote.startswith(f"{GLOBAL}.") and r.error != GONE)
    there = sorted(out, key=lambda r: r.settled_at, reverse=True)
    return tuple(
        Shared(titles[r.key], labels.get(r.remote, r.remote), r.status, r.url, r.settled_at) for r in there
    )


def _for_people(learnt: Sequence[Learnt]) -> list[Waiting]:
    blocked = [x.title for x in learnt if x.outcome == Outcome.BLOCK.value]
    undecided = [x.title for x in learnt if not x.answer and x.outcome != Outcome.BLOCK.value]
    return [
        *_waits(_("A person's decision"), "orch review", undecided),
        *_waits(_("New words: validation blocks them as they are"), "orch review --blocked", blocked),
    ]


def _for_push(titles: Mapping[str, str], rows: Sequence[Row]) -> list[Waiting]:
    due = [r for r in rows if r.state in ("ready", "sending") and r.wanted_hash != r.sent_hash]
    refused = [titles[r.key] for r in rows if r.state == "stuck"]
    edited = [titles[r.key] for r in rows if r.state == "conflict"]
    return [
        *_waits(_("The next push"), "orch push", [titles[r.key] for r in due]),
        *_waits(_("Somebody who looks why a remote refused it"), "orch status", refused),
        *_waits(_("Somebody who looks at what a person changed there"), "orch push --force ID", edited),
    ]


def _waits(whom: str, command: str, titles: Sequence[str]) -> list[Waiting]:
    first = tuple(dict.fromkeys(titles))[:FIRST]
    return [Waiting(whom, command, len(titles), first)] if titles else []


def _offers(workspace: Workspace, company: str) -> tuple[Offered, ...]:
    (found,) = list_offers(workspace, company, OFFERED, 500).values()
    return tuple(Offered(o.title, o.company, o.kind, o.fit, o.state) for o in found)
