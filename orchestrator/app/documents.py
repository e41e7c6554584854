"""Collect and publish the companies' Markdown documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress

from orchestrator.app.embedding import Embedders
from orchestrator.app.workspace import Say, Workspace
from orchestrator.config.match import compile_globs, composed
from orchestrator.documents.collect import Collected, collect
from orchestrator.git import run

FEW = 200  # paths that one question to git names


def record_documents(
    workspace: Workspace,
    chosen: str | None,
    say: Say,
    *,
    only: Collection[str] | None = None,
    prune: bool = False,
    dry_run: bool = False,
) -> dict[str, Collected]:
    """Record the tracked or new (not ignored) documents of each company; {company: what was found}.

    `only` are the paths (from the top; `folder/` for all below it) that may have changed: then this costs
    what they are, however many documents there are, and nothing is said of the others. None for all.

    A dry run looks in the same way and takes everything back.
    """
    embedders = Embedders(say)
    few = only if only is not None and len(only) <= FEW and not prune else None
    result = {}
    for company in workspace.companies(chosen):
        if not workspace.group.company(company).documents:
            continue
        desk = workspace.desk(company)
        with desk.store, suppress(_TakeBack):
            root, paths = workspace.repository.root, document_paths(workspace, company, few)
            options = {"prune": prune, "whole": few is None}
            if not dry_run:
                embedder = embedders.of(desk)
                result[company] = collect(desk, root, paths, embedder.passages, embedder.model, **options)
                continue
            with desk.store.transaction():
                result[company] = collect(desk, root, paths, _nothing, "", **options)
                raise _TakeBack
    return result


class _TakeBack(Exception):  # noqa: N818 - not an error: it only unwinds the transaction
    """Rolls a dry run's transaction back."""


def _nothing(_texts: Sequence[str]) -> Sequence[Sequence[float]]:
    """No vectors: what is taken back need not be found."""
    return ()


def document_paths(workspace: Workspace, company: str, only: Collection[str] | None = None) -> list[str]:
    """Paths of the company's documents that are in the work tree now and that git does not ignore.

    `only` as in `record_documents`.
    """
    if only is not None and not only:
        return []
    spec = compile_globs(workspace.group.company(company).documents)
    among = [f":(top,literal){path}" for path in sorted(only or ())]
    options = ("-z", "--cached", "--others", "--exclude-standard")
    listed = run(workspace.repository, "ls-files", *options, "--", *among)
    names = {name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name}
    root = workspace.repository.root
    return sorted(n for n in names if spec.match_file(composed(n)) and (root / n).is_file())
