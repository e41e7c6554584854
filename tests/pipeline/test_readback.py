"""A rendering read back gives the record that was rendered: nothing is invented, nothing is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.config.group import Slot
from orchestrator.entries import issue_entry, memory_entry, page_entry
from orchestrator.markup.adf import to_adf
from orchestrator.markup.markdown import to_markdown
from orchestrator.model import Insight, Kind, Record
from orchestrator.readback import read_back
from orchestrator.reconcile.remotes.row import row_preview
from orchestrator.remote import Content

WORD = st.text(alphabet="abcçdeé019%-", min_size=1, max_size=9).filter(lambda w: w.strip("-0123456789%"))
LINE = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
TEXT = st.lists(
    st.one_of(LINE, LINE.map("- {}".format), LINE.map("**{}**".format), LINE.map("```\n{}\n```".format)),
    min_size=1,
    max_size=4,
).map("\n\n".join)
KINDS = st.sampled_from([k for k in Kind if k is not Kind.DOCUMENT])
RECORDS = st.builds(
    Record,
    kind=KINDS,
    title=LINE.map(lambda t: "t" + t),
    content=TEXT.map(lambda t: "c\n\n" + t),
    technologies=st.lists(WORD, max_size=3, unique=True).map(tuple),
    gain=st.one_of(st.just(""), LINE),
    component=st.one_of(st.just(""), WORD),
)


def insight_of(record: Record) -> Insight:
    return Insight(
        id="i1-0123456789abcdef",
        company="empresa-a",
        record=record,
        score=1.0,
        reasons=(),
        evidence=(),
        anchor="a",
        detector="person",
        created_at="2026-11-22T00:00:00Z",
        updated_at="2026-11-22T00:00:00Z",
    )


def shown(insight: Insight, slot: Slot, language: str) -> Content:
    """What a remote of that sort would show of an insight."""
    if slot is Slot.MEMORY:
        return row_preview(memory_entry(insight, insight.record, shared=True))
    make = issue_entry if slot is Slot.ISSUES else page_entry
    entry = make(insight, insight.record, language)
    return Content(entry.title, to_markdown(to_adf(entry.body)))


SLOTS = st.sampled_from([Slot.MEMORY, Slot.ISSUES, Slot.PAGES])
LANGUAGES = st.sampled_from(["pt-BR", "en"])


@settings(max_examples=150, deadline=None)
@given(RECORDS, RECORDS, SLOTS, LANGUAGES)
def test_another_record_is_read_back_whole(own: Record, theirs: Record, slot: Slot, language: str) -> None:
    theirs = replace(theirs, kind=own.kind)
    insight = insight_of(own)
    held, sent = shown(insight_of(theirs), slot, language), shown(insight, slot, language)
    found = read_back(insight, slot, held, sent, language)
    assert (found.title, found.gain, found.component) == (theirs.title, theirs.gain, theirs.component)
    assert found.technologies == theirs.technologies
    assert to_markdown(to_adf(found.content)) == to_markdown(to_adf(theirs.content))


@settings(max_examples=60, deadline=None)
@given(RECORDS, SLOTS, LANGUAGES)
def test_what_nobody_changed_keeps_its_own_words(own: Record, slot: Slot, language: str) -> None:
    """Also the words that validation replaced in what was sent."""
    insight = insight_of(own)
    sent = shown(insight_of(replace(own, title="t [CPF]", content="c [CPF]")), slot, language)
    assert read_back(insight, slot, sent, sent, language) == own


def test_a_row_says_a_title_that_its_text_begins_with_once() -> None:
    said = Record(Kind.SOLUTION, "Índice parcial", "Índice parcial\n\nA fila ficou curta.")
    row = memory_entry(insight_of(said), said, shared=True)
    assert row.body == said.content
    edited = Content(row.title, row.body + "\n\nE a de fretes.", (), {})
    found = read_back(insight_of(said), Slot.MEMORY, edited, Content(row.title, row.body), "pt-BR")
    assert (found.title, found.content) == (said.title, "A fila ficou curta.\n\nE a de fretes.")
