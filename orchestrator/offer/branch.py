"""The branch that carries a shared component: one commit on top of what the remote has already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator import git
from orchestrator.errors import PermanentError, UserError
from orchestrator.git.unsent import commit_words, unsent_commits
from orchestrator.i18n import _
from orchestrator.offer.foreign import ORIGIN_TREE, foreign_commits, tree_at
from orchestrator.offer.receiving import files_of, require_room
from orchestrator.request_key import branch_of, known_as, told_key

if TYPE_CHECKING:
    from orchestrator.offer.share import Sharing


def starting_point(repository: git.Repository, remote: str, base: str) -> str:
    """The commit that a shared component is put on: the remote's base branch, as this clone knows it.

    Never a branch of ours: it would take along what was not pushed. Raises UserError when the remote
    was not fetched.
    """
    known = git.tips(repository).get(f"refs/remotes/{remote}/{base}")
    if known is None and not git.config_get(repository, f"remote.{remote}.url"):
        raise UserError(
            _("this clone has no remote {remote}, on whose branch {base} it would be put").format(
                remote=remote, base=base
            ),
            f"git remote add {remote} URL && git fetch {remote}",
        )
    if known is None:
        raise UserError(
            _("this clone does not know the branch {base} of {remote}").format(base=base, remote=remote),
            _("run `git fetch {remote}`, then try again").format(remote=remote),
        )
    return known


def push_branch(
    repository: git.Repository,
    sharing: Sharing,
    message: str,
    remote: str,
    base: str,
    author: tuple[str, str],
) -> str:
    """Build the commit on top of what the remote has, and push its branch: one new commit, no other.

    Returns the branch. Raises UserError when the remote was not fetched, our branch of that name has
    somebody's own commits, people changed the component on the remote's, or something else lies where it
    goes, and what `git.push` raises.
    """
    on, ours, over = branch_plan(repository, sharing, remote, base)
    commit = git.graft(repository, on, sharing.destination, sharing.tree, message, author)
    git.set_branch(repository, sharing.branch, commit, ours)
    git.push(repository, remote, sharing.branch, commit=commit, expected=over)
    return sharing.branch


def branch_plan(
    repository: git.Repository, sharing: Sharing, remote: str, base: str
) -> tuple[str, str | None, str | None]:
    """(the commit a share goes on, our branch's, the remote's that is over and begun anew); writes nothing.

    Raises as `push_branch`, but for what the push itself meets.
    """
    start = starting_point(repository, remote, base)
    tips = git.tips(repository)
    ours = tips.get(f"refs/heads/{sharing.branch}")
    theirs = tips.get(f"refs/remotes/{remote}/{sharing.branch}")
    over = theirs is not None and _merged(repository, theirs, start, sharing)
    _refuse_foreign(repository, sharing, ours, (start, theirs))
    if theirs is not None and not over:
        _refuse_to_undo(repository, sharing, theirs, start)
    require_room(repository, sharing, start, (ours, theirs))
    return (start, ours, theirs if over else None) if theirs is None or over else (theirs, ours, None)


def made_here(repository: git.Repository, remote: str, branch: str) -> str | None:
    """The commit of a component's branch as this clone pushed or fetched it; None where it knows none."""
    tips = git.tips(repository)
    return tips.get(f"refs/remotes/{remote}/{branch}") or tips.get(f"refs/heads/{branch}")


def branch_key(repository: git.Repository, remote: str, key: str) -> str:
    """The key that a branch is of: `key`, or what its commit tells of an earlier version; empty for none."""
    commit = made_here(repository, remote, branch_of(key))
    words = next(commit_words(repository, [commit] if commit else []), None)
    return told_key(key, words[1]) if words else ""


def branch_made_for(repository: git.Repository, remote: str, key: str) -> str:
    """The branch that this clone made for a key, also in an earlier version; '' for none."""
    made = (name for name in known_as(key) if branch_key(repository, remote, name) == key)
    return next(map(branch_of, made), "")


def take_back_branch(repository: git.Repository, remote: str, base: str, branch: str) -> None:
    """Delete the remote's branch of a component, as this clone knows it; one that is gone is done.

    Raises PermanentError where somebody else committed to it, or this clone never fetched it: it is left.
    """
    theirs = made_here(repository, remote, branch)
    if theirs is None:
        git.delete_branch(repository, remote, branch, expected="")  # says so where there is one
        return
    offered = unsent_commits(repository, theirs, starting_point(repository, remote, base))
    if foreign_commits(repository, offered):
        words = _("the branch {branch} at {remote} holds commits of other people; it was left there")
        raise PermanentError(words.format(branch=branch, remote=remote))
    git.delete_branch(repository, remote, branch, expected=theirs)


def _merged(repository: git.Repository, theirs: str, start: str, sharing: Sharing) -> bool:
    """True when the base holds what the remote's branch offered, merged or squashed: it is begun anew.

    Not where a commit there is somebody's own and the base has it not: that one would be lost.
    """
    offered = unsent_commits(repository, theirs, start)
    held = [tree_at(repository, commit, sharing.destination) for commit in (theirs, start)]
    squashed = held[0] == held[1] is not None
    return not offered or (squashed and not foreign_commits(repository, offered))


def _refuse_foreign(
    repository: git.Repository, sharing: Sharing, ours: str | None, known: tuple[str | None, ...]
) -> None:
    """A branch of that name with somebody's own commits is not replaced, and they do not leave."""
    if ours is None:
        return
    there = [k for k in known if k]
    mine = unsent_commits(repository, ours, *there)
    if foreign_commits(repository, mine):
        raise UserError(
            _("the branch {branch} holds commits that are not on the remote").format(branch=sharing.branch),
            _("give it another name: git branch -m {branch} NAME").format(branch=sharing.branch),
        )


def _refuse_to_undo(repository: git.Repository, sharing: Sharing, theirs: str, start: str) -> None:
    """What people did to the component on the remote's branch since we wrote it is not undone."""
    there = tree_at(repository, theirs, sharing.destination)
    if there is None:  # it was shared into another folder
        return
    held = files_of(repository, there)
    offered = unsent_commits(repository, theirs, start)
    trees = (ORIGIN_TREE.search(words) for _commit, words in commit_words(repository, offered))
    last = files_of(repository, next((found[1] for found in trees if found), None))  # the newest first
    new = files_of(repository, sharing.tree)
    changed = {path for path in {*held, *last} if held.get(path) != last.get(path)}
    if any(held.get(path) != new.get(path) for path in changed):
        raise UserError(
            _("people changed {folder} on the branch {branch}: sharing it again would undo that").format(
                folder=sharing.destination, branch=sharing.branch
            ),
            _("merge the pull request, or bring their change into {folder}, then share again").format(
                folder=sharing.folder
            ),
        )
