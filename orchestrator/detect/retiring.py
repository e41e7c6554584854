"""What a change takes back of what was learnt before: by trailer, revert, status of a record, or leaving.

A revert counts by its first line: messages of squashed branches list reverted commits of their own, and were
wrong in three of five samples (facts/git-capture.md section 5). What stands before the word "revert" (a
key, a type, a mark in brackets) says nothing else. It names commits, or a merge with all that it brought;
in other ways (a forge's revert of a squash, a branch that was rebased with the commit) only the subject
is left of what it reverts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from orchestrator.detect import components, decisions
from orchestrator.detect.manifest_paths import is_decision
from orchestrator.detect.message import clean_subject, is_rewritten, parse
from orchestrator.detect.prose import READ_LIMIT
from orchestrator.model import Change, Commit, Kind, insight_id
from orchestrator.retirement import Retirement

_REVERTS = re.compile(r"(?:revert(?:s|endo)?|reverte|desfaz|reapply)\b", re.IGNORECASE)
_QUOTED = re.compile(
    r"""(?:[^"\n]{0,40}[:\])|–-]\s*)?(?:(?P<again>reapply)|reverts?|reverte|desfaz)\s+"(?P<subject>.+)"[^"]{0,20}""",
    re.IGNORECASE,
)
_MERGE = re.compile(
    r"\bcommit\s+(?P<merge>[0-9a-f]{7,64}),?\s+(?:reversing|revertendo)\s+(?:the\s+)?(?:changes\s+made\s+to"
    r"|as\s+mudancas\s+feitas\s+em)\s+(?P<parent>[0-9a-f]{7,64})",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^reverts\s+(?:[\w.-]+/[\w.-]+)?[#!](?P<number>\d{1,9})\b", re.IGNORECASE | re.MULTILINE
)
_NAMED = re.compile(
    r"\b(?:this reverts commit|isto reverte o commit|reverte o commit)\s+([0-9a-f]{7,64})\b", re.I
)
_INSIGHT = re.compile(r"i1-[0-9a-f]{8,16}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_DIGITS = range(8, 17)  # of an insight's id, as `orch log` shows it and whole
_SEPARATOR = re.compile(r"[\s,;]+")


class Reverted(NamedTuple):
    """What a commit reverts: ids (or beginnings), merges with the parent that stays, and in other words.

    `subject` is the first line of the commit that is reverted, `request` the number of its pull request; ''
    where nothing is said.
    """

    commits: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]
    subject: str
    request: str


def reverted(commit: Commit) -> Reverted | None:
    """What a commit says that it reverts, None of one that is no revert."""
    subject = commit.subject.strip()
    quoted = _QUOTED.fullmatch(subject)
    title, kind = clean_subject(subject)
    if is_rewritten(commit) or not (quoted or kind == "revert" or _REVERTS.match(title)):
        return None
    text = commit.message[:READ_LIMIT]
    request = _REQUEST.search(text)
    return Reverted(
        tuple(dict.fromkeys(name.lower() for name in _NAMED.findall(text))),
        tuple((m["merge"].lower(), m["parent"].lower()) for m in _MERGE.finditer(text)),
        _of_quoted(quoted) if quoted else "",
        request["number"] if request else "",
    )


def _of_quoted(quoted: re.Match[str]) -> str:
    """The subject of what is reverted: git calls the revert of `Revert "S"` `Reapply "S"`."""
    return f'Revert "{quoted["subject"]}"' if quoted["again"] else quoted["subject"]


def retirements(change: Change) -> Iterator[Retirement]:
    """What this change says of earlier learnings, each once, in the order of the text."""
    found = (
        *_by_trailer(change.commit),
        *_by_revert(change.commit),
        *_by_status(change),
        *_by_leaving(change),
    )
    yield from dict.fromkeys(found)


def _by_trailer(commit: Commit) -> Iterator[Retirement]:
    """`Supersedes:` names insights or commits; bare digits may be either."""
    if is_rewritten(commit):
        return
    for value in parse(commit.message).values("supersedes"):
        for name in _SEPARATOR.split(value.strip().rstrip(".")):
            word = name.strip("`'\"()").lower()
            if _INSIGHT.fullmatch(word):
                yield Retirement("insight", word, "trailer")
            elif _COMMIT.fullmatch(word):
                yield Retirement("commit", word, "trailer")
                if len(word) in _DIGITS:
                    yield Retirement("insight", f"i1-{word}", "trailer")


def _by_revert(commit: Commit) -> Iterator[Retirement]:
    said = reverted(commit)
    for name in said.commits if said else ():
        yield Retirement("commit", name, "revert")


def _by_status(change: Change) -> Iterator[Retirement]:
    """A decision record that says itself that another one took its place."""
    for file in change.files:
        pair = change.texts.get(file.path)
        if file.status == "D" or not is_decision(file.path) or pair is None or not pair.after:
            continue
        found = decisions.superseded(pair.after, file.path)
        if found is not None:
            successor = _document(change.company, found) if found else ""
            yield Retirement("insight", _document(change.company, file.path), "document", successor)


def _by_leaving(change: Change) -> Iterator[Retirement]:
    """A component whose folder this change took away, if it did not move it."""
    if not change.left:
        return
    stays = {change.topics.get(folder, "") for folder in change.known_components - change.left}
    stays.update(components.topics(change).values())
    for topic in sorted({change.topics[folder] for folder in change.left if folder in change.topics}):
        if topic not in stays:
            yield Retirement("insight", insight_id(change.company, Kind.COMPONENT, topic), "left")


def _document(company: str, path: str) -> str:
    return insight_id(company, Kind.INSIGHT, decisions.topic_of(path))
