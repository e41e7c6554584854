"""Judging what git would send: paths, contents and commit messages, in the form in which they leave.

Text inside a commit cannot be redacted, so whatever is found needs a person's look, and so does what
no scanner can read. Blocked is what nobody may send: a secret, what is not here to be read, and links
out of a component.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orchestrator import git
from orchestrator.git.encoding import reading
from orchestrator.git.objects import MAX_BLOB, existing
from orchestrator.git.unsent import commit_words, unsent_commits, unsent_files
from orchestrator.i18n import _
from orchestrator.model import Outcome
from orchestrator.scanning import judge
from orchestrator.validate import Policy, explain
from orchestrator.validate.files import of_paths

LARGEST = 50 << 20  # GitHub warns above it, and no person reads it
BATCH = 32 << 20  # bytes of contents in memory at once
PIECE, OVERLAP = 200_000, 8_192  # characters: below what `judge` reads, beyond what one key takes
BEGINNING = 16_384  # characters in which a licence names itself
LINK, SUBMODULE = "120000", "160000"
_STRAY = re.compile(r"\\x([89a-f][0-9a-f])")


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in the way of one file or commit; never the value itself."""

    where: str
    why: str
    outcome: Outcome


def examine_folder(repository: git.Repository, policy: Policy, commit: str, folder: str) -> list[Found]:
    """What is found in a folder that leaves by itself: links out of it and submodules are blocked."""
    entries = git.list_tree(repository, commit, folder, recursive=True)
    prefix = len(folder.rstrip("/")) + 1
    found: list[Found] = []
    found += [
        Found(shown_path(e.path, policy), _("another repository, which does not come along"), Outcome.BLOCK)
        for e in entries
        if e.mode == SUBMODULE
    ]
    links = {e.id: e for e in entries if e.mode == LINK}
    targets = git.read_blobs(repository, links)
    found += [
        Found(shown_path(e.path, policy), _("a symbolic link that leads out of the component"), Outcome.BLOCK)
        for e in entries
        if e.mode == LINK and leads_out(e.path[prefix:], _first(targets.get(e.id, b"/")) or "/")
    ]
    return found + _examined(repository, policy, [e for e in entries if e.mode != SUBMODULE])


def examine_push(repository: git.Repository, policy: Policy, head: str, base: str | None) -> list[Found]:
    """What is found in every commit that `head` reaches and `base` does not: messages, paths, contents."""
    commits = unsent_commits(repository, head, base)
    found = [
        Found(_("commit {id}").format(id=name[:12]), why, outcome)
        for name, words in commit_words(repository, commits)
        for why, outcome in _judged(words, policy)
    ]
    entries = unsent_files(repository, commits)
    found += [
        Found(shown_path(e.path, policy), _("another repository: not validated"), Outcome.REVIEW)
        for e in entries
        if e.mode == SUBMODULE
    ]
    return found + _examined(repository, policy, [e for e in entries if e.mode != SUBMODULE])


def component_texts(repository: git.Repository, commit: str, folder: str) -> dict[str, str]:
    """{path from the folder's top: how its text begins} of every file; '' for what is no text or not here."""
    entries = git.list_tree(repository, commit, folder, recursive=True)
    prefix = len(folder.rstrip("/")) + 1 if folder.strip("/") else 0
    files = {e.path[prefix:]: e.id for e in entries if e.mode not in (SUBMODULE, LINK)}
    sizes = {name: size for name, (_kind, size) in existing(repository, files.values()).items()}
    texts: dict[str, str] = {}
    for batch in _batches({name: size for name, size in sizes.items() if size <= MAX_BLOB}):
        read = git.read_blobs(repository, batch)
        texts |= {name: _first(content)[:BEGINNING] for name, content in read.items()}
    return {path: texts.get(blob, "") for path, blob in files.items()}


def examine_words(policy: Policy, where: str, text: str) -> list[Found]:
    """What is found in a text that goes along with the commits, such as that of the pull request."""
    return [Found(where, why, outcome) for why, outcome in _judged(text, policy)]


