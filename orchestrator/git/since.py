"""What became of paths since a commit: which changed, and what lies there now. Costs what is asked."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.git.process import execute, run
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line

RENAMES = 400  # files among which git looks for renames by likeness


def changed_paths(repo: Repository, before: str, after: str) -> dict[str, str] | None:
    """Path at `before` → path at `after`, of every file that differs; the same, or '' when it is gone.

    None when git has `before` no more.
    """
    options = (
        "diff-tree",
        "-r",
        "-z",
        "--name-status",
        "-M",
        f"-l{RENAMES}",
        "--no-ext-diff",
        "--no-textconv",
    )
    done = execute(repo.root, [*options, before, after, "--"])
    if done.returncode:
        return None
    found: dict[str, str] = {}
    tokens = iter(done.stdout.split(b"\0"))
    for status in tokens:
        if not status:
            continue
        path = one_line(next(tokens))
        if status.startswith((b"R", b"C")):
            copy = one_line(next(tokens))
            if status.startswith(b"R"):
                found[path] = copy
        else:
            found[path] = "" if status == b"D" else path
    return found


def blobs_at(repo: Repository, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """Blob id by path; paths that are no file there are left out."""
    asked = [p for p in dict.fromkeys(paths) if p and "\n" not in p]
    lines = "".join(f"{commit}:{path}\n" for path in asked).encode("utf-8", "surrogateescape")
    if not lines:
        return {}
    told = (
        run(repo, "cat-file", "--batch-check=%(objecttype) %(objectname)", input=lines).decode().splitlines()
    )
    found = (line.removeprefix("blob ") if line.startswith("blob ") else "" for line in told)
    return {path: blob for path, blob in zip(asked, found, strict=False) if blob}
