"""Validation: what of a text may leave a company.

`judge(texts, policy)` is pure: no store, no git, no network. READ FIRST: judgement.py, then
kinds.py (what follows from each kind of finding); a check a file stands beside them.
"""

from __future__ import annotations

from orchestrator.validate.explanation import explain
from orchestrator.validate.hit import Hit
from orchestrator.validate.judgement import judge
from orchestrator.validate.policy import Policy

__all__ = ["Hit", "Policy", "explain", "judge"]
