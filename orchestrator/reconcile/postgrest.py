"""A PostgREST client of five calls: select, insert, upsert, patch, delete, and a function.

Decides by HTTP status, then by `code`, never by message: texts changed between versions.
`details` quotes whole rows with their content, so it is never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from orchestrator.errors import PermanentError, TransientError
from orchestrator.i18n import _
from orchestrator.reconcile.credential import is_published
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.http import Answer, Credential, Session

Json = Any
Row = dict[str, Any]
PAUSED = 540
UNPAID = 402
STATEMENT_TIMEOUT = "57014"
KEY_BYTES = 6_500  # of keys in one URL; gateways take a request line of 8 kB
_SAFE = "-._~,()*:>"


class TooSlowError(TransientError):
    """The statement timeout struck: fewer rows at once may do."""


class Postgrest:
    """One project's Data API.

    `key` is an `sb_secret_…` key or a legacy JWT, from the environment variable `variable`;
    `options` go to `Session`.
    Raises ConfigError for addresses that must not get a key (private networks, plain http).
    Every call may raise TransientError, CredentialsError, HttpRefusedError, and PermanentError
    where table or function is missing.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        variable: str,
        **options: Any,
    ) -> None:
        self.session = Session(
            url.rstrip("/") + "/rest/v1",
            Credential.supabase(variable, key),
            vendor="Supabase",
            explain=explain,
            private=False,
            **options,
        )
        self.url = self.session.base.removesuffix("/rest/v1")
        self.variable, self.published = variable, is_published(key)

    def select(self, table: str, filters: Mapping[str, str]) -> list[Row]:
        """Rows; `filters` are PostgREST's own (`{"id": "gt.5", "select": "id"}`)."""
        return self._rows("GET", table, filters)

    def insert(self, table: str, rows: Sequence[Row], *, returning: str) -> list[Row]:
        """Insert the rows whose `orch_key` is new and return those."""
        return self._merge(table, rows, "ignore-duplicates", returning)

    def upsert(self, table: str, rows: Sequence[Row], *, returning: str) -> list[Row]:
        """Insert or replace by `orch_key`; columns left out keep their values. Returns what changed."""
        return self._merge(table, rows, "merge-duplicates", returning)

    def patch(self, table: str, filters: Mapping[str, str], values: Row) -> list[Row]:
        """Change every row that the filters name; returns them."""
        prefer = {"Prefer": "return=representation"}
        return self._rows("PATCH", table, filters, json=values, headers=prefer, idempotent=True)

    def delete(self, table: str, filters: Mapping[str, str]) -> None:
        """Delete every row that the filters name."""
        if not filters:
            raise ValueError("a delete needs a filter")
        self._rows("DELETE", table, filters, headers={"Prefer": "return=minimal"})

    def call(self, function: str, arguments: Row, *, select: str = "") -> list[Row]:
        """Rows of a function that only reads; `select` names columns (all)."""
        filters = {"select": select} if select else {}
        return self._rows("POST", f"rpc/{function}", filters, json=arguments, safe=True)

    def value(self, function: str, arguments: Row) -> Json:
        """The one value of a function that only reads."""
        return self._answer("POST", f"rpc/{function}", {}, json=arguments, safe=True).data

    # ---------------------------------------------------------------- inner workings

    def _merge(self, table: str, rows: Sequence[Row], resolution: str, returning: str) -> list[Row]:
        filters = {"on_conflict": "orch_key", "select": returning}
        prefer = {"Prefer": f"resolution={resolution},return=representation"}
        return self._rows("POST", table, filters, json=list(rows), headers=prefer, idempotent=True)

    def _rows(self, method: str, path: str, filters: Mapping[str, str], **wanted: Any) -> list[Row]:
        answer = self._answer(method, path, filters, **wanted)
        return answer.data if isinstance(answer.data, list) else []

    def _answer(self, method: str, path: str, filters: Mapping[str, str], **wanted: Any) -> Answer:
        query = "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in filters.items())
        target = f"/{path}?{query}" if query else f"/{path}"
        answer = self.session.request(method, target, accept=_special, **wanted)
        if answer.status >= 300:
            with after_sending(answer.in_doubt):
                raise self._error(answer, path)
        return answer

    def _error(self, answer: Answer, path: str) -> Exception:
        if answer.status in (PAUSED, UNPAID):
            words = _("the Supabase project {url} is paused or restricted (HTTP {status})")
            hint = _("restore it in Supabase's dashboard; what waits here stays queued")
            return TransientError(words.format(url=self.url, status=answer.status), hint)
        if answer.status == 404:
            words = _("{url} has no {thing}").format(url=self.url, thing=path)
            return PermanentError(words, _("run `orch supabase migrate`"))
        return TooSlowError(_("{url} needs too long for this").format(url=self.url))  # rolled back


def explain(data: Json) -> str:
    """PostgREST's `message`, `code` and `hint`, or the gateway's `message` and `hint`."""
    if not isinstance(data, dict):
        return ""
    parts = (str(data.get(name) or "") for name in ("code", "message", "hint"))
    return " ".join(part for part in parts if part)


def any_of(values: Sequence[str]) -> str:
    """The filter `in.(…)`; values that are not plain words are quoted."""
    return f"in.({','.join(map(_quoted, values))})"


def key_slices(keys: Sequence[str]) -> Iterator[list[str]]:
    """The keys without repetition, in slices that fit into one URL."""
    part: list[str] = []
    size = 0
    for key in dict.fromkeys(keys):
        more = len(quote(_quoted(key), safe=_SAFE)) + 1
        if part and size + more > KEY_BYTES:
            yield part
            part, size = [], 0
        part.append(key)
        size += more
    if part:
        yield part


def _quoted(value: str) -> str:
    if value and value.isascii() and value.replace("-", "").replace("_", "").isalnum():
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _special(answer: Answer) -> bool:
    """Answers with a meaning of their own here."""
    code = answer.data.get("code") if isinstance(answer.data, dict) else None
    return answer.status in (PAUSED, UNPAID, 404) or code == STATEMENT_TIMEOUT
