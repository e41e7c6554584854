"""Share a component: its tree as a branch, a commit with provenance, and a pull request.

No checkout and no diff: the component's tree object is placed under the other company's folder.
The tree id in the commit's trailers proves later whether it drifted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from orchestrator import git
from orchestrator.config.group import Company
from orchestrator.errors import RefusedError, UserError
from orchestrator.i18n import _, say
from orchestrator.ledger import Desk
from orchestrator.model import Kind, Outcome, digest, normalise
from orchestrator.remote import Done, Entry, Refused, Remote
from orchestrator.validate import explain, judge

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
    """Find the component and decide where it goes. Raises UserError when it does not exist."""
    components = desk.store.components()
    wanted = normalise(name)
    folders = sorted(f for f, n in components.items() if wanted in (normalise(n), normalise(f)))
    if not folders:
        raise UserError(
            _("{company} has no component {name}").format(company=desk.company, name=name),
            _("`orch components` lists them"),
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
    """(file, explanation) for everything in the component's files that validation would not let leave.

    Raises RefusedError when any of it is blocked outright.
    """
    found = list(_findings(desk, repository, sharing))
    blocked = [(path, why) for path, why, outcome in found if outcome is Outcome.BLOCK]
    if blocked:
        lines = "\n".join(f"  {path}: {why}" for path, why in blocked[:10])
        raise RefusedError(
            _("{name} may not be shared:").format(name=sharing.name) + "\n" + lines,
            _("remove it from the component's files; a leaked secret must be revoked too"),
        )
    return [(path, why) for path, why, _outcome in found]


def _findings(desk: Desk, repository: git.Repository, sharing: Sharing) -> Iterator[tuple[str, str, Outcome]]:
    listed = git.list_tree(repository, sharing.commit, sharing.folder, recursive=True)
    blobs = git.read_blobs(repository, {e.id for e in listed if e.type == "blob"})
    for entry in listed:
        content = blobs.get(entry.id)
        if content is None or b"\0" in content[:8000]:
            yield entry.path, _("binary, too large or another repository: not validated"), Outcome.REVIEW
            continue
        verdict = judge({"content": content.decode("utf-8", "replace")}, desk.policy)
        for finding in verdict.findings:
            if not finding.rule.startswith("quality."):
                yield entry.path, explain(finding), finding.outcome


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


def _push_branch(
    repository: git.Repository,
    sharing: Sharing,
    remote: str,
    base: str,
    author: tuple[str, str],
    language: str,
) -> str:
    """Build the commit on top of the remote's base branch (or ours), and push its branch."""
    tips = git.tips(repository)
    start = tips.get(f"refs/remotes/{remote}/{base}") or tips.get(f"refs/heads/{base}") or sharing.commit
    existing = tips.get(f"refs/heads/{sharing.branch}")
    if existing is None or not _holds(repository, existing, sharing):
        subject = say(language, "[ORCH] Share component: {name}").format(name=sharing.name)
        message = f"{subject}\n\n{trailers(sharing)}"
        commit = git.graft(repository, start, sharing.destination, sharing.tree, message, author)
        git.set_branch(repository, sharing.branch, commit, existing)
    git.push(repository, remote, sharing.branch)
    return sharing.branch


def _holds(repository: git.Repository, commit: str, sharing: Sharing) -> bool:
    try:
        return git.tree_id(repository, commit, sharing.destination) == sharing.tree
    except UserError:
        return False
