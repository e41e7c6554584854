"""Collect and publish the companies' Markdown documents."""

from __future__ import annotations

from orchestrator.app.learning import LazyEmbedder
from orchestrator.app.workspace import Say, Workspace
from orchestrator.config.match import compile_globs
from orchestrator.documents.collect import Collected, collect
from orchestrator.git import run


def record_documents(
    workspace: Workspace, chosen: str | None, say: Say, *, prune: bool = False
) -> dict[str, Collected]:
    """Record the tracked or new (not ignored) documents of each company; {company: what was found}."""
    embedder = LazyEmbedder(say)
    result = {}
    for company in workspace.companies(chosen):
        if not workspace.group.company(company).documents:
            continue
        desk = workspace.desk(company)
        with desk.store:
            paths = document_paths(workspace, company)
            result[company] = collect(
                desk, workspace.repository.root, paths, embedder.passages, embedder.model, prune=prune
            )
    return result


def document_paths(workspace: Workspace, company: str) -> list[str]:
    """Paths of the company's documents that are in the work tree now and that git does not ignore."""
    spec = compile_globs(workspace.group.company(company).documents)
    listed = run(workspace.repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = {name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name}
    root = workspace.repository.root
    return sorted(n for n in names if spec.match_file(n) and (root / n).is_file())
