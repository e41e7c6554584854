"""What a manifest declares: the type that readers of every format give, and images as dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

RUNTIME, DEVELOPMENT, TEST, BUILD = "runtime", "development", "test", "build"
OPTIONAL, PEER, INDIRECT = "optional", "peer", "indirect"
Dependency = tuple[str, str, str]
"""Name as the ecosystem spells it (`ioredis`, `github.com/redis/go-redis/v9`, `org.postgresql:postgresql`, an
image without tag and registry host), version or range as written ('' for none), scope: one of the above."""
_VARIABLE = re.compile(r"[${}]")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest declares. Texts are '' where it says nothing.

    `dependencies` are the direct ones of every scope, and the indirect ones that it lists. `partial`: others
    stand behind variables. `possible` may be there in another form: an image that is built, what other
    packages bring, what is optional or only for building. `ecosystem` is where its packages come from: pypi,
    npm, docker and so on.
    """

    name: str = ""
    version: str = ""
    description: str = ""
    dependencies: tuple[Dependency, ...] = ()
    partial: bool = False
    possible: tuple[str, ...] = ()
    ecosystem: str = ""

    @property
    def runtime(self) -> tuple[str, ...]:
        """The names of the direct dependencies for running, each once, in order."""
        return self.named(RUNTIME)

    def named(self, scope: str) -> tuple[str, ...]:
        """The names of the dependencies of one scope, each once, in order."""
        return tuple(sorted({name for name, _version, each in self.dependencies if each == scope}))


def image(reference: str) -> tuple[str, str]:
    """(name without registry host, tag or digest): `ghcr.io/acme/redis:7` gives `acme/redis` and `7`."""
    name, _at, hashed = reference.strip().partition("@")
    host, slash, rest = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        name = rest
    name, _colon, tag = name.partition(":")
    return name.lower(), hashed or tag


def with_images(manifest: Manifest, references: Iterable[str]) -> Manifest:
    """A manifest that depends on images; one whose name is behind a variable makes it partial."""
    named = [found for each in references if (found := image(each))[0]]
    known = [(name, version, RUNTIME) for name, version in named if not _VARIABLE.search(name)]
    return replace(manifest, dependencies=tuple(known), partial=len(known) < len(named))
