"""References: where the history ends now, what is still reachable, and moving a branch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from orchestrator.errors import OrchError, UsageError, UserError
from orchestrator.git.objects import is_partial
from orchestrator.git.process import as_lines, execute, failure, run
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line, visible
from orchestrator.i18n import _

_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that stand for no byte
_READ = ("refs/heads", "refs/remotes")
_REBASES = ("rebase-merge", "rebase-apply")
_ON = "ref: "  # begins a HEAD that stands on a branch
_IGNORED = re.compile(rb"^warning: ignoring broken ref (\S+)$", re.MULTILINE)
_FORMAT = "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname)%00%(refname)%00"


class Refs(NamedTuple):
    """`tips`: commit ids by reference. `damaged`: references of which nobody can say where they stand, or
    whose commit git has not; `why`: what git says of them, where it says something.
    """

    tips: dict[str, str]
    damaged: list[str]
    why: OrchError | None = None


def tips(repo: Repository) -> dict[str, str]:
    """Commit ids by reference, as `references` has them; the damaged ones are left out."""
    return references(repo).tips


def references(repo: Repository) -> Refs:
    """The HEAD of every work tree, all branches, all remote branches.

    HEADs are named as git does from anywhere: `main-worktree/HEAD`, `worktrees/<name>/HEAD`, so
    every work tree of a clone sees the same keys. Unborn references are left out; `refs/orch/*` and tags
    are not read: see `git.tags` for what those hold.
    """
    args = ["for-each-ref", _FORMAT, *_READ]
    done = execute(repo.root, args)
    found, damaged, why = _listed(done.stdout), ignored(done.stderr), None
    if done.returncode:  # one reference of what is missing stops git
        why, (found, missing) = failure(args, done.stderr), _looked_up(repo)
        damaged += missing
    heads, lost = _heads(repo, found)
    return Refs(heads | found, damaged + lost, why)


def ignored(stderr: bytes) -> list[str]:
    """The references in whose files git found no commit's id, by its warnings."""
    return [one_line(name) for name in _IGNORED.findall(stderr)]


def _listed(told: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    fields = told.split(b"\0")
    for described, name in zip(fields[::2], fields[1::2], strict=False):
        words = described.decode().split()
        by_type = dict(zip(words[::2], words[1::2], strict=True))
        if "commit" in by_type:
            found[one_line(name)] = by_type["commit"]
    return found


def _looked_up(repo: Repository) -> tuple[dict[str, str], list[str]]:
    """The references one by one, without opening what they stand on: those of a commit, and the others."""
    fields = run(repo, "for-each-ref", "--format=%(objectname)%00%(refname)%00", *_READ).split(b"\0")
    ids = [described.decode().strip() for described in fields[:-1:2]]
    names = [one_line(name) for name in fields[1::2]]
    asked = as_lines(f"{each}^{{commit}}" for each in ids)
    told = run(repo, "cat-file", "--batch-check=%(objectname)", input=asked).decode().splitlines()
    found = {name: line for name, line in zip(names, told, strict=True) if " " not in line}
    return found, [name for name in names if name not in found]


def damaged(repo: Repository) -> list[str]:
    """The references, named as by `references`, whose commit or its tree git has not or cannot read.

    Of a partial clone trees may be elsewhere. Raises OrchError where git cannot list them at all.
    """
    refs = references(repo)
    found = {} if is_partial(repo) else refs.tips
    asked = as_lines(f"{commit}^{{tree}}" for commit in found.values())
    told = run(repo, "cat-file", "--batch-check=%(objecttype)", input=asked).decode().splitlines()
    return refs.damaged + [name for name, line in zip(found, told, strict=True) if line != "tree"]


def before_rebases(repo: Repository) -> dict[str, str]:
    """HEAD, named as by `tips`, of each work tree that is in a rebase → the commit on which that began.

    '' when git does not say.
    """
    return {
        "main-worktree/HEAD" if folder == repo.common_dir else f"worktrees/{folder.name}/HEAD": began
        for folder in repo.git_dirs
        if (began := _before_rebase(folder)) is not None
    }


def check_ref_name(name: str) -> str:
    """The same name if git takes it for a branch. Raises UsageError otherwise."""
    plain = not name.startswith("-") and visible(name) == name and not _LONE.search(name)
    if not plain or execute(Path(), ["check-ref-format", f"refs/heads/{name}"]).returncode:
        raise UsageError(_("{name} is not a valid branch name.").format(name=visible(name)))
    return name


def set_branch(repo: Repository, name: str, commit: str, expected: str | None) -> None:
    """Point branch `name` at `commit`, if it is still at `expected` (None: does not exist yet).

    Raises UserError when the branch moved meanwhile, or is checked out in a work tree (moving
    it would make that tree look edited).
    """
    ref = f"refs/heads/{check_ref_name(name)}"
    current, worktree = _branch_state(repo, ref)
    if current == commit:
        return
    if worktree:
        raise UserError(
            _("Branch {name} is checked out in {path}.").format(name=name, path=worktree),
            _("Switch that work tree to another branch first."),
        )
    if current != (expected or ""):
        raise UserError(
            _("Branch {name} was moved by someone else.").format(name=name),
            _("Look at it with `git log {name}`, then run the command again.").format(name=name),
        )
    run(repo, "update-ref", "--no-deref", "-m", "orch", ref, commit, expected or "0" * len(commit))


def _heads(repo: Repository, branches: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Where each HEAD stands, and those on no branch whose commit is not here.

    On a branch, it is where the branch does; git is asked for the others.
    """
    names = ["main-worktree/HEAD", *(f"worktrees/{d.name}/HEAD" for d in repo.git_dirs[1:])]
    on = {name: branches.get(_branch(folder)) for name, folder in zip(names, repo.git_dirs, strict=True)}
    known = {name: commit for name, commit in on.items() if commit}
    asked = [name for name in names if name not in known]
    if not asked:
        return known, []
    lines = as_lines(f"{name}^{{commit}}" for name in asked)
    told = run(repo, "cat-file", "--batch-check=%(objectname)", input=lines).decode().splitlines()
    found = {name: line for name, line in zip(asked, told, strict=True) if not line.endswith(" missing")}
    stands = {name: commit for name in names if (commit := known.get(name) or found.get(name))}
    gone = ((name, folder) for name, folder in zip(names, repo.git_dirs, strict=True) if name not in stands)
    return stands, [name for name, folder in gone if not _head(folder).startswith(_ON)]


def _branch(folder: Path) -> str:
    """The branch that a HEAD names; '' for none, and where references are not kept in files."""
    return _head(folder).partition(_ON)[2]


def _head(folder: Path) -> str:
    """What stands in a HEAD; of one that nobody can read what stands on no branch that is there."""
    try:
        return (folder / "HEAD").read_text("utf-8").strip()
    except (OSError, ValueError):
        return _ON


def _before_rebase(folder: Path) -> str | None:
    for name in _REBASES:
        if (folder / name).exists():
            noted = folder / name / "orig-head"
            return noted.read_text(encoding="ascii").strip() if noted.exists() else ""
    return None


def _branch_state(repo: Repository, ref: str) -> tuple[str, str]:
    """Commit id and work tree path of a branch, each '' if there is none."""
    out = run(repo, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(worktreepath)", ref)
    for line in out.splitlines():
        name, commit, worktree = line.split(b"\0")
        if name.decode(errors="replace") == ref:
            return commit.decode(), one_line(worktree)
    return "", ""
