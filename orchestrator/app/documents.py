"""Collect and publish the companies' Markdown documents."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from orchestrator.app.embedding import Embedders
from orchestrator.app.workspace import Say, Workspace
from orchestrator.config.match import compile_globs
from orchestrator.documents.collect import Collected, collect
from orchestrator.git import run


def record_documents(
    workspace: Workspace, chosen: str | None, say: Say, *, prune: bool = False, dry_run: bool = False
) -> dict[str, Collected]:
    """Record the tracked or new (not ignored) documents of each company; {company: what was found}.

    A dry run looks in the same way and takes everything back.
    """
    embedders = Embedders(say)
    result = {}
    for company in workspace.companies(chosen):
        if not workspace.group.company(company).documents:
            continue
        desk = workspace.desk(company)
        with desk.store, suppress(_TakeBack):
            paths = document_paths(workspace, company)
            if not dry_run:
                root, embedder = workspace.repository.root, embedders.of(desk)
                result[company] = collect(desk, root, paths, embedder.passages, embedder.model, prune=prune)
                continue
            with desk.store.transaction():
                result[company] = collect(desk, workspace.repository.root, paths, _nothing, "", prune=prune)
                raise _TakeBack
    return result


class _TakeBack(Exception):  # noqa: N818 - not an error: it only unwinds the transaction
    """Rolls a dry run's transaction back."""


def _nothing(_texts: Sequence[str]) -> Sequence[Sequence[float]]:
    """No vectors: what is taken back need not be found."""
    return ()


def document_paths(workspace: Workspace, company: str) -> list[str]:
    """Paths of the company's documents that are in the work tree now and that git does not ignore."""
    spec = compile_globs(workspace.group.company(company).documents)
    listed = run(workspace.repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = {name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name}
    root = workspace.repository.root
    return sorted(n for n in names if spec.match_file(n) and (root / n).is_file())
