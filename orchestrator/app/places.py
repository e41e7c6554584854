"""Whose project or space a key names, and the remote that reaches it with that owner's credentials."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.app.remotes import open_remote
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import RemoteConfig, Slot
from orchestrator.errors import ConfigError, UsageError
from orchestrator.i18n import _
from orchestrator.remote import Remote
from orchestrator.wishes import COMPANY, GLOBAL, remote_name

# Project keys as Jira makes them, space keys as Confluence does; both become folder names elsewhere.
_KEYS = {Slot.ISSUES: r"[A-Z][A-Z0-9_]{0,39}", Slot.PAGES: r"~?[A-Za-z0-9][A-Za-z0-9_-]{0,254}"}


@dataclass(frozen=True, slots=True)
class Place:
    """A project or space: `owner` is a company, or None for the group."""

    owner: str | None
    slot: Slot
    config: RemoteConfig

    @property
    def name(self) -> str:
        """The slot's name, as the outbox and messages have it."""
        return remote_name(COMPANY if self.owner else GLOBAL, self.slot)


def configured_place(workspace: Workspace, slot: Slot, owner: str | None = None) -> Place:
    """The owner's place of a slot. Raises ConfigError where none is configured."""
    remotes = workspace.group.company(owner).remotes if owner else workspace.group.remotes
    if slot not in remotes:
        raise ConfigError(
            _("no remote is configured for {slot}").format(slot=slot.value),
            _("add its section (or [global.folder]) to .orch/config.toml, then run `orch trust`"),
        )
    return Place(owner, slot, remotes[slot])


def place_of(workspace: Workspace, slot: Slot, key: str) -> Place:
    """The place that a project or space key names: a company's own, or else one on the group's site.

    Raises UsageError for what is no key, ConfigError where the group has no such site.
    """
    if not re.fullmatch(_KEYS[slot], key):
        raise UsageError(
            _("{key} is not the key of a project or space").format(key=key or '""'),
            _("keys are short: ORCH, AUP"),
        )
    for company in workspace.group.companies:
        own = company.remotes.get(slot)
        if own is not None and own.where == key:
            return Place(company.id, slot, own)
    place = configured_place(workspace, slot)
    return replace(place, config=replace(place.config, where=key))


def open_place(workspace: Workspace, place: Place, **options: str) -> Remote:
    """The remote of a place; `options` (issue_type, parent) replace those of the configuration."""
    config = place.config
    if config.kind == "folder" and config.where:
        return _folder(place, config)
    given = {name: value for name, value in options.items() if value}
    config = replace(config, options={**config.options, **given})
    return open_remote(workspace, place.name, place.owner, place.slot, config)


def _folder(place: Place, config: RemoteConfig) -> Remote:
    """A folder holds every project and space side by side, each in a folder named by its key."""
    if place.slot is Slot.ISSUES:
        from orchestrator.reconcile.remotes.folder_issues import FolderIssues

        return FolderIssues(Path(config.url), name=place.name, prefix=config.where)
    from orchestrator.reconcile.remotes.folder_pages import FolderPages

    return FolderPages(Path(config.url), name=place.name, space=config.where)
