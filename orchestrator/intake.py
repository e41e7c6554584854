"""What a drain is given and what it found: values that the parts of the pipeline pass on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from orchestrator import git
from orchestrator.config.group import Group
from orchestrator.desk import Desk
from orchestrator.errors import OrchError, StoreError
from orchestrator.faults import MistakeError, traces, translated

OpenDesk = Callable[[str], Desk]
T = TypeVar("T")


class Passages(Protocol):
    """What makes the vectors of one store."""

    @property
    def model(self) -> str:
        """The id of the model that the vectors are of."""
        ...

    def passages(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector a text, or nothing at all when no model is there."""
        ...


@dataclass(slots=True)
class Drained:
    """What a drain found: commits read, insights by company (new, changed), superseded ones.

    `moved` says that some ref was elsewhere than when a store was last brought up to date. `failed`
    are companies whose store cannot be used (StoreError), or for which orch made a mistake (MistakeError):
    the others' are drained all the same, theirs once it can be. `unread`: company → the mistake by commit, of
    those commits that could not be read; all others are. `damaged`: names of refs that git cannot read; all
    others are, and nothing is forgotten.
    `unheard` are ids of commits that teach something and touch no company's paths, `cut_off` of those at the
    edge of a shallow clone, of which git does not know the files. `absent`: company → how many contents its
    commits wait for. `renamed`: company → {path before: path after} of the files that these commits renamed.
    """

    moved: bool = False
    commits: int = 0
    learnt: dict[str, list[str]] = field(default_factory=dict)
    superseded: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, OrchError] = field(default_factory=dict)
    unread: dict[str, dict[str, Exception]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    absent: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)

    def each(self, companies: Iterable[str], work: Callable[[str], T]) -> dict[str, T]:
        """What `work` gives for each company that can be worked for; the failures of the others are kept."""
        done = {}
        for company in companies:
            if company not in self.failed:
                try:
                    done[company] = work(company)
                except StoreError as e:
                    self.failed[company] = e
                except Exception as e:
                    if translated(e) is not None:
                        raise
                    self.failed[company] = MistakeError(company, type(e).__name__, traces=traces(e))
        return done

    def leave_unread(self, company: str, mistakes: Mapping[str, Exception]) -> None:
        """Remember the commits that could not be read for a company, with the mistake at each."""
        if mistakes:
            self.unread.setdefault(company, {}).update(mistakes)

    def mistakes(self) -> dict[str, MistakeError]:
        """Company → what orch could not do for it because of a mistake of its own."""
        found = {c: _at_commits(c, unread) for c, unread in self.unread.items()}
        return found | {c: e for c, e in self.failed.items() if isinstance(e, MistakeError)}


def _at_commits(company: str, unread: Mapping[str, Exception]) -> MistakeError:
    told = "\n".join(dict.fromkeys(map(traces, unread.values())))
    return MistakeError(company, type(next(iter(unread.values()))).__name__, [*unread], traces=told)


@dataclass(frozen=True, slots=True)
class Intake:
    """What a drain needs: the repository, the group, and its effects as functions.

    `open_desk` opens one company's store, `embedder` is what makes the vectors of a store; `rewritten` is
    what post-rewrite told: old commit → new commit. Only the stores of `companies` are opened (None: of
    all).
    """

    repository: git.Repository
    group: Group
    open_desk: OpenDesk
    embedder: Callable[[Desk], Passages]
    rewritten: Mapping[str, str] = field(default_factory=dict)
    companies: Sequence[str] | None = None
    on_progress: Callable[[int, int], None] = lambda _done, _of: None
