"""What an issue and a page are made of never depends on what their texts say."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given

from orchestrator.entries import issue_entry, memory_entry, page_entry
from orchestrator.markup.adf import to_adf
from orchestrator.model import Evidence, Insight, Kind, Record
from orchestrator.reconcile.remotes import confluence_page, jira_issue
from orchestrator.reconcile.remotes.folder_file import read, rendered
from orchestrator.remote import Entry
from tests.markup.conftest import Judge, walk
from tests.sinks.conftest import FUZZ, placed
from tests.sinks.naughty import NAUGHTY

KEY = "i1-0123456789abcdef"
# All that orch ever writes: nothing of it calls a person, runs a macro or fetches a picture.
NODES = {
    *("doc", "paragraph", "text", "heading", "hardBreak", "rule", "blockquote", "codeBlock"),
    *("bulletList", "orderedList", "listItem", "taskList", "taskItem"),
    *("table", "tableRow", "tableHeader", "tableCell"),
}
MARKS = {"strong", "em", "strike", "code", "link"}


def insight(record: Record) -> Insight:
    return Insight(KEY, "empresa-a", record, 0.5, (), (Evidence("0" * 40),), "anchor")


def record(text: str) -> Record:
    return Record(Kind.SOLUTION, text, text, (text, "redis"), text, text)


def tame(document: dict[str, Any]) -> None:
    """Only nodes and marks of ours, and links that lead to the web or to a mailbox."""
    for node in walk(document):
        assert node["type"] in NODES
        for mark in node.get("marks", ()):
            assert mark["type"] in MARKS
            if mark["type"] == "link":
                assert urlsplit(mark["attrs"]["href"]).scheme in ("http", "https", "mailto")


def plain_paragraph(node: dict[str, Any]) -> str:
    assert node["type"] == "paragraph"
    return "".join(part["text"] for part in node["content"])


@FUZZ
@given(placed)
def test_an_issue(judge: Judge, text: str) -> None:
    draft = jira_issue.draft(issue_entry(insight(record(text)), record(text), "pt-BR"), "pt-BR")
    judge(draft.description)
    tame(draft.description)
    assert plain_paragraph(draft.description["content"][0]) == "Origem: empresa-a"
    assert draft.summary.startswith("[empresa-a] Solução:") and "\n" not in draft.summary
    assert len(draft.summary) <= 255
    assert all(label.split() == [label] and len(label) <= 255 for label in draft.labels)


@FUZZ
@given(placed)
def test_a_page(judge: Judge, text: str) -> None:
    entry = page_entry(insight(record(text)), record(text), "pt-BR")
    body = confluence_page.render(entry, "pt-BR")
    judge(body)
    tame(body)
    assert plain_paragraph(body["content"][0]) == "Origem: empresa-a"
    assert [node["type"] for node in body["content"][-2:]] == ["rule", "paragraph"]
    page = {"body": {"atlas_doc_format": {"value": confluence_page.json.dumps(body)}}}
    assert confluence_page.mark_of(page) == confluence_page.Mark(KEY, entry.hash)
    assert "\n" not in confluence_page.title_of(entry) and len(confluence_page.title_of(entry)) <= 255


@pytest.mark.parametrize("text", NAUGHTY)
def test_a_document_of_a_company(judge: Judge, text: str) -> None:
    document = to_adf(f"# Guia\n\n{text}\n\nfim")
    judge(document)
    tame(document)
    first, *_rest, last = document["content"]
    # What is nested too deep is not interpreted at all: its lines are paragraphs.
    assert first["type"] == "heading" or {node["type"] for node in document["content"]} == {"paragraph"}
    assert first["content"][0]["text"] in ("Guia", "# Guia")
    assert last


@FUZZ
@given(placed)
def test_a_file_of_the_folder(tmp_path_factory: Any, text: str) -> None:
    entry = issue_entry(insight(record(text)), record(text), "pt-BR")
    path = tmp_path_factory.mktemp("f") / "x.md"
    path.write_text(
        rendered(entry, "ORCH-1", status="open", revision=1, further={}), encoding="utf-8", errors="strict"
    )
    found = read(path)
    assert found is not None
    assert (found.key, found.hash, found.status, found.id) == (KEY, entry.hash, "open", "ORCH-1")
    assert not found.edited
    assert len(found.title.splitlines()) == 1
    assert found.body.startswith("Origem: empresa-a\n\n")


@FUZZ
@given(placed)
def test_a_row_of_the_memory(text: str) -> None:
    """What PostgREST gets is JSON that PostgreSQL takes: no NUL, no half of a surrogate pair."""
    import json

    from orchestrator.reconcile.remotes.supabase import _row, _sound

    entry = memory_entry(insight(record(text)), record(text), shared=True)
    sound: list[Entry] = []
    refused = list(_returned(_sound([entry]), sound))
    for each in sound:
        sent = json.dumps(_row(each), ensure_ascii=False).encode("utf-8")
        assert b"\\u0000" not in sent and b"\0" not in sent
        assert json.loads(sent)["source_instance"] == "empresa-a"
    assert len(refused) + len(sound) == 1


def _returned(generator: Any, into: list[Entry]) -> Any:
    into.extend((yield from generator))
