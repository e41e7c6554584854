"""Share a component: its tree as a branch, a commit with provenance, and a pull request.

No checkout and no diff: the component's tree object is placed under the other company's folder.
The tree id in the commit's trailers proves later whether it drifted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from orchestrator import git
from orchestrator.config.group import Company, Slot
from orchestrator.config.match import match_company
from orchestrator.desk import Desk
from orchestrator.errors import PermanentError, RefusedError, UsageError, UserError
from orchestrator.git.build import folder_names
from orchestrator.i18n import _, say
from orchestrator.model import Kind, Outcome, digest
from orchestrator.offer.branch import push_branch
from orchestrator.offer.outgoing import Found, component_texts, examine_folder, examine_words, shown_path
from orchestrator.offer.present import folders_of
from orchestrator.plain_name import bare_name, is_plain_name, plain_name
from orchestrator.remote import Done, Entry, Refused, Remote
from orchestrator.request_key import branch_of, request_key
from orchestrator.validate import Policy
from orchestrator.validate.licence import examine_licences
from orchestrator.wishes import GLOBAL, remote_name, target_of


@dataclass(frozen=True, slots=True)
class Sharing:
    """A component on its way: where it lies, which tree, where it goes, on which branch, to which address."""

    name: str
    folder: str
    commit: str
    tree: str
    destination: str
    branch: str
    origin: str
    to: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """The pull request that carries a component. `created` is false when it was there already."""

    sharing: Sharing
    url: str
    ref: str
    status: str
    created: bool


def prepare(desk: Desk, repository: git.Repository, name: str, to: Company, *, into: str = "") -> Sharing:
    """Find the component and decide where it goes. Raises UserError or UsageError for none, or several."""
    components = folders_of(desk.store, repository, name)
    folders = list(components)
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
    destination = into.strip("/") or f"{base_folder(to)}/{bare}"
    folder_names(destination)
    named = components[folder]
    head = git.run(repository, "rev-parse", "--verify", "HEAD^{commit}").decode().strip()
    return Sharing(
        name=named if is_plain_name(named) else plain_name(bare),
        folder=folder,
        commit=head,
        tree=git.tree_id(repository, head, folder),
        destination=destination,
        branch=git.check_ref_name(branch_of(request_key(folder, desk.company, to.id))),
        origin=desk.company,
        to=to.id,
    )


def issue_of(desk: Desk, sharing: Sharing) -> str:
    """The address of the group's issue about that component, '' while there is none."""
    config = desk.group.remotes.get(Slot.ISSUES)
    if config is None:
        return ""
    place = (remote_name(GLOBAL, Slot.ISSUES), target_of(config))
    for insight in desk.store.insights.listing(kinds=(Kind.COMPONENT,)):
        if insight.record.component == bare_name(sharing.name):
            return desk.store.links.wanted(insight.id, place)
    return ""


def base_folder(company: Company) -> str:
    """The folder of a company's first glob: `empresas/b/**` → `empresas/b`."""
    fixed = []
    for part in PurePosixPath(company.paths[0]).parts:
        if any(c in part for c in "*?["):
            break
        fixed.append(part)
    return "/".join(fixed).strip("/") or company.id


def examine(
    desk: Desk, repository: git.Repository, sharing: Sharing, request: Entry, policy: Policy
) -> list[tuple[str, str]]:
    """(file, explanation) for everything that a person must look at: in the component's files by the
    company's policy, in the text of the pull request by the group's, which may name every company.

    Raises RefusedError when any of it is blocked outright.
    """
    own = desk.policy.of(Kind.COMPONENT)
    found = examine_folder(repository, own, sharing.commit, sharing.folder)
    found += _of_others(desk, repository, sharing)
    found += _licences(repository, own, sharing)
    words = "\n".join((request.title, request.body, sharing.branch))
    for name in (sharing.commit, sharing.tree, sharing.branch.rpartition("-")[2]):  # digits that mean nothing
        words = words.replace(name, "")
    found += examine_words(policy, _("pull request"), words)
    blocked = [f for f in found if f.outcome is Outcome.BLOCK]
    if blocked:
        lines = "\n".join(f"  {f.where}: {f.why}" for f in blocked[:10])
        raise RefusedError(
            _("{name} may not be shared:").format(name=sharing.name) + "\n" + lines,
            _("remove it from the component's files; a leaked secret must be revoked too"),
        )
    return [(f.where, f.why) for f in found]


