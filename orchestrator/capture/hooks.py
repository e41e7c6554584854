"""Installing git's hooks beside what is there, and taking them away again without a trace."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orchestrator.errors import UserError
from orchestrator.git.process import execute
from orchestrator.git.repository import Repository, config_get, hooks_folder
from orchestrator.i18n import _

NAMES = ("post-commit", "post-merge", "post-rewrite", "post-checkout")
MARK = b"# orch-hook "
PREVIOUS = ".orch-prev"
LEGACY = ".legacy"  # where pre-commit moves the hook that it finds; it goes on running it
BACKGROUND = "orch-background"


class State(StrEnum):
    """How one hook stands."""

    INSTALLED = "installed"
    CHAINED = "chained"  # ours, and the hook that was there before runs after it
    OUTDATED = "outdated"  # ours, of another version of orch
    FOREIGN = "foreign"  # somebody else's, without ours
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Report:
    """Where git looks for hooks, how each stands, and what a person should know ('' if nothing)."""

    folder: Path
    hooks: dict[str, State]
    background: bool = False
    note: str = ""

    @property
    def active(self) -> bool:
        """True when every hook is ours and of this version."""
        return all(state in (State.INSTALLED, State.CHAINED) for state in self.hooks.values())


def hook_source() -> Path:
    """The folder of the hooks that orch ships: inside the wheel, or at the top of the sources."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_hooks", package.parent / "hooks"):
        if (folder / NAMES[0]).is_file():
            return folder
    raise UserError(_("This installation of orch has no hooks."), _("Install it again."))


def status(repo: Repository) -> Report:
    """How the hooks stand. Writes nothing."""
    folder = hooks_folder(repo)
    hooks = {name: _state(folder, name) for name in NAMES}
    return Report(folder, hooks, (folder / BACKGROUND).exists(), _obstacle(repo, folder))


def install(repo: Repository, *, background: bool = False) -> Report:
    """Install or renew the hooks; a second time changes nothing.

    An existing hook is kept as `<name>.orch-prev` and runs after ours. Where the folder belongs to
    the project (husky's tracked `.husky`) or to all of the user's repositories, nothing is written
    and the report's note says so: the commits are captured anyway, at the next orch command.
    With `background`, post-commit also starts a detached `orch hooks drain`. Raises UserError when
    the folder cannot be written.
    """
    before = status(repo)
    if before.note:
        return before
    try:
        _install_all(before.folder, background)
    except OSError as error:
        raise UserError(
            _("The hooks cannot be written to {folder}: {reason}").format(
                folder=before.folder, reason=error.strerror
            ),
            _("Commits are captured anyway, at the next orch command."),
        ) from error
    return status(repo)


def uninstall(repo: Repository) -> Report:
    """Remove our hooks and put back what was there, byte for byte; others' hooks are not touched."""
    folder = hooks_folder(repo)
    for name in NAMES:
        for path in _ours(folder, name):
            previous = folder / f"{name}{PREVIOUS}"
            if previous.is_file() or previous.is_symlink():
                previous.replace(path)
            else:
                path.unlink()
    (folder / BACKGROUND).unlink(missing_ok=True)
    for git_dir in repo.git_dirs:
        for left in (path for path in git_dir.glob("orch.spool*") if not path.is_dir()):
            left.unlink(missing_ok=True)
        (git_dir / "orch.draining").unlink(missing_ok=True)
    return status(repo)


def _install_all(folder: Path, background: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        _install_one(folder, name)
    if background:
        (folder / BACKGROUND).touch()
    else:
        (folder / BACKGROUND).unlink(missing_ok=True)


def _install_one(folder: Path, name: str) -> None:
    path = folder / name
    ours = next(_ours(folder, name), None)
    text = (hook_source() / name).read_bytes()
    if ours is not None:
        if ours.read_bytes() != text:
            _write(ours, text)
        return
    if path.is_file() or path.is_symlink():
        _keep(path, folder / f"{name}{PREVIOUS}")
    _write(path, text)


def _keep(path: Path, previous: Path) -> None:
    """Move a foreign hook aside. An older one kept there was replaced by its owner: numbered, not lost."""
    if previous.exists():
        number = next(n for n in range(1, 1000) if not previous.with_name(f"{previous.name}-{n}").exists())
        previous.rename(previous.with_name(f"{previous.name}-{number}"))
    path.rename(previous)


def _write(path: Path, text: bytes) -> None:
    """Write an executable file at once or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o755)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _ours(folder: Path, name: str) -> Iterator[Path]:
    """Where our hook of that name is: in its place, or moved aside by pre-commit."""
    for path in (folder / name, folder / f"{name}{LEGACY}"):
        if path.is_file() and any(line.startswith(MARK) for line in path.read_bytes().splitlines()[:3]):
            yield path


def _state(folder: Path, name: str) -> State:
    ours = next(_ours(folder, name), None)
    if ours is None:
        return State.FOREIGN if (folder / name).is_file() else State.ABSENT
    if ours.read_bytes() != (hook_source() / name).read_bytes():
        return State.OUTDATED
    return (
        State.CHAINED if (folder / f"{name}{PREVIOUS}").exists() or ours.suffix == LEGACY else State.INSTALLED
    )


def _obstacle(repo: Repository, folder: Path) -> str:
    """Why we keep out of this folder, or ''."""
    if config_get(repo, "core.hooksPath") is None:
        return ""
    if folder.is_relative_to(repo.root) and not folder.is_relative_to(repo.common_dir):
        return _project_folder(repo, folder)
    local = execute(repo.root, ["config", "--local", "--includes", "--get", "core.hooksPath"], hardened=False)
    if local.returncode == 0:
        return ""
    return _(
        "core.hooksPath leads to {folder}, which all of your repositories share; orch does not write there. "
        "Commits are captured at the next orch command."
    ).format(folder=folder)


def _project_folder(repo: Repository, folder: Path) -> str:
    probe = str(folder.relative_to(repo.root) / NAMES[0])
    ignored = execute(repo.root, ["check-ignore", "-q", "--", probe]).returncode == 0
    if ignored:  # husky's `.husky/_`: generated on each machine, in nobody's commit
        return ""
    return _(
        "core.hooksPath leads to {folder}, which belongs to the project; orch does not write there. "
        "Commits are captured at the next orch command."
    ).format(folder=folder)
