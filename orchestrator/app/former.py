"""Places that the configuration no longer has, and that still hold something of ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from orchestrator.app.remotes import configured, open_remote
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import Slot
from orchestrator.errors import ConfigError, CredentialsError
from orchestrator.remote import Remote
from orchestrator.wishes import COMPANY, place_at


def open_former(workspace: Workspace, company: str, name: str, target: str) -> Remote | None:
    """The remote at a former target (`kind:url#where`); None where orch must not or cannot go.

    A remote that moved: its former folder is opened where it is still there, and so is another project,
    space or table of the same site. Another site is not (credentials go only where the configuration
    says), and neither is a remote that was taken out: nobody said that it should be emptied.
    """
    place = place_at(target)
    scope, _dot, part = name.partition(".")
    owner, slot = (company if scope == COMPANY else None), Slot(part)
    now = next((c for n, _o, _s, c in configured(workspace, company) if n == name), None)
    if now is None:
        return None
    if place.kind == "folder":
        return open_remote(workspace, name, owner, slot, place) if Path(place.url).is_dir() else None
    if (now.kind, now.url) != (place.kind, place.url):
        return None
    try:
        return open_remote(workspace, name, owner, slot, replace(now, where=place.where))
    except (CredentialsError, ConfigError):
        return None