def _of_others(desk: Desk, repository: git.Repository, sharing: Sharing) -> Iterator[Found]:
    """What in the component's folder is not the company's alone: not its to give away, whoever looked."""
    for entry in git.list_tree(repository, sharing.commit, sharing.folder, recursive=True):
        whose = match_company(desk.group, entry.path)
        others = [company for company in whose if company != sharing.origin]
        if others or not whose:
            told = (
                _("it lies in the paths of {company}") if others else _("it is not in the paths of {company}")
            )
            why = told.format(company=", ".join(others) or sharing.origin)
            yield Found(shown_path(entry.path, desk.policy), why, Outcome.BLOCK)


def _licences(repository: git.Repository, policy: Policy, sharing: Sharing) -> list[Found]:
    """Others' code and licences that the policy does not list, by path from the repository's top.

    A path that may not be shown (a secret in a file's name) is told without what is secret in it.
    """
    texts = component_texts(repository, sharing.commit, sharing.folder)
    return [
        Found(shown_path(f"{sharing.folder}/{found.path}", policy), found.sentence, found.outcome)
        for found in examine_licences(texts, policy)
    ]


def publish(
    forge_for: Callable[[Callable[[Entry], str]], Remote],
    attempt: AbstractContextManager[object],
    repository: git.Repository,
    sharing: Sharing,
    *,
    language: str,
    remote: str,
    base: str,
    author: tuple[str, str],
    issue: str = "",
) -> Shared:
    """Push the branch and open the pull request; what is there already is adopted or updated.

    `attempt` is entered before anything goes out.
    Raises UserError where a person closed or changed it, PermanentError for what the forge or its branch
    rules refuse; these are no verdicts of validation.
    """
    subject = say(language, "[ORCH] Share component: {name}").format(name=sharing.name)
    message = f"{subject}\n\n{trailers(sharing)}"

    def push(entry: Entry) -> str:
        on = replace(sharing, branch=str(entry.metadata["branch"]))
        return push_branch(repository, on, message, remote, base, author)

    forge = forge_for(push)
    entry = pull_request(sharing, language, base, issue)
    seen = forge.find([entry.key]).get(entry.key)
    if seen is not None and seen.status == "withdrawn":  # by us, a while ago: a new one is opened
        seen = None
    if seen is not None and seen.status == "closed":
        raise UserError(
            _("a person closed the pull request {url}").format(url=seen.url or seen.ref),
            _("reopen it there, then share again"),
        )
    if seen is not None and seen.hash == entry.hash:
        return Shared(sharing, seen.url, seen.ref, seen.status, created=False)
    if seen is not None and seen.edited:
        raise UserError(
            _("a person changed the pull request {url}").format(url=seen.url or seen.ref),
            _("close it, or put back its text, then share again"),
        )
    with attempt:
        results = forge.update([(seen, entry)]) if seen is not None else forge.create([entry])
        for result in results:
            if isinstance(result, Refused):
                error = PermanentError(result.reason, _("look at the pull request, then try again"))
                error.in_doubt = result.in_doubt
                raise error
            if isinstance(result, Done):
                o = result.observed
                return Shared(sharing, o.url, o.ref, o.status, created=seen is None)
    raise UserError(_("the forge answered nothing"), _("try again"))


def pull_request(sharing: Sharing, language: str, base: str, issue: str = "") -> Entry:
    """The pull request's entry; its hash follows the component's tree and the issue's address."""
    title = say(language, "[ORCH] Share component: {name}").format(name=sharing.name)
    origin = say(language, "Origin: {company}").format(company=sharing.origin)
    text = say(language, "Component `{name}` of {origin}, offered to {to} in `{folder}`.").format(
        name=sharing.name, origin=sharing.origin, to=sharing.to, folder=sharing.destination.replace("`", "'")
    )
    about = say(language, "Issue:") + f" {issue}" if issue else ""
    body = "\n\n".join(part for part in (origin, text, about, trailers(sharing)) if part)
    metadata = {"branch": sharing.branch, "base": base, "component": sharing.name}
    return Entry(
        key=request_key(sharing.folder, sharing.origin, sharing.to),
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
