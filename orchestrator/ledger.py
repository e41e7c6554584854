"""Write down what was learnt and decided, and what follows from it, in one transaction each.

The one place where insight, verdict, consent, search index and wishes meet, so that none of them
can be written without the others.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from orchestrator.clock import now
from orchestrator.consent import (
    POLICY_WHO,
    REPAIR_WHO,
    TRAILER_WHO,
    TWIN_WHO,
    Answer,
    automatic_answer,
    last_word,
)
from orchestrator.desk import Desk
from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.leaving import leaving_texts, leaving_version
from orchestrator.model import Decision, Insight, Kind, Outcome, Record, Verdict
from orchestrator.refusing import lift, refused_elsewhere, said_no, tell
from orchestrator.store.company import CompanyStore
from orchestrator.store.decisions import consent
from orchestrator.store.insights import UNSCANNED
from orchestrator.store.search_index import Item
from orchestrator.store.unit_vector import Vector
from orchestrator.wishes import GLOBAL, places, wanted_hashes, wishes

UNSURE = "unsure"  # the setting that says after which number decisions are lost: one may have been a no


def record(desk: Desk, insight: Insight, verdict: Verdict, vector: Vector | None, model: str) -> None:
    """Write an insight with its verdict, its automatic consent, its index entry and its wishes.

    Joins the caller's transaction, or makes its own. `vector` None means: embed later.
    """
    with desk.store.transaction():
        desk.store.insights.put(insight)
        desk.store.verdicts.put(insight, verdict, now())
        if unscanned(verdict):
            desk.store.put_setting(UNSCANNED, "yes")
        decide_by_policy(desk, insight, verdict)
        if insight.detector != "folder":
            desk.store.index.put([_item(insight, vector, model)])
        rewish(desk, insight, verdict)


def redate(desk: Desk, insight: Insight) -> Insight:
    """The insight with the time at which it was first said, as its evidence now has it."""
    at = desk.store.evidence.first_said(insight.id)
    if not at or at == insight.created_at:
        return insight
    desk.store.insights.set_created(insight.id, at)
    dated = replace(insight, created_at=at)
    if desk.store.index.rows([insight.id]):
        desk.store.index.put([_item(dated, None, "")])
    return dated


def decide(desk: Desk, insight: Insight, action: str, *, who: str, reason: str = "", scope: str = "") -> None:
    """Append a person's decision on the insight's present version and re-wish it; said twice it is one.

    Other companies are told of a no before it is durable, of one taken back once that is: killed between,
    it is one too many.
    """
    with desk.store.transaction():
        said, earlier = (
            decision_on(desk, insight, action, who, reason, scope),
            desk.store.decisions.of(insight.id),
        )
        if not earlier or replace(earlier[-1], at=said.at) != said:
            desk.store.decisions.append(said)
        if action == "approve":
            desk.store.cited.renew(insight.id)
        if action == "withdraw":
            desk.store.insights.set_state(insight.id, "withdrawn", now())
        elif insight.state == "withdrawn" and action in ("approve", "ask"):  # it counts, or waits, again
            desk.store.insights.set_state(insight.id, "active", now())
        fresh = desk.store.insights.get(insight.id)
        if fresh is not None:
            rewish(desk, fresh, desk.store.verdicts.of(fresh))
        if action == "withdraw":  # wherever it lies, also what another clone of this company sent
            company = desk.group.company(desk.company)
            desk.store.outbox.take_away(insight.id, places(insight.record.kind, company, desk.group))
        if action in ("refuse", "withdraw"):
            tell(desk)
        else:
            desk.store.after_commit(partial(lift, desk, insight))


def edit(
    desk: Desk, insight: Insight, changed: Record, vector: Vector | None, model: str, who: str
) -> Insight:
    """Replace an insight's text by a person's; a new version, judged anew. Returns it.

    `insight` as it was seen: all but its text is as it is now. Raises UserError where that is another one.
    """
    while True:
        seen = same_words(desk, insight)
        edited = replace(seen, record=changed, updated_at=now())
        verdict = desk.judge(edited)  # takes its time: nobody waits for it
        with desk.store.transaction():
            if desk.store.insights.get(seen.id) == seen:
                desk.store.insights.put(edited)
                desk.store.verdicts.put(edited, verdict, now())
                desk.store.decisions.append(decision_on(desk, edited, "edit", who))
                desk.store.cited.renew(edited.id)
                record(desk, edited, verdict, vector, model)
                return edited


def same_words(desk: Desk, insight: Insight) -> Insight:
    """The insight as it is now. Raises UserError where it says something else than what was seen."""
    found = desk.store.insights.get(insight.id)
    if found is None or found.version != insight.version:
        raise changed_meanwhile(insight)
    return found


def changed_meanwhile(insight: Insight) -> UserError:
    """What is said to whoever decides on words that are others by now."""
    return UserError(
        _("{id} changed since it was shown").format(id=insight.id), _("read it again: orch review")
    )


def rewish(desk: Desk, insight: Insight, verdict: Verdict | None) -> None:
    """Bring the outbox in line with what may be where, now; of its twins too, for which it speaks."""
    _rewish(desk, insight, verdict)
    for twin_id in desk.store.twins.of(insight.id):
        if (twin := desk.store.insights.get(twin_id)) is not None:
            _rewish(desk, twin, desk.store.verdicts.of(twin))


def _rewish(desk: Desk, insight: Insight, verdict: Verdict | None) -> None:
    speaker = desk.store.twins.canonical(insight.id)
    if speaker:
        desk.store.outbox.want(insight.id, _kept_for(desk.store, insight, verdict, speaker))
        return
    word = agreed(desk.store, insight, verdict)
    wanted = wanted_hashes(wishes(insight, verdict, word, desk.group))
    if not word and _is_lost(desk.store, insight):  # one of the lost answers may have been a withdrawal
        wanted = {place: h for place, h in wanted.items() if place in _lying(desk.store, insight)}
    if (
        not word
        and insight.state == "active"
        and verdict is not None
        and verdict.outcome is not Outcome.BLOCK
        and not refused_elsewhere(verdict)
    ):
        wanted |= _kept(desk.store, insight)
    desk.store.outbox.want(insight.id, wanted)


def _kept_for(
    store: CompanyStore, insight: Insight, verdict: Verdict | None, speaker: str
) -> dict[tuple[str, str], str]:
    """A twin is nowhere; what the group holds of it stays while nobody has decided on who speaks for it."""
    canonical = store.insights.get(speaker)
    if canonical is None or insight.state != "active" or verdict is None:
        return {}
    decided = agreed(store, canonical, store.verdicts.of(canonical))
    return {} if decided or verdict.outcome is Outcome.BLOCK else _kept(store, insight)


def ask_again(desk: Desk, insight_id: str, reason: str = "") -> None:
    """Take the answer on an insight back, so that a person gives it."""
    insight = desk.store.insights.get(insight_id)
    if insight is not None:
        desk.store.decisions.append(decision_on(desk, insight, "ask", TWIN_WHO, reason))


def agreed(store: CompanyStore, insight: Insight, verdict: Verdict | None) -> str:
    """What was decided on the very texts that would leave now: approve, refuse, withdraw, or ''."""
    version = leaving_version(insight.record, verdict) if verdict else ""
    return consent(store.decisions.of(insight.id), version)


def _is_lost(store: CompanyStore, insight: Insight) -> bool:
    """Whether a repair asked anew, and nobody has answered yet."""
    said = store.decisions.of(insight.id)
    return bool(said) and said[-1].who == REPAIR_WHO and insight.record.kind is not Kind.DOCUMENT


def _lying(store: CompanyStore, insight: Insight) -> set[tuple[str, str]]:
    """The places where it lies, or may, and from where nobody was about to take it."""
    rows = (r for r in store.outbox.of(insight.id) if r.wanted_hash)
    return {(r.remote, r.target) for r in rows if r.sent_hash or r.state == "sending"}


def _kept(store: CompanyStore, insight: Insight) -> dict[tuple[str, str], str]:
    """What the group holds with somebody's consent stays while nobody has decided on what is new.

    Not when the last word was a refusal of that version, or a person's taking the yes back.
    """
    last = last_word(store.decisions.of(insight.id), automatic_ask=False)
    lost = _is_lost(store, insight)
    if not lost and (last is None or last.action != "approve"):
        return {}
    rows = (r for r in store.outbox.of(insight.id) if r.remote.startswith(GLOBAL + "."))
    # Where answers are lost, what was about to be taken back still is: that may be all that is left of a no.
    return {(r.remote, r.target): r.sent_hash for r in rows if r.sent_hash and (r.wanted_hash or not lost)}


def unscanned(verdict: Verdict | None) -> bool:
    """True when a scanner failed, so that the verdict says nothing of the text."""
    return verdict is not None and any(f.kind == "engine" for f in verdict.findings)


def decide_by_policy(desk: Desk, insight: Insight, verdict: Verdict, *, waited: bool = False) -> None:
    """Write down what is answered without asking anybody; while answers are lost: that a person is asked.

    `waited`: who is asked changed to fewer questions just now. What waited for an answer until then was
    captured when a person was to be asked, so a person still is.
    """
    unsure = desk.store.setting(UNSURE)
    if unsure:
        _ask_once(desk, insight, after=int(unsure))
        return
    answer = automatic_answer(desk.policy, insight, verdict, desk.store.decisions.of(insight.id))
    if waited and (answer is None or (answer.action == "approve" and not answer.reason)):
        answer = _goes_on_waiting(desk, insight, verdict)
    refused = any(said_no(desk.store, twin) for twin in desk.store.twins.of(insight.id))
    if answer is not None and not (refused and answer.action == "approve"):
        desk.store.decisions.append(
            decision_on(desk, insight, answer.action, answer.who, answer.reason, answer.scope)
        )


def _goes_on_waiting(desk: Desk, insight: Insight, verdict: Verdict) -> Answer | None:
    """That a person is asked, whatever the verdict says: once it says less, no policy answers. None: said."""
    last = last_word(desk.store.decisions.of(insight.id))
    asked = last is not None and last.action == "ask" and last.who != TRAILER_WHO
    if asked or insight.record.kind is Kind.DOCUMENT or agreed(desk.store, insight, verdict):
        return None
    return Answer("ask", POLICY_WHO, "it waited before fewer were asked")


def _ask_once(desk: Desk, insight: Insight, *, after: int) -> None:
    """Ask, once, what the decisions that are lost after that number may have answered with no.

    A yes from before them is none any more: the lost ones may have taken it back. A no stays one.
    """
    if insight.record.kind is Kind.DOCUMENT or desk.store.decisions.of(insight.id, after):
        return
    last = last_word(desk.store.decisions.of(insight.id))
    if last is None or last.action == "approve":
        desk.store.decisions.append(decision_on(desk, insight, "ask", REPAIR_WHO))


def decision_on(
    desk: Desk, insight: Insight, action: str, who: str, reason: str = "", scope: str = ""
) -> Decision:
    """A decision on the insight as it is now: its own words, and what of them would leave."""
    verdict = desk.store.verdicts.of(insight)
    leaves = leaving_version(insight.record, verdict) if verdict else ""
    texts = leaving_texts(verdict) if verdict else ""
    policy = desk.policy.hash
    return Decision(insight.id, leaves, action, who, now(), reason, policy, insight.version, texts, scope)


def _item(insight: Insight, vector: Vector | None, model: str) -> Item:
    r = insight.record
    return Item(
        ref=insight.id,
        scope="own",
        company=insight.company,
        kind=r.kind.value,
        title=r.title,
        text=r.content,
        technologies=r.technologies,
        shared=False,
        created_at=insight.created_at,
        model=model if vector is not None else "",
        vector=vector,
    )
