"""What a manifest depends on, in every scope and with the versions it writes; for the history's tables.

`manifest.read_manifest` answers another question, what runs, and stays the one that detectors use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from orchestrator.detect import dependencies_listed as listed
from orchestrator.detect import dependencies_structured as structured
from orchestrator.detect import manifest_paths as paths
from orchestrator.detect.manifest import TEXT_LIMIT, read_manifest

LONGEST = 200  # characters of a name, version or scope: longer ones are no such thing
Dependency = tuple[str, str, str]
"""Name as the ecosystem spells it, version or range as written ('' for none), scope: runtime,
development, test, build, optional, peer or indirect."""
Reader = Callable[[str], Iterable[Dependency]]


class Dependencies(NamedTuple):
    """One manifest: where its packages come from, its own name and version, and what it depends on."""

    ecosystem: str
    name: str
    version: str
    dependencies: tuple[Dependency, ...]


_READERS: Mapping[str, tuple[str, Reader]] = {
    "package.json": ("npm", structured.package_json),
    "composer.json": ("composer", structured.composer_json),
    "pyproject.toml": ("pypi", structured.pyproject),
    "cargo.toml": ("cargo", structured.cargo),
    "pom.xml": ("maven", structured.pom),
    "chart.yaml": ("helm", structured.chart),
    "pubspec.yaml": ("pub", structured.pubspec),
    "setup.cfg": ("pypi", listed.setup_cfg),
    "setup.py": ("pypi", listed.nothing),
    "go.mod": ("go", listed.go_mod),
    "gemfile": ("rubygems", listed.gemfile),
    "mix.exs": ("hex", listed.mix),
    "__manifest__.py": ("odoo", listed.odoo),
    "__openerp__.py": ("odoo", listed.odoo),
    "build.gradle": ("maven", listed.gradle),
    "build.gradle.kts": ("maven", listed.gradle),
}


def read_dependencies(path: str, text: str) -> Dependencies | None:
    """What a manifest says. None for unknown formats, malformed text, and text that is too long."""
    known = _reader(path)
    if known is None or len(text) > TEXT_LIMIT:
        return None
    manifest = read_manifest(path, text)
    if manifest is None:
        return None
    ecosystem, reader = known
    found = dict.fromkeys(d for d in reader(text) if d[0] and max(map(len, d)) <= LONGEST)
    return Dependencies(ecosystem, manifest.name[:LONGEST], manifest.version[:LONGEST], tuple(found))


def _reader(path: str) -> tuple[str, Reader] | None:
    name = path.rpartition("/")[2].lower()
    if name in _READERS:
        return _READERS[name]
    if name.endswith((".csproj", ".fsproj", ".vbproj")):
        return "nuget", structured.msbuild
    if paths.is_dockerfile(path):
        return "docker", listed.dockerfile
    if paths.is_compose(path):
        return "docker", structured.compose
    return ("pypi", listed.requirements) if paths.is_requirements(path) else None
