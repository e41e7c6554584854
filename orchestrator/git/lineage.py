"""How commits follow from each other: what left history, whose parent is whose, what a merge brought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchestrator.errors import UnreadableError
from orchestrator.git.objects import existing
from orchestrator.git.process import as_lines, execute, failure, run
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line
from orchestrator.model import Commit, digest

_FEW_COMMITS = 32  # of which each is asked for; a call takes some milliseconds
_FEW_TIPS = 200  # that stand in one call
_PRESENT = ("rev-list", "--ignore-missing", "--stdin")


def vanished(repo: Repository, before: Iterable[str], tips: Iterable[str]) -> set[str] | None:
    """Commits that `before` reached and `tips` do not: amended, rebased away, dropped.

    None when git has pruned one of `before`, or lacks what lies below it: nobody can say what it reached
    (`lost` can say less).
    """
    gone = set(before)
    if not gone:
        return set()
    args = ("rev-list", "--stdin")
    done = execute(repo.root, args, stdin=_between(gone, tips))
    if done.returncode == 0:
        return _unreached(repo, done.stdout.decode().split(), tips)
    found = failure(args, done.stderr)
    if isinstance(found, UnreadableError):
        return None
    raise found


def lost(repo: Repository, commits: Iterable[str], tips: Iterable[str]) -> set[str]:
    """Those of these commits that git has no more or that no tip reaches, and what only they reach.

    The latter where git can follow all of them. Raises UnreadableError where it cannot follow a tip.
    """
    asked, ends = set(commits), list(tips)
    here = existing(repo, asked).keys()
    try:
        listed = run(repo, *_PRESENT, input=_between(here, ends)).decode().split() if here else []
    except UnreadableError:
        reached = run(repo, *_PRESENT, input=_between(ends, ())).decode().split() if ends else ()
        return asked.difference(reached)
    return (asked - here) | _unreached(repo, listed, ends)


def unreached(repo: Repository, commits: Iterable[str], tip: str) -> set[str]:
    """Those of these commits that git has no more or that the tip does not reach; two walks at most."""
    asked = set(commits)
    here = existing(repo, asked).keys()
    listed = run(repo, "rev-list", "--stdin", input=_between(here, (tip,))).decode().split() if here else []
    if ahead := asked.intersection(listed):  # too many where a clock went back: see `_unreached`
        ahead.difference_update(run(repo, "rev-list", tip, "--").decode().split())
    return (asked - here) | ahead


def _unreached(repo: Repository, listed: Sequence[str], tips: Iterable[str]) -> set[str]:
    """Those of `listed` that no tip reaches. Git's own subtraction is no proof of that.

    `rev-list OLD ^NEW` walks by the time of committing and gives up a few commits after nothing seems
    to be left: where a clock went back, it lists what NEW reaches as well. (It never misses one.) The
    walk behind `merge-base` ends only when every line has met, so it tells; a whole list of what the
    tips reach does too, and costs less than asking for many.
    """
    ends = list(dict.fromkeys(tips))
    if not listed or not ends:
        return set(listed)
    if len(listed) > _FEW_COMMITS or len(ends) > _FEW_TIPS:
        return set(listed).difference(
            run(repo, "rev-list", "--stdin", input=_between(ends, ())).decode().split()
        )
    return {commit for commit in listed if not _reached(repo, commit, ends)}


def _reached(repo: Repository, commit: str, tips: Sequence[str]) -> bool:
    """True when one of these tips is the commit or comes after it: their common base with it is itself."""
    options = ("merge-base", "--all", commit, *tips)
    done = execute(repo.root, options)
    if done.returncode > 1:  # 1: nothing in common
        raise failure(options, done.stderr)
    return commit in done.stdout.decode().split()


def _common_base(repo: Repository, commits: Iterable[str]) -> str:
    """The newest commit that all of these are or follow from; '' when none is, or git has one no more."""
    left = list(dict.fromkeys(commits))
    while len(left) > 1:  # the base of all is that of the first ones' and the others
        some, left = left[:_FEW_TIPS], left[_FEW_TIPS:]
        base = execute(repo.root, ["merge-base", "--octopus", *some]).stdout.decode().strip()
        if not base:
            return ""
        left.insert(0, base)
    return left[0] if left and existing(repo, left) else ""


def common_bases(repo: Repository, commits: Iterable[str]) -> list[str] | None:
    """The newest commits that each of these is or follows from: one for all that have a root in common.

    None where git has one no more.
    """
    asked = list(dict.fromkeys(commits))
    if len(existing(repo, asked)) < len(asked):
        return None
    whole = _common_base(repo, asked)
    bases: list[str] = []
    for commit in () if whole else asked:
        met = ((n, _common_base(repo, (base, commit))) for n, base in enumerate(bases))
        at, base = next((found for found in met if found[1]), (len(bases), commit))
        bases[at : at + 1] = [base]
    return [whole] if whole else bases


def _between(included: Iterable[str], excluded: Iterable[str]) -> bytes:
    return as_lines([*included, *(f"^{commit}" for commit in dict.fromkeys(excluded))])


def newest(repo: Repository, tips: Iterable[str], limit: int) -> list[str]:
    """At most `limit` commits that `tips` reach, the newest by the time of their committing first."""
    asked = _between(dict.fromkeys(tips), ())
    options = ("rev-list", f"--max-count={limit:d}", "--ignore-missing", "--stdin")
    return run(repo, *options, input=asked).decode().split() if asked else []


def parents(repo: Repository, commits: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Parents by commit id; commits that git has no more are left out."""
    asked = as_lines(dict.fromkeys(commits))
    if not asked:
        return {}
    options = ("rev-list", "--no-walk=unsorted", "--parents", "--ignore-missing", "--stdin")
    lines = run(repo, *options, input=asked).decode().splitlines()
    return {words[0]: tuple(words[1:]) for line in lines if (words := line.split())}


