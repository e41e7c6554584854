"""Word lists as patterns: one compact notation for the vocabulary of the detectors."""

from __future__ import annotations

import re


def any_of(*lines: str) -> re.Pattern[str]:
    """A pattern for whole words of folded text; each line holds patterns separated by white space.

    `_` stands for a space, a trailing `*` for any ending of up to six letters: `reduz* por_causa`.
    """
    entries = " ".join(lines).replace("*", r"\w{0,6}").replace("_", r"\s").split()
    return re.compile(r"(?<!\w)(?:" + "|".join(entries) + r")(?!\w)")
