"""Validation of what is sent outside the outbox: the entries of the public API, and a branch's commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from orchestrator.app.workspace import Workspace
from orchestrator.errors import RefusedError
from orchestrator.i18n import _
from orchestrator.markup.plain import as_read
from orchestrator.model import Finding, Outcome
from orchestrator.offer.outgoing import Found, examine_push
from orchestrator.remote import Entry
from orchestrator.scanning import judge
from orchestrator.validate import Policy, explain

SHOWN = 10


def policy_of(workspace: Workspace, owner: str | None) -> Policy:
    """The policy of a company's store, or the group's (None), which knows every company's people.

    `Workspace.desk` builds them all. Of another company's store the group's reads the authors' names
    only, so that none of them leaves in a text that is nobody's.
    """
    if owner is not None:
        desk = workspace.desk(owner)
        with desk.store:
            return desk.policy
    people: set[str] = set()
    for company in workspace.group.companies:
        people |= set(policy_of(workspace, company.id).people)
    return Policy.for_company(workspace.group, "", people)


def cleared(
    workspace: Workspace,
    owner: str | None,
    entry: Entry,
    further: Mapping[str, str] | None = None,
    *,
    reviewed: bool = False,
) -> Entry:
    """The entry as it may go to a place of `owner`: a company, or None for the group.

    A company's own place gets what is not blocked, as it was written. The group's gets title and body
    redacted, and what needs a person's look only when somebody says `reviewed`. Labels, metadata, what is
    read of the Markdown and `further` texts leave as they are or not at all. Raises RefusedError.
    """
    policy = policy_of(workspace, owner)
    verdict = judge({"title": entry.title, "content": entry.body}, policy)
    found = [f for f in verdict.findings if f.kind != "quality"]
    shown = as_read(verdict.redacted["content"])  # a page's words may stand closer together than its source's
    names = {"labels": "\n".join(entry.labels), "metadata": _leaves(entry.metadata), "shown": shown}
    names |= further or {}
    named = list(judge({name: text for name, text in names.items() if text}, policy).findings)
    _refuse(_("validation refuses {what}: {why}"), [f for f in (*found, *named) if _blocked(f)])
    if owner is not None:
        return entry
    _refuse(_("validation refuses {what}: {why}"), [f for f in named if f.outcome is not Outcome.REVIEW])
    doubtful = [f for f in (*found, *named) if f.outcome is Outcome.REVIEW]
    if doubtful and not reviewed:
        raise RefusedError(
            _("{what} needs a person's look: {why}").format(what=_("this text"), why=_why(doubtful)),
            _("read it; if it may leave, call again with reviewed=True"),
        )
    return replace(entry, title=verdict.redacted["title"], body=verdict.redacted["content"])


def clear_question(policy: Policy, question: str, *, only_blocked: bool = False) -> None:
    """Raise RefusedError unless a question may be put to a server: it is a text that leaves, too.

    `only_blocked` for a query in the server's own language, where an address or a name is what is asked for.
    """
    outcome = judge({"query": question}, policy).outcome
    if outcome is Outcome.BLOCK or (outcome is not Outcome.ALLOW and not only_blocked):
        raise RefusedError(
            _("the question itself may not leave this machine"), _("`orch check` says why; leave that out")
        )


def clear_branch(workspace: Workspace, head: str, base: str | None, *, reviewed: bool = False) -> None:
    """Judge all that pushing commit `head` would send: messages, paths and contents of every commit that
    `base` does not hold.

    Text in a commit cannot be redacted, so every finding needs a person's look (`reviewed`), and what
    is blocked is refused whoever has looked. Raises RefusedError.
    """
    found = examine_push(workspace.repository, policy_of(workspace, None), head, base)
    blocked = [f for f in found if f.outcome is Outcome.BLOCK]
    if blocked:
        raise RefusedError(
            _("this branch may not be sent:") + _lines(blocked),
            _("take it out of the history, not only of the last commit; a leaked secret must be revoked"),
        )
    if found and not reviewed:
        raise RefusedError(
            _("this branch needs a person's look before it is sent:") + _lines(found),
            _("read it; if it may leave, call again with reviewed=True"),
        )


def _blocked(finding: Finding) -> bool:
    return finding.outcome is Outcome.BLOCK


def _refuse(words: str, found: Iterable[Finding]) -> None:
    reasons = _why(found)
    if reasons:
        raise RefusedError(
            words.format(what=_("this text"), why=reasons),
            _("take it out; a leaked secret must be revoked too"),
        )


def _why(found: Iterable[Finding]) -> str:
    return "; ".join(dict.fromkeys(explain(f) for f in found))


def _lines(found: list[Found]) -> str:
    lines = list(dict.fromkeys(f"  {f.where}: {f.why}" for f in found))
    more = [_("  and {n} more").format(n=len(lines) - SHOWN)] if len(lines) > SHOWN else []
    return "\n" + "\n".join(lines[:SHOWN] + more)


def _leaves(value: object) -> str:
    """Every text in a JSON value, a line each."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}\n{_leaves(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(map(_leaves, value))
    return str(value) if value else ""
