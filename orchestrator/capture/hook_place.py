"""The folder where git looks for hook files, and whether it is ours to write to."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import OrchError
from orchestrator.git.process import execute
from orchestrator.git.repository import Repository, hooks_folder
from orchestrator.git.text import decoded
from orchestrator.i18n import _

_KEY = "core.hooksPath"
_PROBE = "post-commit"


@dataclass(frozen=True, slots=True)
class Place:
    """Where git looks. With a `note`, why orch does not write there; `mend` is the command that helps.

    `fault` says that git runs no hook file at all, nobody's: somebody should look. `foreign`: other
    repositories run what lies there, so that nothing is removed there either.
    """

    folder: Path
    note: str = ""
    mend: str = ""
    fault: bool = False
    foreign: bool = False


def place(repo: Repository) -> Place:
    """Look at `core.hooksPath`, and at whose folder it leads to. Writes nothing."""
    scope, value = _setting(repo)
    if value is None:
        usual = repo.common_dir / "hooks"
        return _whose(repo, "local", str(usual), hooks_folder(repo)) if usual.is_symlink() else Place(usual)
    folder = _folder(repo, value)
    if not value or _blocked(folder):
        return _switched_off(folder, scope, value)
    if Path(value).is_absolute() and not folder.exists():
        moved = _moved(repo, folder)
        if moved is not None:
            return _elsewhere(folder, moved)
    return _whose(repo, scope, value, folder)


def _whose(repo: Repository, scope: str, written: str, folder: Path) -> Place:
    """Whose the folder is that `written` leads to."""
    if folder.is_relative_to(repo.root) and not folder.is_relative_to(repo.common_dir):
        found = _in_the_project(repo, folder)
    elif scope not in ("local", "worktree"):
        found = _of_all_repositories(folder)
    elif folder.is_relative_to(repo.common_dir):
        found = Place(folder)
    else:
        found = _outside(folder, _other_repository(folder))
    # A hook of ours finds the kept one by the path that git runs it by.
    other = written.rstrip("/").rpartition("/")[2] != folder.name
    return _by_another_name(folder, written) if other and not found.note else found


def _by_another_name(folder: Path, written: str) -> Place:
    return Place(
        folder,
        _(
            "git finds its hooks in {folder} by another name ({written}); orch does not write there. "
            "Commits are captured at the next orch command."
        ).format(folder=folder, written=written),
        f"git config --local {_KEY} {_quoted(folder)}",
    )


def _setting(repo: Repository) -> tuple[str, str | None]:
    """The scope and the value of `core.hooksPath`; None when it is not set."""
    done = execute(repo.root, ["config", "--null", "--show-scope", "--get", _KEY], hardened=False)
    if done.returncode:
        return "", None
    scope, _null, value = done.stdout.partition(b"\0")
    return decoded(scope), decoded(value.removesuffix(b"\0"))


def _folder(repo: Repository, value: str) -> Path:
    """What git makes of the value: relative to the top, `~` is the home; nothing at all means `/`."""
    if not value:
        return Path("/")
    try:
        return hooks_folder(repo)
    except OrchError:  # git cannot even name a path below what is a file
        return repo.root / value


def _blocked(folder: Path) -> bool:
    """True when git gets to no folder there: it, or one on the way, is something else (`/dev/null`)."""
    for path in (folder, *folder.parents):
        try:
            return not stat.S_ISDIR(path.stat().st_mode)
        except FileNotFoundError:
            continue
        except OSError:  # longer than a name can be, a link to itself, not ours to enter
            return True
    return True


def _switched_off(folder: Path, scope: str, value: str) -> Place:
    return Place(
        folder,
        _(
            "core.hooksPath is “{value}”, so git runs no hook file here. "
            "Commits are captured at the next orch command."
        ).format(value=value),
        f"git config --{scope or 'local'} --unset-all {_KEY}",
        fault=True,
    )


def _moved(repo: Repository, folder: Path) -> Path | None:
    """The folder under the present top that a vanished absolute path means, or None."""
    tails = (Path(*folder.parts[n:]) for n in range(1, len(folder.parts)))
    return next((repo.root / tail for tail in tails if (repo.root / tail).is_dir()), None)


def _elsewhere(folder: Path, moved: Path) -> Place:
    return Place(
        folder,
        _(
            "core.hooksPath leads to {folder}, which is not there: this repository was moved, and git runs "
            "no hook file. Commits are captured at the next orch command."
        ).format(folder=folder),
        f"git config --local {_KEY} {_quoted(moved)}",
        fault=True,
    )


def _in_the_project(repo: Repository, folder: Path) -> Place:
    probe = str(folder.relative_to(repo.root) / _PROBE)
    if execute(repo.root, ["check-ignore", "-q", "--", probe]).returncode == 0:
        return Place(folder)  # husky's `.husky/_`: generated on each machine, in nobody's commit
    return Place(
        folder,
        _(
            "core.hooksPath leads to {folder}, which belongs to the project; orch does not write there. "
            "Commits are captured at the next orch command."
        ).format(folder=folder),
    )


def _of_all_repositories(folder: Path) -> Place:
    return Place(
        folder,
        _(
            "core.hooksPath leads to {folder}, which all of your repositories share; orch does not write "
            "there. Commits are captured at the next orch command."
        ).format(folder=folder),
        foreign=True,
    )


def _other_repository(folder: Path) -> Path | None:
    """The top of another repository that the folder lies in: the one this was copied from, a team's."""
    return next((f for f in folder.parents if (f / ".git").exists()), None)


def _outside(folder: Path, owner: Path | None) -> Place:
    """Not this repository's folder: its own configuration, which may have come with it, makes it none."""
    told = _(
        "core.hooksPath leads to {folder}, outside of this repository; orch does not write there. "
        "Commits are captured at the next orch command."
    )
    if owner is not None:
        told = _(
            "core.hooksPath leads to {folder}, in another repository ({owner}); orch does not write there. "
            "Commits are captured at the next orch command."
        )
    return Place(
        folder,
        told.format(folder=folder, owner=owner),
        f"git config --local --unset-all {_KEY}",
        foreign=True,
    )


def _quoted(path: Path) -> str:
    """As a shell takes it."""
    import shlex

    return shlex.quote(str(path))
