"""Where the documents of a glob can lie, told from the words before its first wildcard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_WILD = frozenset("*?[\\")


def fixed_beginnings(globs: Iterable[str]) -> tuple[str, ...]:
    """For each gitignore-style glob the folder (or file) below which all its matches lie; '' is anywhere.

    Globs that take away (`!…`) and comments do not count; () means that there can be no document.
    """
    return tuple(sorted({_beginning(glob) for glob in globs if glob.strip() and glob[0] not in "!#"}))


def leads_to(folder: str, beginnings: Sequence[str]) -> bool:
    """Whether a folder lies on the way to one of these beginnings, or below one."""
    return any(
        not start or folder == start or folder.startswith(start + "/") or start.startswith(folder + "/")
        for start in beginnings
    )


def _beginning(glob: str) -> str:
    body = glob.rstrip().rstrip("/")
    if "/" not in body:
        return ""  # matches a name at any depth
    fixed = []
    for word in body.strip("/").split("/"):
        if _WILD.intersection(word):
            break
        fixed.append(word)
    return "/".join(fixed)
