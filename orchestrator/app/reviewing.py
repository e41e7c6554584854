"""Consent: what waits for a decision, and writing the decision down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orchestrator.app.embedding import Embedders
from orchestrator.app.freshness import drained
from orchestrator.app.insights import find_insight, readable, united
from orchestrator.app.shown import insight_json
from orchestrator.app.workspace import Say, Workspace, person
from orchestrator.desk import Desk
from orchestrator.echoing import held_by
from orchestrator.errors import RefusedError
from orchestrator.i18n import _
from orchestrator.leaving import leaving_version
from orchestrator.ledger import agreed, changed_meanwhile, decide
from orchestrator.model import Insight, Kind, Outcome, Share, Verdict
from orchestrator.offer.requests import rewish_requests
from orchestrator.refusing import refused_elsewhere
from orchestrator.rejudging import refresh
from orchestrator.twins import place
from orchestrator.validate import explain
from orchestrator.wishes import Wish, wishes


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
                    found.append(as_shown(desk, insight, verdict))
    return found


def shareable(workspace: Workspace, company: str, say: Say, limit: int) -> list[Waiting]:
    """The best of what waits at a company and may leave without a person's look, best score first."""
    drained(workspace, say, (company,))
    desk = workspace.desk(company)
    with desk.store as store:
        found = filter(None, map(store.insights.get, store.verdicts.shareable(limit)))
        judged = ((insight, store.verdicts.of(insight)) for insight in found)
        sound = [as_shown(desk, insight, verdict) for insight, verdict in judged if verdict is not None]
        return [w for w in sound if not w.echoes]


def as_shown(desk: Desk, insight: Insight, verdict: Verdict) -> Waiting:
    """An insight that is judged, as a person reads it who is to answer."""
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
        return as_shown(desk, insight, verdict)


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
            sound = _approvable(desk, insight, verdict)
            if scope == "good":
                require_lasting(as_shown(desk, insight, sound))
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


def _approvable(desk: Desk, insight: Insight, verdict: Verdict | None) -> Verdict:
    """The verdict of what may be approved.

    Raises RefusedError where validation blocks it, or another company of the commit refused it.
    """
    if verdict is None or verdict.outcome is Outcome.BLOCK:
        raise RefusedError(
            _("{id} may not leave: {why}").format(id=insight.id, why=_reasons(verdict)),
            _("change the text with `orch review --edit {id}`; a leaked secret must be revoked").format(
                id=insight.id
            ),
        )
    if other := refused_elsewhere(verdict):
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
    return verdict


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


def _sent(wish: Wish) -> dict[str, Any]:
    """What one remote would be sent, as plain values."""
    entry = wish.entry
    told = {"remote": wish.remote, "target": wish.target, "title": entry.title, "body": entry.body}
    return {**told, "labels": list(entry.labels)}


def _reasons(verdict: Verdict | None) -> str:
    return "; ".join(dict.fromkeys(explain(f) for f in verdict.findings)) if verdict else _("not validated")
