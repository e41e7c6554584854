"""Recombined blocks: whatever the text, the document is valid, deterministic, and loses no word."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.markup.adf import to_adf, to_json
from orchestrator.markup.plain import plain_text
from orchestrator.markup.shorten import MAX_DESCRIPTION_JSON, shorten_description
from tests.markup.conftest import walk
from tests.remotes.hostile import HOSTILE

BLOCKS = (
    "# Título {}",
    "Parágrafo {} com **{}** e *{}* e `{}`",
    "- {}\n- {}\n  - {}",
    "1. {}\n2. {}\n   1. {}",
    "7) {}",
    "- [ ] {}\n- [x] {}\n  - [ ] {}",
    "> {}\n>\n> {}",
    "```py\n{}\n```",
    "    {}",
    "| {} | {} |\n|---|---|\n| {} | {} |",
    "---",
    "[{}](https://example.com/x) e [{}](docs/a.md) e ![{}](a.png)",
    "**{} `{}` ~~{}~~** [`{}`](https://example.com)",
    "<div>{}</div>",
    "Linha {}\\\noutra {}  \nfim {}",
    "- {}\n\n  ```\n  {}\n  ```\n- > {}",
    "Título {}\n===",
)
WRAPS = ("", "> ", "- ", "1. ", "  ", "> - ", "- > ", "    ", "- [ ] ")
# Words made of letters alone, so that no Markdown syntax is part of them.
words = st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyzçãéõü"), min_size=2, max_size=6).map("".join)


def wrapped(prefix: str, block: str) -> str:
    first, *rest = block.split("\n")
    pad = prefix if prefix.startswith(">") and prefix == "> " else " " * len(prefix)
    return "\n".join([prefix + first, *(pad + line for line in rest)])


@st.composite
def documents(draw):
    parts, said = [], []
    for _ in range(draw(st.integers(1, 7))):
        block = draw(st.sampled_from(BLOCKS))
        filling = ["q" + draw(words) + "q" for _ in range(block.count("{}"))]
        said += filling
        prefixes = draw(st.lists(st.sampled_from(WRAPS), max_size=3))
        text = block.format(*filling)
        for prefix in prefixes:
            text = wrapped(prefix, text)
        parts.append(text)
    return draw(st.sampled_from(["\n\n", "\n"])).join(parts), said


FUZZ = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@settings(FUZZ, max_examples=1000)
@given(documents())
def test_recombined_blocks_are_valid_and_lose_no_word(judge, document):
    source, said = document
    adf = to_adf(source)
    judge(adf)
    assert to_json(adf) == to_json(to_adf(source))
    shown = plain_text(adf)
    assert [word for word in said if word not in shown] == []


@settings(FUZZ, max_examples=250)
@given(
    st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60)), max_size=6), st.sampled_from(BLOCKS)
)
def test_any_text_gives_a_valid_document(judge, parts, block):
    judge(to_adf("\n".join([*parts, block])))


@settings(FUZZ, max_examples=100)
@given(st.sampled_from(HOSTILE), st.sampled_from(BLOCKS[:2]))
def test_hostile_text_in_a_fence_never_changes_the_structure(judge, hostile, block):
    """Escaping is the caller's choice of a code block; inside one nothing is interpreted."""
    fence = "`" * (3 + max((len(run) for run in re.findall("`+", hostile)), default=0))
    adf = to_adf(f"{fence}\n{hostile}\n{fence}\n\nfim")
    judge(adf)
    assert [n["type"] for n in walk(adf)] == ["doc", "codeBlock", "text", "paragraph", "text"]


@settings(FUZZ, max_examples=30)
@given(documents(), st.integers(1, 40))
def test_a_shortened_description_fits_and_is_valid(judge, document, times):
    source = "\n\n".join([document[0]] * times * 20)
    short = shorten_description(source, "*(cortado)*")
    adf = to_adf(short)
    judge(adf)
    assert len(to_json(adf)) <= MAX_DESCRIPTION_JSON
    assert short == source or short.endswith("*(cortado)*")
