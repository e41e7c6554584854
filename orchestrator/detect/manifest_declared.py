"""Manifests that are programs or lines by design: their declarations, one a line."""

from __future__ import annotations

import configparser
import re

from orchestrator.detect.manifest import Manifest, with_images
from orchestrator.detect.manifest_structured import requirement_name
from orchestrator.detect.manifest_tree import python_tree

_GO_MODULE = re.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)
_GO_REQUIRE = re.compile(
    r"^(?:require[ \t]+|[ \t]+)\"?([a-z0-9][\w.-]*\.[\w.-]+/\S+?)\"?[ \t]+v\S+(.*)$", re.MULTILINE
)
_GO_OTHER_BLOCK = re.compile(r"^(?:replace|exclude|retract|tool)[ \t]*\([^)]{0,8000}\)", re.MULTILINE)
_GEM = re.compile(r"^[ \t]*gem[ \t(]+['\"]([\w./-]+)['\"]", re.MULTILINE)
_GEM_GROUP = re.compile(
    r"^group\b[^\n]*:(?:development|test)\b[^\n]*\bdo\b.{0,2000}?^end\b", re.MULTILINE | re.DOTALL
)
_MIX_APP = re.compile(r"\bapp:\s*:(\w+)")
_MIX_VERSION = re.compile(r"\bversion:\s*\"([^\"\n]+)\"")
_MIX_DEPENDENCY = re.compile(r"^[ \t]*\{[ \t]*:(\w+)[ \t]*,(?![^\n]*\bonly:)", re.MULTILINE)
_GRADLE = re.compile(
    r"^[ \t]*(?:implementation|api|compile|runtimeOnly|runtime)[ \t(]+(?:platform\()?['\"]([\w.-]+:[\w.-]+)",
    re.MULTILINE,
)
_FROM = re.compile(
    r"^FROM[ \t]+(?:--platform=\S+[ \t]+)?(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.MULTILINE | re.IGNORECASE
)


def go_mod(text: str) -> Manifest | None:
    """Go: required modules that are not `// indirect`."""
    module = _GO_MODULE.search(text)
    if module is None:
        return None
    required = _GO_REQUIRE.findall(_GO_OTHER_BLOCK.sub("", text))
    names = {path for path, comment in required if "indirect" not in comment}
    return Manifest(module[1], dependencies=tuple(sorted(names)))


def gemfile(text: str) -> Manifest | None:
    """Ruby: gems outside the groups development and test."""
    return Manifest(dependencies=tuple(sorted(set(_GEM.findall(_GEM_GROUP.sub("", text))))))


def mix(text: str) -> Manifest | None:
    """Elixir: dependencies without `only:`."""
    app, version = _MIX_APP.search(text), _MIX_VERSION.search(text)
    if app is None:
        return None
    names = tuple(sorted(set(_MIX_DEPENDENCY.findall(text))))
    return Manifest(app[1], version[1] if version else "", dependencies=names)


def gradle(text: str) -> Manifest | None:
    """Gradle: coordinates in the configurations for compiling and running."""
    return Manifest(dependencies=tuple(sorted(set(_GRADLE.findall(text)))))


def dockerfile(text: str) -> Manifest | None:
    """Docker: base images; the names of earlier stages, variables and `scratch` are none."""
    stages = _FROM.findall(text)
    if not stages:
        return None
    names = {alias.lower() for _, alias in stages if alias} | {"scratch"}
    return with_images(Manifest(), (image for image, _ in stages if image.lower() not in names))


def requirements(text: str) -> Manifest | None:
    """pip: one requirement a line; options, links and comments are none.

    What a compiled list says that only other packages brought (`# via flask`) is possible, not direct.
    """
    said: dict[str, str] = {}  # requirement → the comments beside and below it
    name = ""
    for line in text.split("\n"):
        wanted, _mark, comment = (part.strip() for part in line.partition("#"))
        if wanted and wanted[0] not in "-.":
            name = "" if "://" in wanted else requirement_name(wanted)
            said.setdefault(name, "")
        said[name] = f"{said.get(name, '')} {comment}"
    direct = {name for name, comment in said.items() if name and not _is_brought(comment)}
    return Manifest(dependencies=tuple(sorted(direct)), possible=tuple(sorted(said.keys() - direct - {""})))


def _is_brought(comment: str) -> bool:
    """Only other packages want it: pip-compile and uv name who does, and files and projects apart."""
    _before, via, wanting = f" {comment} ".partition(" via ")
    return bool(via and wanting.strip()) and not re.search(r"(?:^|\s)-r\s|\(", wanting)


def setup_py(text: str) -> Manifest | None:
    """A program: only that it builds a package is read. Any other `setup.py` is just a module.

    That of an Odoo add-on is a stub; the add-on lies elsewhere and has a manifest of its own.
    """
    return Manifest() if re.search(r"\b(setuptools|distutils)\b", text) and "odoo_addon" not in text else None


def odoo(text: str) -> Manifest | None:
    """Odoo: a Python literal, which is read and never run. An add-on is named by its folder."""
    tree = python_tree(text)
    if not isinstance(tree, dict):
        return None
    summary = tree.get("summary") or tree.get("name")
    external = tree.get("external_dependencies")
    wanted = external.get("python") if isinstance(external, dict) else ()
    names = (
        {requirement_name(n) for n in wanted if isinstance(n, str)}
        if isinstance(wanted, list | tuple)
        else set()
    )
    return Manifest(
        description=" ".join(summary.split()) if isinstance(summary, str) else "",
        dependencies=tuple(sorted(names - {""})),
    )


def setup_cfg(text: str) -> Manifest | None:
    """setuptools: `[metadata]` and `install_requires`. A file without `[metadata]` is no package."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    if not parser.has_section("metadata"):
        return None
    wanted = requirements(parser.get("options", "install_requires", fallback="") or "")
    texts = [
        (parser.get("metadata", key, fallback="") or "").strip() for key in ("name", "version", "description")
    ]
    return Manifest(texts[0], texts[1], texts[2], wanted.dependencies if wanted else ())
