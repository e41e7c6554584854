"""HTML made of elements, never of strings: text can say anything and change nothing.

ElementTree escapes what it writes, so no text of anybody's becomes an element or an attribute. What a
browser would draw otherwise than it reads (control characters, bidi overrides) is made visible first.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from xml.etree import ElementTree

from orchestrator.terminal import visible

Element = ElementTree.Element
Child = Element | str | None


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Child) -> Element:
    """An element with its attributes and children in their order; None is no child."""
    made = ElementTree.Element(tag, {name: shown(value) for name, value in (attributes or {}).items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif child is not None and last is None:
            made.text = (made.text or "") + shown(child)
        elif child is not None and last is not None:
            last.tail = (last.tail or "") + shown(child)
    return made


def shown(text: str) -> str:
    """The text as it may be drawn; line feeds stay."""
    return visible(text, newline=True)


def link(url: str, words: str) -> Element:
    """A link to the web that tells nobody where it was followed from; for any other address the words."""
    if not leads_to_the_web(url):
        return element("span", None, words)
    return element("a", {"href": url, "rel": "noopener noreferrer"}, words)


def leads_to_the_web(url: str) -> bool:
    """True for http and https with a host, and with nothing in it that a browser would read otherwise."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \\\"'<>`")
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def document(language: str, title: str, style: str, *body: Child) -> bytes:
    """A whole page, UTF-8: it fetches nothing, runs nothing, and says so to the browser."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("meta", {"name": "generator", "content": GENERATOR}),
        element("title", None, title),
        element("style", None, style),
    )
    page = element("html", {"lang": language}, head, element("body", None, *body))
    written: bytes = ElementTree.tostring(page, encoding="utf-8", method="html")
    return b"<!DOCTYPE html>\n" + written + b"\n"


GENERATOR = "orch report"


def is_report(beginning: bytes) -> bool:
    """Whether a file that begins so was written by `document`."""
    return beginning.startswith(b"<!DOCTYPE html>") and GENERATOR.encode() in beginning[:1500]
