"""A GitHub client of four calls on one repository's pull requests.

`head` names are branches of the repository itself, or `owner:branch` of a fork.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from orchestrator.errors import ConfigError, PermanentError
from orchestrator.i18n import _
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.http import Answer, Credential, HttpRefusedError, Session, statuses

Json = Any
Pull = dict[str, Any]
PUBLIC_API = "https://api.github.com"
API_VERSION = "2022-11-28"
TITLE_LENGTH = 256  # characters; longer ones are refused
PAGE = 100


class MissingRepositoryError(PermanentError):
    """The repository is not there, or the token may not see it: nothing in it can be reached."""


class GitHub:
    """One repository. `repository` is `owner/name`; `variable` names the token's variable,
    `options` go to `Session`.

    `url` is `https://github.com`, or an Enterprise server's API (`https://host/api/v3`).
    Every call may raise TransientError, CredentialsError, HttpRefusedError, and
    MissingRepositoryError (a PermanentError).
    """

    def __init__(
        self,
        url: str,
        token: str,
        repository: str,
        *,
        variable: str,
        **options: Any,
    ) -> None:
        self.owner, _slash, self.repository = repository.partition("/")
        if not self.owner or not self.repository or "/" in self.repository:
            words = _("{text} is not a repository").format(text=repository)
            raise ConfigError(words, _("write it as owner/name"))
        public = urlsplit(url).hostname in ("github.com", "www.github.com", "api.github.com")
        self.session = Session(
            PUBLIC_API if public else url,
            Credential.bearer(variable, token),
            vendor="GitHub",
            explain=explain,
            moved=_("if {name} was renamed, set repository to its new name").format(name=repository),
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION},
            **options,
        )
        self._path = f"/repos/{quote(self.owner, safe='')}/{quote(self.repository, safe='')}"
        self._canonical = ""

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.repository}"

    def pulls(self, head: str, *, state: str = "all", base: str = "") -> list[Pull]:
        """Pull requests from a branch, the newest first; `state` is open, closed or all."""
        full = head if ":" in head else f"{self._canonical_owner()}:{head}"
        params = {"head": full, "state": state, "sort": "created", "direction": "desc"}
        params |= {"per_page": str(PAGE)} | ({"base": base} if base else {})
        found = self._send("GET", "/pulls", params=params).data
        return [p for p in found if self._from(p, full)] if isinstance(found, list) else []

    def pull(self, number: int) -> Pull:
        """One pull request by its number."""
        return dict(self._send("GET", f"/pulls/{number}").data)

    def edit(self, number: int, **changes: str) -> Pull:
        """Change `title`, `body`, `state` (open, closed) or `base`."""
        return dict(self._send("PATCH", f"/pulls/{number}", json=changes, idempotent=True).data)

    def create_pr(self, title: str, body: str, head: str, base: str) -> Pull:
        """Open a pull request; an open one from `head` into `base` is returned as it is.

        Raises TransientError with `in_doubt` when the answer was lost: calling again is safe.
        """
        there = self.pulls(head, state="open", base=base)
        return there[0] if there else self.open(title, body, head, base)

    def open(self, title: str, body: str, head: str, base: str) -> Pull:
        """`create_pr` for a caller who has just looked; one that appeared since is returned."""
        wanted = {"title": title, "body": body, "head": head, "base": base}
        try:
            return dict(self._send("POST", "/pulls", json=wanted).data)
        except HttpRefusedError as refused:
            there = self.pulls(head, state="open", base=base) if refused.status == 422 else []
            if not there:
                raise
            return there[0]

    def _send(self, method: str, path: str, **wanted: Any) -> Answer:
        answer = self.session.request(method, self._path + path, accept=statuses(404), **wanted)
        if answer.status == 404:
            words = _("{repository}{path} is not there, or the token may not see it")
            hint = _("check the repository's name and the rights of the token")
            with after_sending(answer.in_doubt):
                raise MissingRepositoryError(words.format(repository=self.full_name, path=path), hint)
        return answer

    def _canonical_owner(self) -> str:
        """The owner as GitHub writes it: the head filter may tell `Grupo` from `grupo`. Asked once."""
        if not self._canonical:
            full_name = str(self._send("GET", "").data.get("full_name") or self.full_name)
            self._canonical = full_name.partition("/")[0]
        return self._canonical

    @staticmethod
    def _from(pull: Pull, full: str) -> bool:
        """GitHub ignores a head filter that it cannot read and answers every pull request."""
        return (pull.get("head") or {}).get("label") == full


def explain(data: Json) -> str:
    """GitHub's `message` and, of each of its `errors`, the message or field and code."""
    if not isinstance(data, dict):
        return ""
    parts = [str(data.get("message") or "")]
    errors = data.get("errors")
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            parts.append(str(error.get("message") or f"{error.get('field')}: {error.get('code')}"))
        else:
            parts.append(str(error))
    return "; ".join(part for part in parts if part)
