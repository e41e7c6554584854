"""Pull requests at GitHub: one a component, found again by its branch and a marker in its body.

What an earlier version opened on a branch of its own choice is found by what its text tells.
The last line of the body is `<!-- orch key=… hash=… text=… -->`. A body that no longer fits
its own `text`, or lost the marker, was edited by a person. Branches are pushed with git, by
the callable that the remote is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import quote, unquote

from orchestrator.errors import PermanentError
from orchestrator.i18n import _, say
from orchestrator.model import digest
from orchestrator.reconcile.answer import sendable
from orchestrator.reconcile.github import TITLE_LENGTH, GitHub, MissingRepositoryError, Pull
from orchestrator.reconcile.remotes.conflict import changed, overtaken
from orchestrator.remote import Content, Done, Entry, Observed, Refused, Result
from orchestrator.request_key import BRANCHES, branch_of, known_as, told_key

_MARKER = re.compile(r"<!-- orch key=(\S*) hash=(\S*) text=(\S*) -->")
_CALLS = re.compile(
    r"(?<![\w`])([@#])(?=\w)|(\w#|\bGH-)(?=\d)"
    r"|\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=:?\s+(?:\S*#\d|GH-\d|https?://))",
    re.IGNORECASE,
)  # GitHub: "Autolinked references", "Linking a pull request to an issue using a keyword"
WITHDRAWN = "withdrawn"
BRANCH_LEFT = "withdrawn, but for its branch"
BRANCH_ONLY = "branch"  # the status of a branch without a pull request: its opening was cut off


class GitHubForge:
    """The four verbs on one repository's pull requests.

    `push(entry)` pushes the component's branch, which the entry's metadata name, and returns its name;
    `unpush(branch)` deletes it when the component is withdrawn; `branch_left(key)` names one without a
    pull request. `base` is the branch to merge into, unless the entry's metadata names another one. One
    request a key: components are few.
    """

    settle_seconds = 0.0
    together = 1

    def __init__(
        self,
        client: GitHub,
        *,
        name: str,
        push: Callable[[Entry], str],
        unpush: Callable[[str], None] | None = None,
        branch_left: Callable[[str], str] = lambda _key: "",
        base: str = "main",
        language: str = "pt-BR",
    ) -> None:
        self.name = name
        self.label = f"GitHub {client.full_name}"
        self.target = f"{client.session.base}/{client.full_name}"
        self._client, self._push, self._unpush, self._branch_left = client, push, unpush, branch_left
        self._base, self._language = base, language

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """The newest pull request of each key's branch, whatever its state.

        One that was withdrawn is there for as long as its branch is: its status is `withdrawn` then.
        """
        found = {key: self._newest(key, BRANCH_LEFT) for key in dict.fromkeys(keys)}
        there = {key: _observed(key, pull) for key, pull in found.items() if pull is not None}
        bare = [key for key in found if key not in there and self._branch_left(key)]
        return there | {key: Observed(key, "", "", "", status=BRANCH_ONLY) for key in bare}

    def create(self, entries: Sequence[Entry]) -> Iterator[Result]:
        """Push the branch and open a pull request; one that is there is adopted."""
        for entry in {entry.key: entry for entry in entries}.values():
            yield self._each(entry.key, partial(self._open, entry))

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Push again and replace title and body, if nobody else did since they were seen.

        A merged pull request is history: a new one is opened. One that a person closed stays so.
        """
        for seen, entry in items:
            yield self._each(entry.key, partial(self._renew, seen, entry))

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        """Empty and close the pull request and delete its branch; merged ones are refused."""
        for seen in items:
            yield self._each(seen.key, partial(self._withdraw, seen))

    def read(self, items: Sequence[Observed]) -> Mapping[str, Content]:
        """Title and text of the pull requests, without our marker; a request each."""
        pulls = {seen.key: self._client.pull(int(seen.ref)) for seen in items}
        return {key: Content(str(p.get("title") or ""), _read(p)[3].rstrip()) for key, p in pulls.items()}

    def preview(self, entry: Entry) -> Content:
        """What `read` would give once the entry was written."""
        return Content(_title(entry.title), quiet(str(sendable(entry.body))).rstrip())

    def create_pr(self, title: str, body: str, head: str, base: str = "") -> Observed:
        """Open a plain pull request for a pushed branch; an open one is returned as it is."""
        pull = self._client.create_pr(_title(title), str(sendable(body)), head, base or self._base)
        return _observed("", pull)

    # ---------------------------------------------------------------- inner workings

    def _each(self, key: str, act: Callable[[], Result]) -> Result:
        """A refusal of one pull request does not hold the others."""
        try:
            return act()
        except MissingRepositoryError:
            raise
        except PermanentError as refused:  # of the API, or of the push
            return Refused(key, refused.message, in_doubt=refused.in_doubt)

    def _newest(self, key: str, also: str = "") -> Pull | None:
        pull = next(self._pulls(key), None)
        marked, hash_, *_rest = _read(pull or {})
        over = marked == key and hash_ in (WITHDRAWN, BRANCH_LEFT) and hash_ != also
        return None if over else pull

    def _pulls(self, key: str) -> Iterator[Pull]:
        """The pull requests of a key, the newest first; then those on the branch of an earlier version."""
        yield from (p for p in self._client.pulls(branch_of(key)) if _told(p) in ("", key))
        for former in known_as(key)[1:]:
            for pull in self._client.pulls(branch_of(former)):
                if _read(pull)[1] in (WITHDRAWN, BRANCH_LEFT):
                    break  # what was there before it is over
                if key in (_told(pull), told_key(former, _read(pull)[3])):
                    yield pull

    def _open(self, entry: Entry) -> Result:
        there = self._newest(entry.key)
        if there is None:
            head = self._push(entry)
            base = str(entry.metadata.get("base") or self._base)
            there = self._client.open(_title(entry.title), _body(entry), head, base)
        return Done(entry.key, _observed(entry.key, there))

    def _renew(self, seen: Observed, entry: Entry) -> Result:
        pull = self._client.pull(int(seen.ref))
        now = _observed(entry.key, pull)
        if overtaken(seen, now):
            return changed(entry.key, f"#{now.ref}")
        if now.status == "closed":
            words = _("{ref} was closed by a person").format(ref=f"#{now.ref}")
            return Refused(entry.key, words, conflict=True)
        title, body = _title(entry.title), _body(entry)
        if now.status == "merged":
            base = str(entry.metadata.get("base") or self._base)
            pull = self._client.open(title, body, self._push(entry), base)
        else:
            self._push(
                replace(entry, metadata={**entry.metadata, "branch": _head(pull) or branch_of(entry.key)})
            )
            pull = self._client.edit(int(now.ref), title=title, body=body)
        return Done(entry.key, _observed(entry.key, pull))

    def _withdraw(self, seen: Observed) -> Result:
        if seen.status == BRANCH_ONLY:
            left = self._kept_branch(self._branch_left(seen.key))
            return Refused(seen.key, left) if left else Done(seen.key, seen)
        pull = self._client.pull(int(seen.ref))
        now = _observed(seen.key, pull)
        if now.status == "merged":
            words = _("{ref} is merged; only a revert takes it back")
            return Refused(seen.key, words.format(ref=f"#{now.ref}"))
        if overtaken(seen, now) and now.hash not in (WITHDRAWN, BRANCH_LEFT):
            return changed(seen.key, f"#{now.ref}")
        left = self._kept_branch(_head(pull))
        words = say(self._language, "[ORCH] Withdrawn")
        body = _marker(seen.key, BRANCH_LEFT if left else WITHDRAWN, _seal(words, ""))
        pull = self._client.edit(int(seen.ref), title=words, body=body, state="closed")
        return Refused(seen.key, left) if left else Done(seen.key, _observed(seen.key, pull))

    def _kept_branch(self, head: str) -> str:
        """Delete the branch, before the text that leads to it is gone. Why it stays, or ''."""
        try:
            if self._unpush is not None and head.startswith(BRANCHES):
                self._unpush(head)
        except PermanentError as refused:
            return refused.message
        return ""


