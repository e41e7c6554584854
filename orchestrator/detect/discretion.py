"""What may stand in a record: no path, author, address or control character; sizes kept.

DESIGN rule 6: what leaves is a small typed record. The words are the author's, so paths and names
that stand in them are taken out here, once, for every detector (also those of others).
"""

from __future__ import annotations

import re
from dataclasses import replace

from orchestrator.detect.prose import cut, one_line, printable
from orchestrator.model import Candidate, Change, Commit, Record, normalise

TECHNOLOGIES = 12
GAIN_LIMIT = 160
COMPONENT_LIMIT = 80
_SLASHED = re.compile(r"(?<![\w/.:@-])(?:\.{0,2}/)?[\w@.+-]{1,100}(?:/[\w@.+-]{1,100}){1,30}/?")
_HAS_EXTENSION = re.compile(r"/[\w@+-][\w@.+-]*\.[A-Za-z]\w{0,7}$")
_SIGNATURE = re.compile(
    r"^\s*(?:signed-off|co-authored|reviewed|acked|tested|reported|suggested|helped)-by:.*$", re.I | re.M
)


def discreet(candidate: Candidate, change: Change) -> Candidate | None:
    """The candidate fit to be stored, or None when nothing is left to say."""
    record = candidate.record
    technologies = (one_line(_clean(t, change), COMPONENT_LIMIT) for t in record.technologies)
    cleaned = Record(
        record.kind,
        one_line(_clean(record.title, change)),
        cut(_tidy(_clean(record.content, change))),
        tuple(dict.fromkeys(t for t in technologies if t))[:TECHNOLOGIES],
        one_line(_clean(record.gain, change), GAIN_LIMIT),
        one_line(_clean(record.component, change), COMPONENT_LIMIT),
    )
    if not normalise(cleaned.title):
        return None
    reasons = tuple(one_line(printable(r)) for r in candidate.reasons)
    return replace(candidate, record=cleaned, reasons=reasons)


def _clean(text: str, change: Change) -> str:
    text = _SIGNATURE.sub("", printable(text))
    text = _without_identity(text, change.commit)
    folders = {part for f in change.files for part in f.path.split("/")[:-1]}
    return _SLASHED.sub(lambda m: _last_part(m[0], folders), text)


def _last_part(slashed: str, folders: set[str]) -> str:
    """A path cut down to its last part; `and/or`, `CI/CD`, `application/json` stay."""
    parts = [p for p in slashed.split("/") if p not in ("", ".", "..")]
    if not parts:
        return slashed
    rooted = slashed[0] in "./" or slashed.endswith("/")
    is_path = rooted or bool(_HAS_EXTENSION.search(slashed)) or any(p in folders for p in parts)
    return parts[-1] if is_path else slashed


def _without_identity(text: str, commit: Commit) -> str:
    for secret in (commit.email.strip(), commit.author.strip()):
        if len(secret) > 2 and (" " in secret or "@" in secret):
            text = re.sub(re.escape(secret), "", text, flags=re.IGNORECASE)
        elif len(secret) > 2:
            # A single name may be part of a word ("Ana" in "Banana") or one ("clara"): as it is spelt only.
            text = re.sub(rf"\b{re.escape(secret)}\b", "", text)
    return text.replace("<>", "")


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
