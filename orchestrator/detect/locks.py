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
    """The packages that a lock file lists as installed; what others merely would accept is not meant."""
    if len(text) > LIMIT:
        return set()
    return {name for name in packages if name in text and _entry(name).search(text)}


def _entry(package: str) -> re.Pattern[str]:
    name = re.escape(package)
    return re.compile(
        rf'node_modules/{name}"'  # npm since 7
        rf'|^ {{2,8}}"{name}": \{{'  # npm before, Pipenv
        rf'|^name = "{name}"'  # Poetry, uv, PDM, Cargo
        rf'|"name": "{name}"'  # Composer
        rf"|^ {{4}}{name} \("  # Bundler
        rf"|^ {{0,2}}[\"'/]{{0,2}}{name}[@/(]",  # Yarn, pnpm
        re.MULTILINE,
    )
