"""What the history's tables and columns mean, for people."""

from __future__ import annotations

from orchestrator.i18n import _

Meaning = tuple[str, dict[str, str]]


def meanings() -> dict[str, Meaning]:
    """By table: what a row is, and what each column holds."""
    commit = _("id of the commit")
    blob = _("id of the content; as in manifest_files")
    return {
        "commits": (
            _("One row a commit that a branch or HEAD reached when it was read"),
            {
                "id": commit,
                "author": _("name of the author"),
                "email": _("address of the author"),
                "authored_at": _("when it was written, UTC"),
                "committed_at": _("when it was committed, UTC"),
                "message": _("the whole message"),
                "parents": _("how many parents: 0 begins a history, 2 or more is a merge"),
                "subject": _("first line of the message"),
            },
        ),
        "parents": (
            _("The commits that a commit follows from"),
            {"commit_id": commit, "position": _("0 is the first parent"), "parent": _("id of the parent")},
        ),
        "file_changes": (
            _("One row a path that a commit touched; merges have none, their branches' commits have them"),
            {
                "commit_id": commit,
                "path": _("path from the top, as it is after the commit"),
                "status": _("A added, M modified, D deleted, R renamed, T other type"),
                "old_path": _("path before a rename, else ''"),
                "added": _("lines added; NULL when not counted yet, unknown, or binary (see line_counts)"),
                "deleted": _("lines deleted; NULL as above"),
            },
        ),
        "line_counts": (
            _("The commits whose lines were looked at; the others wait for `orch history backfill`"),
            {
                "commit_id": commit,
                "state": _("counted; or unknown, when git lacks the contents (partial clone)"),
            },
        ),
        "trailers": (
            _("`Key: value` lines at the end of messages, by git's own rules"),
            {
                "commit_id": commit,
                "position": _("from 0"),
                "key": _("as it is written"),
                "value": _("on one line"),
            },
        ),
        "issue_keys": (
            _("Jira keys in messages, and in the branch names that merges quote"),
            {"commit_id": commit, "key": _("such as ABC-12"), "source": _("message or branch")},
        ),
        "manifest_files": (
            _("The manifests that commits added or changed, when they were looked at"),
            {
                "commit_id": commit,
                "path": _("as in file_changes"),
                "blob": _("id of the content after it; '' when it is no file"),
            },
        ),
        "manifests": (
            _("One row a content of a manifest (package.json, pom.xml, go.mod, Dockerfile and more)"),
            {
                "blob": blob,
                "ecosystem": _("npm, pypi, maven, go, cargo, docker and more"),
                "name": _("what it calls itself, or ''"),
                "version": _("the version that it gives itself, or ''"),
            },
        ),
        "dependencies": (
            _("What those manifests depend on"),
            {
                "blob": blob,
                "ecosystem": _("as in manifests"),
                "name": _("as the ecosystem spells it"),
                "version": _("version or range as it is written, or ''"),
                "scope": _("runtime, development, test, build, optional, peer or indirect"),
            },
        ),
    }
