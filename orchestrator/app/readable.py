"""A step of a push as it may be read: without what validation would not let leave."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.desk import Desk
from orchestrator.i18n import _
from orchestrator.reconcile.plan import Action, Step
from orchestrator.remote import Content
from orchestrator.request_key import told_request
from orchestrator.scanning import judge
from orchestrator.store.offers import key_of
from orchestrator.validate import Policy
from orchestrator.wishes import COMPANY, FORGE
from orchestrator.words import short_id


def readable_step(desk: Desk, remote: str, step: Step, *, full: bool = True) -> Step:
    """The step as it may be read: a company's own remotes take its own words, a CPF among them.

    What people wrote on a remote may hold anything. `full` false: without the text of what is created. The
    task of an accepted offer is shown as the offer is: other companies' names are no finding there.
    """
    if step.action is Action.CREATE and not full:
        step = replace(step, held=None, wanted=None)
    policy = Policy(language=desk.group.language) if desk.store.offers.at(step.key) else desk.policy
    step = replace(step, held=_readable(policy, step.held), wanted=_readable(policy, step.wanted))
    if step.entry is None:
        return replace(step, title=told_request(step.key) if remote == FORGE else _title_of(desk, step.key))
    if not remote.startswith(f"{COMPANY}."):
        return step
    title = _known_title(desk, key_of(step.key), step.entry.title)
    if title is None:
        title = judge({"title": step.entry.title}, policy).redacted["title"]
    return replace(step, entry=replace(step.entry, title=title))


def _readable(policy: Policy, content: Content | None) -> Content | None:
    if content is None:
        return None
    facts = {str(name): str(value) for name, value in content.metadata.items()}
    found = judge({"title": content.title, "content": content.body, **facts}, policy).redacted
    metadata = {name: _same_or(value, found[str(name)]) for name, value in content.metadata.items()}
    return replace(content, title=found["title"], body=found["content"], metadata=metadata)


def _same_or(value: object, redacted: str) -> object:
    return value if str(value) == redacted else redacted


def _title_of(desk: Desk, key: str) -> str:
    """The title of what is retracted, as it may be read; '' for what this store does not know."""
    if offer := desk.store.offers.at(key):
        return offer.title or _("offer {id}, which {company} took back").format(
            id=short_id(offer.key), company=offer.company
        )
    insight = desk.store.insights.get(key)
    if insight is None:
        return ""
    said = desk.store.verdicts.of(insight) or judge({"title": insight.record.title}, desk.policy)
    return " ".join(said.redacted["title"].split())


def _known_title(desk: Desk, key: str, title: str) -> str | None:
    """The title as the verdict on that insight lets it be read; None when it is another text's."""
    insight = desk.store.insights.get(key)
    verdict = desk.store.verdicts.of(insight) if insight else None
    if insight is None or verdict is None or " ".join(insight.record.title.split()) != title:
        return None
    return " ".join(verdict.redacted["title"].split())
