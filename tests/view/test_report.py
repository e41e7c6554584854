"""The page never depends on what its texts say, fetches nothing, and can be read by everybody."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator import i18n
from orchestrator.view.figures import YEARS, scale
from orchestrator.view.html import is_report, leads_to_the_web
from orchestrator.view.report import Learnt, Offered, Report, Shared, Waiting, render
from orchestrator.view.style import STYLE
from tests.sinks.conftest import FUZZ, placed
from tests.sinks.naughty import NAUGHTY, harmless_shown
from tests.view.page import Node, parsed

AT = "2026-02-03T04:05:06Z"


@pytest.fixture(autouse=True)
def portuguese() -> None:
    i18n.use("pt-BR", globally=False)


def report(text: str, at: str = AT, url: str = "", count: int = 2) -> Report:
    """A report in which every field that comes from people says `text`."""
    one = Learnt(text, "insight", text, f"{text}\n{text}", at, (text, "redis"), text, text)
    same = Learnt(text, "solution", text, text, at, (), "allow", "approve")
    shared = Shared(text, text, text, url or ("-" if leads_to_the_web(text) else text), at)
    waiting = Waiting(text, text, 3, (text,))
    offer = Offered(text, text, "pattern", 0.5, text)
    return Report(text, text, at, at[:10], (one, same) * (count // 2), (shared,), (waiting,), (offer,))


def looked_at(text: str) -> Node:
    return parsed(render(report(text)))


@FUZZ
@given(placed)
def test_no_text_changes_the_structure(text: str) -> None:
    assert looked_at(text).shape == looked_at("uma frase comum").shape


def test_every_naughty_string() -> None:
    plain = looked_at("uma frase comum").shape
    for text in NAUGHTY:
        page = looked_at(text)
        assert page.shape == plain, text
        assert harmless_shown("".join(n.text for n in page.every() if n.tag != "style")), text


def test_it_runs_nothing_and_fetches_nothing() -> None:
    for text in (*NAUGHTY[::7], "javascript:alert(1)", "https://exemplo.com.br/x"):
        page = looked_at(text)
        assert not {n.tag for n in page.every()} & {
            "script",
            "link",
            "img",
            "iframe",
            "object",
            "form",
            "use",
        }
        for node in page.every():
            assert not any(a.startswith("on") or a in ("src", "style", "xlink:href") for a in node.attributes)
            if "href" in node.attributes:
                assert urlsplit(node.attributes["href"]).scheme in ("http", "https")
    (policy,) = [n for n in page.every("meta") if n.attributes.get("http-equiv")]
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "url(" not in STYLE and "@import" not in STYLE


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://site.atlassian.net/browse/ORCH-1", True),
        ("http://127.0.0.1:8000/x?y=1#z", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        (" https://x.com", False),
        ("https://x.com/a b", False),
        ("https://user:pass@x.com", False),
        ("https:///x", False),
        ("//x.com/y", False),
        ("data:text/html,x", False),
        ("https://x.com\\@evil.com", False),
        ("https://[x", False),
        ("../file.md", False),
        ("", False),
    ],
)
def test_only_the_web_is_linked(url: str, leads: bool) -> None:
    assert leads_to_the_web(url) is leads
    links = parsed(render(report("texto", url=url or "-"))).every("a")
    assert [n.attributes["href"] for n in links] == ([url] if leads else [])


def test_who_cannot_see_it_can_read_it() -> None:
    page = looked_at("texto")
    assert page.attributes["lang"] == "pt-BR"
    assert next(n.text for n in page.every("title")) == "O que texto aprendeu"
    assert [len(page.every(tag)) for tag in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    levels = [int(n.tag[1]) for n in page.every() if re.fullmatch("h[1-6]", n.tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    names = {n.attributes["id"] for n in page.every("h2")}
    assert {n.attributes["aria-labelledby"] for n in page.every("section")} == names
    assert all(n.attributes["aria-label"] for n in page.every("svg"))
    assert all([c.tag for c in n.children] == ["title"] for n in page.every("rect"))
    assert all(n.attributes["scope"] in ("row", "col") for n in page.every("th"))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    whole = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(whole[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", range(3), ids=["light", "dark", "print"])
def test_contrast(scheme: int) -> None:
    """WCAG 2.2: 4.5 for text, 3 for the marks of a figure."""
    block = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[scheme]
    colours = {name: luminance(value) for name, value in re.findall(r"--(\w+): (#\w+)", block)}

    def contrast(one: str, two: str) -> float:
        dark, light = sorted((colours[one], colours[two]))
        return (light + 0.05) / (dark + 0.05)

    for ground in ("paper", "card"):
        assert all(contrast(ink, ground) >= 4.5 for ink in ("ink", "soft", "link")), ground
    assert all(contrast(f"c{n}", "paper") >= 3 for n in range(6))


def test_the_same_says_the_same() -> None:
    assert render(report("texto")) == render(report("texto")) and is_report(render(report("texto")))


def test_nothing_at_all_is_said_in_words() -> None:
    page = render(Report("A", "G", AT, "", (), (), (), ())).decode()
    for words in (
        "Nada ainda",
        "Nenhum aprendizado cita",
        "Nada foi enviado",
        "Nada espera",
        "Nenhuma ainda",
    ):
        assert words in page


def test_english_where_that_is_chosen() -> None:
    i18n.use("en", globally=False)
    page = parsed(render(report("text")))
    assert page.attributes["lang"] == "en" and page.every("title")[0].text == "What text learnt"


# --------------------------------------------------------------------------- time


@settings(deadline=None)  # of how long it takes on a busy machine it says nothing
@given(st.lists(st.dates(date(1, 1, 1), date(9999, 12, 31)), min_size=1, max_size=30))
def test_a_scale_has_every_time_in_one_piece_and_not_too_many(days: list[date]) -> None:
    pieces = scale([d.isoformat() + "T00:00:00Z" for d in days])
    assert len(set(pieces.names)) == len(pieces.names) <= YEARS
    assert list(pieces.names) == sorted(pieces.names)
    assert pieces.place(max(days).isoformat()) == len(pieces.names) - 1
    if max(days) - min(days) < timedelta(days=365 * (YEARS - 2)):
        assert all(pieces.place(d.isoformat()) is not None for d in days)


def test_bars_are_the_counts() -> None:
    days = ["2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", "2026-01-20T00:00:00Z"]
    learnt = tuple(
        Learnt(f"i{n}", "solution", "t", "t", at, ("redis",), "allow", "") for n, at in enumerate(days)
    )
    page = parsed(render(Report("A", "G", AT, "", learnt, (), (), ())))
    told = [n.children[0].text for n in page.every("rect")]
    assert told == ["2026-01-05: 2 Solução", "2026-01-19: 1 Solução", "2026-01-05: 2", "2026-01-19: 1"]
    boxes = [{k: float(n.attributes[k]) for k in ("x", "y", "width", "height")} for n in page.every("rect")]
    assert all(b["width"] > 0 and b["x"] >= 0 and b["y"] >= 0 for b in boxes)
    assert boxes[0]["height"] == pytest.approx(2 * boxes[1]["height"], abs=0.2)


@given(st.lists(st.dates(date(1990, 1, 1), date(2029, 12, 31)), min_size=1, max_size=20))
def test_no_mark_leaves_its_figure(days: list[date]) -> None:
    learnt = tuple(Learnt("i", "solution", "t", "t", f"{d}T00:00:00Z", ("redis",), "allow", "") for d in days)
    for figure in parsed(render(Report("A", "G", AT, "", learnt, (), (), ()))).every("svg"):
        _x, _y, width, height = map(float, figure.attributes["viewbox"].split())
        for mark in figure.every("rect"):
            box = {k: float(mark.attributes[k]) for k in ("x", "y", "width", "height")}
            assert box["width"] > 0 and box["x"] >= 0 and box["x"] + box["width"] <= width + 0.1
            assert box["y"] >= 0 and box["y"] + box["height"] <= height + 0.1
