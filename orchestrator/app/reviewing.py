"""Consent: what waits for a decision, and writing the decision down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.app.embedding import Embedders
from orchestrator.app.freshness import drained
from orchestrator.app.insights import find_insight, readable, title_and_content, united
from orchestrator.app.shown import insight_json
from orchestrator.app.workspace import Say, Workspace, person
from orchestrator.desk import Desk
from orchestrator.echoing import held_by
from orchestrator.errors import RefusedError, UserError
from orchestrator.i18n import _
from orchestrator.leaving import leaving_version
from orchestrator.ledger import agreed, changed_meanwhile, decide, edit
from orchestrator.memory.passage import embedding_text
from orchestrator.model import Insight, Kind, Outcome, Record, Share, Verdict
from orchestrator.offer.requests import rewish_requests
from orchestrator.refusing import refused_elsewhere
from orchestrator.rejudging import refresh
from orchestrator.twins import place
from orchestrator.validate import explain
from orchestrator.wishes import Wish, wishes

HIDDEN = {"pt-BR": "[oculto]", "en": "[hidden]"}  # fixed as validation's placeholders are: stored and hashed


@dataclass(frozen=True, slots=True)
class Waiting:
    """One insight as it may be read, with what would leave if the person agrees.

    `version` is that of the very texts that would leave; `answer` takes it back with the decision.
    `may_last`: the policy lets a person approve for good, later versions included. `echoes`: the id of what
    says the same and was withdrawn; only a yes to this very insight shares it.
    """

    insight: Insight
    version: str
    verdict: Verdict
    would_send: tuple[Wish, ...]
    may_last: bool = False
    echoes: str = ""

    @property
    def explanations(self) -> tuple[str, ...]:
        """What validation found, a sentence each, never the value."""
        return tuple(dict.fromkeys(explain(f) for f in self.verdict.findings))

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **insight_json(self.insight, self.version),
            "outcome": self.verdict.outcome.value,
            "findings": list(self.explanations),
            "would_send": [_sent(w) for w in self.would_send],
            "may_last": self.may_last,
            "echoes": self.echoes,
        }


def waiting(workspace: Workspace, chosen: str | None, say: Say, *, blocked: bool = False) -> list[Waiting]:
    """Insights that nobody decided on yet; with `blocked` those that may not leave whatever one says.

    Those that somebody refused are decided, also where validation blocks them.
    """
    drained(workspace, say, workspace.companies(chosen))
    found = []
    for company in workspace.companies(chosen):
        desk = workspace.desk(company)
        with desk.store as store:
            for insight in store.insights.listing(newest_first=False, twins=False):
                verdict = store.verdicts.of(insight)
                if verdict is None or (verdict.outcome is Outcome.BLOCK) is not blocked:
                    continue
                said = agreed(store, insight, verdict)
                if not said or (blocked and said == "approve"):
                    found.append(_waiting(desk, insight, verdict))
    return found


def shareable(workspace: Workspace, company: str, say: Say, limit: int) -> list[Waiting]:
    """The best of what waits at a company and may leave without a person's look, best score first."""
    drained(workspace, say, (company,))
    desk = workspace.desk(company)
    with desk.store as store:
        found = filter(None, map(store.insights.get, store.verdicts.shareable(limit)))
        judged = ((insight, store.verdicts.of(insight)) for insight in found)
        sound = [_waiting(desk, insight, verdict) for insight, verdict in judged if verdict is not None]
        return [w for w in sound if not w.echoes]


def _waiting(desk: Desk, insight: Insight, verdict: Verdict) -> Waiting:
    told, _twins = united(desk, readable(desk, insight, verdict))
    version = leaving_version(insight.record, verdict)
    sent = tuple(wishes(told, verdict, "approve", desk.group))
    lasting = may_last(desk, insight.record.kind)
    return Waiting(told, version, verdict, sent, lasting, held_by(desk, insight.id))


def present(workspace: Workspace, chosen: str | None, prefix: str) -> Waiting:
    """One insight as it is now, whatever was decided on it. Raises UserError when there is none."""
    company, found = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store as store:
        insight = store.insights.get(found.id) or found
        verdict = store.verdicts.of(insight) or desk.judge(insight)
        return _waiting(desk, insight, verdict)


def may_last(desk: Desk, kind: Kind) -> bool:
    """Whether a person may approve an insight of that kind for good, later versions included."""
    return desk.policy.share(kind) is not Share.MANUAL and kind is not Kind.DOCUMENT


