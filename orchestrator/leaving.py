"""What would leave of a record: its hash, its texts, and whether an earlier yes covers it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence

from orchestrator.model import Outcome, Record, Verdict, digest

HIDDEN = {"pt-BR": "[oculto]", "en": "[hidden]"}
"""What stands where a person took words out, by language; fixed as validation's placeholders are."""


def leaving_version(record: Record, verdict: Verdict) -> str:
    """Hash of what would leave, and of what a person must look at in it. 16 hexadecimal digits.

    Consent given before a rule asked for a look is no consent to what the rule found.
    """
    texts = json.dumps(sorted(verdict.redacted.items()), ensure_ascii=False)
    looked = sorted({f.rule for f in verdict.findings if f.outcome is Outcome.REVIEW})
    return digest(record.kind.value, texts, *looked, size=16)


def leaving_texts(verdict: Verdict) -> str:
    """The redacted texts as canonical JSON."""
    return json.dumps(dict(sorted(verdict.redacted.items())), ensure_ascii=False)


def covers(agreed: str, wanted: Mapping[str, str], marks: Collection[str]) -> bool:
    """True when everything in `wanted` was in the texts agreed to: only placeholders are new.

    Both come from the same words; `agreed` is `leaving_texts` of an earlier verdict. `marks` are all that
    validation puts in place of something: other brackets are the author's, with what stands in them.
    """
    earlier: dict[str, str] = json.loads(agreed) if agreed else {}
    gap = re.compile("|".join(map(re.escape, sorted(marks))))
    return earlier.keys() == wanted.keys() and all(
        _within(gap.split(wanted[name]), earlier[name]) for name in wanted
    )


def _within(parts: Sequence[str], earlier: str) -> bool:
    """Whether `earlier` is these parts of a text with anything between them, where placeholders are.

    They are looked for from left to right, each at its first place. A pattern with as many gaps would try all
    ways to divide the text: a commit's list of `[CPF]` would be enough to hang on.
    """
    first, *pieces = parts
    if not pieces:
        return first == earlier
    last, at, end = pieces.pop(), len(first), len(earlier)
    if not (earlier.startswith(first) and earlier.endswith(last) and at <= end - len(last)):
        return False
    for piece in pieces:
        found = earlier.find(piece, at, end - len(last))
        if found < 0:
            return False
        at = found + len(piece)
    return True
