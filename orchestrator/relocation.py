"""Rows follow the folder in which their objects lie, by whatever path it is reached now.

A folder is reached by another path when it was moved with its repository, when it became a link, when it
is mounted elsewhere. What lies there is still what was put there: the rows take the path that the
configuration has now, and keep all they know.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from orchestrator.landmark import marks, same_file
from orchestrator.store.company import CompanyStore
from orchestrator.store.offers import STATES
from orchestrator.store.places import Place
from orchestrator.wishes import place_at, place_shown

BASIS = "wishes_basis"  # the setting that says from which configuration and policy wishes were made


def former_places(store: CompanyStore, targets: Mapping[str, str]) -> list[Place]:
    """(remote, target) of every place in the outbox that the configuration no longer has."""
    return [(name, target) for name, target in store.outbox.places() if targets.get(name) != target]


def moves(store: CompanyStore, targets: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """{(former target, target of today): how many texts lie at the former one and would be put at the other}.

    Those that follow their folder stay where they are, and what the place of today holds has come. Nothing is
    written.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for name, target in former_places(store, targets):
        if name in targets and _way(store, target, targets[name]) is None:
            here, there = store.outbox.at(name, targets[name]), store.outbox.sent(name, target)
            to_come = {row.key for row in here if row.wanted_hash and not row.sent_hash}
            keys = {row.key for row in there if row.wanted_hash or row.key in to_come}
            found.setdefault((target, targets[name]), set()).update(keys)
    return {way: len(keys) for way, keys in found.items() if keys}


def places_at(store: CompanyStore, shown: str) -> list[Place]:
    """(remote, target) of every place in the outbox that is shown so, or has this path."""
    path = _whole(shown)
    places = store.outbox.places()
    return [place for place in places if shown == place_shown(place[1]) or path == folder_at(place[1])]


def _whole(path: str) -> Path:
    with suppress(RuntimeError):  # `~name` of nobody: a name like others
        path = str(Path(path).expanduser())
    return Path(os.path.normpath(Path(path).absolute()))


def follow(store: CompanyStore, targets: Mapping[str, str]) -> bool:
    """Let rows of former paths follow their folders to {remote: target} of today; whether any did.

    A folder that was copied lies at both: so do its objects then. What is wanted is to be told anew
    afterwards. The caller holds the transaction.
    """
    former = [(place, targets[place[0]]) for place in former_places(store, targets) if place[0] in targets]
    # Each way is looked at before any is gone: several remotes share a folder.
    ways = {way: _way(store, *way) for way in {(place[1], now) for place, now in former}}
    for place, now in former:
        if way := ways[place[1], now]:
            store.places.move(place, (place[0], now), leave=way.copied, addresses=way.addresses)
            if way.mark:
                store.places.remember(now, way.mark)
            if way.away:
                store.places.lose_sight(place, way.mark)
    back = _come_back(store, targets)
    moved = any(ways.values()) or back
    if moved:
        store.put_setting(BASIS, "")
    return moved


def _come_back(store: CompanyStore, targets: Mapping[str, str]) -> bool:
    """Ask at folders that were away when their copies were met, and are back, for whatever lies there.

    What was taken back since is taken away there too, of the rest a person is told. Whether any is back.
    """
    back = False
    for (name, target), mark in store.places.out_of_sight():
        there, now = folder_at(target), folder_at(targets.get(name, target))
        if there is None or now is None or mark not in _marks(there):
            continue
        if not same_file(there, now):
            tasks = (offer.ref for offer in store.offers.listing(STATES))
            for key in (*store.insights.ids(), *tasks):
                store.outbox.doubt(key, [(name, target)])
            back = True
        store.places.settle_sight((name, target))
    return back


class _Way(NamedTuple):
    """A folder that lies by another path now: its addresses then and now, its mark ('': none yet), whether
    it is at both, and whether nothing of it is seen where it was.
    """

    addresses: tuple[str, str]
    mark: str
    copied: bool
    away: bool


def _way(store: CompanyStore, target: str, now: str) -> _Way | None:
    """How the folder of a former target came to the one of today; None where it is another."""
    before, after, mark = folder_at(target), folder_at(now), store.places.mark(target)
    if before is None or after is None:
        return None
    addresses = (f"{before.as_uri()}/", f"{after.as_uri()}/")
    if same_file(before, after):
        return _Way(addresses, mark, copied=False, away=False)
    if not mark or mark not in _marks(after):
        return None
    copied = mark in _marks(before)
    if copied and store.places.mark(now):
        return None  # it was met there before: each of the two has rows of its own
    return _Way(addresses, mark, copied, away=not copied)


def leave_to_original(store: CompanyStore, targets: Mapping[str, str]) -> None:
    """A copy of a store forgets what the original put into folders that its own configuration does not have.

    Where the folder was copied along, its objects stay known. The caller holds the transaction.
    """
    follow(store, targets)
    for place in former_places(store, targets):
        if folder_at(place[1]) is not None:
            store.places.forget(place)
    for place, _mark in store.places.out_of_sight():
        store.places.settle_sight(place)


def hand_over(store: CompanyStore, targets: Mapping[str, str]) -> None:
    """What lay in a folder for one remote's name, and is wanted there by another one now, is that one's.

    The same key is one object there: taken away for the former name it would be gone for the present one.
    The caller holds the transaction, and wishes are those of today.
    """
    for place in former_places(store, targets):
        for heir in _heirs(place, targets):
            wanted = {row.key for row in store.outbox.at(*heir) if row.wanted_hash}
            store.places.move(place, heir, wanted)


def _heirs(place: Place, targets: Mapping[str, str]) -> list[Place]:
    name, target = place
    before, part = folder_at(target), name.partition(".")[2]
    if before is None:
        return []
    others = [(n, t) for n, t in targets.items() if n != name and n.partition(".")[2] == part]
    return [(n, t) for n, t in others if (at := folder_at(t)) and (at == before or same_file(at, before))]


def folder_at(target: str) -> Path | None:
    """The folder that a target leads to; None for a vendor's address."""
    place = place_at(target)
    return Path(place.url) if place.kind == "folder" else None


def _marks(folder: Path) -> frozenset[str]:
    try:
        return marks(folder)
    except OSError:
        return frozenset()  # it cannot be looked into: nothing says that it is the one
