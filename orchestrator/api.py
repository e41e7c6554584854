"""The public Python API: what `from orchestrator import …` gives.

Each call works on the repository around the current folder, with its trusted configuration, and may
be made twice: everything has a key that makes the second a no-op. What leaves is validated first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator import git
from orchestrator.app.learning import LazyEmbedder, catch_up
from orchestrator.app.publishing import publish_entry
from orchestrator.app.remotes import jira_client, open_forge, open_remote
from orchestrator.app.reviewing import answer, waiting
from orchestrator.app.sharing import list_components as _components
from orchestrator.app.syncing import GLOBAL_MEMORY, push_all
from orchestrator.app.workspace import Workspace, person, silent
from orchestrator.config.group import RemoteConfig, Slot
from orchestrator.errors import ConfigError, OrchError, RefusedError, UsageError, UserError
from orchestrator.git.files import commit_files, resolve
from orchestrator.i18n import _
from orchestrator.ledger import decide
from orchestrator.model import Kind, Record
from orchestrator.remote import Memory, SharedRow
from orchestrator.wishes import GLOBAL, remote_name

Json = dict[str, Any]


# --------------------------------------------------------------------------- memory


def add_global_memory(
    content: str,
    source_instance: str,
    category: str,
    shared: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Json:
    """Write a learning down for a company and, when `shared`, into the group's memory.

    `category` is one of insight, solution, pattern, component, best_practice; `metadata` may hold
    `technology` (a name or a list), `title` and `gain`. Returns {id, state}: state is `sent`, `queued`
    (offline: the next push sends it) or `local` (not shared). Raises RefusedError when validation
    says that it may not be shared, UsageError for an unknown company or category.
    """
    from orchestrator.app.insights import write_by_hand

    workspace = Workspace.open()
    company = workspace.company(source_instance)
    insight = write_by_hand(
        workspace.desk(company), _record(content, category, metadata or {}), LazyEmbedder()
    )
    if not shared:
        return {"id": insight.id, "state": "local"}
    desk = workspace.desk(company)
    with desk.store:
        verdict = desk.store.insights.verdict(insight)
        if verdict is None or not verdict.may_leave:
            raise RefusedError(
                _("{id} may not be shared as it is").format(id=insight.id),
                _("`orch show {id}` says why; `orch review` lets a person decide").format(id=insight.id),
            )
        decide(desk, insight, "approve", who=f"api:{person()}")
    reports = push_all(workspace, company, silent, only=[insight.id], remotes=[GLOBAL_MEMORY])
    sent = all(r.complete for r in reports[company]) and bool(reports[company])
    return {"id": insight.id, "state": "sent" if sent else "queued"}


def search_global_memory(
    query: str, limit: int = 10, category: str | None = None, source_instance: str | None = None
) -> list[Json]:
    """Rows of the group's memory by meaning, best first: id, content, source_instance, category, similarity.

    Raises TransientError offline; `orch search --scope shared` answers from what was pulled.
    """
    embedder = LazyEmbedder().open()
    if embedder is None:
        raise UserError(_("no embedding model on this platform; searching by words only"), "orch search")
    memory = _global_memory(Workspace.open())
    rows = memory.nearest(embedder.query(query), limit=limit, kind=category, company=source_instance)
    return [_row(r) for r in rows]


def aggregate_instance_learnings(source_instance: str, limit: int = 100) -> Json:
    """What a company learnt, from its own store: {company, total, by_category, technologies, insights}."""
    workspace = Workspace.open()
    catch_up(workspace)
    desk = workspace.desk(workspace.company(source_instance))
    with desk.store:
        counts = desk.store.insights.counts()
        found = list(desk.store.insights.listing(limit=limit))
    technologies = Counter(t for i in found for t in i.record.technologies)
    listed = [{"id": i.id, "category": i.record.kind.value, "title": i.record.title} for i in found]
    return {
        "company": source_instance,
        "total": sum(counts.values()),
        "by_category": counts,
        "technologies": dict(technologies.most_common()),
        "insights": listed,
    }


def suggest_shareable_from_memory(source_instance: str, limit: int = 10) -> list[Json]:
    """Learnings of a company that validation lets through and nobody decided on, best score first."""
    found = [w for w in waiting(Workspace.open(), source_instance, silent) if w.verdict.may_leave]
    found.sort(key=lambda w: -w.insight.score)
    return [w.as_json() for w in found[:limit]]


def mark_as_shared(insight_id: str, source_instance: str | None = None) -> Json:
    """Consent to sharing an insight; the next push sends it. Raises RefusedError when it may not leave."""
    insight = answer(Workspace.open(), source_instance, insight_id, "approve", "api")
    return {"id": insight.id, "company": insight.company, "state": "queued"}


def get_global_memory_stats() -> Json:
    """{total, by_category, by_instance} of what is shared in the group's memory."""
    rows = list(_global_memory(Workspace.open()).rows())
    return {
        "total": len(rows),
        "by_category": dict(Counter(r.kind for r in rows)),
        "by_instance": dict(Counter(r.company for r in rows)),
    }


# --------------------------------------------------------------------------- Jira and Confluence


def search_issues(jql: str, limit: int = 50) -> list[Json]:
    """Issues that a JQL query finds: key, summary, status, updated. The query must be bounded."""
    workspace = Workspace.open()
    client = jira_client(None, _configured(workspace, Slot.ISSUES, "jira"))
    fields = ["summary", "status", "updated"]
    return [_issue(i) for i in client.search(jql, fields, limit=limit)]


