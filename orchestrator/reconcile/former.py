"""Where a company's wishes lead as the configuration has it now."""

from __future__ import annotations

from orchestrator.desk import Desk
from orchestrator.wishes import targets_of


def configured_targets(desk: Desk) -> dict[str, str]:
    """{remote: target} as the configuration has them now."""
    return targets_of(desk.group.company(desk.company), desk.group)
