"""A commit of given file contents on a branch, without a checkout: `git fast-import` builds it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import PurePosixPath

from orchestrator.errors import UserError
from orchestrator.git.objects import list_tree, read_blobs
from orchestrator.git.process import run
from orchestrator.git.refs import check_ref_name
from orchestrator.git.repository import Repository
from orchestrator.i18n import _


def commit_files(
    repo: Repository, branch: str, message: str, files: Mapping[str, str], author: tuple[str, str]
) -> str:
    """Put `files` (path → text) on top of an existing branch; returns the branch's commit id.

    `author` is (name, e-mail). Files that hold those very texts already make no new commit. Raises
    UserError for an unknown branch, or for a path that leaves the repository.
    """
    tip = resolve(repo, f"refs/heads/{check_ref_name(branch)}")
    if _holds(repo, tip, files):
        return tip
    run(
        repo,
        "fast-import",
        "--quiet",
        "--date-format=raw",
        input=_stream(branch, tip, message, files, author),
    )
    return resolve(repo, f"refs/heads/{branch}")


def resolve(repo: Repository, revision: str) -> str:
    """The commit id of a revision. Raises UserError when there is none."""
    found = run(
        repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False
    )
    if not found.strip():
        raise UserError(
            _("there is no commit {name}").format(name=revision), _("`git branch` lists the branches")
        )
    return found.decode().strip()


def _holds(repo: Repository, commit: str, files: Mapping[str, str]) -> bool:
    ids = {e.path: e.id for e in list_tree(repo, commit, recursive=True) if e.path in files}
    blobs = read_blobs(repo, ids.values())
    return all(blobs.get(ids.get(path, "")) == text.encode() for path, text in files.items())


def _stream(branch: str, tip: str, message: str, files: Mapping[str, str], author: tuple[str, str]) -> bytes:
    name, email = ("".join(c for c in part if c not in "<>\n\0").strip() for part in author)
    who = f"{name} <{email}> {int(time.time())} +0000".encode()
    parts = [b"commit refs/heads/" + branch.encode(), b"author " + who, b"committer " + who]
    parts += [_data(message.rstrip("\n") + "\n"), b"from " + tip.encode()]
    for path, text in files.items():
        parts += [b"M 100644 inline " + _quoted(path), _data(text)]
    return b"\n".join(parts) + b"\n\n"


def _data(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n" % len(raw) + raw


def _quoted(path: str) -> bytes:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or any(p == ".." or p.lower() == ".git" for p in parts):
        raise UserError(_("{path} is not a path inside the repository").format(path=path), "")
    plain = str(PurePosixPath(path)).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'.encode()
