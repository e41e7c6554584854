"""What became of one remote's wishes in one push."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.reconcile.plan import Action, Step
from orchestrator.store.places import Conflict


@dataclass(slots=True)
class RemoteReport:
    """`error` and `until` say why something waits; `earlier` counts what is set aside since before.

    `earlier` has the outbox's states as names: `stuck` (refused) and `conflict` (changed by a person); and
    `gone` (removed by one, or not shown any more).
    `doubled` names further objects of an insight there, which a person changed: {key: references}.
    `edited`: how many are as they should be but for what a person wrote there since, as a pull saw.
    `links`: how many objects link to their sister now (in a dry run: would). `former`: the configuration no
    longer leads there. `conflicts`: what is left of what people changed or removed. `unseen`: what is to go
    and is not shown there, {key: why}; the next push looks for it again. `stopped` are those of `refused`
    that somebody let go and that may not leave any more: no push will send them before a person decides.
    """

    name: str
    label: str
    steps: list[Step] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    error: str = ""
    hint: str = ""
    error_code: str = ""
    until: str = ""
    waiting: int = 0
    earlier: dict[str, int] = field(default_factory=dict)
    doubled: dict[str, tuple[str, ...]] = field(default_factory=dict)
    links: int = 0
    edited: int = 0
    former: bool = False
    conflicts: set[Conflict] = field(default_factory=set)
    unseen: dict[str, str] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)

    def count(self, action: Action) -> int:
        """How many steps of that action were planned (dry run) or carried out."""
        return sum(1 for s in self.steps if s.action is action)

    def fail(self, code: str, message: str, hint: str = "") -> None:
        """Say why something waits."""
        self.error_code, self.error, self.hint = code, message, hint

    @property
    def complete(self) -> bool:
        """True when nothing of this remote stays queued or needs a person."""
        open_ends = self.error or self.waiting or self.refused or self.earlier or self.doubled
        return not (open_ends or self.count(Action.CONFLICT))
