"""Installing git's hooks beside what is there, and taking them away again without a trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from orchestrator.capture import hook_claim, hook_config, hook_files
from orchestrator.capture.hook_place import Place, place
from orchestrator.capture.hook_state import Means, Report, State
from orchestrator.capture.hook_steps import Remove, Step
from orchestrator.capture.hook_text import NAMES, hook_source
from orchestrator.errors import UserError
from orchestrator.git.repository import Repository
from orchestrator.i18n import _

__all__ = ["NAMES", "Means", "Report", "State", "hook_source", "install", "status", "uninstall"]


def status(repo: Repository) -> Report:
    """How the hooks stand for the git that is in use. Writes nothing."""
    return _report(repo, place(repo), hook_config.look(repo))


def install(
    repo: Repository, *, background: bool = False, files: bool = False, dry_run: bool = False
) -> Report:
    """Make git run our hooks; a second time changes nothing.

    Where the git in use runs hooks from its configuration (2.54) they become a section of the
    repository's own, unless they are files already or `files` asks for files, which an older git on
    the same clone runs too. As a file, a hook that is there is kept under its own name in
    `hooks.orch-prev` and runs after ours. A folder that belongs to the project (husky's tracked
    `.husky`) or to all of the user's repositories is not written to; the report's note says so, and
    that commits are captured anyway. With `background`, the hooks also start a detached `orch hooks
    drain`. With `dry_run` nothing is written and the report's `changes` say what would be.

    Raises UserError when something cannot be written, LockedError when git's configuration is locked.
    """
    where, configured = place(repo), hook_config.look(repo)
    steps = list(_install_steps(repo, where, configured, background=background, files=files))
    return _carried_out(repo, where.folder, steps, dry_run=dry_run)


def uninstall(repo: Repository, *, dry_run: bool = False) -> Report:
    """Remove our hooks and put back what was there, byte for byte; others' hooks are not touched.

    Nor are ours in a folder that other repositories share: they run there for those.
    """
    where = place(repo)
    steps = chain(hook_config.uninstall_steps(repo), _files_removed(repo, where), _traces_removed(repo))
    return _carried_out(repo, where.folder, list(steps), dry_run=dry_run)


def _install_steps(
    repo: Repository, where: Place, configured: hook_config.Configured, *, background: bool, files: bool
) -> Iterator[Step]:
    by_file = not where.note and (files or not configured.supported or _chained(where.folder))
    if by_file:
        yield from hook_files.install_steps(where.folder, background=background)
        yield from hook_config.uninstall_steps(repo)  # every git runs the files
    elif configured.supported and not configured.problem:
        yield from hook_config.install_steps(repo, background=background)


def _chained(folder: Path) -> bool:
    """True when git comes past hooks of ours there: files that an older git, or an older orch, wrote."""
    return any(s not in (State.ABSENT, State.FOREIGN) for s in hook_files.states(folder).values())


def _files_removed(repo: Repository, where: Place) -> Iterator[Step]:
    """Also from the default folder: `core.hooksPath` may have been set after the installation."""
    folders = () if where.foreign or where.fault else (where.folder,)
    for each in dict.fromkeys((*folders, repo.common_dir / "hooks")):
        if each.is_dir():
            yield from hook_files.uninstall_steps(each)


def _traces_removed(repo: Repository) -> Iterator[Step]:
    for git_dir in repo.git_dirs:
        left = (*git_dir.glob("orch.spool*"), *git_dir.glob(f"{hook_claim.NAME}*"))
        yield from (Remove(path) for path in left if not path.is_dir())


def _carried_out(repo: Repository, folder: Path, steps: Iterable[Step], *, dry_run: bool) -> Report:
    steps = list(steps)
    try:
        for step in () if dry_run else steps:
            step.do()
    except OSError as error:
        raise UserError(
            _("The hooks cannot be written to {folder}: {reason}").format(
                folder=folder, reason=error.strerror
            ),
            _("Commits are captured anyway, at the next orch command."),
        ) from error
    return replace(status(repo), changes=tuple(step.describe() for step in steps))


def _report(repo: Repository, where: Place, configured: hook_config.Configured) -> Report:
    readable = not where.fault  # else git finds no folder, nor can we
    files = hook_files.states(where.folder) if readable else dict.fromkeys(NAMES, State.ABSENT)
    hooks = {name: _merged(configured.states[name], files[name]) for name in NAMES}
    report = Report(
        folder=where.folder,
        hooks=hooks,
        means=_means(configured, files),
        background=configured.background or (readable and hook_files.in_background(where.folder)),
    )
    note, mend = _advice(repo, where, configured, report)
    return replace(report, note=note, mend=mend)


def _merged(configured: State, file: State) -> State:
    """The better of the two: git runs both kinds."""
    if configured.runs:
        return configured if not file.runs else file
    if file.runs or configured is State.ABSENT:
        return file
    return configured


def _means(configured: hook_config.Configured, files: dict[str, State]) -> Means:
    by_configuration = any(s.runs for s in configured.states.values())
    by_file = any(s.runs for s in files.values())
    if by_configuration:
        return Means.BOTH if by_file else Means.CONFIGURATION
    return Means.FILES if by_file else Means.NONE


def _advice(
    repo: Repository, where: Place, configured: hook_config.Configured, report: Report
) -> tuple[str, str]:
    """What a person should know, and the command that helps; both '' when git runs every hook."""
    if configured.problem:
        return _("git cannot read its hooks: {reason}").format(reason=configured.problem), ""
    if report.active:
        return "", ""
    if State.DISABLED in report.hooks.values():
        said = _("hook.orch.enabled is false: git does not run our hooks, as somebody decided.")
        return said, "git config --unset-all hook.orch.enabled"
    if where.note:
        helps = "orch hooks install" if configured.supported else where.mend
        return where.note, helps
    return _why_not(repo, where.folder, configured, report), "orch hooks install"


def _why_not(repo: Repository, folder: Path, configured: hook_config.Configured, report: Report) -> str:
    if not configured.supported and hook_config.present(repo):
        return _("Our hooks are in git's configuration, which this version of git does not run.")
    default = repo.common_dir / "hooks"
    if folder != default and hook_files.present(default) and report.means is Means.NONE:
        return _("Our hooks are in {default}, but git looks for hooks in {folder}.").format(
            default=default, folder=folder
        )
    return ""
