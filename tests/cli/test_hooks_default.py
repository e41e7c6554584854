"""Reading each commit at once costs more than a hook may: it is for who asks for it."""

from __future__ import annotations

import pytest

from tests.flow.group import GroupRepository


@pytest.mark.parametrize("command", [("init", "--yes"), ("hooks", "install")])
def test_hooks_read_in_the_background_only_when_asked(
    group: GroupRepository, command: tuple[str, ...]
) -> None:
    group.orch(*command)
    assert group.orch("hooks", "status", "--json").data["background"] is False
    group.orch(*command, "--background")
    assert group.orch("hooks", "status", "--json").data["background"] is True
