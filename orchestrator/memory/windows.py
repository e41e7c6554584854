"""From any text to what the model reads: bounded, valid Unicode, in windows of its length.

A learning fits one window. A long document is cut at word boundaries into windows of 500 tokens,
each with its own prefix; their vectors are averaged by token count, which is mean pooling over
the text. At most four windows are read, the first three and the last: the beginning says what a
text is about, the end often what came of it. Time is bounded by that, whatever the text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from orchestrator.lexical import printable

HEAD_CHARACTERS = 12_000
TAIL_CHARACTERS = 4_000
MODEL_TOKENS = 512
SPARE_TOKENS = 12  # for <s>, </s> and the words before a text
WINDOW_TOKENS = MODEL_TOKENS - SPARE_TOKENS
MAX_WINDOWS = 4


@dataclass(frozen=True, slots=True)
class Windows:
    """`texts` to embed, with their token counts where they are several; `cut`: a part is not in them."""

    texts: tuple[str, ...]
    tokens: tuple[int, ...]
    cut: bool


def tidy(text: str) -> tuple[str, bool]:
    """Valid, NFKC-normalised text of at most 16,000 characters, and whether any were left out.

    Normalised before it is counted, since one character can become eighteen (U+FDFA).
    """
    cut = len(text) > HEAD_CHARACTERS + TAIL_CHARACTERS
    if cut:
        text = text[:HEAD_CHARACTERS] + " " + text[-TAIL_CHARACTERS:]
    text = unicodedata.normalize("NFKC", printable(text).replace("\0", " "))
    limit = HEAD_CHARACTERS + TAIL_CHARACTERS + 1
    return text[:limit], cut or len(text) > limit


def windows(text: str, tokenizer: Callable[[], Any], size: int = WINDOW_TOKENS) -> Windows:
    """Cut a text for a `tokenizers.Tokenizer` that neither truncates nor pads; `size` in tokens."""
    text, cut = tidy(text)
    if len(text.encode()) < size:  # no token has less than a byte; one more may stand before a text
        return Windows((text,), (), cut)
    offsets = tokenizer().encode(text, add_special_tokens=False).offsets
    if len(offsets) <= size:
        return Windows((text,), (), cut)
    spans = _spans(text, offsets, size)
    if len(spans) > MAX_WINDOWS:
        cut = True
        last = _next_word(text, offsets, len(offsets) - size)
        spans = [*spans[: MAX_WINDOWS - 1], (last, len(offsets))]
    ends = [offsets[end][0] if end < len(offsets) else len(text) for _start, end in spans]
    texts = tuple(text[offsets[start][0] : end] for (start, _e), end in zip(spans, ends, strict=True))
    return Windows(texts, tuple(end - start for start, end in spans), cut)


def _spans(text: str, offsets: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """Token ranges of windows; each ends before a word where the window holds more than one."""
    starts = [0]
    while len(offsets) - starts[-1] > size:
        limit = starts[-1] + size
        words = (i for i in range(limit, starts[-1] + 1, -1) if text[offsets[i][0]].isspace())
        starts.append(next(words, limit))
    return list(pairwise([*starts, len(offsets)]))


def _next_word(text: str, offsets: list[tuple[int, int]], token: int) -> int:
    """The first token from here on that begins a word, or this one when none does."""
    return next((i for i in range(token, len(offsets)) if text[offsets[i][0]].isspace()), token)
