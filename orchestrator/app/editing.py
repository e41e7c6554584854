"""A person's words in an insight: other ones in their place, or a placeholder for some of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from orchestrator.app.embedding import Embedders
from orchestrator.app.insights import find_insight, title_and_content
from orchestrator.app.reviewing import Waiting, as_shown, present
from orchestrator.app.workspace import Say, Workspace, person
from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.leaving import HIDDEN
from orchestrator.ledger import changed_meanwhile, edit
from orchestrator.memory.passage import embedding_text
from orchestrator.model import Insight, Record
from orchestrator.twins import place


def change_text(
    workspace: Workspace, chosen: str | None, prefix: str, text: str, say: Say, *, seen: str = ""
) -> Waiting:
    """Replace an insight's words by a person's: the first line is the title. Judged anew.

    `seen`: the `Insight.version` that the person changed ('' for no matter). Raises UserError where it is
    another by now.
    """
    title, content = title_and_content(text)
    if not title:
        raise UserError(_("there is no text"), _("to refuse it: orch review --refuse {id}").format(id=prefix))
    company, insight = find_insight(workspace, chosen, prefix)
    if seen and insight.version != seen:
        raise changed_meanwhile(insight)
    return _changed(workspace, company, insight, replace(insight.record, title=title, content=content), say)


def hide_words(
    workspace: Workspace, chosen: str | None, prefix: str, words: Sequence[str], say: Say
) -> tuple[Waiting, list[str]]:
    """Put a placeholder in place of words wherever they stand in an insight, whatever their case.

    Returns the insight as it is then, and the words that it did not hold. Judged anew.
    """
    company, insight = find_insight(workspace, chosen, prefix)
    mark = HIDDEN["en" if workspace.group.language.startswith("en") else "pt-BR"]
    changed, missing = insight.record, []
    for one in words:
        pattern = re.compile(re.escape(one), re.IGNORECASE)
        hidden = _hidden(changed, pattern, mark)
        missing += [one] if hidden == changed else []
        changed = hidden
    if changed == insight.record:
        return present(workspace, company, insight.id), missing
    return _changed(workspace, company, insight, changed, say), missing


def _hidden(record: Record, pattern: re.Pattern[str], mark: str) -> Record:
    """The record with the mark at every match; a technology or component that matches is left out."""
    return replace(
        record,
        title=pattern.sub(mark, record.title),
        content=pattern.sub(mark, record.content),
        gain=pattern.sub(mark, record.gain),
        component="" if pattern.search(record.component) else record.component,
        technologies=tuple(t for t in record.technologies if not pattern.search(t)),
    )


def _changed(workspace: Workspace, company: str, insight: Insight, changed: Record, say: Say) -> Waiting:
    desk = workspace.desk(company)
    with desk.store:
        embedder = Embedders(say).of(desk)
        vectors = list(embedder.passages([embedding_text(changed.title, changed.content)]))
        edited = edit(desk, insight, changed, next(iter(vectors), None), embedder.model, person())
        place(desk, embedder.model)
        verdict = desk.store.verdicts.of(edited) or desk.judge(edited)
        return as_shown(desk, edited, verdict)
