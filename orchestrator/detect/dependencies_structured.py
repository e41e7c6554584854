"""Dependencies in manifests that are data: (name, version as written, scope) each."""

from __future__ import annotations

import re
from collections.abc import Iterator

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

Found = Iterator[tuple[str, str, str]]
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;)@]*)")
_NPM = {
    "dependencies": "runtime", "devDependencies": "development", "peerDependencies": "peer",
    "optionalDependencies": "optional",
}  # fmt: skip
_CARGO = {"dependencies": "runtime", "dev-dependencies": "development", "build-dependencies": "build"}
_MAVEN = {"test": "test", "provided": "build", "system": "build", "import": "build"}
_TESTS = re.compile(r"tests?|testing", re.IGNORECASE)


def package_json(text: str) -> Found:
    """npm, by its four tables."""
    tree = table(json_tree(text))
    for key, scope in _NPM.items():
        yield from named(tree.get(key), scope)


def composer_json(text: str) -> Found:
    """Composer, without PHP itself and its extensions."""
    tree = table(json_tree(text))
    for key, scope in (("require", "runtime"), ("require-dev", "development")):
        yield from (d for d in named(tree.get(key), scope) if "/" in d[0])


def pyproject(text: str) -> Found:
    """Python: `[project]` (PEP 621), dependency groups (PEP 735), build requirements, Poetry's tables."""
    tree = table(toml_tree(text))
    project = table(tree.get("project"))
    yield from requirements(project.get("dependencies"), "runtime")
    for wanted in table(project.get("optional-dependencies")).values():
        yield from requirements(wanted, "optional")
    for group, wanted in table(tree.get("dependency-groups")).items():
        yield from requirements(wanted, _group(group))
    yield from requirements(table(tree.get("build-system")).get("requires"), "build")
    yield from _poetry(table(table(tree.get("tool")).get("poetry")))


def cargo(text: str) -> Found:
    """Rust; a renamed crate counts under its own name."""
    tree = table(toml_tree(text))
    for key, scope in _CARGO.items():
        for name, wanted in table(tree.get(key)).items():
            own = string(table(wanted).get("package")) or name
            kind = "optional" if table(wanted).get("optional") is True else scope
            yield own, version_of(wanted), kind


def pom(text: str) -> Found:
    """Maven: the project's own `<dependencies>`; `${…}` stays as it is written."""
    root = xml_tree(text)
    for child in root.children if root is not None and root.tag == "project" else ():
        for d in child.children if child.tag == "dependencies" else ():
            if d.tag == "dependency":
                name = f"{d.child_text('groupId')}:{d.child_text('artifactId')}"
                optional = d.child_text("optional") == "true"
                scope = "optional" if optional else _MAVEN.get(d.child_text("scope"), "runtime")
                yield name, d.child_text("version"), scope


def msbuild(text: str) -> Found:
    """.NET: `PackageReference`s, their version as attribute or element."""
    root = xml_tree(text)
    for e in root.walk() if root is not None and root.tag == "Project" else ():
        if e.tag == "PackageReference":
            version = e.attributes.get("Version", "") or e.child_text("Version")
            private = e.attributes.get("PrivateAssets", "") or e.child_text("PrivateAssets")
            yield e.attributes.get("Include", ""), version, "build" if private.lower() == "all" else "runtime"


def chart(text: str) -> Found:
    """Helm: the charts that this one depends on."""
    wanted = table(yaml_tree(text)).get("dependencies")
    for d in wanted if isinstance(wanted, list) else ():
        yield string(table(d).get("name")), string(table(d).get("version")), "runtime"


def pubspec(text: str) -> Found:
    """Dart, by its two tables."""
    tree = table(yaml_tree(text))
    yield from named(tree.get("dependencies"), "runtime")
    yield from named(tree.get("dev_dependencies"), "development")


def compose(text: str) -> Found:
    """Docker Compose: the images of its services, version as tag or digest."""
    for service in compose_services(yaml_tree(text)).values():
        name, version = image(string(service.get("image")))
        if "$" not in name:
            yield name, version, "runtime"


def requirements(wanted: Tree, scope: str) -> Found:
    """A list of PEP 508 requirements."""
    for requirement in wanted if isinstance(wanted, list) else ():
        match = _REQUIREMENT.match(requirement) if isinstance(requirement, str) else None
        if match:
            yield match[1].lower(), match[2].strip(), scope


def image(reference: str) -> tuple[str, str]:
    """(name without registry host, tag or digest) of an image."""
    name, _at, hashed = reference.strip().partition("@")
    host, slash, rest = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        name = rest
    name, _colon, tag = name.partition(":")
    return name.lower(), hashed or tag


def named(value: Tree, scope: str) -> Found:
    """A table of name to version, or to a table that holds the version."""
    for name, wanted in table(value).items():
        if isinstance(name, str):
            yield name, version_of(wanted), scope


def version_of(wanted: Tree) -> str:
    """The version of a text, or of a table with a `version`; '' for a path or a repository."""
    return string(wanted) or string(table(wanted).get("version"))


def _poetry(tool: dict[str, Tree]) -> Found:
    tables = [(tool.get("dependencies"), "runtime"), (tool.get("dev-dependencies"), "development")]
    tables += [(table(g).get("dependencies"), _group(n)) for n, g in table(tool.get("group")).items()]
    for wanted, scope in tables:
        for name, version, kind in named(wanted, scope):
            if name.lower() != "python":
                yield name.lower(), version, kind


def _group(name: str) -> str:
    return "test" if _TESTS.fullmatch(name) else "development"
