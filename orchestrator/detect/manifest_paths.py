"""What a path alone says: is it a manifest, does it make its folder a component, is it a guide."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

PACKAGE_MANIFESTS = frozenset({
    "package.json", "pyproject.toml", "setup.py", "setup.cfg", "go.mod", "cargo.toml", "pom.xml",
    "build.gradle", "build.gradle.kts", "composer.json", "gemfile", "mix.exs", "pubspec.yaml", "chart.yaml",
    "__manifest__.py", "__openerp__.py",
})  # fmt: skip
_PROJECT_SUFFIXES = (".csproj", ".fsproj", ".vbproj")
_COMPOSE = re.compile(r"(?:docker-)?compose(?:[.-][\w.-]*)?\.ya?ml$")
_DOCKERFILE = re.compile(r"(?:dockerfile|containerfile)(?:\.[\w-]+)?$")
_REQUIREMENTS = re.compile(
    r"(?:(?!(?:dev|test|doc|lint|ci|qa|build|type|mypy|local|ext))[a-z0-9]+[-_.])?requirements(?:[-_.](?:base|prod|production|app))?\.(?:txt|in)$|(?:base|prod|production)\.txt$"
)
# Every path in small letters that `is_manifest` may take, and few others; for RE2 as well.
MANIFEST = "|".join((
    r"(?:^|/)(?:" + "|".join(map(re.escape, sorted(PACKAGE_MANIFESTS))) + r")$",
    r"\.(?:cs|fs|vb)proj$",
    r"(?:^|/)(?:dockerfile|containerfile|docker-compose|compose)[^/]*$",
    r"requirements[^/]*\.(?:txt|in)$|requirements/(?:.*/)?[^/]*\.(?:txt|in)$",
))  # fmt: skip
_MANIFEST = re.compile(MANIFEST)
_IGNORED_FOLDERS = frozenset({
    "test", "tests", "testing", "__tests__", "testdata", "test-data", "spec", "e2e", "fixture", "fixtures",
    "mock", "mocks", "__mocks__", "example", "examples", "exemplo", "exemplos", "sample", "samples",
    "demos", "vendor", "vendored", "third_party", "third-party", "thirdparty", "node_modules",
    "bower_components", "site-packages", "dist", "target", "template", "templates", "scaffold", "scaffolds",
    "benchmark", "benchmarks", "bench", "testes", "teste", "genproto", "generated", "external", ".git",
    ".venv", "venv",
})  # fmt: skip
_NO_COMPONENTS = frozenset({
    "doc", "docs", "documentation", "website", ".github", ".gitlab", ".circleci", ".devcontainer", "ci",
    ".ci", "hack", "tools", "tooling", "scripts", "script", "docker", ".docker", "build", "public",
    "static", "assets",
})  # fmt: skip
_TESTS = re.compile(r"(?:^|[^a-z])tests?(?:[^a-z]|$)")
_DECISION_FOLDER = re.compile(
    r"(?:^|/)(?:adrs?|decisions|decisoes|decision-records|architecture-decisions|rfcs?)/", re.I
)
_NUMBERED = re.compile(r"^(?:adr|rfc)?[-_ ]?\d{1,5}[-_. ]", re.IGNORECASE)
_GUIDE = re.compile(
    r"(?:^|[-_ ./])(?:guia|guide|guidelines?|playbook|runbook|best[-_ ]?practices?|boas[-_ ]?praticas"
    r"|convencoes|conventions?|padroes|style[-_ ]?guide)(?:$|[-_ ./])",
    re.IGNORECASE,
)
_GUIDE_FOLDER = re.compile(
    r"(?:^|/)(?:guias|playbooks|runbooks|best-practices|boas-praticas)/", re.IGNORECASE
)
_DOCUMENT_FOLDER = re.compile(
    r"(?:^|/)(?:docs?|documentation|documentacao|wiki|guias|playbooks|runbooks)/", re.IGNORECASE
)
_INDEXES = frozenset({"readme", "index", "_index", "summary", "changelog", "template", "contributing"})


def is_ignored(path: str) -> bool:
    """True under test, example, fixture, vendor and template folders."""
    folders = path.lower().split("/")[:-1]
    return any(f in _IGNORED_FOLDERS or "{{" in f for f in folders)


def component_of(path: str) -> str | None:
    """The folder that this manifest makes a component ('' is the top), None for any other path."""
    folder, _, name = path.rpartition("/")
    name = name.lower()
    if not (name in PACKAGE_MANIFESTS or name.endswith(_PROJECT_SUFFIXES) or is_dockerfile(path)):
        return None
    if is_ignored(path) or any(f in _NO_COMPONENTS for f in folder.lower().split("/")):
        return None
    return None if is_for_tests(path) else folder


def is_for_tests(path: str) -> bool:
    """True for a file whose name says so: docker-compose-tests.yml."""
    return bool(_TESTS.search(_name(path)))


def is_dockerfile(path: str) -> bool:
    """True for Dockerfile, Containerfile, Dockerfile.api."""
    return bool(_DOCKERFILE.fullmatch(_name(path)))


def is_compose(path: str) -> bool:
    """True for compose.yaml, docker-compose.prod.yml and the like."""
    return bool(_COMPOSE.fullmatch(_name(path)))


def is_requirements(path: str) -> bool:
    """True for pip's requirements of what runs (requirements.txt, requirements/base.txt), not of tests."""
    name = _name(path)
    if "requirements" in name:
        return bool(_REQUIREMENTS.fullmatch(name))
    return "requirements/" in path.lower() and bool(_REQUIREMENTS.fullmatch(name))


def is_manifest(path: str) -> bool:
    """True for a path that `read_manifest` reads, wherever it lies outside tests and vendored code."""
    if not _MANIFEST.search(path.lower()):  # asked for each file of each commit
        return False
    name = _name(path)
    known = name in PACKAGE_MANIFESTS or name.endswith(_PROJECT_SUFFIXES)
    known = known or is_dockerfile(path) or is_compose(path) or is_requirements(path)
    return known and not is_ignored(path)


def is_decision(path: str) -> bool:
    """True for a numbered record in a folder of decisions (docs/adr/0007-title.md, rfcs/12-x.md)."""
    name = path.rpartition("/")[2]
    return _is_prose(path) and bool(_DECISION_FOLDER.search(path) and _NUMBERED.match(name))


def is_guide(path: str) -> bool:
    """True for a guide, playbook, runbook or set of conventions among the documents."""
    if not _is_prose(path) or is_decision(path):
        return False
    stem = PurePosixPath(path).stem
    return bool(_GUIDE_FOLDER.search(path) or (_GUIDE.search(stem) and _DOCUMENT_FOLDER.search(path)))


def wants_text(path: str) -> bool:
    """True for the files whose text before and after a commit the detectors read."""
    return is_manifest(path) or is_decision(path) or is_guide(path)


def _is_prose(path: str) -> bool:
    if not path.lower().endswith((".md", ".markdown")):  # asked for each file of each commit
        return False
    file = PurePosixPath(path)
    usual = file.suffix.lower() in (".md", ".markdown") and file.stem.lower() not in _INDEXES
    return usual and not is_ignored(path)


def _name(path: str) -> str:
    return path.rpartition("/")[2].lower()
