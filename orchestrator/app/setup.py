"""`orch init` and what the hooks start."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator import git
from orchestrator.app.group_folders import committed_folders
from orchestrator.app.stores import EVERYTHING
from orchestrator.app.workspace import Say, Workspace, silent
from orchestrator.config import trust as trusting
from orchestrator.config.company import ID_PATTERN
from orchestrator.config.discover import find_companies
from orchestrator.config.document import NAME
from orchestrator.config.load import load, parse_group
from orchestrator.config.template import gitignore, render
from orchestrator.durable import replace_file
from orchestrator.errors import ConfigError, UsageError, UserError
from orchestrator.git.repository import home as clone_home
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.capture.hook_state import Report
    from orchestrator.intake import Drained

Found = tuple[str, str, Sequence[str]]
ROUNDS = 3  # of a background drain: another one may be at work, and does what is left


@dataclass(slots=True)
class Initialised:
    """What `orch init` did: files written, companies, and the state of the hooks.

    `failed`: company (or EVERYONE) → why not everything of git could be read for it.
    """

    written: list[str] = field(default_factory=list)
    companies: list[str] = field(default_factory=list)
    hooks: Report | None = None
    captured: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def is_configured(start: Path) -> bool:
    """True when the repository around `start` has a configuration already."""
    return os.path.lexists(git.open_repository(start).root / NAME)


def propose_companies(start: Path) -> list[Found]:
    """A guess at the companies of the repository around `start`: (id, name, globs)."""
    repository = git.open_repository(start)
    listed = git.run(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    paths = [p.decode("utf-8", "surrogateescape") for p in listed.split(b"\0") if p]
    return [(i, name, [glob]) for i, name, glob in find_companies(paths)]


def explicit_companies(ids: Sequence[str], paths: Sequence[str]) -> list[Found]:
    """Companies as flags name them: `--company a --paths 'a/**,x/**'`, pairwise in order.

    Raises UsageError when there are paths without a company, and for what cannot be an id; a company
    without paths owns its folder `<id>/**`, the only company owns everything.
    """
    for company in ids:
        if not re.fullmatch(ID_PATTERN, company):
            raise UsageError(
                _("{id} cannot be the id of a company").format(id=company),
                _("lower-case letters, digits and hyphens: empresa-a"),
            )
    if len(paths) > len(ids):
        raise UsageError(_("more --paths than --company"), _("give one --paths after each --company"))
    globs = [[g.strip() for g in p.split(",")] for p in paths] + [[f"{i}/**"] for i in ids[len(paths) :]]
    if len(ids) == 1 and not paths:
        globs = [["**"]]
    return [(i, i.replace("-", " ").title(), g) for i, g in zip(ids, globs, strict=True)]


def initialise(
    start: Path,
    companies: Sequence[Found],
    *,
    name: str,
    language: str,
    folder: str = "",
    hooks: bool = True,
    background: bool = False,
    named: bool = False,
    say: Say = silent,
) -> Initialised:
    """Write the configuration, the stores and the hooks, then read what git knows.

    A configuration that is there already is kept and completed, never overwritten; it must be trusted
    first. `name` '' stands for the folder's; `background` is what the hooks are told: to read each
    commit at once (see `capture.hooks.install`); `named` says that a person named the companies.
    Raises NotTrustedError, and UsageError when companies are named but the file is there already.
    """
    repository = git.open_repository(start)
    home = clone_home(repository)
    result = Initialised()
    name = name or repository.root.name
    top = repository.root / ".orch"
    if top.is_symlink():
        raise UserError(_("{path} is a symbolic link; orch does not follow it").format(path=".orch"))
    if (top / "config.toml").exists() and named:
        raise UsageError(
            _(".orch/config.toml is there already; it names the companies"),
            _("add [[company]] there, then run `orch trust` and `orch init`"),
        )
    if not (top / "config.toml").exists():
        text = render(name, [(i, n, tuple(g)) for i, n, g in companies], language=language, folder=folder)
        _refuse_wrong(repository, text)
        top.mkdir(exist_ok=True)
        _write(top / "config.toml", text, result)
        trusting.trust(repository.root, text, home)
    if not (top / ".gitignore").exists() or (top / ".gitignore").read_text("utf-8") == EVERYTHING:
        _write(top / ".gitignore", gitignore(), result)
    group = load(repository.root, home)
    trusting.require_trust(repository.root, group.source, home)
    workspace = Workspace(repository, group)
    for company in group.companies:
        workspace.store(company.id).close()
        result.companies.append(company.id)
    if hooks:
        from orchestrator.capture.hooks import install

        result.hooks = install(repository, background=background)
    found = _capture(workspace, say)
    result.captured = found.commits
    failed = {**found.failed, **workspace.behind}
    result.failed = {company: f"{e.message}. {e.hint}" for company, e in failed.items()}
    return result


def _refuse_wrong(repository: git.Repository, text: str) -> None:
    """Raise UsageError for a configuration that would not be read again, or shares by what git commits.

    Before anything is written.
    """
    try:
        group = parse_group(repository.root, text)
    except ConfigError as e:
        raise UsageError(e.message.partition(": ")[2], e.hint) from e
    for folder in committed_folders(repository, group):
        text = _("{folder} lies in this repository: git would commit what is shared there")
        hint = _("name one beside the repository, as `--folder ../{name}`; or put it into .gitignore first")
        raise UsageError(text.format(folder=folder), hint.format(name=Path(folder).name))


def drain_in_background(start: Path) -> None:
    """What a hook starts: read the news until the spool is empty, then let hooks start another.

    Does nothing where another one is at work. The claim goes whatever happens, as the last thing.
    """
    from orchestrator.app.learning import catch_up
    from orchestrator.capture import hook_claim, spool

    repository = git.open_repository(start)
    if not hook_claim.hold(repository.common_dir):
        return
    try:
        workspace = Workspace.open(start)
        for _round in range(ROUNDS):
            catch_up(workspace, wait=0.0)
            if not spool.pending(repository):
                return
    finally:
        hook_claim.release_own(repository.common_dir)


def _capture(workspace: Workspace, say: Say) -> Drained:
    from orchestrator.app.first_look import look, show
    from orchestrator.app.learning import catch_up

    seen = look(workspace)
    if seen is not None:
        show(seen, say)
    return catch_up(workspace, say, wait=60.0, required=True)


def _write(path: Path, text: str, result: Initialised) -> None:
    replace_file(path, text.encode())
    result.written.append(f"{path.parent.name}/{path.name}")
