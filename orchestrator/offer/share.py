"""Share a component: its tree as a branch, a commit with provenance, and a pull request.

No checkout and no diff: the component's tree object is placed under the other company's folder.
The tree id in the commit's trailers proves later whether it drifted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from orchestrator import git
from orchestrator.config.group import Company
from orchestrator.errors import RefusedError, UsageError, UserError
from orchestrator.git.unsent import commit_words, unsent_commits
from orchestrator.i18n import _, say
from orchestrator.ledger import Desk
from orchestrator.model import Kind, Outcome, digest, normalise
from orchestrator.offer.outgoing import examine_folder
from orchestrator.remote import Done, Entry, Refused, Remote

PREFIX = "orch/share/"


@dataclass(frozen=True, slots=True)
class Sharing:
    """One component on its way: where it lies, which tree, where it goes, on which branch."""

    name: str
    folder: str
    commit: str
    tree: str
    destination: str
    branch: str
    origin: str
    to: str


@dataclass(frozen=True, slots=True)
class Shared:
    """The pull request that carries a component. `created` is false when it was there already."""

    sharing: Sharing
    url: str
    ref: str
    status: str
    created: bool


def prepare(
    desk: Desk, repository: git.Repository, name: str, to: Company, *, into: str = "", commit: str = "HEAD"
) -> Sharing:
    """Find the component and decide where it goes. Raises UserError or UsageError for none, or several."""
    components = desk.store.components()
    wanted = normalise(name)
    folders = sorted(f for f, n in components.items() if wanted in (normalise(n), normalise(f)))
    if not folders:
        raise UserError(
            _("{company} has no component {name}").format(company=desk.company, name=name),
            _("`orch components` lists them"),
        )
    if len(folders) > 1:
        raise UsageError(
            _("{company} has {n} components named {name}").format(
                company=desk.company, n=len(folders), name=name
            ),
            _("name one by its folder: {folders}").format(folders=", ".join(folders)),
        )
    folder, bare = folders[0], PurePosixPath(folders[0]).name
    head = git.run(repository, "rev-parse", "--verify", f"{commit}^{{commit}}").decode().strip()
    return Sharing(
        name=components[folder],
        folder=folder,
        commit=head,
        tree=git.tree_id(repository, head, folder),
        destination=into.strip("/") or f"{base_folder(to)}/{bare}",
        branch=git.check_ref_name(PREFIX + slug(f"{bare}-{desk.company}-{to.id}")),
        origin=desk.company,
        to=to.id,
    )


def slug(text: str) -> str:
    """The text as a part of a branch name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")


def base_folder(company: Company) -> str:
    """The folder of a company's first glob: `empresas/b/**` → `empresas/b`."""
    fixed = []
    for part in PurePosixPath(company.paths[0]).parts:
        if any(c in part for c in "*?["):
            break
        fixed.append(part)
    return "/".join(fixed).strip("/") or company.id


def examine(desk: Desk, repository: git.Repository, sharing: Sharing) -> list[tuple[str, str]]:
    """(file, explanation) for everything in the component's files that a person must look at.

    Raises RefusedError when any of it is blocked outright.
    """
    found = examine_folder(repository, desk.policy, sharing.commit, sharing.folder)
    blocked = [f for f in found if f.outcome is Outcome.BLOCK]
    if blocked:
        lines = "\n".join(f"  {f.where}: {f.why}" for f in blocked[:10])
        raise RefusedError(
            _("{name} may not be shared:").format(name=sharing.name) + "\n" + lines,
            _("remove it from the component's files; a leaked secret must be revoked too"),
        )
    return [(f.where, f.why) for f in found]


def publish(
    forge_for: Callable[[Callable[[Entry], str]], Remote],
    repository: git.Repository,
    sharing: Sharing,
    *,
    language: str,
    remote: str,
    base: str,
    author: tuple[str, str],
) -> Shared:
    """Push the branch and open the pull request; what is there already is adopted or updated."""
    forge = forge_for(lambda _entry: _push_branch(repository, sharing, remote, base, author, language))
    entry = pull_request(sharing, language, base)
    seen = forge.find([entry.key]).get(entry.key)
    if seen is not None and seen.hash == entry.hash:
        return Shared(sharing, seen.url, seen.ref, seen.status, created=False)
    if seen is not None and seen.edited:
        raise RefusedError(
            _("a person changed the pull request {url}").format(url=seen.url or seen.ref),
            _("close it, or put back its text, then share again"),
        )
    results = forge.update([(seen, entry)]) if seen is not None else forge.create([entry])
    for result in results:
        if isinstance(result, Refused):
            raise RefusedError(result.reason, _("look at the pull request, then try again"))
        if isinstance(result, Done):
            o = result.observed
            return Shared(sharing, o.url, o.ref, o.status, created=seen is None)
    raise UserError(_("the forge answered nothing"), _("try again"))


