"""One HTTP session for every vendor: what is sent, how long it waits, and what a failure means.

Vendors' clients say what to ask; this module alone decides about timeouts, redirects, TLS,
retries and which error an answer becomes. A credential appears in no message, repr or log.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from orchestrator import __version__, faultpoint
from orchestrator.errors import OrchError, TransientError
from orchestrator.reconcile import transport
from orchestrator.reconcile.address import checked_url
from orchestrator.reconcile.answer import (
    Answer,
    HttpRefusedError,
    Server,
    TooLargeError,
    is_weather,
    plain_reason,
    sendable,
    statuses,
)
from orchestrator.reconcile.credential import Credential
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.loss import Loss, loss_of, too_large
from orchestrator.reconcile.waiting import backoff, is_rate_limit, wanted_wait

__all__ = ["Answer", "Credential", "HttpRefusedError", "Session", "plain_reason", "sendable", "statuses"]

Json = Any
TIMEOUTS = (5.0, 30.0)  # seconds: connect, between two bytes of an answer
ANSWER_CAP = 10 * 1024 * 1024  # bytes, after decompression
PIECE = 65536  # bytes of an answer, read at once at most
TRIES = 4
LONGEST_SLEEP = 30.0  # seconds; a longer wait parks the queue instead of the process
SAFE_METHODS = frozenset({"GET", "HEAD"})
IDEMPOTENT_METHODS = SAFE_METHODS | {"PUT", "DELETE"}


def _nothing(_answer: Answer) -> bool:
    return False


class Session:
    """Requests to one server.

    `base` is the address up to the API's path (https, or http to loopback); `explain(data)`
    reads the vendor's reason out of a decoded error body; `moved` is the hint where the host redirects
    to itself. `sleep`, `clock` and `chance` (0..1) are for tests.
    `counts` counts requests by method, each try.
    """

    def __init__(
        self,
        base: str,
        credential: Credential,
        *,
        vendor: str,
        explain: Callable[[Json], str] = plain_reason,
        headers: Mapping[str, str] | None = None,
        moved: str = "",
        private: bool = True,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.base = checked_url(base, private=private)
        self.host = urlsplit(self.base).netloc
        self.vendor = vendor
        self.counts: Counter[str] = Counter()
        self._counting = threading.Lock()  # pages are sent by several threads
        self._credential = credential
        self._explain, self._moved = explain, moved
        self._sleep, self._clock, self._chance = sleep, clock, chance
        self._http = transport.opened()
        self._http.headers.update({"User-Agent": f"orch/{__version__}", "Accept": "application/json"})
        self._http.headers.update(headers or {})

    def __repr__(self) -> str:
        return f"Session({self.base!r})"

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Json = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool | None = None,
        idempotent: bool | None = None,
        accept: Callable[[Answer], bool] = _nothing,
        timeout: tuple[float, float] = TIMEOUTS,
        one: bool = False,
    ) -> Answer:
        """Send one request, try again where that is harmless, and return a 2xx answer.

        `path` is appended to `base`. `safe` marks a POST that only reads; `idempotent` one that
        may run twice; `one` a request about one known object. Answers for which `accept` is true come
        back whatever their status.
        Whatever is raised has `in_doubt` where any of the tries may have been carried out.
        Raises TransientError (TooLargeError at once: the same answer would come again), CredentialsError,
        or HttpRefusedError (a PermanentError).
        """
        safe = method in SAFE_METHODS if safe is None else safe
        again = safe or (method in IDEMPOTENT_METHODS if idempotent is None else idempotent)
        wanted = {"headers": headers, "params": params, "timeout": timeout, "json": json}
        doubt = False  # an earlier try may have been carried out, whatever the last one comes to
        for attempt in range(TRIES):
            with self._counting:
                self.counts[method] += 1
            with faultpoint.around(f"{self.vendor} {method} {path}"):
                got = self._once(method, path, wanted)
            if isinstance(got, Answer) and (accept(got) or (200 <= got.status < 300 and got.is_json)):
                return replace(got, in_doubt=doubt)
            with after_sending(doubt):
                self._wait_or_raise(got, attempt, safe=safe, again=again, one=one)
            doubt = doubt or (not safe and (is_weather(got) if isinstance(got, Answer) else got.sent))
        raise AssertionError("unreachable: the last try returns or raises")

    def _wait_or_raise(self, got: Answer | Loss, attempt: int, *, safe: bool, again: bool, one: bool) -> None:
        """Wait until the next try; raise what this one's failure means where there must be none."""
        last = attempt == TRIES - 1
        if isinstance(got, Loss):
            if got.large:
                raise TooLargeError(got.words, in_doubt=not safe)
            if last or not (again and got.sent):
                raise TransientError(got.words, in_doubt=got.sent and not safe)
            self._sleep(backoff(attempt, self._chance()))
            return
        wait = self._pause(got, attempt, again=again)
        if wait is None or last or wait > LONGEST_SLEEP:
            asked = wait if is_rate_limit(got.status, got.headers) else None
            raise self._error(got, asked, safe=safe, one=one)
        self._sleep(wait)

    def _once(self, method: str, path: str, wanted: Mapping[str, Json]) -> Answer | Loss:
        headers = {**self._credential.headers, **(wanted["headers"] or {})}
        body = None
        if wanted["json"] is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(sendable(wanted["json"]), ensure_ascii=False, allow_nan=False).encode()
        try:
            with self._http.request(
                method,
                self.base + path,
                data=body,
                params=wanted["params"],
                headers=headers,
                timeout=wanted["timeout"],
                proxies=transport.proxies_for(self.base),
                allow_redirects=False,  # requests sends `apikey` on to the new host (measured)
                stream=True,
            ) as response:
                return self._read(response)
        except requests.RequestException as error:
            return loss_of(error, self.host, wanted["timeout"][1], transport.proxy_of(self.base))

    def _read(self, response: requests.Response) -> Answer | Loss:
        content = bytearray()
        if _announced(response) > ANSWER_CAP:
            return too_large(self.host)
        for piece in _pieces(response):
            content += piece
            if len(content) > ANSWER_CAP:
                return too_large(self.host)
        if not content:
            return Answer(response.status_code, response.headers)
        try:
            data = json.loads(content, parse_int=_whole_number)
        except RecursionError:  # valid, and somebody nested it to stop whoever reads it
            if response.status_code < 300:
                return too_large(self.host)
        except ValueError:  # a gateway's HTML, a login page, half an answer
            pass
        else:
            return Answer(response.status_code, response.headers, data)
        return Answer(response.status_code, response.headers, None, is_json=False)

    def _pause(self, answer: Answer, attempt: int, *, again: bool) -> float | None:
        """Seconds before the next try; None when there must be none."""
        asked = wanted_wait(answer.headers, self._clock())
        if is_rate_limit(answer.status, answer.headers):
            stretch = 1 + 0.3 * self._chance()
            return max(1.0, asked) * stretch if asked is not None else 2.0 ** (attempt + 1) * stretch
        if again and is_weather(answer):
            return max(asked or 0.0, backoff(attempt, self._chance()))
        return None

    def _error(self, answer: Answer, wait: float | None, *, safe: bool, one: bool) -> OrchError:
        reason = self.shown(self._explain(answer.data)) if answer.is_json else ""
        wait = wanted_wait(answer.headers, self._clock()) if wait is None else wait
        server = Server(self.vendor, self.host, self._credential.variable, self._moved)
        return server.error(answer, reason, wait, safe=safe, one=one)

    def shown(self, text: str) -> str:
        """A vendor's words as they may be shown: without the secret, then on one line and not too long."""
        shown = "".join(c if c.isprintable() else " " for c in self._credential.masked(text))
        return " ".join(shown.split())[:500]


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The answer as it comes: `iter_content` waits until a piece is whole, and one that drips has no end."""
    try:
        while piece := response.raw.read1(PIECE, decode_content=True):
            yield piece
    except HTTPError as e:
        raise requests.ConnectionError(e) from e


def _announced(response: requests.Response) -> int:
    """The bytes that are to come (compressed ones count less than they will be), 0 where it is not said."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _whole_number(digits: str) -> int | str:
    """A number of more digits than Python reads (4,300) stays text: one must not cost the whole answer."""
    try:
        return int(digits)
    except ValueError:
        return digits