def create_task(
    project_key: str, summary: str, description: str, labels: Sequence[str] = (), issue_type: str = "Task"
) -> Json:
    """An issue: {key, url, created}. The same project, summary and description are one issue."""
    workspace = Workspace.open()
    config = _at(_configured(workspace, Slot.ISSUES), project_key, issue_type=issue_type)
    remote = open_remote(workspace, remote_name(GLOBAL, Slot.ISSUES), None, Slot.ISSUES, config)
    done = publish_entry(workspace, remote, ("task", project_key), summary, description, labels=tuple(labels))
    return {"key": done.ref, "url": done.url, "created": done.created}


def create_page(space_key: str, title: str, body: str, parent_id: str | None = None) -> Json:
    """A page from Markdown: {id, url, created}. The same space and title are one page, updated."""
    workspace = Workspace.open()
    config = _at(_configured(workspace, Slot.PAGES), space_key, parent=parent_id or "")
    remote = open_remote(workspace, remote_name(GLOBAL, Slot.PAGES), None, Slot.PAGES, config)
    done = publish_entry(workspace, remote, ("page", space_key), title, body)
    return {"id": done.ref, "url": done.url, "created": done.created}


# --------------------------------------------------------------------------- git and the forge


def create_branch(name: str, from_ref: str = "HEAD") -> Json:
    """A local branch: {name, commit}. One that is there already is left as it is."""
    repository = git.open_repository(Workspace.open().repository.root)
    existing = git.tips(repository).get(f"refs/heads/{git.check_ref_name(name)}")
    if existing is None:
        git.set_branch(repository, name, resolve(repository, from_ref), None)
    return {"name": name, "commit": existing or resolve(repository, f"refs/heads/{name}")}


def create_commit(branch: str, message: str, files: Mapping[str, str]) -> Json:
    """A commit of `files` (path → text) on a branch, without a checkout: {branch, commit}."""
    repository = Workspace.open().repository
    who = (git.config_get(repository, "user.name") or "orch", git.config_get(repository, "user.email") or "")
    return {"branch": branch, "commit": commit_files(repository, branch, message, files, who)}


def create_pr(title: str, body: str, head: str, base: str = "main") -> Json:
    """Push branch `head` and open a pull request: {number, url}. An open one is returned as it is."""
    workspace = Workspace.open()
    config = _configured(workspace, Slot.FORGE)
    git.push(workspace.repository, config.options.get("remote", "origin"), git.check_ref_name(head))
    forge: Any = open_forge(workspace, lambda _entry: head)
    seen = forge.create_pr(title, body, head, base)
    return {"number": seen.ref, "url": seen.url}


# --------------------------------------------------------------------------- the group


def list_companies() -> list[Json]:
    """The companies of the group: id, name, paths, share."""
    group = Workspace.open().group
    return [
        {"id": c.id, "name": c.name, "paths": list(c.paths), "share": c.share.value} for c in group.companies
    ]


def list_components(company: str | None = None) -> list[Json]:
    """The components that were seen or offered: name, company, folder, offered."""
    return [c.as_json() for c in _components(Workspace.open(), company, silent)]


# --------------------------------------------------------------------------- parts


def _record(content: str, category: str, metadata: Mapping[str, Any]) -> Record:
    if category not in set(Kind) - {Kind.DOCUMENT}:
        raise UsageError(_("there is no category {name}").format(name=category), ", ".join(Kind))
    title = str(metadata.get("title") or content.strip().partition("\n")[0])[:200]
    named = metadata.get("technology") or metadata.get("technologies") or ()
    technologies = (named,) if isinstance(named, str) else tuple(map(str, named))
    return Record(Kind(category), title, content.strip(), technologies, str(metadata.get("gain") or ""))


def _configured(workspace: Workspace, slot: Slot, kind: str = "") -> RemoteConfig:
    config = workspace.group.remotes.get(slot)
    if config is None or (kind and config.kind != kind):
        raise ConfigError(
            _("no remote is configured for {slot}").format(slot=slot.value),
            _("add its [global.…] section to .orch/config.toml"),
        )
    return config


def _at(config: RemoteConfig, where: str, **options: str) -> RemoteConfig:
    given = {name: value for name, value in options.items() if value}
    return RemoteConfig(config.kind, config.url, where, {**config.options, **given})


def _global_memory(workspace: Workspace) -> Memory:
    config = _configured(workspace, Slot.MEMORY)
    remote = open_remote(workspace, GLOBAL_MEMORY, None, Slot.MEMORY, config)
    if not isinstance(remote, Memory):
        raise OrchError(_("{name} is not a memory").format(name=GLOBAL_MEMORY))
    return remote


def _row(r: SharedRow) -> Json:
    return {
        "id": r.key,
        "content": r.content,
        "source_instance": r.company,
        "category": r.kind,
        "metadata": dict(r.metadata),
        "created_at": r.created_at,
        "similarity": r.similarity,
    }


def _issue(issue: Mapping[str, Any]) -> Json:
    fields = issue.get("fields") or {}
    status = (fields.get("status") or {}).get("name", "")
    return {
        "key": issue.get("key"),
        "summary": fields.get("summary", ""),
        "status": status,
        "updated": fields.get("updated", ""),
    }


__all__ = [
    "add_global_memory",
    "aggregate_instance_learnings",
    "create_branch",
    "create_commit",
    "create_page",
    "create_pr",
    "create_task",
    "get_global_memory_stats",
    "list_companies",
    "list_components",
    "mark_as_shared",
    "search_global_memory",
    "search_issues",
    "suggest_shareable_from_memory",
]
