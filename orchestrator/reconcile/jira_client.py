"""Jira Cloud REST API v3, as far as orch needs it: one method an operation, plain JSON in and out.

Raises what `Session` raises. Sources: Atlassian's OpenAPI description; limits as documented there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from orchestrator.errors import PermanentError
from orchestrator.i18n import _
from orchestrator.reconcile.answer import TooLargeError
from orchestrator.reconcile.atlassian import explain, query, site_of
from orchestrator.reconcile.http import Answer, Credential, Session, statuses
from orchestrator.reconcile.portions import in_portions

Json = Any
BULK_CREATE = 50
BULK_FETCH = 100
PAGE = 100  # issues a search page: the vendor gives no more once fields are asked for
BULK_TIMEOUT = (5.0, 60.0)
LONGEST = "description"  # the field that may make one issue too large to be read


def jira_session(url: str, email: str, token: str, *, variable: str, **options: Any) -> Session:
    """A session for `JiraClient`.

    `url` is the site (`https://acme.atlassian.net`), or for scoped tokens and service accounts
    `https://api.atlassian.com/ex/jira/{cloudId}`; `variable` names where the token comes from;
    `options` go to `Session`. Raises ConfigError and CredentialsError.
    """
    credential = Credential.basic(variable, email, token)
    return Session(url.rstrip("/") + "/rest/api/3", credential, vendor="Jira", explain=explain, **options)


class JiraClient:
    """Operations on one site."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.site = site_of(session.base)

    # ------------------------------------------------------------------ issues

    def create_issues(self, issues: Sequence[Json]) -> Json:
        """Create up to 50 issues made by `issue`.

        Returns {issues: [{id, key}] in order of success, errors: [{failedElementNumber, …}]},
        also where every single one was refused.
        """
        body = {"issueUpdates": list(issues)}
        return self.session.request(
            "POST", "/issue/bulk", json=body, accept=_all_refused, timeout=BULK_TIMEOUT
        ).data

    def fetch_issues(
        self, refs: Sequence[str], fields: Sequence[str], properties: Sequence[str] = ()
    ) -> list[Json]:
        """Issues by id or key, read from the database, not the index; unknown ones are left out.

        One that is too large by itself comes without its description.
        """

        def ask(part: Sequence[str], fields: Sequence[str] = fields) -> list[Json]:
            body = {"issueIdsOrKeys": list(part), "fields": list(fields), "properties": list(properties)}
            found: list[Json] = self.session.request("POST", "/issue/bulkfetch", json=body, safe=True).data[
                "issues"
            ]
            return found

        return list(in_portions(refs, ask, lambda ref: ask([ref], _small(fields)), most=BULK_FETCH))

    def search(
        self, jql: str, fields: Sequence[str], properties: Sequence[str] = (), *, limit: int | None = None
    ) -> Iterator[Json]:
        """Issues of a bounded JQL query, page by page.

        The index lags behind by seconds to minutes. `limit` ends the search early. An issue that is too
        large by itself comes without its description.
        """
        token, left = "", limit if limit is not None else -1
        seen: set[str] = set()
        while left:
            body: dict[str, Json] = {"jql": jql, "fields": list(fields), "properties": list(properties)}
            body["maxResults"] = min(PAGE, left) if left > 0 else PAGE
            page = self._page(body | ({"nextPageToken": token} if token else {}))
            taken = page["issues"] if left < 0 else page["issues"][:left]
            yield from taken
            left -= len(taken) if left > 0 else 0
            following = page.get("nextPageToken", "")
            if page.get("isLast", not following) or not following:
                return
            if following in seen:
                raise PermanentError(_("Jira repeats a page of a search; nothing more was read"))
            seen.add(token := following)

    def _page(self, body: Json) -> Json:
        try:
            return self.session.request("POST", "/search/jql", json=body, safe=True).data
        except TooLargeError:
            if body["maxResults"] > 1:
                less = {"maxResults": body["maxResults"] // 2}
            elif LONGEST in body["fields"]:
                less = {"fields": _small(body["fields"])}
            else:
                raise
        return self._page(body | less)

    def issue(self, ref: str, fields: Sequence[str] = ("*all",)) -> Json:
        """One issue by id or key, with its `orch` property."""
        path = query(f"/issue/{quote(ref, safe='')}", fields=",".join(fields), properties="orch")
        return self.session.request("GET", path).data

    def edit_issue(
        self,
        ref: str,
        fields: Mapping[str, Json],
        *,
        properties: Mapping[str, Json] | None = None,
        labels: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Set fields and properties in one request; `labels` are operations: [{"add": "x"}]."""
        body = issue(fields, properties)
        if labels:
            body["update"] = {"labels": list(labels)}
        self.session.request("PUT", f"/issue/{quote(ref, safe='')}", json=body, one=True)

    def put_remote_link(self, ref: str, global_id: str, url: str, title: str) -> None:
        """Upsert a web link of an issue by its `global_id` (at most 255 characters)."""
        body = {"globalId": global_id, "object": {"url": url, "title": title}}
        path = f"/issue/{quote(ref, safe='')}/remotelink"
        self.session.request("POST", path, json=body, idempotent=True, one=True)

    def delete_remote_link(self, ref: str, global_id: str) -> bool:
        """Remove the web link of that `global_id`; False where there is none."""
        path = query(f"/issue/{quote(ref, safe='')}/remotelink", globalId=global_id)
        return self.session.request("DELETE", path, accept=statuses(404), one=True).status != 404

    # ------------------------------------------------------------------ the place

    def issue_types(self, project: str) -> list[Json]:
        """The issue types that may be created in a project: [{id, name, untranslatedName}]."""
        path = query(f"/issue/createmeta/{quote(project, safe='')}/issuetypes", maxResults=200)
        data = self.session.request("GET", path).data
        found: list[Json] = data.get("issueTypes") or data.get("values") or []
        return found

    def project(self, key: str) -> Json | None:
        """The project, None where it is missing or hidden from this account."""
        path = f"/project/{quote(key, safe='')}"
        answer = self.session.request("GET", path, accept=statuses(404))
        return None if answer.status == 404 else answer.data

    def server_info(self) -> Json:
        """The site: {baseUrl, version, deploymentType, serverTime}."""
        return self.session.request("GET", "/serverInfo").data


def issue(fields: Mapping[str, Json], properties: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """The body of a create or an edit: fields, and properties that are written in the same step."""
    body: dict[str, Json] = {"fields": dict(fields)}
    if properties:
        body["properties"] = [{"key": key, "value": value} for key, value in properties.items()]
    return body


def _small(fields: Sequence[str]) -> list[str]:
    return [name for name in fields if name != LONGEST]


def _all_refused(answer: Answer) -> bool:
    """A bulk create of which nothing was accepted: 400 in the shape of a success."""
    errors = answer.data.get("errors") if isinstance(answer.data, Mapping) else None
    return answer.status == 400 and isinstance(errors, list)
