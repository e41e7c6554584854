from __future__ import annotations

import pytest

from orchestrator.markup.adf import MAX_NESTING, to_adf, to_json
from orchestrator.markup.plain import plain_text
from tests.markup.conftest import walk

SAMPLE = """# Título

Origem: empresa-a, **negrito** e ~~riscado~~ com `código` e [link](https://example.com/ação "dica").

- um
  - dois
- [ ] tarefa fora de lista pura

1. primeiro

   ```python
   print("olá")
   ```

| antes | depois |
|---|---|
| 200 ms | **20 ms** |

> citação
> # dentro

---
"""


def kinds(adf):
    return [node["type"] for node in walk(adf)]


def marks(adf):
    return [m for node in walk(adf) for m in node.get("marks", ())]


def test_the_usual_document(judge):
    adf = to_adf(SAMPLE)
    judge(adf)
    assert kinds(adf).count("table") == 1
    assert {"heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule"} <= set(kinds(adf))
    assert {
        "type": "link",
        "attrs": {"href": "https://example.com/a%C3%A7%C3%A3o", "title": "dica"},
    } in marks(adf)


def test_the_same_source_gives_the_same_bytes():
    source = SAMPLE + "\n- [ ] a\n- [x] b\n  - [ ] c\n"
    assert to_json(to_adf(source)) == to_json(to_adf(source))


@pytest.mark.parametrize(
    "source", ["", " ", "\n\n", "\t", "&nbsp;", "#", ">", "-", "1.", "```\n```", "[](x)"]
)
def test_a_document_of_nothing_is_valid(judge, source):
    judge(to_adf(source))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("> # alto", "paragraph"),
        ("- # alto", "paragraph"),
        ("> | a | b |\n> |---|---|\n> | 1 | 2 |", "paragraph"),
        ("- > citação", "paragraph"),
        ("> > dentro", "paragraph"),
        ("> - [ ] tarefa\n>   - [x] feita", "paragraph"),
        ("> ---", "paragraph"),
    ],
)
def test_what_adf_forbids_becomes_a_paragraph_and_keeps_its_words(judge, source, kind):
    adf = to_adf(source)
    judge(adf)
    inner = adf["content"][0]["content"][-1]
    assert kind in kinds(inner)
    for word in ("alto", "citação", "dentro", "tarefa", "feita"):
        assert (word in source) == (word in plain_text(adf))


def test_a_heading_in_a_quote_is_bold():
    (node,) = [n for n in walk(to_adf("> # alto `x`")) if n.get("text") == "alto "]
    assert node["marks"] == [{"type": "strong"}]


def test_a_table_in_a_quote_keeps_its_rows():
    adf = to_adf("> | a | b |\n> |---|---|\n> | 1 | **2** |")
    assert plain_text(adf) == "a | b\n1 | 2"


def test_tasks_keep_their_state_and_nest_as_siblings(judge):
    adf = to_adf("- [ ] **a**\n\n  mais\n- [x] b\n  - [ ] c")
    judge(adf)
    (tasks,) = adf["content"]
    assert [n["type"] for n in tasks["content"]] == ["taskItem", "taskItem", "taskList"]
    assert plain_text(adf) == "[ ] a\nmais\n[x] b\n[ ] c"
    ids = [n["attrs"]["localId"] for n in walk(adf) if "localId" in n.get("attrs", {})]
    assert len(ids) == len(set(ids)) == 5


def test_a_rule_in_a_quote_is_drawn():
    assert plain_text(to_adf("> a\n>\n> ---\n>\n> b")) == "a\n———\nb"


def test_a_list_keeps_its_first_number():
    assert to_adf("5. cinco")["content"][0]["attrs"] == {"order": 5}
    assert "attrs" not in to_adf("1. um")["content"][0]


@pytest.mark.parametrize(
    "source",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](file:///etc/passwd)",
        "[x](//mau.example/a)",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "<javascript:alert(/x/)>",
        "![x](vbscript:x)",
        "[x](smb://host/share)",
        "[x](./docs/guia.md)",
    ],
)
def test_only_safe_addresses_become_links(judge, source):
    adf = to_adf(source)
    judge(adf)
    assert marks(adf) == []
    assert "x" in plain_text(adf)


def test_a_relative_link_shows_its_path_or_is_resolved(judge):
    source = '[guia](docs/gui%C3%A1.md "Guia") ![figura](a.png)'
    assert plain_text(to_adf(source)) == 'guia (docs/guiá.md "Guia") figura (a.png)'
    resolved = to_adf(source, lambda href: f"https://git.example/{href}")
    judge(resolved)
    assert [m["attrs"]["href"] for m in marks(resolved)] == [
        "https://git.example/docs/gui%C3%A1.md",
        "https://git.example/a.png",
    ]


def test_a_resolver_cannot_smuggle_an_unsafe_address():
    assert marks(to_adf("[x](a.md)", lambda _href: "javascript:alert(1)")) == []


def test_an_empty_link_shows_its_address():
    assert plain_text(to_adf("[](https://example.com)")) == "https://example.com"


def test_bold_code_is_code_and_linked_code_stays_linked(judge):
    adf = to_adf("**a `b`** [`c`](https://example.com) **[d `e`](https://example.com)**")
    judge(adf)
    by_text = {n["text"]: [m["type"] for m in n.get("marks", ())] for n in walk(adf) if "text" in n}
    assert by_text == {"a ": ["strong"], "b": ["code"], " ": [], "c": ["link", "code"]} | {
        "d ": ["strong", "link"],
        "e": ["link", "code"],
    }


def test_raw_html_stays_visible_text(judge):
    source = "Map<String, List<Int>> <script>alert(1)</script>\n\n<div onclick=x>bloco</div>"
    adf = to_adf(source)
    judge(adf)
    assert plain_text(adf) == source.replace("\n\n", "\n")
    assert set(kinds(adf)) == {"doc", "paragraph", "text"}


def test_control_and_reordering_characters_are_replaced(judge):
    adf = to_adf("a\x00b\x1b[31mc\u202ed\x9be\ud800f &#x202e; `g\u2066`\n\n```\nh\x07\n```")
    judge(adf)
    shown = plain_text(adf)
    assert shown == "a�b�[31mc�d�e�f � g�\nh�"
    to_json(adf).encode()


@pytest.mark.parametrize("opener", ["> ", "- ", "1. "])
@pytest.mark.parametrize("depth", [MAX_NESTING // 2 - 1, MAX_NESTING // 2, MAX_NESTING, 300])
def test_depth_loses_no_text(judge, opener, depth):
    adf = to_adf(opener * depth + "fundo\n\nfim")
    judge(adf)
    assert "fundo" in plain_text(adf)
    assert "fim" in plain_text(adf)


def test_mentions_and_smart_links_are_only_text():
    assert set(kinds(to_adf("@admin [~admin] ORCH-1 {color:red}x{color} https://a.example"))) == {
        "doc",
        "paragraph",
        "text",
    }
