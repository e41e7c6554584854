"""Overlapping hits become one, and hits are cut out of their text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from orchestrator.validate.hit import Hit
from orchestrator.validate.kinds import PLACEHOLDERS, RANK
from orchestrator.validate.view import View

_PLACEHOLDER = re.compile("|".join(map(re.escape, sorted(PLACEHOLDERS))))
# Where a provider's rule and a general one meet, the provider's says more.
_GENERAL = re.compile(r"secret\.(?:assignment|high-entropy|jwt|mentioned|url-login|generic-)")


def merged(hits: Iterable[Hit]) -> list[Hit]:
    """One hit for each run of overlapping ones: as wide as all, named by the strictest.

    Hits without a placeholder cover no characters (an engine failed); each rule is kept once.
    """
    failed: dict[str, Hit] = {}
    result: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start, h.end)):
        if not hit.placeholder:
            failed.setdefault(hit.rule, hit)
        elif result and hit.start < result[-1].end:
            last = result.pop()
            result.append(max(last, hit, key=_weight).moved(last.start, max(last.end, hit.end)))
        else:
            result.append(hit)
    return [*failed.values(), *result]


def _weight(hit: Hit) -> tuple[int, bool, int, int]:
    return hit.outcome.severity, not _GENERAL.match(hit.rule), -RANK[hit.kind], hit.end - hit.start


def cut(text: str, hits: Iterable[Hit]) -> View:
    """The text with each hit's placeholder in its place; hits must be merged and in order."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for hit in hits:
        if hit.placeholder:
            pieces += [text[last : hit.start], hit.placeholder]
            starts += [*range(last, hit.start), *[hit.start] * len(hit.placeholder)]
            ends += [*range(last + 1, hit.start + 1), *[hit.end] * len(hit.placeholder)]
            last = hit.end
    pieces.append(text[last:])
    starts += range(last, len(text))
    ends += range(last + 1, len(text) + 1)
    return View("".join(pieces), starts, ends)


def outside_placeholders(text: str, hits: list[Hit]) -> list[Hit]:
    """Without the hits that lie wholly within a placeholder such as `[CPF]`."""
    if not hits or "[" not in text:
        return hits
    spans = [m.span() for m in _PLACEHOLDER.finditer(text)]
    starts = [start for start, _ in spans]

    def within(hit: Hit) -> bool:
        place = bisect_right(starts, hit.start) - 1
        return place >= 0 and hit.end <= spans[place][1]

    return [hit for hit in hits if not within(hit)]
