"""Dependencies in manifests that are lines or programs: (name, version as written, scope) each."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator

from orchestrator.detect.dependencies_structured import Found, image
from orchestrator.detect.dependencies_structured import requirements as listed_requirements
from orchestrator.detect.manifest_tree import python_tree, table

_GO_REQUIRE = re.compile(
    r"^(?:require[ \t]+|[ \t]+)\"?([a-z0-9][\w.-]*\.[\w.-]+/\S+?)\"?[ \t]+(v\S+)([^\n]*)$", re.MULTILINE
)
_GO_OTHER_BLOCK = re.compile(r"^(?:replace|exclude|retract|tool)[ \t]*\([^)]{0,8000}\)", re.MULTILINE)
_GEM = re.compile(
    r"^[ \t]*gem[ \t(]+['\"]([\w./-]+)['\"](?:[ \t]*,[ \t]*['\"]([^'\"\n]{0,80})['\"])?", re.MULTILINE
)
_GEM_GROUP = re.compile(
    r"^group\b([^\n]*):(?:development|test)\b[^\n]*\bdo\b.{0,2000}?^end\b", re.MULTILINE | re.DOTALL
)
_MIX = re.compile(r"^[ \t]*\{[ \t]*:(\w+)[ \t]*,(?:[ \t]*\"([^\"\n]{0,80})\")?([^\n]*)", re.MULTILINE)
_GRADLE = re.compile(
    r"^[ \t]*(\w+)[ \t(]+(?:(?:enforcedP|p)latform\()?['\"]([\w.-]+:[\w.-]+)(?::([^'\"@\s]{0,80}))?['\"@:]",
    re.MULTILINE,
)
_FROM = re.compile(
    r"^FROM[ \t]+(?:--platform=\S+[ \t]+)?(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.MULTILINE | re.IGNORECASE
)
_GRADLE_SCOPES = {
    "implementation": "runtime", "api": "runtime", "compile": "runtime", "runtimeOnly": "runtime",
    "runtime": "runtime", "compileOnly": "build", "compileOnlyApi": "build", "annotationProcessor": "build",
    "kapt": "build", "ksp": "build", "classpath": "build", "optional": "optional",
    "developmentOnly": "development",
}  # fmt: skip


def go_mod(text: str) -> Found:
    """Go: required modules."""
    for name, version, comment in _GO_REQUIRE.findall(_GO_OTHER_BLOCK.sub("", text)):
        yield name, version, "indirect" if "indirect" in comment else "runtime"


def gemfile(text: str) -> Found:
    """Ruby: gems, those in the groups development and test apart."""
    for name, version in _GEM.findall(_GEM_GROUP.sub("", text)):
        yield name, version, "runtime"
    for group in _GEM_GROUP.finditer(text):
        scope = "development" if ":development" in group[0].partition("\n")[0] else "test"
        for name, version in _GEM.findall(group[0]):
            yield name, version, scope


def mix(text: str) -> Found:
    """Elixir."""
    for name, version, rest in _MIX.findall(text):
        scope = ("test" if ":dev" not in rest else "development") if "only:" in rest else "runtime"
        yield name, version, scope


def gradle(text: str) -> Found:
    """Gradle: coordinates by configuration."""
    for configuration, name, version in _GRADLE.findall(text):
        if configuration in _GRADLE_SCOPES:
            yield name, version, _GRADLE_SCOPES[configuration]
        elif configuration.startswith("test") or configuration.endswith("TestImplementation"):
            yield name, version, "test"


def dockerfile(text: str) -> Found:
    """Docker: base images; the names of earlier stages, variables and `scratch` are none."""
    stages = _FROM.findall(text)
    aliases = {alias.lower() for _image, alias in stages if alias} | {"scratch"}
    for reference, _alias in stages:
        if reference.lower() not in aliases and not reference.startswith("$"):
            yield *image(reference), "runtime"


def requirements(text: str) -> Found:
    """pip: one requirement a line; options, links and comments are none."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip().rstrip("\\").strip() for line in text.split("\n"))
    yield from listed_requirements(
        [line for line in lines if line and "://" not in line and line[0] not in "-."], "runtime"
    )


def setup_cfg(text: str) -> Found:
    """setuptools: `install_requires` and extras."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    yield from requirements(parser.get("options", "install_requires", fallback="") or "")
    if parser.has_section("options.extras_require"):
        for _extra, wanted in parser.items("options.extras_require"):
            yield from ((name, version, "optional") for name, version, _s in requirements(wanted or ""))


def odoo(text: str) -> Found:
    """Odoo: the add-ons that this one depends on, and what it needs of Python."""
    wanted = table(python_tree(text)).get("depends")
    for name in wanted if isinstance(wanted, list | tuple) else ():
        if isinstance(name, str):
            yield name, "", "runtime"


def nothing(_text: str) -> Iterator[tuple[str, str, str]]:
    """A program, whose dependencies only running it would tell."""
    return iter(())
