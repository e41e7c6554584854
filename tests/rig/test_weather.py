"""Every misbehaviour can be ordered, strikes whom it should, and is over when it is over."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import requests

from tests.rig.conftest import Site, issue_body
from tests.rig.rig import Rig
from tests.rig.weather import Weather
from tests.rig.wire import Request

pytestmark = pytest.mark.rig
ME, ISSUE = "/rest/api/3/myself", "/rest/api/3/issue"
A_DATE = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "header"),
    [(7, "7"), (0, "0"), (None, None), (A_DATE, "Sun, 22 Nov 2026 20:00:00 GMT"), ("soon", "soon")],
)
def test_429_with_every_sort_of_retry_after(site: Site, given: float | None, header: str | None) -> None:
    site.rig.jira.weather.next(429, retry_after=given)
    reply = site.ask("GET", ME)
    assert (reply.status_code, reply.headers.get("Retry-After")) == (429, header)
    assert reply.headers["RateLimit-Reason"] == "jira-burst-based"
    assert site.ask("GET", ME).status_code == 200


@pytest.mark.parametrize("status", [500, 502, 503, 401, 403])
def test_statuses_come_in_the_vendors_shape(site: Site, status: int) -> None:
    site.rig.jira.weather.next(status, times=2)
    assert [site.ask("GET", ME).status_code for _ in range(3)] == [status, status, 200]
    site.rig.confluence.weather.next(status)
    reply = site.ask("GET", "/wiki/api/v2/spaces")
    assert reply.status_code == status
    assert status == 401 or reply.json()["errors"][0]["status"] == status


def test_a_reset_does_nothing(site: Site) -> None:
    site.rig.jira.weather.next("reset")
    with pytest.raises(requests.ConnectionError):
        site.ask("POST", ISSUE, json=issue_body())
    assert not site.rig.jira.all()


def test_a_dropped_answer_has_done_the_work(site: Site) -> None:
    site.rig.jira.weather.drop_after_commit(1)
    assert site.ask("GET", ME).status_code == 200
    with pytest.raises(requests.ConnectionError):
        site.ask("POST", ISSUE, json=issue_body())
    assert len(site.rig.jira.all()) == 1
    site.issue("segunda")
    assert site.rig.jira.weather.struck == ["drop"]


def test_slow_html_and_a_redirect_elsewhere(site: Site, rig: Rig) -> None:
    rig.jira.weather.next("slow", seconds=0.2)
    before = time.monotonic()
    assert site.ask("GET", ME).status_code == 200
    assert time.monotonic() - before >= 0.2
    rig.jira.weather.next("html", status=200)
    page = site.ask("GET", ME)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    rig.jira.weather.next("redirect")
    moved = site.ask("GET", ME, allow_redirects=False)
    assert moved.status_code == 302
    assert moved.headers["Location"].startswith(rig.stranger.url)
    rig.jira.weather.next("redirect")
    assert site.ask("GET", ME).status_code == 200
    assert [r.path for r in rig.stranger.received] == [ME]


def test_faults_choose_their_requests(site: Site, rig: Rig) -> None:
    rig.jira.weather.next(503, path="/search/jql$", method="POST", after=1)
    site.issue()
    assert site.found("project = ORCH") == ["ORCH-1"]
    assert site.ask("POST", "/rest/api/3/search/jql", json={"jql": "project = ORCH"}).status_code == 503
    assert site.found("project = ORCH") == ["ORCH-1"]


def test_every_nth_request(site: Site) -> None:
    site.rig.jira.weather.every(3, 503)
    assert [site.ask("GET", ME).status_code for _ in range(6)] == [200, 200, 503, 200, 200, 503]
    site.rig.jira.weather.clear()
    assert site.ask("GET", ME).status_code == 200


def test_chance_repeats_with_its_seed() -> None:
    request = Request("GET", "/x", {})

    def forecast(seed: int) -> list[int | str | None]:
        weather = Weather()
        weather.random(seed, 0.5, [429, "reset"])
        found = [weather.strike(request) for _ in range(50)]
        return [fault and fault.kind for fault in found]

    assert forecast(1) == forecast(1) != forecast(2)
    assert {429, "reset", None} == set(forecast(1))


def test_a_run_of_kinds_strikes_one_request_after_the_other() -> None:
    weather = Weather()
    weather.random(1, 0.3, [("drop", 401)])
    found = [fault and fault.kind for fault in (weather.strike(Request("GET", "/x", {})) for _ in range(90))]
    assert found.count("drop") == found.count(401) > 9
    assert all(found[n + 1] == 401 for n, kind in enumerate(found[:-1]) if kind == "drop")


def test_unknown_weather_is_an_error() -> None:
    with pytest.raises(ValueError, match="fog"):
        Weather().next("fog")


def test_what_went_over_the_wire_is_kept(site: Site) -> None:
    site.issue()
    site.found("project = ORCH")
    site.rig.jira.weather.next(503)
    site.ask("GET", ME)
    server = site.rig.atlassian.server
    assert [str(e) for e in server.writes()] == ["POST /rest/api/3/issue 201"]
    assert str(server.exchanges[-1]) == "GET /rest/api/3/myself 503"
