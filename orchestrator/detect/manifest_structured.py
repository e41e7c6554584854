"""Manifests that are data: JSON, TOML, XML, YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from orchestrator.detect.manifest import Manifest, with_images
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

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def package_json(text: str) -> Manifest | None:
    """npm: `dependencies` only."""
    tree = json_tree(text)
    if not isinstance(tree, dict):
        return None
    return _manifest(tree, _keys(tree.get("dependencies")))


def composer_json(text: str) -> Manifest | None:
    """Composer: `require` without PHP itself and its extensions."""
    tree = json_tree(text)
    if not isinstance(tree, dict):
        return None
    return _manifest(tree, (k for k in _keys(tree.get("require")) if "/" in k))


def pyproject(text: str) -> Manifest | None:
    """Python: `[project]` (PEP 621), else Poetry's table."""
    tree = toml_tree(text)
    if not isinstance(tree, dict):
        return None
    poetry = table(table(tree.get("tool")).get("poetry"))
    project = table(tree.get("project"))
    declared = project.get("dependencies")
    names = (
        [requirement_name(d) for d in declared if isinstance(d, str)] if isinstance(declared, list) else []
    )
    names += [k.lower() for k in _keys(poetry.get("dependencies")) if k.lower() != "python"]
    return _manifest({**poetry, **project}, names)


def cargo(text: str) -> Manifest | None:
    """Rust: `[dependencies]`; a renamed crate counts under its own name."""
    tree = toml_tree(text)
    if not isinstance(tree, dict):
        return None
    declared = table(tree.get("dependencies"))
    names = [string(table(v).get("package")) or k for k, v in declared.items()]
    return _manifest(table(tree.get("package")), names)


def pom(text: str) -> Manifest | None:
    """Maven: the project's own `<dependencies>`, without scope test."""
    root = xml_tree(text)
    if root is None or root.tag != "project":
        return None
    listed = [
        d for c in root.children if c.tag == "dependencies" for d in c.children if d.tag == "dependency"
    ]
    names = [
        f"{d.child_text('groupId')}:{d.child_text('artifactId')}"
        for d in listed
        if d.child_text("scope") != "test"
    ]
    described = {key: root.child_text(key) for key in ("version", "description")}
    return _manifest({"name": root.child_text("artifactId"), **described}, names)


def msbuild(text: str) -> Manifest | None:
    """.NET: `PackageReference`s of the project file."""
    root = xml_tree(text)
    if root is None or root.tag != "Project":
        return None
    elements = list(root.walk())
    names = [e.attributes.get("Include", "") for e in elements if e.tag == "PackageReference"]
    values = {
        e.tag: e.text.strip()
        for e in elements
        if e.tag in ("AssemblyName", "PackageId", "Version", "Description")
    }
    name = values.get("PackageId") or values.get("AssemblyName", "")
    described = {"version": values.get("Version", ""), "description": values.get("Description", "")}
    return _manifest({"name": name, **described}, names)


def chart(text: str) -> Manifest | None:
    """Helm: the charts that this one depends on."""
    tree = yaml_tree(text)
    if not isinstance(tree, dict):
        return None
    listed = tree.get("dependencies")
    names = [string(table(d).get("name")) for d in listed] if isinstance(listed, list) else []
    return _manifest(tree, names)


def pubspec(text: str) -> Manifest | None:
    """Dart: `dependencies` only."""
    tree = yaml_tree(text)
    return _manifest(tree, _keys(tree.get("dependencies"))) if isinstance(tree, dict) else None


def compose(text: str) -> Manifest | None:
    """Docker Compose: the images of its services (an image behind a variable or an alias is unknown)."""
    tree = yaml_tree(text)
    if not isinstance(tree, dict):
        return None
    services = compose_services(tree)
    built = [
        name for each, service in services.items() for name in (each, _built(service)) if service.get("build")
    ]
    read = with_images(
        _manifest({"name": tree.get("name")}, ()), (string(s.get("image")) for s in services.values())
    )
    return replace(read, possible=tuple(sorted({name for name in built if name.strip("./")})))


def _built(service: dict[str, Tree]) -> str:
    """The folder that a service is built in."""
    build = service.get("build")
    return string(build) or string(table(build).get("context"))


def requirement_name(requirement: str) -> str:
    """The distribution's name of a PEP 508 requirement, lower case; '' when there is none."""
    match = _REQUIREMENT.match(requirement)
    return match[1].lower() if match else ""


def _manifest(tree: dict[str, Tree], names: Iterable[str]) -> Manifest:
    dependencies = tuple(sorted({n for n in names if n.strip(": ")}))
    return Manifest(
        string(tree.get("name")), string(tree.get("version")), string(tree.get("description")), dependencies
    )


def _keys(value: Tree) -> list[str]:
    return [k for k in table(value) if isinstance(k, str)]
