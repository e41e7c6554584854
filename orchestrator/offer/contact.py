"""When the group's memory was last heard from: the age of what is known of it offline."""

from __future__ import annotations

from orchestrator.clock import now
from orchestrator.desk import Desk

CONTACT = "memory_contact"  # setting: UTC ISO 8601


def noted(desk: Desk) -> None:
    """The memory answered just now."""
    with desk.store.transaction():
        desk.store.put_setting(CONTACT, now())


def last(desk: Desk) -> str:
    """When it last answered; '' for never."""
    return desk.store.setting(CONTACT)