def quiet(text: str) -> str:
    """Markdown that notifies nobody and closes no issue: `@name`, `#1`, `GH-1` and `closes URL` get an
    invisible space.
    """
    return _CALLS.sub("\\g<0>\u200b", text)


def _title(title: str) -> str:
    return " ".join(quiet(str(sendable(title))).split())[:TITLE_LENGTH]


def _body(entry: Entry) -> str:
    """The entry's body with our marker as its last line."""
    body = quiet(str(sendable(entry.body)))
    seal = _seal(_title(entry.title), body)
    return f"{body}\n\n{_marker(entry.key, entry.hash, seal)}"


def _marker(key: str, hash_: str, seal: str) -> str:
    return f"<!-- orch key={quote(key, safe='')} hash={quote(hash_, safe='')} text={seal} -->"


def _seal(title: str, body: str) -> str:
    """Hash of what people read; line ends (GitHub's editor changes them) left alone."""
    return digest(title, body.replace("\r\n", "\n").rstrip(), size=16)


def _read(pull: Pull) -> tuple[str, str, str, str]:
    """Key, hash and seal of the last marker (empty where a person removed it), and the text around it."""
    body = str(pull.get("body") or "")
    marks = list(_MARKER.finditer(body))
    if not marks:
        return "", "", "", body
    key, hash_, seal = marks[-1].groups()
    return unquote(key), unquote(hash_), seal, body[: marks[-1].start()] + body[marks[-1].end() :]


def _told(pull: Pull) -> str:
    """The key of its marker, or what the text tells of an earlier version's; '' where a person removed it."""
    marked, _hash, _seal, text = _read(pull)
    return told_key(marked, text)


def _head(pull: Pull) -> str:
    return str((pull.get("head") or {}).get("ref") or "")


def _observed(key: str, pull: Pull) -> Observed:
    title, (_marked, hash_, seal, text) = str(pull.get("title") or ""), _read(pull)
    status = "merged" if pull.get("merged_at") else str(pull.get("state") or "")
    status = WITHDRAWN if hash_ == BRANCH_LEFT else status
    words = _seal(title, text)
    edited = _told(pull) != key or words != seal
    version = digest(title, str(pull.get("body") or "").replace("\r\n", "\n"), status, size=16)
    url = str(pull.get("html_url") or "")
    return Observed(key, str(pull["number"]), hash_, version, url, status, edited, words)
