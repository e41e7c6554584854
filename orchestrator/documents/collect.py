"""The company's Markdown documents as learnings of kind `document`, one a file and one a folder.

They use the same store, outbox and remotes as everything else: a page is created once, updated
when the file changes, and retracted when the file goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from orchestrator.clock import now
from orchestrator.config.match import foreign_company
from orchestrator.desk import Desk
from orchestrator.documents.hidden import without_hidden
from orchestrator.i18n import _, say
from orchestrator.ledger import record, rewish
from orchestrator.model import Insight, Kind, Outcome, Record, insight_id
from orchestrator.scanning import judge
from orchestrator.validate import Policy, explain
from orchestrator.validate.files import of_paths

DETECTOR = "document"
FOLDER = "folder"  # a page that only holds pages: nothing to remember or to find
MAXIMUM_BYTES = 1_000_000  # Confluence takes 5 MB of body, and ADF is about 5.6 times the Markdown

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]


@dataclass(slots=True)
class Collected:
    """What collecting found: paths by what became of them, and refusals with their reason.

    `blocked`: what validation lets nowhere, with why; what was recorded of it before stays. `ids` are those
    of what is new, changed or removed.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)


def collect(
    desk: Desk,
    root: Path,
    paths: Iterable[str],
    embed: Embed,
    model: str,
    *,
    prune: bool = False,
    whole: bool = True,
) -> Collected:
    """Record the documents at these paths (from `root`) as they are in the work tree now.

    `whole` says that they are all that there are; else nothing is said of the others.

    A document that is not there is only taken away with `prune`: on another branch it may just be
    absent, and its page must not vanish because somebody switched branches. One that is a confidential
    file, or another company's, is refused, and taken away where it was published before it was one. One
    that validation blocks keeps the page of its last good text, with what people said there.
    """
    everything, wanted = sorted(set(paths)), set()
    result = Collected(refused={**_foreign(desk, everything), **dict(_confidential(desk, everything))})
    barred = {document_id(desk.company, path) for path in result.refused}
    for insight, path in _insights(desk, root, [p for p in everything if p not in result.refused], result):
        wanted.add(insight.id)
        _keep(desk, insight, path, embed, model, result)
    others = desk.store.insights.other_documents(wanted) if whole else dict.fromkeys(barred, "")
    _remove(desk, [i for i in others if prune or i in barred], result)
    result.missing += [title for i, title in others.items() if not prune and i not in barred]
    return result


def _foreign(desk: Desk, paths: Iterable[str]) -> dict[str, str]:
    """Files that lie in another company's paths alone: this one's glob reaches too far."""
    owners = {path: foreign_company(desk.group, desk.company, path) for path in paths}
    told = _("it lies in the paths of {company}")
    return {path: told.format(company=owner) for path, owner in owners.items() if owner}


def _confidential(desk: Desk, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(path, why) of confidential files: the reason names the glob."""
    return ((path, explain(f)) for path in paths for f in of_paths([path], desk.policy))


def _insights(desk: Desk, root: Path, paths: list[str], result: Collected) -> Iterator[tuple[Insight, str]]:
    for folder in _folders(paths):
        page = _insight(desk, folder + "/", _folder_record(desk, folder))
        yield replace(page, detector=FOLDER), folder + "/"
    for path in paths:
        text = _read(root.resolve() / path, path, result)
        if text is not None:
            yield _insight(desk, path, _file_record(desk, path, text)), path


def _keep(desk: Desk, insight: Insight, path: str, embed: Embed, model: str, result: Collected) -> None:
    known = desk.store.insights.get(insight.id)
    if known is not None and known.version == insight.version and known.state == "active":
        result.unchanged.append(path)
        return
    verdict = judge(insight.record.texts(), _policy(desk))
    if verdict.outcome is Outcome.BLOCK:
        blocking = [explain(f) for f in verdict.findings if f.outcome is Outcome.BLOCK]
        result.blocked[path] = "; ".join(dict.fromkeys(blocking))
        return
    vectors = list(embed([f"{insight.record.title}\n{insight.record.content}"]))
    created = known.created_at if known else insight.created_at
    renewed = replace(insight, created_at=created)
    record(desk, renewed, verdict, next(iter(vectors), None), model)
    (result.changed if known else result.new).append(path)
    result.ids.append(insight.id)


def _policy(desk: Desk) -> Policy:
    """A short document is a document: only its content can be wrong, not its length."""
    return replace(desk.policy.of(Kind.DOCUMENT), outcomes={**desk.policy.outcomes, "quality": Outcome.ALLOW})


def _remove(desk: Desk, ids: Iterable[str], result: Collected) -> None:
    for insight in map(desk.store.insights.get, ids):
        if insight is None or insight.state != "active":
            continue
        with desk.store.transaction():
            desk.store.insights.set_state(insight.id, "superseded", now())
            rewish(desk, replace(insight, state="superseded"), None)
            desk.store.index.remove([insight.id])
        result.removed.append(insight.record.title)
        result.ids.append(insight.id)


def _insight(desk: Desk, path: str, found: Record) -> Insight:
    at = now()
    return Insight(
        id=document_id(desk.company, path),
        company=desk.company,
        record=found,
        score=1.0,
        reasons=(),
        evidence=(),
        anchor="",
        detector=DETECTOR,
        created_at=at,
        updated_at=at,
    )


def document_id(company: str, path: str) -> str:
    """The lasting id of a document: its path (a folder's ends in a slash)."""
    return insight_id(company, Kind.DOCUMENT, path)


def _file_record(desk: Desk, path: str, text: str) -> Record:
    title = next((ln[2:].strip() for ln in text.splitlines() if ln.startswith("# ")), "")
    parent = _parent(desk, PurePosixPath(path).parent)
    return Record(Kind.DOCUMENT, title or PurePosixPath(path).stem, text, component=parent)


def _folder_record(desk: Desk, folder: str) -> Record:
    path = PurePosixPath(folder)
    text = say(desk.group.language, "Documents of the folder `{folder}`.").format(folder=folder)
    return Record(Kind.DOCUMENT, folder, text, component=_parent(desk, path.parent))


def _parent(desk: Desk, folder: PurePosixPath) -> str:
    return "" if str(folder) in (".", "") else document_id(desk.company, f"{folder}/")


def _folders(paths: Iterable[str]) -> list[str]:
    """Every folder above the documents, outermost first."""
    above = {str(p) for path in paths for p in PurePosixPath(path).parents if str(p) != "."}
    return sorted(above, key=lambda f: (f.count("/"), f))


def _read(file: Path, path: str, result: Collected) -> str | None:
    linked = file.is_symlink() or file.parent.resolve() != file.parent  # another company's folder, perhaps
    if linked or file.stat().st_size > MAXIMUM_BYTES:
        result.refused[path] = "symlink" if linked else f"> {MAXIMUM_BYTES} bytes"
        return None
    try:
        return without_hidden(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        result.refused[path] = "not UTF-8"
        return None
