"""Which companies a path belongs to, by git's own ignore rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from orchestrator.config.document import parse
from orchestrator.config.group import Company, Group
from orchestrator.i18n import _

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def match_company(group: Group, path: str) -> tuple[str, ...]:
    """The ids of the companies whose globs match a path from the repository's top, in their order.

    A path may belong to several companies: what it teaches is then seen for each. Capital letters
    count, whatever `core.ignorecase` says: the same commit is the same company's on every machine. How an
    accent is written does not: some file systems take `é` apart, and git keeps what it was given.
    With no match a path belongs to `default_company` when there is one, else to nobody: `()` is shared code.
    Raises ConfigError for a glob that is none.
    """
    return _claiming(group, path) or ((group.default_company,) if group.default_company else ())


def foreign_company(group: Group, company: str, path: str) -> str:
    """The other company in whose globs alone a path lies; '' where it lies in `company`'s, or in nobody's.

    Raises ConfigError for a glob that is none.
    """
    found = _claiming(group, path)
    return found[0] if found and company not in found else ""


def _claiming(group: Group, path: str) -> tuple[str, ...]:
    try:
        return _matching(tuple((c.id, c.paths) for c in group.companies), path)
    except (ValueError, re.error):
        return tuple(c.id for c in group.companies if _spec_of(group, c).match_file(composed(path)))


@lru_cache(maxsize=1 << 14)
def _matching(globs: tuple[tuple[str, tuple[str, ...]], ...], path: str) -> tuple[str, ...]:
    """A drain asks for the same path once a company and commit: one answer serves them all."""
    return tuple(company for company, paths in globs if compile_globs(paths).match_file(composed(path)))


def _spec_of(group: Group, company: Company) -> GitIgnoreSpec:
    try:
        return compile_globs(company.paths)
    except (ValueError, re.error) as error:
        index = group.companies.index(company)
        raise parse(group.root, group.source).error(
            ("company", index, "paths"),
            _("not a glob that git would understand: {problem}").format(problem=str(error)),
            _("for example {example}").format(example=f"{company.id}/**"),
        ) from error


@lru_cache(maxsize=1 << 14)
def confidential_glob(globs: tuple[str, ...], path: str) -> str:
    """The glob by which a path from the repository's top is a confidential file's; '' when none is.

    The last one that matches decides, as git has it: `!` takes a file out again. Capital letters do not
    count: a key in `CERT.PEM` is one in `cert.pem`. Nor does how an accent is written, as everywhere.
    """
    if not globs:
        return ""
    found = compile_globs(tuple(map(_folded, globs))).check_file(_folded(path))
    return globs[found.index] if found.include and found.index is not None else ""


def confidential_to_any(lists: Iterable[tuple[str, ...]], path: str) -> str:
    """The first glob by which a path is confidential in one of several lists; '' when it is in none."""
    return next(filter(None, (confidential_glob(globs, path) for globs in lists)), "")


def composed(text: str) -> str:
    """A path as globs are compared with it: an accent is one sign with its letter."""
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return composed(text).lower()


def idle_globs(group: Group, paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """{company: its globs that none of these paths matches}; companies without any are left out."""
    found = {
        company.id: tuple(
            glob
            for glob in company.paths
            if not glob.startswith("!")
            and not any(map(compile_globs((glob,)).match_file, map(composed, paths)))
        )
        for company in group.companies
    }
    return {company: globs for company, globs in found.items() if globs}


@lru_cache(maxsize=512)
def compile_globs(globs: tuple[str, ...]) -> GitIgnoreSpec:
    """Gitignore-style globs for `composed` paths, compiled once for each distinct tuple.

    Importing pathspec costs 40 ms.
    """
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(map(composed, globs))
