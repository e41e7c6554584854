"""Publish one entry at once, outside the outbox: what the public API's `create_…` calls do.

The same rules as a push: ask before creating, adopt what is there, leave alone what a person changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from orchestrator.app.clearance import cleared, policy_of
from orchestrator.app.places import Place, open_place, place_of
from orchestrator.app.trail import write_down
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import Slot
from orchestrator.errors import PermanentError, UsageError, UserError
from orchestrator.i18n import _
from orchestrator.model import digest
from orchestrator.reconcile.plan import Action, Known, plan
from orchestrator.reconcile.remotes.folder_objects import FolderObjects
from orchestrator.remote import Entry, Refused, Remote


@dataclass(frozen=True, slots=True)
class Published:
    """Where the entry is; `created` is false when it was there already."""

    ref: str
    url: str
    created: bool


def publish_task(
    workspace: Workspace,
    project: str,
    summary: str,
    description: str,
    *,
    labels: tuple[str, ...] = (),
    issue_type: str = "",
    reviewed: bool = False,
) -> Published:
    """One issue for one summary and description of a project; the same again is the same issue.

    Raises UsageError, ConfigError, RefusedError (validation), and what `publish` raises.
    """
    place = place_of(workspace, Slot.ISSUES, project)
    raw = Entry("", "task", "", _line(summary), description, "", labels=("orch", *labels))
    further = {"project": project, "issue_type": issue_type}
    entry = cleared(workspace, place.owner, raw, further, reviewed=reviewed)
    key = "task-" + digest(project, entry.title, entry.body, size=16)
    entry = replace(entry, key=key, hash=digest(entry.title, entry.body, size=32))
    _write_down(workspace, place, entry, further, reviewed=reviewed)
    return publish(open_place(workspace, place, issue_type=issue_type), entry)


def publish_page(
    workspace: Workspace, space: str, title: str, body: str, *, parent: str = "", reviewed: bool = False
) -> Published:
    """One page for one title of a space; another body is a new version of it.

    `parent` is a page's id (on Confluence its title too), '' the configured one. Raises as
    `publish_task` does.
    """
    place = place_of(workspace, Slot.PAGES, space)
    further = {"space": space, "parent": "" if parent.isdecimal() else parent}  # an id is no text
    raw = Entry("", "page", "", _line(title), body, "")
    entry = cleared(workspace, place.owner, raw, further, reviewed=reviewed)
    remote = open_place(workspace, place, parent=parent)
    above = _key_of_page(remote, parent) if parent and isinstance(remote, FolderObjects) else ""
    key = "page-" + digest(space, entry.title, size=16)
    entry = replace(entry, key=key, hash=digest(entry.title, entry.body, size=32), parent=above)
    _write_down(workspace, place, entry, further, reviewed=reviewed)
    return publish(remote, entry)


def publish(remote: Remote, entry: Entry) -> Published:
    """Find, then create or update. The same entry again writes nothing.

    Raises UserError where a person changed the object and we have something else to say,
    PermanentError with the vendor's words, TransientError offline.
    """
    seen = remote.find([entry.key]).get(entry.key)
    if seen is not None and seen.hash == entry.hash:
        return Published(seen.ref, seen.url, created=False)
    step = plan(entry.key, entry, Known(), seen, settle_seconds=remote.settle_seconds)
    if step.action is Action.CONFLICT and seen is not None:
        raise _changed(remote, seen.url or seen.ref)
    (result,) = remote.update([(seen, entry)]) if seen is not None else remote.create([entry])
    if isinstance(result, Refused):
        if result.conflict:
            raise _changed(remote, result.reason)
        words = _("{where} refuses this: {reason}")
        raise PermanentError(words.format(where=remote.label, reason=result.reason))
    return Published(result.observed.ref, result.observed.url, created=seen is None)


def _line(title: str) -> str:
    line = " ".join(title.split())
    if not line:
        raise UsageError(_("there is no text"), _("give a title of at least one word"))
    return line


def _write_down(
    workspace: Workspace, place: Place, entry: Entry, further: Mapping[str, str], *, reviewed: bool
) -> None:
    """Consent is bound to every text of the request and to the place that gets it."""
    where = (place.name, place.config.url, place.config.where)
    sent = (*where, entry.title, entry.body, entry.parent, *entry.labels, *further.values())
    policy = policy_of(workspace, place.owner).hash
    write_down(workspace, place.owner, entry.key, sent, policy=policy, reviewed=reviewed)


def _key_of_page(remote: FolderObjects, ref: str) -> str:
    """The key of the page whose id (its path) is `ref`."""
    for page in remote.objects():
        if ref in (page.id, page.key):
            return page.key
    raise UserError(_("there is no page {ref} in {where}").format(ref=ref, where=remote.label))


def _changed(remote: Remote, what: str) -> UserError:
    return UserError(
        _("a person changed this on {where}: {what}").format(where=remote.label, what=what),
        _("orch does not overwrite it; bring the texts together by hand, or choose another title"),
    )
