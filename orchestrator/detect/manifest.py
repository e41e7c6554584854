"""Reading manifests: name, version, description and direct runtime dependencies.

Formats that are data are read by real parsers; formats that are programs or line-oriented by their
makers' design (go.mod, Gemfile, mix.exs, Gradle, Dockerfile, requirements) by their declarations.
Nothing is executed, no entity is expanded, and text that does not parse gives None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from orchestrator.detect import manifest_paths as paths
from orchestrator.plain_name import is_plain_name

_VARIABLE = re.compile(r"[${}]")
TEXT_LIMIT = 128 * 1024  # characters; a longer manifest is generated, and is not read


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest declares. Texts are '' where it says nothing.

    `dependencies` are direct ones for running (no development, test or optional groups), as
    the ecosystem spells them: `ioredis`, `github.com/redis/go-redis/v9`, `org.postgresql:postgresql`,
    image names without tag and registry host. `partial`: others stand behind variables.
    `possible` may be there in another form: an image that is built, what other packages bring.
    """

    name: str = ""
    version: str = ""
    description: str = ""
    dependencies: tuple[str, ...] = ()
    partial: bool = False
    possible: tuple[str, ...] = ()


Reader = Callable[[str], Manifest | None]


def read_manifest(path: str, text: str) -> Manifest | None:
    """Read a manifest by its path's last part. None for unknown formats and malformed text.

    A name or version that is no plain word is none: see `plain_name`.
    """
    if len(text) > TEXT_LIMIT:
        return None
    reader = _reader(path)
    found = reader(text) if reader else None
    return found and replace(found, name=_plain(found.name), version=_plain(found.version))


def _plain(name: str) -> str:
    return name if is_plain_name(name) else ""


def _reader(path: str) -> Reader | None:
    from orchestrator.detect import manifest_declared as declared
    from orchestrator.detect import manifest_structured as structured

    exact: Mapping[str, Reader] = {
        "package.json": structured.package_json,
        "composer.json": structured.composer_json,
        "pyproject.toml": structured.pyproject,
        "cargo.toml": structured.cargo,
        "pom.xml": structured.pom,
        "chart.yaml": structured.chart,
        "pubspec.yaml": structured.pubspec,
        "setup.cfg": declared.setup_cfg,
        "setup.py": declared.setup_py,
        "go.mod": declared.go_mod,
        "gemfile": declared.gemfile,
        "mix.exs": declared.mix,
        "__manifest__.py": declared.odoo,
        "__openerp__.py": declared.odoo,
        "build.gradle": declared.gradle,
        "build.gradle.kts": declared.gradle,
    }
    name = path.rpartition("/")[2].lower()
    if name in exact:
        return exact[name]
    if name.endswith((".csproj", ".fsproj", ".vbproj")):
        return structured.msbuild
    if paths.is_dockerfile(path):
        return declared.dockerfile
    if paths.is_compose(path):
        return structured.compose
    return declared.requirements if paths.is_requirements(path) else None


def image_name(reference: str) -> str:
    """An image without registry host, tag and digest: `ghcr.io/acme/redis:7` gives `acme/redis`."""
    bare = reference.partition("@")[0].strip()
    host, slash, rest = bare.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        bare = rest
    return bare.partition(":")[0].lower()


def with_images(manifest: Manifest, references: Iterable[str]) -> Manifest:
    """A manifest that depends on images; one whose name is behind a variable makes it partial."""
    names = {name for each in references if (name := image_name(each)).strip(": ")}
    known = {name for name in names if not _VARIABLE.search(name)}
    return replace(manifest, dependencies=tuple(sorted(known)), partial=names != known)
