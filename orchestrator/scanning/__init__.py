"""judge(): the verdict on texts, made in a process that has nothing to give away and may hang.

The same as `validate.judge`, for everybody who decides what leaves: a scanner that is missing, hangs
or dies becomes a verdict that blocks. READ FIRST: scanner.py (our side), then child.py (the other).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.model import Verdict
    from orchestrator.validate import Policy

__all__ = ["judge"]


def judge(texts: Mapping[str, str], policy: Policy) -> Verdict:
    """What may leave of these texts, given by field name (`title`, `content`, ...).

    The first call of a process starts the scanner (about 0.3 s); later ones reuse it. Never raises
    for any text: what could not be scanned is blocked, and its `redacted` does not repeat it.
    """
    from orchestrator.scanning.scanner import current

    return current().judge(texts, policy)
