"""Which git is in use."""

from __future__ import annotations

import re
from pathlib import Path

from orchestrator.git.process import execute

HOOK_COMMAND = (2, 36)  # the first with `git hook`; an earlier one would look for an alias of that name
CONFIGURED_HOOKS = (2, 54)  # the first that runs hooks from its configuration
_NUMBERS = re.compile(rb"(\d+)\.(\d+)")


def git_version(folder: Path) -> tuple[int, int]:
    """Major and minor number; (0, 0) when git does not say. Raises NotInitialisedError without git."""
    numbers = _NUMBERS.search(execute(folder, ["version"]).stdout)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
