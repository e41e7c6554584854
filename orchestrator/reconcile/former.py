"""Where a company's wishes lead, and the former places that the configuration no longer has."""

from __future__ import annotations

from pathlib import Path

from orchestrator.config.group import RemoteConfig
from orchestrator.ledger import Desk
from orchestrator.wishes import place_at, targets_of


def configured_targets(desk: Desk) -> dict[str, str]:
    """{remote: target} as the configuration has them now."""
    return targets_of(desk.group.company(desk.company), desk.group)


def former_places(desk: Desk) -> list[tuple[str, str]]:
    """(remote, target) of every place in the outbox that the configuration no longer has."""
    targets = configured_targets(desk)
    return [(name, target) for name, target in desk.store.outbox.places() if targets.get(name) != target]


def follow_renamed(desk: Desk) -> None:
    """Forget the former path of a folder that has another one now (a link, a mount), and is the same still.

    Taken for two places, it would be emptied by the one name of what it holds by the other. The next push
    asks the folder and adopts what is wanted there, or takes it away. The caller holds the transaction.
    """
    now = configured_targets(desk)
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
