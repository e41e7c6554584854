"""What a server said, and which of our errors that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from orchestrator.errors import CredentialsError, OrchError, PermanentError, TransientError
from orchestrator.i18n import _
from orchestrator.reconcile.waiting import is_rate_limit

Json = Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `data` is decoded JSON, None for an empty or a non-JSON body.

    `in_doubt` is true where an earlier try of the same write may have been carried out.
    """

    status: int
    headers: Mapping[str, str]  # names compare without case
    data: Json = None
    is_json: bool = True
    in_doubt: bool = False


class HttpRefusedError(PermanentError):
    """A 4xx for good. `status` and `data` (decoded body) let a client look closer."""

    def __init__(self, message: str, answer: Answer, reason: str) -> None:
        super().__init__(message)
        self.status = answer.status
        self.data = answer.data
        self.reason = reason


class TooLargeError(TransientError):
    """The answer is larger, or nested deeper, than orch reads: fewer things at once may do."""


def statuses(*codes: int) -> Callable[[Answer], bool]:
    """A predicate for `request(accept=…)`: these status codes come back to the caller."""
    return lambda answer: answer.status in codes


def plain_reason(data: Json) -> str:
    """The default reading of an error body: its `message` or `error` member."""
    if isinstance(data, dict):
        return str(data.get("message") or data.get("error") or "")
    return ""


def sendable(value: Json) -> Json:
    """A payload that every vendor can store: NUL shown as U+2400, lone surrogates as U+FFFD."""
    if isinstance(value, str):
        return value.replace("\0", "\u2400").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {sendable(k): sendable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [sendable(v) for v in value]
    return value


def is_weather(answer: Answer) -> bool:
    """True where the same request may succeed a moment later."""
    return answer.status >= 500 or answer.status == 408 or (not answer.is_json and answer.status < 300)


@dataclass(frozen=True, slots=True)
class Server:
    """Who answered, for messages: the vendor's name, the host, and the variable of its secret.

    `moved` says what to change where the host has it under another name.
    """

    vendor: str
    host: str
    variable: str
    moved: str = ""

    def error(self, answer: Answer, reason: str, wait: float | None, *, safe: bool, one: bool) -> OrchError:
        """The error that a failed answer is.

        `reason` is the vendor's own text without secrets, `wait` the seconds it asks for;
        `safe` is true for requests that only read, which leave nothing in doubt; `one` for those about one
        known object: a 403 is then about that object, which people may protect, and not about the account.
        """
        status = answer.status
        names = {"vendor": self.vendor, "host": self.host, "status": status, "reason": reason or "-"}
        if is_rate_limit(status, answer.headers):
            return TransientError(_("{vendor} asks to slow down").format(**names), retry_after=wait)
        if 300 <= status < 400:
            return self._redirect(answer)
        if status == 401 or (status == 403 and not one):
            words = _("{vendor} refuses the credentials (HTTP {status}): {reason}").format(**names)
            return CredentialsError(words, _("check the variable {variable}").format(variable=self.variable))
        if status >= 500 or status == 408:
            words = _("{vendor} fails (HTTP {status}): {reason}").format(**names)
            return TransientError(words, retry_after=wait, in_doubt=not safe)
        if status < 300:
            words = _("{host} answers with a page instead of data; is a proxy or a login in between?")
            return TransientError(words.format(**names), in_doubt=not safe)
        words = _("{vendor} refuses (HTTP {status}): {reason}").format(**names)
        return HttpRefusedError(words, answer, reason or f"HTTP {status}")

    def _redirect(self, answer: Answer) -> TransientError:
        target = urlsplit(answer.headers.get("Location", "")).netloc or self.host
        hint = _("if this move is meant, set the remote's url to the new address")
        if target == self.host:  # GitHub after a repository was renamed or given to somebody else
            words = _("{host} says that this was moved or renamed; orch does not follow with credentials")
            return TransientError(words.format(host=self.host), self.moved or hint)
        words = _("{host} redirects to {target}; orch does not follow with credentials")
        return TransientError(words.format(host=self.host, target=target), hint)
