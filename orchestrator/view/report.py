"""The report of one company: what was learnt, shared, waits and is offered. READ FIRST of `view`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.i18n import _, current
from orchestrator.view.figures import Scale, scale, spark, stacked
from orchestrator.view.html import Element, document, element, leads_to_the_web, link
from orchestrator.view.style import STYLE
from orchestrator.words import kind_name, word

NEWEST, TOP = 25, 8


@dataclass(frozen=True, slots=True)
class Learnt:
    """One learning, as validation lets it be read. `at` is UTC ISO 8601."""

    id: str
    kind: str
    title: str
    content: str
    at: str
    technologies: tuple[str, ...]
    outcome: str
    answer: str


@dataclass(frozen=True, slots=True)
class Shared:
    """One object on one remote: where it is, and what it is called there. `url` may be ''."""

    title: str
    remote: str
    status: str
    url: str
    at: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Things that wait for the same somebody: who, what that one does about it, and the first of them."""

    whom: str
    command: str
    count: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """What another company offers; `fit` lies in 0..1."""

    title: str
    company: str
    kind: str
    fit: float
    state: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page says, as plain values. `since` is a date or ''."""

    company: str
    group: str
    at: str
    since: str
    learnt: tuple[Learnt, ...]
    shared: tuple[Shared, ...]
    waiting: tuple[Waiting, ...]
    offers: tuple[Offered, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def render(report: Report) -> bytes:
    """The report as one self-contained HTML file in the language in use."""
    title = _("What {company} learnt").format(company=report.company)
    main = element(
        "main",
        None,
        _section("learnt", _("Learnt"), *_learnt(report)),
        _section("technologies", _("Technologies over time"), *_technologies(report)),
        _section("shared", _("Shared, and where"), *_shared(report)),
        _section("waiting", _("What waits, and for whom"), *_waiting(report)),
        _section("offers", _("Offers of other companies"), *_offers(report)),
    )
    note = _("Made by orch. For the people of {company}: it may hold what is not shared.")
    footer = element("footer", None, element("p", None, note.format(company=report.company)))
    return document(current(), title, STYLE, _header(report, title), main, footer)


def _section(name: str, title: str, *content: Element) -> Element:
    head = element("h2", {"id": name}, title)
    return element("section", {"aria-labelledby": name}, head, *content)


def _header(report: Report, title: str) -> Element:
    since = _(", since {day}").format(day=_day(report.since)) if report.since else ""
    about = f"{report.group} · {_day(report.at)} {report.at[11:16]} UTC{since}"
    numbers = (
        (len(report.learnt), _("learnt")),
        (len(report.shared), _("objects shared")),
        (sum(w.count for w in report.waiting), _("waiting")),
        (sum(o.state == "open" for o in report.offers), _("open offers")),
    )
    items = (element("li", None, element("b", None, str(n)), words) for n, words in numbers)
    head = (element("h1", None, title), element("p", {"class": "soft"}, about))
    return element("header", None, *head, element("ul", {"class": "numbers"}, *items))


# --------------------------------------------------------------------------- learnt


def _learnt(report: Report) -> list[Element]:
    if not report.learnt:
        return [_nothing(_("Nothing yet. Commit, then run `orch status`."))]
    kinds = _by_count(x.kind for x in report.learnt)
    pieces = scale([x.at for x in report.learnt])
    layers = [
        (kind_name(kind, current()), _counts(pieces, [x.at for x in report.learnt if x.kind == kind]))
        for kind in kinds
    ]
    units = {"week": _("Learnings a week"), "month": _("Learnings a month"), "year": _("Learnings a year")}
    figure = element(
        "figure",
        None,
        stacked(pieces, layers, units[pieces.unit]),
        _legend([(kind, sum(counts)) for kind, counts in layers]),
        element("figcaption", None, units[pieces.unit]),
    )
    items = [_one(x) for x in report.learnt[:NEWEST]]
    head = element("h3", None, _("Newest"))
    return [figure, head, element("ul", {"class": "list"}, *items), *_more(len(report.learnt) - NEWEST)]


def _legend(kinds: Sequence[tuple[str, int]]) -> Element:
    items = (
        element("li", None, element("i", {"class": f"c{n}", "aria-hidden": "true"}), f"{kind}: {count}")
        for n, (kind, count) in enumerate(kinds)
    )
    return element("ul", {"class": "legend"}, *items)


def _one(x: Learnt) -> Element:
    said = [
        kind_name(x.kind, current()),
        _day(x.at),
        word(x.outcome),
        word(x.answer) if x.answer else "",
        *x.technologies,
    ]
    meta = element("p", {"class": "meta"}, " · ".join(filter(None, said)))
    if x.content == x.title:
        return element("li", None, element("p", None, x.title), meta)
    details = element("details", None, element("summary", None, x.title), element("p", None, x.content))
    return element("li", None, details, meta)


# --------------------------------------------------------------------------- technologies


def _technologies(report: Report) -> list[Element]:
    named = _by_count(name for x in report.learnt for name in x.technologies)
    if not named:
        return [_nothing(_("No learning names a technology yet."))]
    pieces = scale([x.at for x in report.learnt])
    counts = {t: _counts(pieces, [x.at for x in report.learnt if t in x.technologies]) for t in named[:TOP]}
    most = max(max(row) for row in counts.values())
    rows = (
        element(
            "tr",
            None,
            element("th", {"scope": "row"}, name),
            element("td", {"class": "spark"}, spark(pieces, row, most, f"{name}: {sum(row)}")),
            element("td", {"class": "n"}, str(sum(row))),
        )
        for name, row in counts.items()
    )
    head = _head(_("technology"), f"{pieces.names[0]} – {pieces.names[-1]}", number=_("total"))
    return [element("table", None, head, element("tbody", None, *rows)), *_more(len(named) - TOP)]


def _counts(pieces: Scale, times: Sequence[str]) -> list[int]:
    counts = [0] * len(pieces.names)
    for place in filter(lambda p: p is not None, map(pieces.place, times)):
        counts[place or 0] += 1
    return counts


def _by_count(names: Any) -> list[str]:
    from collections import Counter

    return [name for name, _n in sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))]


# --------------------------------------------------------------------------- shared, waiting, offers


def _shared(report: Report) -> list[Element]:
    if not report.shared:
        return [_nothing(_("Nothing was sent yet. `orch push --dry-run` says what would be."))]
    rows = (
        element(
            "tr",
            None,
            element("th", {"scope": "row"}, x.title),
            element("td", None, link(x.url, x.remote) if leads_to_the_web(x.url) else x.remote),
            element("td", {"class": "s"}, word(x.status)),
            element("td", {"class": "s"}, _day(x.at)),
        )
        for x in report.shared[:NEWEST]
    )
    head = _head(_("learning"), _("where"), _("state"), _("sent"))
    table = element("table", {"class": "wide"}, head, element("tbody", None, *rows))
    return [table, *_more(len(report.shared) - NEWEST)]


def _waiting(report: Report) -> list[Element]:
    if not report.waiting:
        return [_nothing(_("Nothing waits."))]
    found: list[Element] = []
    for w in report.waiting:
        found.append(element("h3", None, f"{w.whom}: {w.count}"))
        items = (element("li", None, element("p", None, text)) for text in w.first)
        found.append(element("ul", {"class": "list"}, *items))
        found += _more(w.count - len(w.first))
        found.append(element("p", {"class": "meta"}, element("code", None, w.command)))
    return found


def _offers(report: Report) -> list[Element]:
    if not report.offers:
        return [_nothing(_("None yet. `orch pull` brings what the others shared."))]
    rows = (
        element(
            "tr",
            None,
            element("th", {"scope": "row"}, x.title),
            element("td", None, x.company),
            element("td", {"class": "s"}, kind_name(x.kind, current())),
            element("td", {"class": "s"}, word(x.state)),
            element("td", {"class": "n"}, f"{x.fit:.0%}"),
        )
        for x in report.offers[:NEWEST]
    )
    head = _head(_("learning"), _("company"), _("kind"), _("state"), number=_("fit"))
    table = element("table", {"class": "wide"}, head, element("tbody", None, *rows))
    return [table, *_more(len(report.offers) - NEWEST)]


def _head(*names: str, number: str = "") -> Element:
    cells = [element("th", {"scope": "col"}, name) for name in names]
    cells += [element("th", {"scope": "col", "class": "n"}, number)] if number else []
    return element("thead", None, element("tr", None, *cells))


def _more(count: int) -> list[Element]:
    if count <= 0:
        return []
    return [element("p", {"class": "meta"}, _("and {n} more").format(n=count))]


def _nothing(words: str) -> Element:
    return element("p", {"class": "soft"}, words)


def _day(at: str) -> str:
    """A day as people of the language in use write it."""
    year, month, day = (*at[:10].split("-"), "", "")[:3]
    return f"{day}/{month}/{year}" if current() == "pt-BR" and day else at[:10]
