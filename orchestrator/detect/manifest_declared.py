"""Manifests that are programs or lines by design: their declarations, one a line."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator

from orchestrator.detect.manifest import (
    BUILD,
    DEVELOPMENT,
    INDIRECT,
    OPTIONAL,
    RUNTIME,
    TEST,
    Dependency,
    Manifest,
    with_images,
)
from orchestrator.detect.manifest_tree import python_tree, table
from orchestrator.detect.requirement import requirements, requirements_file

_GO_MODULE = re.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)
_GO_REQUIRE = re.compile(
    r"^(?:require[ \t]+|[ \t]+)\"?([a-z0-9][\w-]*\.[\w.-]+/\S+?)\"?[ \t]+(v\S+)(.*)$", re.MULTILINE
)
_GO_OTHER_BLOCK = re.compile(r"^(?:replace|exclude|retract|tool)[ \t]*\([^)]{0,8000}\)", re.MULTILINE)
_GEM = re.compile(r"[ \t]*gem[ \t(]+['\"]([\w./-]+)['\"](?:[ \t]*,[ \t]*['\"]([^'\"]{0,80})['\"])?")
_GEM_GROUP = re.compile(r"group\b(?=.*:(development|test)\b)(?=.*\bdo\b)")
_GEM_GROUP_ENDS = re.compile(r"end\b")
_MIX_APP = re.compile(r"\bapp:\s*:(\w+)")
_MIX_VERSION = re.compile(r"\bversion:\s*\"([^\"\n]+)\"")
_MIX = re.compile(r"^[ \t]*\{[ \t]*:(\w+)[ \t]*,(?:[ \t]*\"([^\"\n]{0,80})\")?([^\n]*)", re.MULTILINE)
_GRADLE = re.compile(
    r"^[ \t]*(\w+)[ \t(]+(?:(?:enforcedP|p)latform\()?['\"]([\w.-]+:[\w.-]+)(?::([^'\"@\s]{0,80}))?['\"@:]",
    re.MULTILINE,
)
_GRADLE_SCOPES = {
    "implementation": RUNTIME, "api": RUNTIME, "compile": RUNTIME, "runtimeOnly": RUNTIME, "runtime": RUNTIME,
    "compileOnly": BUILD, "compileOnlyApi": BUILD, "annotationProcessor": BUILD, "kapt": BUILD, "ksp": BUILD,
    "classpath": BUILD, "optional": OPTIONAL, "developmentOnly": DEVELOPMENT,
}  # fmt: skip
_BLANKS = re.compile(r"(?<=\S)[^\S\n]{2,}")  # within a line: configparser's time is their number, squared
_FROM = re.compile(
    r"^FROM[ \t]+(?:--platform=\S+[ \t]+)?(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.MULTILINE | re.IGNORECASE
)


def go_mod(text: str) -> Manifest | None:
    """Go: required modules, those apart that only others want."""
    module = _GO_MODULE.search(text)
    if module is None:
        return None
    required = _GO_REQUIRE.findall(_GO_OTHER_BLOCK.sub("", text))
    found = ((name, version, INDIRECT if "indirect" in said else RUNTIME) for name, version, said in required)
    return Manifest(module[1], dependencies=tuple(found))


def gemfile(text: str) -> Manifest | None:
    """Ruby: gems, those in the groups development and test apart."""
    return Manifest(dependencies=tuple(_gems(text)))


def _gems(text: str) -> Iterator[Dependency]:
    """Line by line: one pattern for a whole group takes a hostile text hours."""
    scope = RUNTIME
    for line in text.split("\n"):
        if _GEM_GROUP.match(line):
            scope = DEVELOPMENT if ":development" in line else TEST
        elif _GEM_GROUP_ENDS.match(line):
            scope = RUNTIME
        elif gem := _GEM.match(line):
            yield gem[1], gem[2] or "", scope


def mix(text: str) -> Manifest | None:
    """Elixir: what has `only:` is for tests or development."""
    app, version = _MIX_APP.search(text), _MIX_VERSION.search(text)
    if app is None:
        return None
    found = ((name, wanted, _only(rest)) for name, wanted, rest in _MIX.findall(text))
    return Manifest(app[1], version[1] if version else "", dependencies=tuple(found))


def _only(options: str) -> str:
    if "only:" not in options:
        return RUNTIME
    return DEVELOPMENT if ":dev" in options else TEST


def gradle(text: str) -> Manifest | None:
    """Gradle: coordinates by configuration."""
    found = [(name, wanted, _configured(word)) for word, name, wanted in _GRADLE.findall(text)]
    return Manifest(dependencies=tuple(d for d in found if d[2]))


def _configured(configuration: str) -> str:
    """The scope of a configuration, '' for one of the program's own and for any other call."""
    tests = configuration.startswith("test") or configuration.endswith("TestImplementation")
    return _GRADLE_SCOPES.get(configuration, TEST if tests else "")


def dockerfile(text: str) -> Manifest | None:
    """Docker: base images; the names of earlier stages, variables and `scratch` are none."""
    stages = _FROM.findall(text)
    if not stages:
        return None
    names = {alias.lower() for _, alias in stages if alias} | {"scratch"}
    return with_images(Manifest(), (image for image, _ in stages if image.lower() not in names))


def setup_py(text: str) -> Manifest | None:
    """A program: only that it builds a package is read. Any other `setup.py` is just a module.

    That of an Odoo add-on is a stub; the add-on lies elsewhere and has a manifest of its own.
    """
    return Manifest() if re.search(r"\b(setuptools|distutils)\b", text) and "odoo_addon" not in text else None


def setup_cfg(text: str) -> Manifest | None:
    """setuptools: `[metadata]`, `install_requires` and extras. Without `[metadata]` it is no package."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_BLANKS.sub(" ", text))
    except configparser.Error:
        return None
    if not parser.has_section("metadata"):
        return None
    about = {key: (value or "").strip() for key, value in parser.items("metadata")}
    return Manifest(
        about.get("name", ""),
        about.get("version", ""),
        about.get("description", ""),
        tuple(_installed(parser)),
    )


def _installed(parser: configparser.ConfigParser) -> Iterator[Dependency]:
    lists = [(parser.get("options", "install_requires", fallback=""), RUNTIME)]
    if parser.has_section("options.extras_require"):
        lists += [(wanted, OPTIONAL) for _extra, wanted in parser.items("options.extras_require")]
    for wanted, scope in lists:
        for name, version, _scope in requirements_file(wanted or "").dependencies:
            yield name, version, scope


def odoo(text: str) -> Manifest | None:
    """Odoo: a Python literal, which is read and never run. An add-on is named by its folder.

    It depends on other add-ons, and names what it needs of Python.
    """
    tree = python_tree(text)
    if not isinstance(tree, dict):
        return None
    summary = tree.get("summary") or tree.get("name")
    addons = tree.get("depends")
    found = [
        (name, "", RUNTIME)
        for name in (addons if isinstance(addons, list | tuple) else ())
        if isinstance(name, str)
    ]
    found += requirements(table(tree.get("external_dependencies")).get("python"), RUNTIME)
    told = " ".join(summary.split()) if isinstance(summary, str) else ""
    return Manifest(description=told, dependencies=tuple(found))