def pull_request(sharing: Sharing, language: str, base: str) -> Entry:
    """The pull request's entry; its hash follows the component's tree."""
    title = say(language, "[ORCH] Share component: {name}").format(name=sharing.name)
    origin = say(language, "Origin: {company}").format(company=sharing.origin)
    text = say(language, "Component `{name}` of {origin}, offered to {to} in `{folder}`.").format(
        name=sharing.name, origin=sharing.origin, to=sharing.to, folder=sharing.destination
    )
    body = f"{origin}\n\n{text}\n\n{trailers(sharing)}"
    key = sharing.branch.removeprefix(PREFIX)  # a forge finds the pull request by its branch
    metadata = {"branch": sharing.branch, "base": base, "component": sharing.name}
    return Entry(
        key=key,
        kind=Kind.COMPONENT.value,
        company=sharing.origin,
        title=title,
        body=body,
        hash=digest(title, body, sharing.tree, size=32),
        metadata=metadata,
    )


def trailers(sharing: Sharing) -> str:
    """Where the component comes from, as git trailers."""
    pairs = {
        "Orch-Origin-Company": sharing.origin,
        "Orch-Origin-Commit": sharing.commit,
        "Orch-Origin-Path": sharing.folder,
        "Orch-Origin-Tree": sharing.tree,
    }
    return "\n".join(f"{name}: {value}" for name, value in pairs.items())


def starting_point(repository: git.Repository, remote: str, base: str) -> str:
    """The commit that a shared component is put on: the remote's base branch, as this clone knows it.

    Never a branch of ours: it would take along what was not pushed. Raises UserError when the remote
    was not fetched.
    """
    known = git.tips(repository).get(f"refs/remotes/{remote}/{base}")
    if known is None:
        raise UserError(
            _("this clone does not know the branch {base} of {remote}").format(base=base, remote=remote),
            _("run `git fetch {remote}`, then try again").format(remote=remote),
        )
    return known


def _push_branch(
    repository: git.Repository,
    sharing: Sharing,
    remote: str,
    base: str,
    author: tuple[str, str],
    language: str,
) -> str:
    """Build the commit on top of what the remote has, and push its branch: one new commit, no other."""
    start = starting_point(repository, remote, base)
    tips = git.tips(repository)
    ours = tips.get(f"refs/heads/{sharing.branch}")
    theirs = tips.get(f"refs/remotes/{remote}/{sharing.branch}")
    over = theirs is not None and _merged(repository, theirs, start, sharing)
    on = start if theirs is None or over else theirs
    _refuse_foreign(repository, sharing, ours, (start, theirs))
    subject = say(language, "[ORCH] Share component: {name}").format(name=sharing.name)
    message = f"{subject}\n\n{trailers(sharing)}"
    commit = git.graft(repository, on, sharing.destination, sharing.tree, message, author)
    git.set_branch(repository, sharing.branch, commit, ours)
    git.push(repository, remote, sharing.branch, commit=commit, expected=theirs if over else None)
    return sharing.branch


def _merged(repository: git.Repository, theirs: str, start: str, sharing: Sharing) -> bool:
    """True when the base holds what the remote's branch offered, merged or squashed: it is begun anew."""
    if not unsent_commits(repository, theirs, start):
        return True
    held = [_tree(repository, commit, sharing.destination) for commit in (theirs, start)]
    return held[0] == held[1] is not None


def _refuse_foreign(
    repository: git.Repository, sharing: Sharing, ours: str | None, known: tuple[str | None, ...]
) -> None:
    """A branch of that name with somebody's own commits is not replaced, and they do not leave."""
    if ours is None:
        return
    there = [k for k in known if k]
    mine = unsent_commits(repository, ours, *there)
    if any("Orch-Origin-Tree: " not in words for _commit, words in commit_words(repository, mine)):
        raise UserError(
            _("the branch {branch} holds commits that are not on the remote").format(branch=sharing.branch),
            _("give it another name: git branch -m {branch} NAME").format(branch=sharing.branch),
        )


def _tree(repository: git.Repository, commit: str, folder: str) -> str | None:
    try:
        return git.tree_id(repository, commit, folder)
    except UserError:
        return None
