"""Every form in which a text is scanned, and where in the text each of them comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from orchestrator.validate.decoding import decoded
from orchestrator.validate.reading import read
from orchestrator.validate.view import View, joined, normalised

Place = Callable[[int, int], tuple[int, int]]


class Form(NamedTuple):
    """A text, the place of its `[start:end]` in the original, and whether only tokens are looked for."""

    text: str
    place: Place
    of_tokens: bool = False


def forms(text: str) -> Iterator[Form]:
    """The text itself, without what no reader sees, as Markdown is read; in each of them what is encoded."""
    raw = Form(text, _here)
    plain = _of(raw, normalised(text))
    base = plain or raw
    yield raw
    if plain:
        yield plain
    yield from _hidden(base)
    if said := _of(base, read(base.text)):
        said = _of(said, normalised(said.text)) or said  # an entity may stand for what no reader sees
        yield said
        yield from _hidden(said)


def _hidden(base: Form) -> Iterator[Form]:
    """Tokens that a line end cuts, and what base64, hexadecimal and percent encoding hide."""
    if broken := _of(base, joined(base.text)):
        yield broken._replace(of_tokens=True)
    for start, end, inner in decoded(base.text):
        yield Form(inner, _fixed(base.place(start, end)))


def _of(base: Form, view: View | None) -> Form | None:
    return Form(view.text, lambda start, end: base.place(*view.span(start, end))) if view else None


def _here(start: int, end: int) -> tuple[int, int]:
    return start, end


def _fixed(place: tuple[int, int]) -> Place:
    return lambda _start, _end: place
