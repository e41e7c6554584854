"""Python requirements in the form of PEP 508, as lists and as pip's files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.detect.manifest import INDIRECT, RUNTIME, Dependency, Manifest
from orchestrator.detect.manifest_tree import Tree

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;)@]*)")


def requirements(wanted: Tree, scope: str) -> Iterator[Dependency]:
    """The names, in lower case, and versions of a list of requirements; what is none is left out."""
    for requirement in wanted if isinstance(wanted, list | tuple) else ():
        match = _REQUIREMENT.match(requirement) if isinstance(requirement, str) else None
        if match:
            yield match[1].lower(), match[2].strip(), scope


def requirements_file(text: str) -> Manifest:
    """pip: one requirement a line; options, links and comments are none.

    What a compiled list says that only other packages brought (`# via flask`) is possible, not direct; so is
    what a link leads to.
    """
    said: list[tuple[str, str]] = []  # a line, and the comments beside and below it
    links = set()
    for line in text.split("\n"):
        wanted, _mark, comment = (part.strip() for part in line.partition("#"))
        if wanted and wanted[0] not in "-.":
            links |= {wanted.partition("://")[2].lower()} - {""}
            said.append(("" if "://" in wanted else wanted.rstrip("\\"), ""))
        if said and comment:
            said[-1] = (said[-1][0], f"{said[-1][1]} {comment}")
    found = [d for w, c in said for d in requirements([w], INDIRECT if _is_brought(c) else RUNTIME)]
    direct = {name for name, _version, scope in found if scope == RUNTIME}
    brought = {name for name, _version, _scope in found} - direct
    return Manifest(dependencies=tuple(found), possible=tuple(sorted(brought | links)))


def _is_brought(comment: str) -> bool:
    """Only other packages want it: pip-compile and uv name who does, and files and projects apart."""
    _before, via, wanting = f" {comment} ".partition(" via ")
    return bool(via and wanting.strip()) and not re.search(r"(?:^|\s)-r\s|\(", wanting)
