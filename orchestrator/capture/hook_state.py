"""The words for how hooks stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """How one hook stands."""

    INSTALLED = "installed"
    CHAINED = "chained"  # ours, and the hook that was there before runs after it
    OUTDATED = "outdated"  # ours, of another version of orch
    NOT_EXECUTABLE = "not-executable"  # ours, but git passes it over
    REPLACED = "replaced"  # another tool's, put over ours
    DISABLED = "disabled"  # ours, switched off by `hook.orch.enabled`
    FOREIGN = "foreign"  # somebody else's, without ours
    ABSENT = "absent"

    @property
    def runs(self) -> bool:
        """True when git runs this version of ours."""
        return self in (State.INSTALLED, State.CHAINED)


class Means(StrEnum):
    """How git comes to run our hooks."""

    FILES = "files"
    CONFIGURATION = "configuration"  # git 2.54 and newer
    BOTH = "both"  # each event is nudged twice, which is harmless
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Report:
    """Where git looks for hook files, how each hook stands, and what a person should know.

    `note` is a sentence ('' if there is nothing to say) and `mend` the command that helps ('' if none
    does). `changes` says what was done, or with `--dry-run` what would be.
    """

    folder: Path
    hooks: dict[str, State]
    means: Means = Means.NONE
    background: bool = False
    note: str = ""
    mend: str = ""
    changes: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """True when git runs every hook, ours and of this version."""
        return all(state.runs for state in self.hooks.values())
