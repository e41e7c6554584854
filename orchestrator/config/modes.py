"""Who is asked before something is shared, by kind of insight, and where another configuration asks less."""

from __future__ import annotations

import json
from collections.abc import Mapping

from orchestrator.config.group import Group
from orchestrator.config.policy_layers import STRICTNESS
from orchestrator.config.policy_names import INSIGHT_KINDS
from orchestrator.model import Share

MODES = "modes"  # the setting that says by which modes a store was judged last: kind → mode


def modes(group: Group, company: str) -> dict[str, Share]:
    """Kind of insight → mode, as configuration and policy have it for a company."""
    default = group.company(company).share
    return {kind: group.policy.share(company, kind, default).value for kind in INSIGHT_KINDS}


def written(found: Mapping[str, Share]) -> str:
    """Modes as a setting keeps them."""
    return json.dumps({kind: mode.value for kind, mode in sorted(found.items())})


def loosened(before: str, now: Mapping[str, Share]) -> dict[str, Share]:
    """Kind → former mode, of each that asks less now than what was `written` before; '': nothing was."""
    if not before:
        return {}
    former = {kind: Share(mode) for kind, mode in json.loads(before).items()}
    asked = {kind: former.get(kind, Share.ASK) for kind in now}
    return {
        kind: mode for kind, mode in asked.items() if STRICTNESS.index(now[kind]) < STRICTNESS.index(mode)
    }
