"""Validation of what the public API sends by itself: texts, and the files of a branch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from orchestrator import git
from orchestrator.app.workspace import Workspace
from orchestrator.errors import RefusedError
from orchestrator.i18n import _
from orchestrator.model import Finding, Outcome
from orchestrator.validate import Policy, explain, judge


def cleared(
    workspace: Workspace, owner: str | None, texts: Mapping[str, str], *, reviewed: bool = False
) -> dict[str, str]:
    """The texts as they may go to a place of `owner`: a company, or None for the group.

    A company's own place gets what is not blocked, as it was written. The group's gets it redacted,
    and what needs a person's look only when somebody says `reviewed`. Raises RefusedError.
    """
    verdict = judge(texts, Policy.for_company(workspace.group, owner or ""))
    found = _serious(verdict.findings)
    _refuse_blocked(_("this text"), found)
    if owner is not None:
        return dict(texts)
    _refuse_unreviewed(_("this text"), found, reviewed)
    return dict(verdict.redacted)


def clear_branch(workspace: Workspace, head: str, base: str | None, *, reviewed: bool = False) -> None:
    """Judge what branch `head` (a commit) would bring to the forge: the files that `base` does not hold.

    Text in a file cannot be redacted, so every finding needs a person's look (`reviewed`), and what
    is blocked is refused whoever has looked. Raises RefusedError.
    """
    policy = Policy.for_company(workspace.group, "")
    for path, text in _news(workspace.repository, head, base):
        found = _serious(judge({"content": text}, policy).findings)
        _refuse_blocked(path, found)
        if found and not reviewed:
            raise _unreviewed(path, found)


def _news(repository: git.Repository, head: str, base: str | None) -> Iterator[tuple[str, str]]:
    known = {(e.path, e.id) for e in git.list_tree(repository, base, recursive=True)} if base else set()
    listed = git.list_tree(repository, head, recursive=True)
    fresh = [e for e in listed if e.type == "blob" and (e.path, e.id) not in known]
    blobs = git.read_blobs(repository, {e.id for e in fresh})
    for entry in fresh:
        content = blobs.get(entry.id, b"\0")
        if b"\0" not in content[:8000]:  # binaries are not text: nothing that a scanner could read
            yield entry.path, content.decode("utf-8", "replace")


def _serious(findings: Iterable[Finding]) -> list[Finding]:
    """Quality (too short, says nothing) is about learnings, not about what a person writes elsewhere."""
    return [f for f in findings if not f.rule.startswith("quality.")]


def _refuse_blocked(what: str, found: list[Finding]) -> None:
    blocked = [f for f in found if f.outcome is Outcome.BLOCK]
    if blocked:
        raise RefusedError(
            _("validation refuses {what}: {why}").format(what=what, why=_why(blocked)),
            _("take it out; a leaked secret must be revoked too"),
        )


def _refuse_unreviewed(what: str, found: list[Finding], reviewed: bool) -> None:
    doubtful = [f for f in found if f.outcome is Outcome.REVIEW]
    if doubtful and not reviewed:
        raise _unreviewed(what, doubtful)


def _unreviewed(what: str, found: list[Finding]) -> RefusedError:
    return RefusedError(
        _("{what} needs a person's look: {why}").format(what=what, why=_why(found)),
        _("read it; if it may leave, call again with reviewed=True"),
    )


def _why(found: list[Finding]) -> str:
    return "; ".join(dict.fromkeys(explain(f) for f in found))
