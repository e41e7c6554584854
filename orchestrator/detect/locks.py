"""Lock files: what was installed already, because other packages wanted it.

go.sum is none: it holds whole graphs of modules, and go.mod itself tells what is indirect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LIMIT = 8 * 1024 * 1024  # characters; a longer one is not looked at
NAMES = frozenset({
    "poetry.lock", "uv.lock", "pdm.lock", "pipfile.lock", "package-lock.json", "yarn.lock",
    "pnpm-lock.yaml", "composer.lock", "gemfile.lock", "cargo.lock",
})  # fmt: skip


def is_lock(path: str) -> bool:
    """Whether a path is that of a lock file that `held` understands."""
    return path.rpartition("/")[2].lower() in NAMES


def held(text: str, packages: Iterable[str]) -> set[str]:
    """The packages that a lock file lists as installed; what others merely would accept is not meant.

    All entries are read once: a look for each package takes minutes where thousands come at once.
    """
    wanted = set(packages)
    if not wanted or len(text) > LIMIT:
        return set()
    return {name for entry in _ENTRIES for name in wanted.intersection(entry.findall(text))}


_ENTRIES = tuple(
    re.compile(entry, re.MULTILINE)
    for entry in (
        r'node_modules/((?:@[^/"\n]+/)?[^/"\n]+)"',  # npm since 7
        r'^ {2,8}"([^"\n]+)": \{',  # npm before, Pipenv
        r'^name = "([^"\n]+)"',  # Poetry, uv, PDM, Cargo
        r'"name": "([^"\n]+)"',  # Composer
        r"^ {4}([^\s(]+) \(",  # Bundler
        r"^ {0,2}[\"'/]{0,2}((?:@[^@/(\s]+/)?[^@/(\s\"']+)[@/(]",  # Yarn, pnpm
    )
)