def follows(repo: Repository, commit: str, older: str) -> bool:
    """True when `commit` comes after `older`; False also where git does not know what `older` names."""
    return execute(repo.root, ("merge-base", "--is-ancestor", f"{older}^{{commit}}", commit)).returncode == 0


def brought(repo: Repository, merge: str, parent: str) -> list[str]:
    """What a merge brought to that parent, with the merge; [] where they are no such pair, or not here."""
    done = execute(repo.root, ("rev-list", "--no-walk", "--parents", f"{merge}^{{commit}}"))
    words = done.stdout.decode().split()
    stays = [each for each in words[1:] if each.startswith(parent)]
    if done.returncode or len(words) < 3 or len(stays) != 1:
        return []
    return run(repo, "rev-list", "--stdin", input=_between(words[:1], stays)).decode().split()


def brought_paths(repo: Repository, merges: Iterable[Commit]) -> dict[str, tuple[str, ...]]:
    """The paths in which each merge differs from its first parent: what it brought into that branch."""
    asked = as_lines(f"{merge.id} {merge.parents[0]}" for merge in merges)
    options = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--no-textconv")
    tokens = iter(run(repo, *options, input=asked).split(b"\0") if asked else ())
    found: dict[str, list[str]] = {}
    merge = ""
    for token in tokens:
        if token.startswith(b":"):  # modes, ids and letter; the path follows
            found[merge].append(one_line(next(tokens)))
        elif token:
            found[merge := token.strip().decode()] = []
    return {commit: tuple(paths) for commit, paths in found.items()}


def written_by(repo: Repository, commits: Iterable[str], author: str) -> list[str]:
    """Those of these commits whose author has that name or e-mail address, or one that holds it."""
    asked = as_lines(existing(repo, commits))
    options = ("--no-walk=unsorted", "--no-show-signature", "--no-mailmap", "--format=%H", "--stdin")
    match = ("--fixed-strings", "--regexp-ignore-case", f"--author={author}")
    return run(repo, "log", *options, *match, input=asked).decode().split() if asked else []


def shallow_mark(repo: Repository) -> str:
    """Changes whenever the boundary of a shallow clone does; '' for a whole clone."""
    file = repo.common_dir / "shallow"
    return digest(file.read_text(), size=16) if file.exists() else ""
