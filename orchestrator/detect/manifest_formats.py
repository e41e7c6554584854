"""Reading manifests of every format that is known, by their paths.

Formats that are data are read by real parsers; formats that are programs or line-oriented by their
makers' design (go.mod, Gemfile, mix.exs, Gradle, Dockerfile, requirements) by their declarations.
Nothing is executed, no entity is expanded, and text that does not parse gives None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from orchestrator.detect import manifest_declared as declared
from orchestrator.detect import manifest_paths as paths
from orchestrator.detect import manifest_structured as structured
from orchestrator.detect.manifest import BUILD, OPTIONAL, Dependency, Manifest
from orchestrator.detect.requirement import requirements_file
from orchestrator.plain_name import is_plain_name

TEXT_LIMIT = 128 * 1024  # characters; a longer manifest is generated, and is not read
LONGEST = 200  # characters of a name, version or scope of a dependency: longer ones are no such thing
Reader = Callable[[str], Manifest | None]

_READERS: Mapping[str, tuple[str, Reader]] = {
    "package.json": ("npm", structured.package_json),
    "composer.json": ("composer", structured.composer_json),
    "pyproject.toml": ("pypi", structured.pyproject),
    "cargo.toml": ("cargo", structured.cargo),
    "pom.xml": ("maven", structured.pom),
    "chart.yaml": ("helm", structured.chart),
    "pubspec.yaml": ("pub", structured.pubspec),
    "setup.cfg": ("pypi", declared.setup_cfg),
    "setup.py": ("pypi", declared.setup_py),
    "go.mod": ("go", declared.go_mod),
    "gemfile": ("rubygems", declared.gemfile),
    "mix.exs": ("hex", declared.mix),
    "__manifest__.py": ("odoo", declared.odoo),
    "__openerp__.py": ("odoo", declared.odoo),
    "build.gradle": ("maven", declared.gradle),
    "build.gradle.kts": ("maven", declared.gradle),
}


@lru_cache(maxsize=32)  # several detectors read the manifests of one commit
def read_manifest(path: str, text: str) -> Manifest | None:
    """Read a manifest by its path's last part. None for unknown formats, malformed and endless text.

    A name or version that is no plain word is none: see `plain_name`.
    """
    known = _format(path)
    found = known[1](text) if known and len(text) <= TEXT_LIMIT else None
    if known is None or found is None:
        return None
    dependencies = tuple(dict.fromkeys(filter(_is_one, found.dependencies)))
    beside = {name for name, _version, scope in dependencies if scope in (BUILD, OPTIONAL)}
    return replace(
        found,
        name=_plain(found.name),
        version=_plain(found.version),
        dependencies=dependencies,
        possible=tuple(sorted(beside.union(found.possible))),
        ecosystem=known[0],
    )


def _format(path: str) -> tuple[str, Reader] | None:
    name = path.rpartition("/")[2].lower()
    if name in _READERS:
        return _READERS[name]
    if name.endswith((".csproj", ".fsproj", ".vbproj")):
        return "nuget", structured.msbuild
    if paths.is_dockerfile(path):
        return "docker", declared.dockerfile
    if paths.is_compose(path):
        return "docker", structured.compose
    return ("pypi", requirements_file) if paths.is_requirements(path) else None


def _plain(name: str) -> str:
    return name if is_plain_name(name) else ""


def _is_one(dependency: Dependency) -> bool:
    return bool(dependency[0].strip(": ")) and max(map(len, dependency)) <= LONGEST
