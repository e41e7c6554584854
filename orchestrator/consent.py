"""Consent without asking: what a commit's own trailer, an earlier yes or the policy answers. Pure.

A person's word comes first, then the commit's, then the policy's mode for that kind of insight.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from orchestrator.leaving import covers, leaving_version
from orchestrator.model import Decision, Insight, Kind, Outcome, Share, Verdict
from orchestrator.store.decisions import consent
from orchestrator.validate import Policy
from orchestrator.validate.kinds import PLACEHOLDERS

POLICY_WHO = "orch:policy"
TRAILER_WHO = "git:trailer"
REPAIR_WHO = "orch:repair"  # asks anew where earlier answers are lost
TWIN_WHO = "orch:twin"  # who asks again because of what was said of the same learning elsewhere
AUTOMATIC = (POLICY_WHO, TRAILER_WHO)
_ECHO = "it says what was withdrawn: "  # so begins why TWIN_WHO asks; the id follows


class Answer(NamedTuple):
    """An automatic decision, as the trail of decisions takes it."""

    action: str
    who: str
    reason: str = ""
    scope: str = ""


def automatic_answer(
    policy: Policy, insight: Insight, verdict: Verdict, earlier: Sequence[Decision]
) -> Answer | None:
    """What is decided on an insight without asking anybody, None when a person must be asked.

    `earlier` are all decisions on it, oldest first. None too when they answer for these very texts.
    """
    if insight.record.kind is Kind.DOCUMENT or verdict.outcome is Outcome.BLOCK:
        return None
    if consent(list(earlier), leaving_version(insight.record, verdict)):
        return None
    if _less_than_agreed(earlier, insight, verdict):
        return Answer("approve", POLICY_WHO, "less leaves than was agreed to")
    last = last_word(earlier)
    if last is not None and last.action == "ask" and last.who != TRAILER_WHO:
        return None  # a person took the answer back: a person answers
    return _carried(policy, insight, verdict, earlier) or _by_mode(policy, insight, verdict, earlier)


def last_word(decisions: Sequence[Decision], *, automatic_ask: bool = True) -> Decision | None:
    """The last decision that is no edit; an `ask` that no person said counts or is passed by."""
    heard = (
        d
        for d in reversed(decisions)
        if d.action != "edit" and (automatic_ask or d.action != "ask" or d.who not in AUTOMATIC)
    )
    return next(heard, None)


def echo_of(withdrawn: str) -> str:
    """Why a person is asked of what says the same as an insight that a person withdrew."""
    return _ECHO + withdrawn


def echoed(decisions: Sequence[Decision]) -> str:
    """The id of the withdrawn insight that it says again; '' once a person agreed to it or changed it."""
    for said in reversed(decisions):
        if said.action in ("approve", "edit") and said.who not in AUTOMATIC:
            return ""
        if said.who == TWIN_WHO and said.reason.startswith(_ECHO):
            return said.reason.removeprefix(_ECHO)
    return ""


def _by_mode(
    policy: Policy, insight: Insight, verdict: Verdict, earlier: Sequence[Decision]
) -> Answer | None:
    """The commit's own word, else the mode of the company for that kind of insight.

    A commit's yes is to its own words: of those that a person put in their place it says nothing.
    """
    mode = policy.share(insight.record.kind)
    if insight.share == "no":
        return Answer("refuse", TRAILER_WHO)
    if not verdict.may_leave:
        return None
    of_others = any(d.action == "edit" and d.record == insight.version for d in earlier)
    said = "" if of_others and insight.share == "yes" else insight.share
    if said == "yes" and mode is not Share.MANUAL:
        return Answer("approve", TRAILER_WHO)
    return Answer("approve", POLICY_WHO) if not said and mode is Share.AUTO else None


def _carried(
    policy: Policy, insight: Insight, verdict: Verdict, earlier: Sequence[Decision]
) -> Answer | None:
    """An earlier yes that holds for a new version: one for good, or by a policy that lets versions follow.

    The policy does not carry a yes to one version only, nor one that no person gave; nor is it a new version
    where a looser policy lets out more of the same words.
    """
    if not verdict.may_leave or insight.share not in ("", "yes"):
        return None
    seen = [d.texts for d in earlier if d.action == "approve" and d.record == insight.version]
    if seen and not any(covers(texts, verdict.redacted, PLACEHOLDERS) for texts in seen):
        return None
    last = last_word(earlier)
    for_good = last is not None and (last.action, last.scope) == ("approve", "good")
    if for_good and policy.share(insight.record.kind) is not Share.MANUAL:
        return Answer("approve", POLICY_WHO, "approved for good", "good")
    since = takewhile(lambda d: d.action in ("approve", "edit"), reversed(earlier))
    said = next((d for d in since if d.action == "approve" and d.who not in AUTOMATIC), None)
    if said is None or said.scope == "version" or policy.reapprove(insight.record.kind):
        return None
    return Answer("approve", POLICY_WHO, "the policy lets new versions follow")


def _less_than_agreed(earlier: Sequence[Decision], insight: Insight, verdict: Verdict) -> bool:
    """A stricter redaction of words that somebody agreed to share needs no second yes."""
    last = last_word(earlier)
    if last is None or last.action != "approve" or last.record != insight.version:
        return False
    return verdict.may_leave and covers(last.texts, verdict.redacted, PLACEHOLDERS)