def require_lasting(w: Waiting) -> None:
    """Raise RefusedError unless the policy lets this insight be approved for good."""
    if not w.may_last:
        raise RefusedError(
            _("the policy asks for every version of {id}").format(id=w.insight.id),
            _("approve this version: orch review --approve {id}").format(id=w.insight.id),
        )


def answer(
    workspace: Workspace,
    chosen: str | None,
    prefix: str,
    action: str,
    reason: str = "",
    version: str = "",
    scope: str = "",
) -> Insight:
    """Write a decision down: approve, refuse, withdraw, or `ask`, which takes an answer back.

    `version` is that of the text which the person saw (`Waiting.version`; '' for no matter); `scope`
    see `Decision`. Raises UserError when the text is another one by now, RefusedError for approving
    what validation blocks, or for good where the policy asks for every version.
    """
    company, found = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store:
        refresh(desk)  # a policy that changed since the last drain has its say before the person
        answered = write_answer(desk, found, action, reason, version, scope)
        place(desk, Embedders().of(desk).model)  # who speaks for what says the same may be another now
        return answered


def write_answer(desk: Desk, found: Insight, action: str, reason: str, version: str, scope: str) -> Insight:
    """Write a person's decision down for the insight as it is now, where `version` allows; see `answer`."""
    with desk.store.transaction():  # a drain may be at work: nothing changes from here on
        insight = desk.store.insights.get(found.id) or found
        verdict = desk.store.verdicts.of(insight)
        if version and (verdict is None or leaving_version(insight.record, verdict) != version):
            raise changed_meanwhile(insight)
        if action == "ask" and not _is_answered(desk, insight):
            return insight  # it waits already
        if action == "approve":
            _require_own_voice(desk, insight)
        if action == "approve" and (verdict is None or verdict.outcome is Outcome.BLOCK):
            raise RefusedError(
                _("{id} may not leave: {why}").format(id=insight.id, why=_reasons(verdict)),
                _("change the text with `orch review --edit {id}`; a leaked secret must be revoked").format(
                    id=insight.id
                ),
            )
        if action == "approve" and verdict is not None and (other := refused_elsewhere(verdict)):
            raise RefusedError(
                _("{id} may not leave: {company} refused it, and the commit is theirs too").format(
                    id=insight.id, company=other
                ),
                _("ask them; once they approve it, it can be approved here")
                if other in {c.id for c in desk.group.companies}
                else _(
                    "it is gone from the configuration; its answers stand in {file}, an empty one lifts them"
                ).format(file=f".orch/companies/{other}/refused"),
            )
        if action == "approve" and scope == "good" and verdict is not None:
            require_lasting(_waiting(desk, insight, verdict))
        decide(desk, insight, action, who=person(), reason=reason, scope=scope)
        rewish_requests(desk, desk.store.insights.get(insight.id) or insight)
    return insight


def _is_answered(desk: Desk, insight: Insight) -> bool:
    """Whether the last word on it was an answer, and not that it waits again."""
    said = list(desk.store.decisions.of(insight.id))
    return bool(said) and said[-1].action != "ask"


def _require_own_voice(desk: Desk, insight: Insight) -> None:
    """Raise RefusedError for a yes to what another insight speaks for: it would lead nowhere."""
    speaker = desk.store.twins.canonical(insight.id)
    if speaker:
        raise RefusedError(
            _("{id} says the same as {other}, which speaks for both").format(id=insight.id, other=speaker),
            _("approve that one, or say that they are not the same: orch unlink {id}").format(id=insight.id),
        )


def answer_all(
    workspace: Workspace,
    chosen: str | None,
    ids: Iterable[str],
    action: str,
    reason: str = "",
    scope: str = "",
) -> list[Insight]:
    """The same answer for several insights, `ID` or `ID@VERSION`, each written on its own."""
    named = [i.partition("@") for i in ids]
    return [answer(workspace, chosen, name, action, reason, version, scope) for name, _at, version in named]


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
        return _waiting(desk, edited, verdict)


def _sent(wish: Wish) -> dict[str, Any]:
    """What one remote would be sent, as plain values."""
    entry = wish.entry
    told = {"remote": wish.remote, "target": wish.target, "title": entry.title, "body": entry.body}
    return {**told, "labels": list(entry.labels)}


def _reasons(verdict: Verdict | None) -> str:
    return "; ".join(dict.fromkeys(explain(f) for f in verdict.findings)) if verdict else _("not validated")
