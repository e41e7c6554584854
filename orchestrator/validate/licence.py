"""Whose code is in a component, and under which licence. Pure: paths and texts in, findings out.

Asked are the SPDX headers of its files (`SPDX-License-Identifier`, SPDX 2.3 annex E), its licence files
(by the sentences that only one family of licences has) and the folders in which others' code lies.
A file that says nothing is the company's own. What a person must look at is no legal opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from orchestrator.i18n import _
from orchestrator.model import Outcome
from orchestrator.validate.policy import Policy

HEADER = 4_096  # characters of a file in which a header is looked for
VENDORED = frozenset(
    {
        "node_modules",
        "vendor",
        "third_party",
        "third-party",
        "thirdparty",
        "bower_components",
        "site-packages",
    }
)
_FILE = re.compile(
    r"(?i)(?:un)?licen[cs]e(?:[-_][\w-]*(?:\.\d+)?)?(?:\.(?:md|txt|rst|html|mit|bsd|apache))?"
    r"|copying(?:\.(?:lesser|lib|md|txt))?"
)
_SPDX = re.compile(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() \t-]{1,200})")
_WORD = re.compile(r"[()]|[A-Za-z0-9.+-]+")

# The first that matches names the licence: narrower ones stand before the ones that they quote.
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("AGPL-3.0", r"gnu affero general public license"),
    ("LGPL", r"gnu (?:lesser|library) general public license"),
    ("GPL", r"gnu general public license"),
    ("SSPL-1.0", r"server side public license"),
    ("BUSL-1.1", r"business source license"),
    ("Elastic-2.0", r"elastic license 2\.0"),
    ("MPL-2.0", r"mozilla public license"),
    ("EPL", r"eclipse public license"),
    ("CDDL", r"common development and distribution license"),
    ("CC-BY", r"creative commons attribution"),
    ("CC0-1.0", r"cc0 1\.0 universal"),
    ("Apache-2.0", r"apache license,? version 2\.0"),
    ("Unlicense", r"this is free and unencumbered software released into the public domain"),
    ("BSL-1.0", r"boost software license"),
    ("MIT", r"permission is hereby granted, free of charge, to any person obtaining a copy of this software"),
    ("ISC", r"permission to use, copy, modify, and/?(?:or)? distribute this software for any purpose"),
    ("BSD-3-Clause", r"redistribution and use in source and binary forms.*neither the name"),
    ("BSD-2-Clause", r"redistribution and use in source and binary forms"),
    ("Zlib", r"this software is provided 'as-is', without any express or implied warranty"),
)
_COMPILED = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in _SENTENCES)


class Licensed(NamedTuple):
    """One file or folder that a person must look at: which rule, the licence's name, and what follows."""

    path: str
    rule: str
    name: str
    outcome: Outcome

    @property
    def sentence(self) -> str:
        """Why, in the language in use."""
        if self.rule == "licence.vendored":
            return _("a folder in which others' code lies")
        if self.rule == "licence.unknown":
            return _("a licence that orch does not know")
        return _("licence {name} is not on the policy's list").format(name=self.name)


def examine_licences(texts: Mapping[str, str], policy: Policy) -> list[Licensed]:
    """What is found in a component: {path from the component's top: text, '' for what is no text}.

    `policy.licences` is the list that needs no look; the outcome is the policy's for kind `licence`,
    and what it allows is left out.
    """
    found = [*_vendored(texts), *(x for path, text in texts.items() for x in _of_file(path, text, policy))]
    judged = [
        Licensed(path, rule, name, policy.outcome("licence", rule))
        for path, rule, name in dict.fromkeys(found)
    ]
    return [licensed for licensed in judged if licensed.outcome is not Outcome.ALLOW]


def permitted(expression: str, allowed: tuple[str, ...]) -> bool:
    """Whether an SPDX expression is met by licences of the list: any of OR, all of AND.

    An exception (`WITH`) only permits more; `+` (or later) is met by the version named. What is no
    expression is not permitted.
    """
    known = {name.casefold() for name in allowed}
    words = _WORD.findall(expression)
    value, rest = _either(words, known)
    return value and not rest


def _either(words: list[str], known: set[str]) -> tuple[bool, list[str]]:
    value, words = _all(words, known)
    while words and words[0].upper() == "OR":
        other, words = _all(words[1:], known)
        value = value or other
    return value, words


def _all(words: list[str], known: set[str]) -> tuple[bool, list[str]]:
    value, words = _one(words, known)
    while words and words[0].upper() == "AND":
        other, words = _one(words[1:], known)
        value = value and other
    return value, words


def _one(words: list[str], known: set[str]) -> tuple[bool, list[str]]:
    if not words or words[0].upper() in ("AND", "OR", "WITH", ")"):
        return False, ["?"]  # no expression: something is left over
    if words[0] == "(":
        value, words = _either(words[1:], known)
        return (value, words[1:]) if words[:1] == [")"] else (False, ["?"])
    value = words[0].casefold().removesuffix("+") in known or words[0].casefold() in known
    return (value, words[3:]) if words[1:2] and words[1].upper() == "WITH" else (value, words[1:])


def _vendored(texts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The topmost folder of others' code, once."""
    for path in texts:
        parts = PurePosixPath(path).parts[:-1]
        for depth, part in enumerate(parts):
            if part.casefold() in VENDORED:
                yield "/".join(parts[: depth + 1]), "licence.vendored", part
                break


def _of_file(path: str, text: str, policy: Policy) -> Iterator[tuple[str, str, str]]:
    if any(part.casefold() in VENDORED for part in PurePosixPath(path).parts[:-1]):
        return  # its folder is told already
    said = [found[1].strip(" \t-") for found in _SPDX.finditer(text[:HEADER])]
    for expression in said:
        if not permitted(expression, policy.licences):
            yield path, "licence.not-allowed", expression
    if said or not _FILE.fullmatch(PurePosixPath(path).name):
        return
    name = _recognised(text)
    if not name:
        yield path, "licence.unknown", ""
    elif name not in policy.licences:
        yield path, "licence.not-allowed", name


def _recognised(text: str) -> str:
    """The licence whose sentence stands in the text, '' for none."""
    plain = " ".join(text.replace("\u2019", "'").split()).casefold()
    return next((name for name, pattern in _COMPILED if pattern.search(plain)), "")
