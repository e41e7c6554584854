from __future__ import annotations

from orchestrator.markup.plain import plain_text


def test_nodes_of_other_authors_are_readable():
    adf = {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "panel",
                "attrs": {"panelType": "info"},
                "content": [
                    {
                        "type": "paragraph",
                        "content": [
                            {"type": "mention", "attrs": {"id": "1", "text": "@Ana"}},
                            {"type": "text", "text": " viu "},
                            {"type": "emoji", "attrs": {"shortName": ":tada:"}},
                            {"type": "inlineCard", "attrs": {"url": "https://example.com"}},
                        ],
                    }
                ],
            },
            {"type": "blockCard", "attrs": {"url": "https://b.example"}},
        ],
    }
    assert plain_text(adf) == "@Ana viu :tada:https://example.com\nhttps://b.example"


def test_no_document_is_no_text():
    assert plain_text(None) == ""
