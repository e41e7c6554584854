"""Places that the configuration no longer has, and that still hold something of ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from orchestrator.app.remotes import configured, open_remote
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import RemoteConfig, Slot
from orchestrator.errors import ConfigError, CredentialsError
from orchestrator.ledger import Desk
from orchestrator.reconcile.due import configured_targets, former_places
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
        open_now = Path(place.url).is_dir() and not same_folder(place, now)
        return open_remote(workspace, name, owner, slot, place) if open_now else None
    if (now.kind, now.url) != (place.kind, place.url):
        return None
    try:
        return open_remote(workspace, name, owner, slot, replace(now, where=place.where))
    except (CredentialsError, ConfigError):
        return None


def follow_renamed(desk: Desk) -> None:
    """Forget the former path of a folder that has another one now (a link, a mount), and is the same still.

    Taken for two places, it would be emptied by the one name of what it holds by the other. The next push
    asks the folder and adopts what is wanted there, or takes it away.
    """
    now = configured_targets(desk)
    with desk.store.transaction():
        for name, target in former_places(desk):
            if name not in now or not same_folder(place_at(target), place_at(now[name])):
                continue
            for row in desk.store.outbox.at(name, target):
                desk.store.outbox.forget(row)
                if not row.wanted_hash and row.state != "dropped":
                    desk.store.outbox.doubt(row.key, [(name, now[name])])


def same_folder(one: RemoteConfig, other: RemoteConfig) -> bool:
    """True for two paths of one folder that is there."""
    if (one.kind, other.kind) != ("folder", "folder"):
        return False
    try:
        return Path(one.url).samefile(other.url)
    except OSError:
        return False
