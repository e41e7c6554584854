"""A commit of given file contents on a branch, without a checkout.

The tree is built in an index of its own, so that git itself judges every path (`.git` in all its
spellings, `..`, a file where a folder is) and neither work tree nor index of the person is touched.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from orchestrator.errors import UsageError, UserError
from orchestrator.git.build import PlumbingObjects
from orchestrator.git.objects import list_tree, tree_id
from orchestrator.git.process import execute, run
from orchestrator.git.refs import check_ref_name, set_branch
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line, visible
from orchestrator.i18n import _

FILE, PROGRAM = "100644", "100755"
# Names that NTFS or HFS+ would fold into `.git` are refused on every platform, since others check them out.
_STRICT = ("-c", "core.protectNTFS=true", "-c", "core.protectHFS=true", "-c", "core.splitIndex=false")


def commit_files(
    repo: Repository, branch: str, message: str, files: Mapping[str, str], author: tuple[str, str]
) -> str:
    """Put `files` (path from the top → text) on top of an existing branch; the branch's commit id.

    `author` is (name, e-mail). Files that hold those very texts already make no new commit; what is
    executable stays so. Raises UsageError for an empty message, UserError for an unknown branch, one
    that is checked out or moved meanwhile, a path that is none inside a repository or runs through a
    file, and a text that is no Unicode.
    """
    tip = resolve(repo, f"refs/heads/{check_ref_name(branch)}")
    words = _message(message)
    tree = _grown(repo, tip, {_path(path): _bytes(path, text) for path, text in files.items()})
    if tree == tree_id(repo, tip):
        return tip
    who = (_identity(author[0]), _identity(author[1]))
    commit = PlumbingObjects(repo).write_commit(tree, tip, words, who, int(time.time()))
    set_branch(repo, branch, commit, tip)
    return commit


def resolve(repo: Repository, revision: str) -> str:
    """The commit id of a revision. Raises UserError when there is none."""
    found = b""
    if revision and "\0" not in revision and visible(revision) == revision:
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        found = run(repo, *asked, check=False)
    if not found.strip():
        raise UserError(
            _("there is no commit {name}").format(name=visible(revision)),
            _("`git branch` lists the branches"),
        )
    return found.decode().strip()


def _grown(repo: Repository, tip: str, files: Mapping[str, bytes]) -> str:
    """The id of the tip's tree with `files` in it."""
    blobs = dict(zip(files, _stored(repo, files.values()), strict=True))
    before = {e.path: e for e in list_tree(repo, tip, recursive=True)}
    programs = {path for path in files if path in before and before[path].mode == PROGRAM}
    lines = [f"{PROGRAM if p in programs else FILE} {blob}\t{p}\0" for p, blob in blobs.items()]
    with tempfile.TemporaryDirectory(prefix="orch-index-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        run(repo, *_STRICT, "read-tree", tip, extra=index)
        args = [*_STRICT, "update-index", "-z", "--index-info"]
        done = execute(repo.root, args, stdin="".join(lines).encode(), extra=index)
        tree = run(repo, *_STRICT, "write-tree", extra=index).decode().strip()
    # git leaves out a path that it refuses, and drops what lies where a path needs a folder (or a file)
    wanted = {path: entry.id for path, entry in before.items()} | blobs
    if done.returncode or {e.path: e.id for e in list_tree(repo, tree, recursive=True)} != wanted:
        raise UserError(
            _("git does not take these paths: {names}").format(names=", ".join(map(_shown, files))),
            _("give paths from the repository's top, such as docs/guia.md, where no file is in the way"),
        )
    return tree


def _stored(repo: Repository, contents: Iterable[bytes]) -> list[str]:
    """Blob ids of contents that are written to the repository, by one process."""
    stream = b"".join(
        b"blob\nmark :%d\ndata %d\n%s\nget-mark :%d\n" % (n, len(raw), raw, n)
        for n, raw in enumerate(contents, start=1)
    )
    return run(repo, "fast-import", "--quiet", input=stream).decode().split() if stream else []


def _path(path: str) -> str:
    """The path, if people on every platform read it as one line; what else is wrong with it git says."""
    if not path or _shown(path) != path or "\\" in path:
        raise UserError(_("{path} is not a path inside the repository").format(path=_shown(path) or '""'))
    return path


def _bytes(path: str, text: str) -> bytes:
    if not isinstance(text, str):
        raise UsageError(_("what {path} shall hold is not text").format(path=_shown(path)))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        words = _("what {path} shall hold is not valid Unicode")
        raise UserError(words.format(path=_shown(path))) from error


def _message(message: str) -> str:
    if not message.strip() or "\0" in message:
        raise UsageError(_("a commit needs a message"))
    _bytes("message", message)
    return message.rstrip("\n") + "\n"


def _identity(text: str) -> str:
    """A name or e-mail that git takes; it refuses one that is empty without its crud."""
    kept = "".join(c for c in visible(text) if c not in "<>\n")
    return kept if kept.strip(" .,:;\"'\\\t") else "orch"


def _shown(path: str) -> str:
    return one_line(path.encode("utf-8", "backslashreplace"))
