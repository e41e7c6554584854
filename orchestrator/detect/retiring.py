"""What a change takes back of what was learnt before: by trailer, by revert, by the status of a record.

A revert counts by its first line *and* the commit that it names: messages of squashed branches list
reverted commits of their own, and were wrong in three of five samples (facts/git-capture.md section 5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.detect import decisions
from orchestrator.detect.manifest_paths import is_decision
from orchestrator.detect.message import is_rewritten, parse
from orchestrator.detect.prose import READ_LIMIT
from orchestrator.model import Change, Commit, Kind, Retirement, insight_id

_REVERTS = re.compile(r"(?:revert(?:s|endo)?|reverte|desfaz|reapply)\b", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:this reverts commit|isto reverte o commit|reverte o commit)\s+([0-9a-f]{7,64})\b", re.I
)
_INSIGHT = re.compile(r"i1-[0-9a-f]{8,16}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_DIGITS = range(8, 17)  # of an insight's id, as `orch log` shows it and whole
_SEPARATOR = re.compile(r"[\s,;]+")


def retirements(change: Change) -> Iterator[Retirement]:
    """What this change says of earlier learnings, each once, in the order of the text."""
    found = (*_by_trailer(change.commit), *_by_revert(change.commit), *_by_status(change))
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
    if _REVERTS.match(commit.subject.strip()) and not is_rewritten(commit):
        for name in _NAMED.findall(commit.message[:READ_LIMIT]):
            yield Retirement("commit", name.lower(), "revert")


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


def _document(company: str, path: str) -> str:
    return insight_id(company, Kind.INSIGHT, decisions.topic_of(path))
