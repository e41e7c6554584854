"""What may stand in a record: no path, author, address or control character; sizes kept.

DESIGN rule 6: what leaves is a small typed record. The words are the author's, so paths and names
that stand in them are taken out here, once, for every detector (also those of others).
"""

from __future__ import annotations

import re
from dataclasses import replace

from orchestrator.detect.prose import cut, one_line, printable
from orchestrator.detect.whereabouts import Tree
from orchestrator.model import Candidate, Change, Commit, Record, normalise
from orchestrator.names import PARTICLES, Known, name_words, pairs

TECHNOLOGIES = 12
GAIN_LIMIT = 160
COMPONENT_LIMIT = 80
_SIGNATURE = re.compile(
    r"^\s*(?:(?:signed-off|co-authored|reviewed|acked|tested|reported|suggested|helped|approved)-by"
    r"|(?:aprovad|revisad|testad|sugerid|reportad|ajudad)[oa]-por):.*$",
    re.I | re.M,
)


class Discretion:
    """What the change says of people and places, taken out of the words of its candidates."""

    def __init__(self, change: Change) -> None:
        paths = (p for f in (*change.files, *change.commit.files) for p in (f.path, f.old_path) if p)
        self._tree = Tree.of(paths)
        self._author = _author(change.commit)
        self._named = Known.of([change.commit.author])

    def apply(self, candidate: Candidate) -> Candidate | None:
        """The candidate fit to be stored, or None when nothing is left to say."""
        record = candidate.record
        technologies = (one_line(self._clean(t), COMPONENT_LIMIT) for t in record.technologies)
        cleaned = Record(
            record.kind,
            one_line(self._clean(record.title)),
            cut(_tidy(self._clean(record.content))),
            tuple(dict.fromkeys(t for t in technologies if t))[:TECHNOLOGIES],
            one_line(self._clean(record.gain), GAIN_LIMIT),
            one_line(self._clean(record.component), COMPONENT_LIMIT),
        )
        if not normalise(cleaned.title):
            return None
        reasons = tuple(one_line(printable(r)) for r in candidate.reasons)
        return replace(candidate, record=cleaned, reasons=reasons)

    def _clean(self, text: str) -> str:
        text = _SIGNATURE.sub("", printable(text))
        for pattern in self._author:
            text = pattern.sub("", text)
        for start, end in sorted(self._named.find(text), reverse=True):
            text = text[:start] + text[end:]
        return self._tree.without(text.replace("<>", ""))


def _author(commit: Commit) -> list[re.Pattern[str]]:
    """The author's address, the name in full, and first name and surname however they are joined."""
    patterns = []
    for secret in (commit.email.strip(), commit.author.strip()):
        if len(secret) > 2 and (" " in secret or "@" in secret):
            patterns.append(re.compile(re.escape(secret), re.IGNORECASE))
        elif len(secret) > 2:
            # A single name may be part of a word ("Ana" in "Banana") or one ("clara"): as it is spelt only.
            patterns.append(re.compile(rf"\b{re.escape(secret)}\b"))
    inner = "|".join(map(re.escape, [*name_words(commit.author), *PARTICLES]))
    for first, last in (map(re.escape, pair.split()) for pair in pairs(commit.author)):
        between = rf"[\s._-]+(?:(?:{inner}|[^\W\d_]\.)[\s._-]*){{0,4}}?"
        patterns.append(re.compile(rf"@?(?<![^\W_]){first}{between}{last}(?![^\W_])", re.IGNORECASE))
    return patterns


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
