"""`orch policy except`: one exception more in .orch/policy.toml, the rest byte for byte as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestrator.app.policy_explain import exception_toml
from orchestrator.app.workspace import Workspace, person
from orchestrator.config import policy_load, policy_trust
from orchestrator.config.document import read_text
from orchestrator.config.policy_file import NAME, PolicyFile
from orchestrator.config.policy_read import read_policy
from orchestrator.durable import replace_file
from orchestrator.errors import ConfigError, UserError
from orchestrator.i18n import _
from orchestrator.scanning import judge
from orchestrator.validate import Policy

HEAD = "version = 1\n"


@dataclass(frozen=True, slots=True)
class Excepted:
    """What was written (or, in a dry run, would be): the TOML, and whether the file is trusted with it."""

    toml: str
    trusted: bool


def add_exception(
    workspace: Workspace,
    fingerprint: str,
    *,
    reason: str,
    until: date,
    company: str = "",
    by: str = "",
    dry_run: bool = False,
) -> Excepted:
    """Append an exception. A file that was trusted stays trusted: the same person changed it, here.

    Raises UserError for one that is there already, that is over, or whose reason would publish what it
    is about; ConfigError when the file would not be valid.
    """
    if until < policy_load.today():
        raise UserError(_("{day} is over").format(day=until), _("give a day to come, at most a year ahead"))
    block = exception_toml(fingerprint, company, reason, by or person(), until.isoformat())
    _refuse_telling(workspace, f"{reason}\n{by}")
    with workspace.lock("policy"):
        text = read_text(workspace.repository.root / NAME, NAME) or ""
        home = workspace.group.clone
        trusted = policy_trust.is_trusted(home, text)
        changed = _appended(text, block)
        _check(workspace, text, changed, fingerprint, company)
        if not dry_run:
            _write(workspace.repository.root / NAME, changed)
            if trusted:
                policy_trust.trust(home, changed)
    return Excepted(block, trusted)


def _appended(text: str, block: str) -> str:
    """The text with the block at its end, in the file's own way of ending lines."""
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text or HEAD
    before += "" if before.endswith("\n") else newline
    return before + newline + block.replace("\n", newline)


def _check(workspace: Workspace, text: str, changed: str, fingerprint: str, company: str) -> None:
    ids = [c.id for c in workspace.group.companies]
    root = workspace.repository.root
    before = read_policy(root, text, policy_load.today(), ids) if text else None
    if before is not None and _held(before, fingerprint, company):
        raise UserError(
            _("{fingerprint} is excepted already").format(fingerprint=fingerprint),
            _("`orch policy show` lists the exceptions; change the one that is there"),
        )
    try:
        read_policy(root, changed, policy_load.today(), ids)
    except ConfigError as error:
        raise ConfigError(
            _("this exception would make the file wrong: {why}").format(why=error.message), error.hint
        ) from error


def _held(file: PolicyFile, fingerprint: str, company: str) -> bool:
    return any(
        e.fingerprint == fingerprint and e.company in ("", company) and e.until >= policy_load.today()
        for e in file.exceptions
    )


def _refuse_telling(workspace: Workspace, words: str) -> None:
    """The reason is committed and read by everybody: it may not hold what is to stay unsaid."""
    policy = Policy.for_company(workspace.group, "")
    found = [f for f in judge({"reason": words}, policy).findings if f.kind != "quality"]
    if found:
        kinds = ", ".join(sorted({f.rule for f in found}))
        raise UserError(
            _("the reason itself holds what should not be told: {rules}").format(rules=kinds),
            _("say why it may leave without repeating it"),
        )


def _write(path: Path, text: str) -> None:
    """Whole or not at all, with the mode that the file had."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    replace_file(path, text.encode(), mode)
