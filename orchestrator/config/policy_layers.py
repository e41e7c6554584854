"""Which policies are in force here, and which of them may loosen: READ FIRST of the policy modules.

The repository's file may loosen the defaults only while exactly its text is trusted on this machine
(`orch trust`). Until then it only tightens, and so does the text that was trusted before it. The
user's own file, in the user's configuration folder, always only tightens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from orchestrator.config.document import Key
from orchestrator.config.policy_file import PolicyException, PolicyFile
from orchestrator.model import Share

DEFAULT_LICENCES: tuple[str, ...] = (
    *("MIT", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Zlib", "Unlicense"),
    *("CC0-1.0", "BSL-1.0", "PostgreSQL", "Python-2.0"),
)
STRICTNESS = (Share.AUTO, Share.ASK, Share.MANUAL)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy and whether it may loosen what stands before it."""

    file: PolicyFile
    loosens: bool


@dataclass(frozen=True, slots=True)
class Decided(Generic[T]):
    """A value and who decided it: a layer's file and key, or None for the default."""

    value: T
    file: PolicyFile | None = None
    key: Key = ()

    @property
    def where(self) -> str:
        """`file:line`, or '' for the default."""
        return self.file.at(self.key) if self.file else ""


@dataclass(frozen=True, slots=True)
class PolicyLayers:
    """The policies of one clone, the weakest first.

    `file` is the repository's own, `trusted` whether its text is; `live` are the exceptions that hold
    today, `key` what they were made with ('' while there are none).
    """

    layers: tuple[InForce, ...] = ()
    file: PolicyFile | None = None
    trusted: bool = True
    live: tuple[PolicyException, ...] = ()
    key: str = field(default="", repr=False)

    @property
    def basis(self) -> str:
        """All that is in force, as one text: it changes whenever any of it does."""
        files = [f"{layer.loosens} {layer.file.document.text}" for layer in self.layers]
        return "\0".join([*files, *sorted(f"{e.company} {e.fingerprint}" for e in self.live)])

    def share(self, company: str, kind: str, default: Share) -> Decided[Share]:
        """Who is asked before that kind of insight of a company is shared."""
        return self._decided(default, lambda f: f.share(company, kind), _stricter)

    def reapprove(self, company: str, kind: str) -> Decided[bool]:
        """Whether a new version of an approved insight asks again."""
        return self._decided(True, lambda f: f.reapprove(company, kind), lambda a, b: a or b)

    def licences(self, company: str) -> Decided[tuple[str, ...]]:
        """Licences that a component may carry without a person's look."""
        return self._decided(DEFAULT_LICENCES, lambda f: f.licences(company), _both)

    def _decided(
        self,
        default: T,
        asked: Callable[[PolicyFile], tuple[T, Key] | None],
        stricter: Callable[[T, T], T],
    ) -> Decided[T]:
        value, decided = default, Decided(default)
        for layer in self.layers:
            said = asked(layer.file)
            if said is None:
                continue
            chosen = said[0] if layer.loosens else stricter(value, said[0])
            if chosen != value or layer.loosens:
                value, decided = chosen, Decided(chosen, layer.file, said[1])
        return decided


def _stricter(one: Share, two: Share) -> Share:
    return max(one, two, key=STRICTNESS.index)


def _both(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(licence for licence in one if licence in two)
