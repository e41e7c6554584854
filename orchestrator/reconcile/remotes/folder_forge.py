"""Pull requests as Markdown files: `pulls/PR/PR-3 …md`, beside the bare repository that has the branch.

The code itself is a branch that `push` brings into that repository with git; a person merges
it there and writes `status: merged` into the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.errors import PermanentError
from orchestrator.i18n import _
from orchestrator.model import digest
from orchestrator.reconcile.remotes.conflict import changed, overtaken
from orchestrator.reconcile.remotes.folder_file import ObjectFile
from orchestrator.reconcile.remotes.folder_index import Index
from orchestrator.reconcile.remotes.folder_issues import FolderIssues
from orchestrator.remote import Done, Entry, Observed, Refused, Result
from orchestrator.request_key import branch_of, told_key


class FolderForge(FolderIssues):
    """`push(entry)` pushes the component's branch and returns its name, `unpush` deletes it; both raise.

    `branch_left(key)` names one that has no pull request.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        push: Callable[[Entry], str],
        unpush: Callable[[str], None] = lambda _branch: None,
        branch_left: Callable[[str], str] = lambda _key: "",
        base: str = "main",
    ) -> None:
        super().__init__(folder, name=name, prefix="PR", part="pulls")
        self._push, self._unpush, self._branch_left, self._base = push, unpush, branch_left, base

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """What lies there under these keys, a branch without a pull request too. Raises TransientError."""
        from orchestrator.reconcile.remotes.forge import BRANCH_ONLY  # with an HTTP client, not needed else

        found = super().find(keys)
        bare = [key for key in keys if key not in found and self._branch_left(key)]
        return {**found, **{key: Observed(key, "", "", "", status=BRANCH_ONLY) for key in bare}}

    def further(self, entry: Entry) -> dict[str, Any]:
        """The branch to merge and the branch it goes into."""
        base = entry.metadata.get("base") or self._base
        return {"head": self._push(entry), "base": base}

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        """Delete the branches and the files; what is merged only a revert takes back."""
        there = self.find([observed.key for observed in items])
        for observed in items:
            now = there.get(observed.key)
            if now is not None and overtaken(observed, now):  # before its branch goes
                yield changed(observed.key, observed.ref)
            elif now is not None and now.status == "merged":
                words = _("{ref} is merged; only a revert takes it back")
                yield Refused(observed.key, words.format(ref=observed.ref))
            elif refusal := self._branch_stays(observed.key):
                yield Refused(observed.key, refusal)
            else:  # once the file is gone nothing would lead to the branch any more
                yield from super().retract([observed])

    def _branch_stays(self, key: str) -> str:
        """Delete the branch; why it was left there, '' where it is gone. Raises TransientError."""
        file = self._index().get(key)
        try:
            self._unpush(str(file.head.get("head") or "") if file else self._branch_left(key))
        except PermanentError as refused:
            return refused.message
        return ""

    def create_pr(self, title: str, body: str, head: str, base: str = "") -> Observed:
        """Open a pull request for a branch that is pushed already; an open one is returned as it is.

        Raises TransientError.
        """
        base = base or self._base
        key = "pr-" + digest(head, base, size=16)
        entry = Entry(key, "component", "", title, body, digest(title, body), metadata={"base": base})
        opened = FolderForge(self._folder.path, name=self.name, push=lambda _entry: head, base=base)
        (result,) = [r for r in opened.create([entry]) if isinstance(r, Done)]
        return result.observed

    def _replace(self, file: ObjectFile, entry: Entry) -> Result:
        """A new version of what was merged is open again; what a person closed stays closed."""
        if file.status == "closed":
            words = _("{ref} was closed by a person").format(ref=file.id)
            return Refused(entry.key, words, conflict=True)
        merged = file.status == "merged"
        branch = branch_of(entry.key) if merged else str(file.head.get("head") or branch_of(entry.key))
        entry = replace(entry, metadata={**entry.metadata, "branch": branch})
        return super()._replace(replace(file, status=self.first_status), entry)

    def _index(self) -> Index:
        """By key; of what an earlier version put there the text tells the key."""
        index = super()._index()
        told = {key: told_key(key, file.body) for key, file in index.items()}
        former = {told[key]: replace(file, key=told[key]) for key, file in index.items() if told[key] != key}
        return former | {key: file for key, file in index.items() if told[key] == key}