def leads_out(path: str, target: str) -> bool:
    """True for a link at `path` whose target is absolute, above the top, or not to be told from its text.

    `..` after a name is such: the name may be a link itself.
    """
    parts = [p for p in re.split(r"[/\\]", target) if p not in ("", ".")]
    if target.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", target) or "\0" in target:
        return True
    up = next((n for n, part in enumerate(parts) if part != ".."), len(parts))
    return ".." in parts[up:] or up > path.count("/")


def _examined(repository: git.Repository, policy: Policy, entries: Sequence[git.TreeEntry]) -> list[Found]:
    """What is found in paths and contents; a content that lies at several paths is named at the first."""
    shown = {path: shown_path(path, policy) for path in dict.fromkeys(e.path for e in entries)}
    found = [Found(shown[path], why, outcome) for path in shown for why, outcome in _name(path, policy)]
    found += [Found(shown[path], explain(f), f.outcome) for path in shown for f in of_paths([path], policy)]
    places: dict[str, str] = {}
    for entry in entries:
        places.setdefault(entry.id, shown[entry.path])
    sizes = {name: size for name, (_kind, size) in existing(repository, places).items()}
    absent = places.keys() - sizes.keys()
    found += [Found(places[a], _("not in this clone: not validated"), Outcome.BLOCK) for a in absent]
    for name, size in sizes.items():
        if size > MAX_BLOB:
            outcome = Outcome.BLOCK if size > LARGEST else Outcome.REVIEW
            found.append(Found(places[name], _("too large: not validated"), outcome))
    for batch in _batches({name: size for name, size in sizes.items() if size <= MAX_BLOB}):
        for name, content in git.read_blobs(repository, batch).items():
            found += [Found(places[name], why, outcome) for why, outcome in _content(content, policy)]
    return sorted(found, key=lambda f: (-f.outcome.severity, f.where))


def _batches(sizes: dict[str, int]) -> Iterator[list[str]]:
    batch: list[str] = []
    held = 0
    for name, size in sizes.items():
        if batch and held + size > BATCH:
            yield batch
            batch, held = [], 0
        batch.append(name)
        held += size
    if batch:
        yield batch


def _content(content: bytes, policy: Policy, field: str = "content") -> Iterable[tuple[str, Outcome]]:
    read = reading(content)
    if read is None:
        return [(_("binary: not validated"), Outcome.REVIEW)]
    found = dict.fromkeys(each for text in read.texts for each in _judged(text, policy, field))
    return (
        found if read.certain else [*found, (_("not in UTF-8: accents may be read wrongly"), Outcome.REVIEW)]
    )


def _name(path: str, policy: Policy) -> Iterable[tuple[str, Outcome]]:
    r"""A name that is not UTF-8 comes with `\xe1` for each byte that is none."""
    if not _STRAY.search(path):
        return _judged(path, policy, _("file name"))
    raw = _STRAY.sub(lambda stray: chr(0xDC00 + int(stray[1], 16)), path).encode("utf-8", "surrogateescape")
    return _content(raw, policy, _("file name"))


def _first(content: bytes) -> str:
    """The likeliest text; '' for what is none."""
    read = reading(content)
    return read.texts[0] if read else ""


def shown_path(path: str, policy: Policy) -> str:
    """The path as it may be shown: what a message would repeat is taken out of it."""
    return judge({"path": path}, policy).redacted["path"]


def _judged(text: str, policy: Policy, field: str = "content") -> list[tuple[str, Outcome]]:
    """(explanation, outcome) of what is found, each once. Quality is about learnings, not about files."""
    found: dict[tuple[str, Outcome], None] = {}
    for start in range(0, max(len(text), 1), PIECE):
        verdict = judge({field: text[start : start + PIECE + OVERLAP]}, policy)
        found |= {(explain(f), f.outcome): None for f in verdict.findings if f.kind != "quality"}
    return list(found)
