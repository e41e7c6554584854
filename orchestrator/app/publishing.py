"""Publish one entry at once, outside the outbox: what the public API's `create_…` calls do."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.app.workspace import Workspace
from orchestrator.errors import RefusedError
from orchestrator.i18n import _
from orchestrator.model import Outcome, digest
from orchestrator.remote import Entry, Refused, Remote
from orchestrator.validate import Policy, explain, judge


@dataclass(frozen=True, slots=True)
class Published:
    """Where the entry is; `created` is false when it was there already."""

    ref: str
    url: str
    created: bool


def publish_entry(
    workspace: Workspace,
    remote: Remote,
    identity: tuple[str, str],
    title: str,
    body: str,
    *,
    labels: tuple[str, ...] = (),
) -> Published:
    """Find, then create or update. `identity` and the title are the key (a task's text too).

    Raises RefusedError when validation says no, or the remote does.
    """
    title, body = _cleared(workspace, title, body)
    what, where = identity
    key = f"{what}-" + digest(where, title, *([body] if what == "task" else []), size=16)
    line = " ".join(title.split())
    entry = Entry(key, what, "", line, body, digest(line, body, size=32), labels=("orch", *labels))
    seen = remote.find([key]).get(key)
    if seen is not None and seen.hash == entry.hash:
        return Published(seen.ref, seen.url, created=False)
    (result,) = remote.update([(seen, entry)]) if seen else remote.create([entry])
    if isinstance(result, Refused):
        raise RefusedError(result.reason, _("look at it on {where}").format(where=remote.label))
    return Published(result.observed.ref, result.observed.url, created=seen is None)


def _cleared(workspace: Workspace, title: str, body: str) -> tuple[str, str]:
    """The texts as every company's policy lets them leave. Raises RefusedError for a block."""
    texts = {"title": title, "content": body}
    for company in workspace.group.companies:
        verdict = judge(texts, Policy.for_company(workspace.group, company.id))
        if verdict.outcome is Outcome.BLOCK:
            reasons = "; ".join(dict.fromkeys(explain(f) for f in verdict.findings))
            raise RefusedError(
                _("validation refuses this text: {why}").format(why=reasons), _("take it out of the text")
            )
        texts = dict(verdict.redacted)
    return texts["title"], texts["content"]
