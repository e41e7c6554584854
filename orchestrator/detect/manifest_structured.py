"""Manifests that are data: JSON, TOML, XML, YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.detect.manifest import (
    BUILD,
    DEVELOPMENT,
    OPTIONAL,
    PEER,
    RUNTIME,
    TEST,
    Dependency,
    Manifest,
    with_images,
)
from orchestrator.detect.manifest_tree import (
    Tree,
    compose_services,
    json_tree,
    string,
    table,
    toml_tree,
    xml_tree,
    yaml_tree,
)
from orchestrator.detect.requirement import requirements

_NPM = {
    "dependencies": RUNTIME, "devDependencies": DEVELOPMENT, "peerDependencies": PEER,
    "optionalDependencies": OPTIONAL,
}  # fmt: skip
_COMPOSER = {"require": RUNTIME, "require-dev": DEVELOPMENT}
_CARGO = {"dependencies": RUNTIME, "dev-dependencies": DEVELOPMENT, "build-dependencies": BUILD}
_PUB = {"dependencies": RUNTIME, "dev_dependencies": DEVELOPMENT}
_MAVEN = {"test": TEST, "provided": BUILD, "system": BUILD, "import": BUILD}
_TESTS = re.compile(r"tests?|testing", re.IGNORECASE)


def package_json(text: str) -> Manifest | None:
    """npm, by its four tables."""
    tree = json_tree(text)
    return _manifest(tree, _tables(tree, _NPM)) if isinstance(tree, dict) else None


def composer_json(text: str) -> Manifest | None:
    """Composer, without PHP itself and its extensions."""
    tree = json_tree(text)
    if not isinstance(tree, dict):
        return None
    return _manifest(tree, (d for d in _tables(tree, _COMPOSER) if "/" in d[0]))


def pyproject(text: str) -> Manifest | None:
    """Python: `[project]` (PEP 621), dependency groups (PEP 735), build requirements, Poetry's tables."""
    tree = toml_tree(text)
    if not isinstance(tree, dict):
        return None
    poetry = table(table(tree.get("tool")).get("poetry"))
    project = table(tree.get("project"))
    return _manifest({**poetry, **project}, (*_standard(tree, project), *_poetry(poetry)))


def _standard(tree: dict[str, Tree], project: dict[str, Tree]) -> Iterator[Dependency]:
    yield from requirements(project.get("dependencies"), RUNTIME)
    for wanted in table(project.get("optional-dependencies")).values():
        yield from requirements(wanted, OPTIONAL)
    for group, wanted in table(tree.get("dependency-groups")).items():
        yield from requirements(wanted, _group(group))
    yield from requirements(table(tree.get("build-system")).get("requires"), BUILD)


def _poetry(tool: dict[str, Tree]) -> Iterator[Dependency]:
    tables = [(tool.get("dependencies"), RUNTIME), (tool.get("dev-dependencies"), DEVELOPMENT)]
    tables += [(table(g).get("dependencies"), _group(n)) for n, g in table(tool.get("group")).items()]
    for wanted, scope in tables:
        for name, version, kind in _named(wanted, scope):
            if name.lower() != "python":
                yield name.lower(), version, kind


def _group(name: str) -> str:
    return TEST if _TESTS.fullmatch(name) else DEVELOPMENT


def cargo(text: str) -> Manifest | None:
    """Rust; a renamed crate counts under its own name."""
    tree = toml_tree(text)
    return _manifest(table(tree.get("package")), _crates(tree)) if isinstance(tree, dict) else None


def _crates(tree: dict[str, Tree]) -> Iterator[Dependency]:
    for key, scope in _CARGO.items():
        for name, wanted in table(tree.get(key)).items():
            own = string(table(wanted).get("package")) or name
            yield own, _version_of(wanted), OPTIONAL if table(wanted).get("optional") is True else scope


def pom(text: str) -> Manifest | None:
    """Maven: the project's own `<dependencies>`; `${…}` stays as it is written."""
    root = xml_tree(text)
    if root is None or root.tag != "project":
        return None
    found = []
    for d in (d for c in root.children if c.tag == "dependencies" for d in c.children):
        if d.tag == "dependency":
            scope = _MAVEN.get(d.child_text("scope"), RUNTIME)
            name = f"{d.child_text('groupId')}:{d.child_text('artifactId')}"
            optional = d.child_text("optional") == "true"
            found.append((name, d.child_text("version"), OPTIONAL if optional else scope))
    described = {key: root.child_text(key) for key in ("version", "description")}
    return _manifest({"name": root.child_text("artifactId"), **described}, found)


def msbuild(text: str) -> Manifest | None:
    """.NET: `PackageReference`s of the project file, their version as attribute or element."""
    root = xml_tree(text)
    if root is None or root.tag != "Project":
        return None
    values, found = {}, []
    for e in root.walk():
        if e.tag in ("AssemblyName", "PackageId", "Version", "Description"):
            values[e.tag] = e.text.strip()
        elif e.tag == "PackageReference":
            version = e.attributes.get("Version", "") or e.child_text("Version")
            private = e.attributes.get("PrivateAssets", "") or e.child_text("PrivateAssets")
            scope = BUILD if private.lower() == "all" else RUNTIME
            found.append((e.attributes.get("Include", ""), version, scope))
    name = values.get("PackageId") or values.get("AssemblyName", "")
    described = {"version": values.get("Version", ""), "description": values.get("Description", "")}
    return _manifest({"name": name, **described}, found)


def chart(text: str) -> Manifest | None:
    """Helm: the charts that this one depends on."""
    tree = yaml_tree(text)
    if not isinstance(tree, dict):
        return None
    listed = tree.get("dependencies")
    charts = map(table, listed if isinstance(listed, list) else ())
    return _manifest(tree, ((string(c.get("name")), string(c.get("version")), RUNTIME) for c in charts))


def pubspec(text: str) -> Manifest | None:
    """Dart, by its two tables."""
    tree = yaml_tree(text)
    return _manifest(tree, _tables(tree, _PUB)) if isinstance(tree, dict) else None


def compose(text: str) -> Manifest | None:
    """Docker Compose: the images of its services (an image behind a variable or an alias is unknown)."""
    tree = yaml_tree(text)
    if not isinstance(tree, dict):
        return None
    services = compose_services(tree)
    built = {
        name for each, service in services.items() for name in (each, _built(service)) if service.get("build")
    }
    possible = tuple(sorted(name for name in built if name.strip("./")))
    read = Manifest(string(tree.get("name")), possible=possible)
    return with_images(read, (string(s.get("image")) for s in services.values()))


def _built(service: dict[str, Tree]) -> str:
    """The folder that a service is built in."""
    build = service.get("build")
    return string(build) or string(table(build).get("context"))


def _manifest(tree: dict[str, Tree], dependencies: Iterable[Dependency]) -> Manifest:
    about = {key: string(tree.get(key)) for key in ("name", "version", "description")}
    return Manifest(about["name"], about["version"], about["description"], tuple(dependencies))


def _tables(tree: dict[str, Tree], scopes: dict[str, str]) -> Iterator[Dependency]:
    """Tables of name to version by their keys, each with the scope that it stands for."""
    for key, scope in scopes.items():
        yield from _named(tree.get(key), scope)


def _named(value: Tree, scope: str) -> Iterator[Dependency]:
    """A table of name to version, or to a table that holds the version."""
    for name, wanted in table(value).items():
        if isinstance(name, str):
            yield name, _version_of(wanted), scope


def _version_of(wanted: Tree) -> str:
    """The version of a text, or of a table with a `version`; '' for a path or a repository."""
    return string(wanted) or string(table(wanted).get("version"))
