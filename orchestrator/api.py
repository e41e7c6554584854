"""The public Python API: what `from orchestrator import …` gives.

Each call works on the repository around the current folder, with its trusted configuration, and may
be made twice: everything has a key that makes the second a no-op. What leaves is validated first.
Errors are those of `orchestrator.errors`; any call may raise NotInitialisedError, ConfigError and
NotTrustedError, and any call that asks a remote CredentialsError, TransientError (offline) and
PermanentError (with the vendor's words). What an answer lacks because of a mistake of orch's own is a
RuntimeWarning.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator import git, i18n
from orchestrator.app.global_memory import memory_stats, nearest
from orchestrator.app.issues import find_issues
from orchestrator.app.learning import catch_up
from orchestrator.app.publishing import publish_page, publish_task
from orchestrator.app.remembering import as_record, mark, remember
from orchestrator.app.requesting import request_pull
from orchestrator.app.reviewing import shareable
from orchestrator.app.sharing import list_components as _components
from orchestrator.app.workspace import Workspace, silent
from orchestrator.git.files import commit_files, resolve
from orchestrator.model import Kind

Json = dict[str, Any]


def add_global_memory(
    content: str,
    source_instance: str,
    category: str,
    shared: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Json:
    """Write a learning down for a company and, when `shared`, into the group's memory at once.

    `category` is one of insight, solution, pattern, component, best_practice; `metadata` may hold
    `technology` (a name or a list), `title` (default: the first line; it is the learning's identity),
    `gain` and `component`. Returns {id, state, reason}: state is `sent`, `queued` (the next push sends
    it; `reason` says why not now) or `local`. Issues and pages always wait for the push. Raises
    RefusedError when validation, or a person, said no, and UsageError for other values than these.
    """
    workspace = _open()
    found = as_record(content, category, metadata or {})
    done = remember(workspace, workspace.company(source_instance), found, shared=shared)
    return {"id": done.insight.id, "state": done.state, "reason": done.reason}


def search_global_memory(
    query: str,
    limit: int = 10,
    category: str | None = None,
    source_instance: str | None = None,
    technology: str | None = None,
    since: str | None = None,
) -> list[Json]:
    """Shared rows of the group's memory by meaning, best first, asked where it lies.

    [{id, content, source_instance, category, metadata, created_at, similarity}]; `limit` is 1 to 200.
    `technology` (in any case) and `since` (a date or time, ISO 8601) narrow it where the memory lies.
    Offline this raises TransientError; `orch search` answers from what was pulled.
    """
    return nearest(
        _open(),
        query,
        limit=limit,
        category=category,
        company=source_instance,
        technology=technology,
        since=since,
    )


def aggregate_instance_learnings(source_instance: str, limit: int = 100) -> Json:
    """What a company learnt, from its own store: {company, total, by_category, technologies, insights}.

    The counts are of everything but documents; `insights` are the newest `limit`: {id, category, title}.
    """
    workspace = _open()
    company = workspace.company(source_instance)
    catch_up(workspace, companies=(company,))
    _warn(workspace)
    desk = workspace.desk(company)
    with desk.store as store:
        counts = {kind: n for kind, n in store.insights.counts().items() if kind != Kind.DOCUMENT.value}
        technologies = store.insights.technologies(twins=False)
        newest = list(store.insights.listing(twins=False, limit=max(0, limit)))
    return {
        "company": company,
        "total": sum(counts.values()),
        "by_category": counts,
        "technologies": technologies,
        "insights": [{"id": i.id, "category": i.record.kind.value, "title": i.record.title} for i in newest],
    }


def suggest_shareable_from_memory(source_instance: str, limit: int = 10) -> list[Json]:
    """Learnings of a company that validation lets through and nobody decided on, best score first.

    [{id, category, title, content, score, findings}]; `findings` say what would be redacted.
    """
    workspace = _open()
    found = shareable(workspace, workspace.company(source_instance), silent, limit)
    _warn(workspace)
    return [
        {
            "id": w.insight.id,
            "category": w.insight.record.kind.value,
            "title": w.verdict.redacted["title"],
            "content": w.verdict.redacted["content"],
            "score": w.insight.score,
            "findings": list(w.explanations),
        }
        for w in found
    ]


def mark_as_shared(insight_id: str, source_instance: str | None = None) -> Json:
    """Consent to sharing an insight (the beginning of its id is enough); the next push sends it.

    {id, company, state}: `queued`, or `sent` once every remote has it. Raises UserError for an unknown
    id, RefusedError when validation, or a person, said no.
    """
    done = mark(_open(), source_instance, insight_id)
    return {"id": done.insight.id, "company": done.insight.company, "state": done.state}


def get_global_memory_stats() -> Json:
    """{total, by_category, by_instance} of what is shared in the group's memory, counted where it lies."""
    return memory_stats(_open())


# --------------------------------------------------------------------------- Jira and Confluence


def search_issues(jql: str, limit: int = 50, source_instance: str | None = None) -> list[Json]:
    """Issues that a bounded JQL query finds: [{key, summary, status, updated, url}].

    A query about one company's project is asked with that company's credentials, any other with the
    group's; `source_instance` chooses. A folder in place of Jira understands `field operator value`
    joined by AND. Jira's index lags: what was just created may be missing for seconds.
    """
    return find_issues(_open(), jql, limit, source_instance)


def create_task(
    project_key: str,
    summary: str,
    description: str,
    labels: Sequence[str] = (),
    issue_type: str = "",
    reviewed: bool = False,
) -> Json:
    """An issue: {key, url, created}. The same project, summary and description are one issue.

    `description` is Markdown. In a project of the group the words are redacted as validation says,
    and what needs a person's look is refused (RefusedError) unless `reviewed`.
    """
    done = publish_task(
        _open(),
        project_key,
        summary,
        description,
        labels=tuple(labels),
        issue_type=issue_type,
        reviewed=reviewed,
    )
    return {"key": done.ref, "url": done.url, "created": done.created}


def create_page(
    space_key: str, title: str, body: str, parent_id: str | None = None, reviewed: bool = False
) -> Json:
    """A page from Markdown: {id, url, created}. The same space and title are one page, updated.

    A page that a person changed meanwhile is left alone (UserError). Validation as in `create_task`.
    """
    done = publish_page(_open(), space_key, title, body, parent=parent_id or "", reviewed=reviewed)
    return {"id": done.ref, "url": done.url, "created": done.created}


# --------------------------------------------------------------------------- git and the forge


def create_branch(name: str, from_ref: str = "HEAD") -> Json:
    """A local branch: {name, commit}. One that is there already is left as it is, without a checkout."""
    repository = _open().repository
    existing = git.tips(repository).get(f"refs/heads/{git.check_ref_name(name)}")
    if existing is None:
        existing = resolve(repository, from_ref)
        git.set_branch(repository, name, existing, None)
    return {"name": name, "commit": existing}


def create_commit(branch: str, message: str, files: Mapping[str, str]) -> Json:
    """A commit of `files` (path from the top → text) on a branch, without a checkout: {branch, commit}.

    Files that hold those texts already make no new commit. Raises UserError for a branch that is
    unknown or checked out, and for a path or text that git does not take.
    """
    repository = _open().repository
    who = (git.config_get(repository, "user.name") or "orch", git.config_get(repository, "user.email") or "")
    return {"branch": branch, "commit": commit_files(repository, branch, message, files, who)}


def create_pr(title: str, body: str, head: str, base: str = "main", reviewed: bool = False) -> Json:
    """Push branch `head` and open a pull request: {number, url}. An open one is returned as it is.

    The words, and every commit that the remote's `base` does not hold (message, paths, contents), are
    validated first: a secret is refused, the rest (a CPF in a test file, …) unless `reviewed`.
    """
    seen = request_pull(_open(), title, body, head, base, reviewed=reviewed)
    return {"number": seen.ref, "url": seen.url}


# --------------------------------------------------------------------------- the group


def list_companies() -> list[Json]:
    """The companies of the group: [{id, name, paths, share}]."""
    companies = _open().group.companies
    return [{"id": c.id, "name": c.name, "paths": list(c.paths), "share": c.share.value} for c in companies]


def list_components(company: str | None = None) -> list[Json]:
    """The components that were seen or offered: [{name, company, folder, offered}]."""
    workspace = _open()
    found = _components(workspace, company, silent)
    _warn(workspace)
    return [c.as_json() for c in found]


def _warn(workspace: Workspace) -> None:
    """Say what could not be read of git because of a mistake of orch's own: the answer lacks it."""
    for mistake in workspace.behind.values():
        warnings.warn(f"{mistake.message}. {mistake.hint}", RuntimeWarning, stacklevel=3)


def _open() -> Workspace:
    workspace = Workspace.open()
    i18n.use(workspace.group.language, globally=False)  # this is somebody else's program
    return workspace
