"""A guess at who the companies of a repository are, from its tracked paths."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from orchestrator.terminal import visible

GATHERING = (("empresas", "companies"), ("apps", "packages", "services"))
MANIFESTS = frozenset(
    {"package.json", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Cargo.toml", "go.mod"}
    | {"pom.xml", "build.gradle", "build.gradle.kts", "Gemfile", "composer.json", "mix.exs", "pubspec.yaml"}
    | {"Package.swift", "CMakeLists.txt", "Dockerfile"}
)


def find_companies(paths: Iterable[str]) -> list[tuple[str, str, str]]:
    """Guess the companies of a repository from its tracked paths: (id, name, glob), by folder.

    Folders in `empresas/` or `companies/` first; else those in `apps/`, `packages/`, `services/`;
    else top-level folders with a manifest. Ids are slugs, made unique; names that no configuration
    can hold (control characters, not UTF-8) are left out.
    """
    split = [path.split("/") for path in paths]
    for gatherings in GATHERING:
        folders = {f"{p[0]}/{p[1]}" for p in split if len(p) > 2 and p[0] in gatherings}
        if folders:
            return list(_identified(folders))
    return list(_identified({p[0] for p in split if len(p) == 2 and p[1] in MANIFESTS}))


def _identified(folders: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    taken: set[str] = set()
    for folder in sorted(folders, key=lambda folder: (folder.lower(), folder)):
        base = folder.rpartition("/")[2]
        if base.startswith(".") or visible(folder) != folder or not slug(base):
            continue
        number, company_id = 1, slug(base)
        while company_id in taken:
            number += 1
            company_id = f"{slug(base)[:59]}-{number}"
        taken.add(company_id)
        words = re.split(r"[-_\s]+", base)
        yield (
            company_id,
            " ".join(w.capitalize() if w.islower() else w for w in words if w),
            f"{glob(folder)}/**",
        )


def slug(text: str) -> str:
    """An id for a name: ASCII letters and digits in lower case, joined by `-`, at most 63; '' if none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].rstrip("-")


def glob(folder: str) -> str:
    """A gitignore glob that matches exactly this path."""
    escaped = re.sub(r"([\\*?\[\]])", r"\\\1", folder)
    return "\\" + escaped if escaped[:1] in ("!", "#") else escaped
