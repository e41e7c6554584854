"""Learnings over time as inline SVG: no script, a title in each mark, a table of the numbers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from orchestrator.view.html import Element, element

WEEKS, MONTHS, YEARS = 20, 36, 40  # at most so many bars; a longer time is cut into larger pieces
WIDTH, HEIGHT, GAP, WIDEST = 720, 150, 2, 64
NAMED, NUMBERED = 6, 12  # so many bars have room for a name below each, for a number above each


@dataclass(frozen=True, slots=True)
class Scale:
    """Pieces of time, without gaps; `names` are theirs in order, such as 2026-01-26, 2026-01 or 2026."""

    unit: str  # week | month | year
    names: tuple[str, ...]

    def place(self, at: str) -> int | None:
        """The piece that an ISO 8601 time lies in; None outside of all."""
        day = _day(at)
        name = _name(self.unit, day) if day else ""
        return self.names.index(name) if name in self.names else None


def scale(times: Sequence[str]) -> Scale:
    """The scale that holds these times in not too many pieces, at the most the last YEARS years."""
    days = sorted(filter(None, map(_day, times)))
    if not days:
        return Scale("month", ())
    first, last = days[0], days[-1]
    weeks, months = (last - first).days // 7, (last.year - first.year) * 12 + last.month - first.month
    unit = "week" if weeks < WEEKS else "month" if months < MONTHS else "year"
    names, day = [_name(unit, first)], first
    while names[-1] < _name(unit, last):
        day = _next(unit, day)
        names.append(_name(unit, day))
    return Scale(unit, tuple(names[-YEARS:]))  # a commit of the year 1 is a wrong clock


def stacked(scale: Scale, layers: Sequence[tuple[str, Sequence[int]]], label: str) -> Element:
    """Bars over time, each stacked of layers (name, a count a piece); the n-th layer has class `c<n>`."""
    totals = [sum(counts) for counts in zip(*(counts for _name, counts in layers), strict=True)]
    most, step = max(totals, default=0) or 1, WIDTH / max(len(scale.names), 1)
    marks: list[Element] = [_line(HEIGHT)]
    for place, name in enumerate(scale.names):
        top, width = float(HEIGHT), min(step - GAP, WIDEST)
        middle = (place + 0.5) * step
        for number, (layer, counts) in enumerate(layers):
            height = counts[place] * (HEIGHT - 18) / most
            top -= height
            if counts[place]:
                box = (middle - width / 2, top, width, height)
                marks.append(_bar(box, f"c{number}", f"{name}: {counts[place]} {layer}"))
        if totals[place] and len(scale.names) <= NUMBERED:
            marks.append(_text(middle, top - 5, "middle", str(totals[place])))
    marks += _dates(scale, step)
    return _svg(WIDTH, HEIGHT + 22, label, marks)


def spark(scale: Scale, counts: Sequence[int], most: int, label: str) -> Element:
    """One row of small bars; `most` is the highest count of all the rows that are compared."""
    step = 240 / max(len(counts), 1)
    marks = [_line(28, 240)]
    for place, count in enumerate(counts):
        height = count * 26 / (most or 1)
        width = min(step - 1, 24)
        box = ((place + 0.5) * step - width / 2, 28 - height, width, height)
        marks += [_bar(box, "c0", f"{scale.names[place]}: {count}")] if count else []
    return _svg(240, 29, label, marks)


def _svg(width: int, height: int, label: str, marks: Sequence[Element]) -> Element:
    named = {"viewBox": f"0 0 {width} {height}", "role": "img", "aria-label": label}
    return element("svg", {**named, "preserveAspectRatio": "xMinYMid meet"}, *marks)


def _bar(box: tuple[float, float, float, float], kind: str, title: str) -> Element:
    names = ("x", "y", "width", "height")
    place = {name: f"{value:.1f}" for name, value in zip(names, box, strict=True)}
    return element("rect", {**place, "class": kind}, element("title", None, title))


def _line(y: int, width: int = WIDTH) -> Element:
    return element("line", {"x1": "0", "x2": str(width), "y1": str(y), "y2": str(y), "class": "axis"})


def _text(x: float, y: float, anchor: str, words: str) -> Element:
    return element("text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}, words)


def _dates(scale: Scale, step: float) -> list[Element]:
    """The pieces by name; of many the first, the middle and the last."""
    count, y = len(scale.names), HEIGHT + 17
    if count <= NAMED:
        return [_text((n + 0.5) * step, y, "middle", name) for n, name in enumerate(scale.names)]
    middle = count // 2
    return [
        _text(0, y, "start", scale.names[0]),
        _text((middle + 0.5) * step, y, "middle", scale.names[middle]),
        _text(WIDTH, y, "end", scale.names[-1]),
    ]


def _day(at: str) -> date | None:
    try:
        return date.fromisoformat(at[:10])
    except ValueError:
        return None


def _name(unit: str, day: date) -> str:
    if unit == "week":
        return (day - timedelta(days=day.weekday())).isoformat()
    return day.isoformat()[: 7 if unit == "month" else 4]


def _next(unit: str, day: date) -> date:
    if unit == "week":
        return day + timedelta(days=7)
    if unit == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day.replace(year=day.year + 1, month=1, day=1)
