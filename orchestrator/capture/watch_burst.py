"""Changes gathered until they settle."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.capture.interest import Meaning

MANY = 10_000  # names kept of one burst; beyond, looking at all documents costs less than remembering


@dataclass(slots=True)
class Changes:
    """What a burst was about: git moved, these documents, or everything."""

    git: bool = False
    everything: bool = False
    documents: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return self.git or self.everything or bool(self.documents)

    def add(self, meaning: Meaning) -> None:
        """Take one change in; never more than MANY names."""
        self.git = self.git or meaning.git
        self.everything = self.everything or meaning.everything
        if meaning.document and not self.everything:
            self.documents.add(meaning.document)
        if len(self.documents) > MANY:
            self.everything = True
        if self.everything:
            self.documents.clear()

    def merge(self, earlier: Changes) -> None:
        """Take back what could not be dealt with."""
        self.add(Meaning(git=earlier.git, everything=earlier.everything))
        for document in earlier.documents:
            self.add(Meaning(document=document))


class Burst:
    """When changes are due: `quiet` seconds after the last, at most `longest` after the first.

    Times are monotonic seconds, given by the caller.
    """

    def __init__(self, quiet: float, longest: float) -> None:
        self._quiet = quiet
        self._longest = longest
        self._first = self._last = self._not_before = 0.0
        self._changes = Changes()

    def add(self, now: float, meaning: Meaning) -> None:
        """Note a change; one that says nothing does not prolong the burst."""
        if not meaning:
            return
        self._first = self._first if self._changes else now
        self._last = now
        self._changes.add(meaning)

    def put_back(self, changes: Changes, now: float, pause: float) -> None:
        """What `take` gave and could not be dealt with: due again after `pause` seconds, not before."""
        self._first, self._last = now, now
        self._not_before = now + pause
        self._changes.merge(changes)

    def due(self, now: float) -> bool:
        """True when something changed and it has settled, or lasted too long."""
        return self.remaining(now) == 0.0

    def remaining(self, now: float) -> float | None:
        """Seconds until it is due, if nothing more happens; None while nothing changed."""
        if not self._changes:
            return None
        settled = min(self._last + self._quiet, self._first + self._longest)
        return max(0.0, settled - now, self._not_before - now)

    def take(self) -> Changes:
        """The changes; then empty."""
        taken, self._changes = self._changes, Changes()
        return taken
