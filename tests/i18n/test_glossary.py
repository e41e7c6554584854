"""One word for one thing in Portuguese: the table in CONTRIBUTING.md, and that nothing says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

TOP = Path(__file__).resolve().parents[2]
PO = TOP / "orchestrator/locale/pt_BR/LC_MESSAGES/orch.po"
# What is no word of ours: code, arguments, placeholders, sections of the configuration, options, addresses.
CODE = re.compile(r"```.*?```|\b[A-Z]{2,}\b|`[^`]*`|\{[^}]*\}|\[[a-z.]+\]|--[a-z-]+|\]\([^)]*\)", re.DOTALL)
OTHERS = {"Insight", "object storage", "machine learning"}  # the kind's name, and other trades' words


def forbidden() -> list[str]:
    """The last column of the table."""
    text = (TOP / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\|(.*)\|$", text[text.index("## Words") :], re.MULTILINE)[2:]
    never = (row.rsplit("|", 1)[1] for row in rows)
    return [word.strip() for cell in never for word in cell.split(",") if word.strip()]


def said() -> Iterator[tuple[str, str]]:
    """(where, text) of all that people read in Portuguese, without code."""
    with PO.open("rb") as stream:
        for message in read_po(stream, locale="pt_BR"):
            ids = message.id if isinstance(message.id, str) else message.id[0] if message.id else ""
            forms = (message.string,) if isinstance(message.string, str) else message.string
            if ids and ids not in OTHERS:
                yield from ((ids, CODE.sub(" ", form)) for form in forms)
    yield "README.pt-BR.md", CODE.sub(" ", (TOP / "README.pt-BR.md").read_text("utf-8"))


def test_there_is_a_table() -> None:
    assert len(forbidden()) > 15


@pytest.mark.parametrize("word", forbidden())
def test_nothing_says_it_otherwise(word: str) -> None:
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
    assert [(where, text) for where, text in said() if pattern.search(text)] == []
