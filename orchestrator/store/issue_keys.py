"""Jira keys in commit messages, and in the branch names that merges quote."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

# A key is a project (a capital, then capitals and digits) and a number. It is looked for from its
# hyphen: few hyphens are followed by a number, many words are written in capitals.
_NUMBER = re.compile(r"-[1-9][0-9]{0,6}(?!\w|[-.][0-9])")
# For a database: `issue_keys` surely finds none where NUMBER is not found, nor, but for a merge, KEY.
NUMBER = "-[1-9]"
KEY = "[A-Z][A-Z0-9]+-[1-9]"
_PROJECT = re.compile(r"(?<![\w.-])[A-Z][A-Z0-9]{1,9}$")
_BEFORE = 11  # characters of the longest project and one more
# Names of standards and the like, which are written in the same way.
_STANDARDS = frozenset({
    "AES", "AM", "ARM", "ASCII", "BASE", "BIG", "BLAKE", "CP", "CRC", "CVE", "CWE", "DES", "ECMA",
    "EUC", "GB", "GCC", "GPL", "GPT", "HTTP", "IEC", "IEEE", "IPV", "ISBN", "ISO", "ISO8859", "IP",
    "JSR", "KOI", "LATIN", "LGPL", "MD", "MIT", "MPEG", "PEP", "PKCS", "PSR", "RC", "RFC", "RIPEMD", "RSA",
    "SHA", "SHA1", "SHIFT", "SPDX", "SSL", "TC", "TLS", "UCS", "UNICODE", "US", "USB", "UTF", "WINDOWS",
    "X86", "XEP",
})  # fmt: skip
_BRANCH = re.compile(
    r"Merge (?:remote-tracking )?branch(?:es)? (?P<quoted>'.*?)(?: into .*)?$"
    r"|Merge pull request #\d+ (?:in \S+ )?from (?P<named>\S+)|Merged in (?P<bitbucket>\S+) \("
)
_SEGMENT = re.compile(r"(?:^|[/'])([A-Za-z][A-Za-z0-9]{1,9})(-[1-9][0-9]{0,6})(?!\w|[-.][0-9])")


def issue_keys(message: str, *, merge: bool, projects: Container[str] = ()) -> Iterator[tuple[str, str]]:
    """(key, 'branch' or 'message'), each key once.

    A key is written in capitals, and is none where a standard is named (UTF-8). In a branch's name
    it counts in small letters too, if its project is one of `projects` (`feature/abc-12-fila`).
    """
    named = dict.fromkeys(_in_branch(message.partition("\n")[0], projects)) if merge else {}
    for key in named:
        yield key, "branch"
    for key in dict.fromkeys(_in_text(message)):
        if key not in named:
            yield key, "message"


def _in_text(text: str) -> Iterator[str]:
    for number in _NUMBER.finditer(text):
        at = number.start()
        project = _PROJECT.search(text[max(0, at - _BEFORE) : at])
        if project and project[0] not in _STANDARDS:
            yield project[0] + number[0]


def _in_branch(subject: str, projects: Container[str]) -> Iterator[str]:
    match = _BRANCH.match(subject)
    branch = next(filter(None, match.groups()), "") if match else ""
    yield from _in_text(branch)
    for project, number in _SEGMENT.findall(branch):
        if project.upper() in projects:
            yield project.upper() + number
