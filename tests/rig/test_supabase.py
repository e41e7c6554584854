"""The real PostgREST answers what the clients rely on, and the gateway what Supabase's does."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from tests.rig.postgrest import jwt
from tests.rig.rig import Rig
from tests.rig.supabase import TABLE, Project

pytestmark = pytest.mark.rig
MERGE = "resolution=merge-duplicates"
UPSERT = f"/{TABLE}?on_conflict=orch_key"


def vector(at: int = 0) -> str:
    """A unit vector along one axis."""
    return "[" + ",".join("1" if i == at else "0" for i in range(384)) + "]"


def row(key: str = "k1", **more: Any) -> dict[str, Any]:
    plain = {
        "content": "Cache",
        "embedding": vector(),
        "category": "solution",
        "source_instance": "empresa-a",
    }
    return {**plain, "metadata": {"orch_key": key, "technology": "redis"}, **more}


def ask(project: Project, method: str, path: str, key: str = "", **options: Any) -> requests.Response:
    headers: Mapping[str, str] = {"apikey": key or project.key, **options.pop("headers", {})}
    return requests.request(method, f"{project.url}/rest/v1{path}", headers=headers, timeout=15, **options)


def upsert(
    project: Project, *rows: Any, prefer: str = "return=representation", key: str = ""
) -> requests.Response:
    headers = {"Prefer": f"{MERGE},{prefer}"}
    return ask(project, "POST", UPSERT, key, json=rows, headers=headers)


def keep(project: Project, *rows: Any) -> None:
    """Rows that have to arrive."""
    reply = upsert(project, *rows, prefer="return=minimal")
    assert reply.status_code in (200, 201), reply.text


@pytest.fixture
def group(rig: Rig) -> Project:
    return rig.supabase.group


def test_upsert_says_what_was_new(group: Project) -> None:
    assert upsert(group, row("a"), row("b")).status_code == 201
    again = upsert(group, row("a"), row("b"))
    assert (again.status_code, again.json()) == (200, [])
    changed = upsert(group, row("a", content="Outro"), row("b"))
    assert [r["orch_key"] for r in changed.json()] == ["a"]
    assert len(group.rows()) == 2


def test_shared_is_the_peoples(group: Project) -> None:
    keep(group, row("a"))
    group.share("a")
    keep(group, row("a", content="Outro"))
    assert [(r["content"], r["shared"]) for r in group.rows()] == [("Outro", True)]


@pytest.mark.parametrize(
    ("rows", "status", "code"),
    [
        ([row("a"), row("a", content="x")], 400, "21000"),
        ([row("a"), {k: v for k, v in row("b").items() if k != "category"}], 400, "PGRST102"),
        ([row(embedding="[1,2,3]")], 400, "22000"),
        ([row(embedding="x")], 400, "22P02"),
        ([row(orch_key="k")], 400, "428C9"),
        ([row(content=None)], 400, "23502"),
    ],
)
def test_bad_rows(group: Project, rows: Any, status: int, code: str) -> None:
    keep(group, row("a", content="antes"))
    with group.gateway.violations.expected():  # where the description sees it too
        reply = upsert(group, *rows)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert [r["content"] for r in group.rows()] == ["antes"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", f"/{TABLE}", 409, "23505"),
        ("POST", f"/{TABLE}?on_conflict=category", 400, "42P10"),
        ("GET", "/nada", 404, "42P01"),
        ("POST", "/rpc/nada", 404, "PGRST202"),
    ],
)
def test_bad_addresses(group: Project, method: str, path: str, status: int, code: str) -> None:
    keep(group, row("a"))
    body = {} if "rpc" in path else [row("a", content="x")]
    reply = ask(group, method, path, json=body if method == "POST" else None, headers={"Prefer": MERGE})
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_reading_filters_counts_and_stops_at_a_thousand(group: Project) -> None:
    group.execute(
        f"insert into {TABLE} (content, embedding, category, metadata) select 'c', '{vector()}', 'insight', "
        "jsonb_build_object('orch_key', 'k' || n) from generate_series(1, 1203) n"
    )
    capped = ask(group, "GET", f"/{TABLE}?select=id&order=id")
    assert len(capped.json()) == 1000
    counted = ask(group, "GET", f"/{TABLE}?select=id&limit=2&offset=4", headers={"Prefer": "count=exact"})
    assert (counted.status_code, counted.headers["Content-Range"]) == (206, "4-5/1203")
    after = ask(group, "GET", f"/{TABLE}?select=id&order=id&id=gt.1000").json()
    assert len(after) == 203
    named = ask(group, "GET", f'/{TABLE}?select=orch_key&orch_key=in.("k7","k9","nada")').json()
    assert {r["orch_key"] for r in named} == {"k7", "k9"}


@pytest.mark.parametrize(
    ("method", "path", "options", "fault"),
    [
        ("GET", f"/{TABLE}?select=orch_key,contents", {}, "select: no column contents"),
        ("GET", f"/{TABLE}?orch_key=k7", {}, "query orch_key: k7 has no operator"),
        ("GET", f"/{TABLE}?owner=eq.maria", {}, "query owner: no such parameter"),
        ("PATCH", f"/{TABLE}?id=eq.1", {"json": {"shared": "yes"}}, "body shared: no boolean"),
        ("POST", f"/{TABLE}", {"json": {"content": "x", "owner": "maria"}}, "body owner: no such column"),
        ("PUT", "/rpc/match_global_memory", {"json": {}}, "PUT: no such operation"),
        ("POST", "/rpc/match_global_memory", {"json": {}}, "body query_embedding: missing"),
    ],
)
def test_what_postgrests_own_description_forbids(
    group: Project, method: str, path: str, options: Any, fault: str
) -> None:
    before = group.gateway.violations.checked["supabase"]
    with group.gateway.violations.expected() as found:
        ask(group, method, path, **options)
    assert any(text.endswith(fault) for text in found), found
    assert group.gateway.violations.checked["supabase"] == before + 1


def test_a_column_that_a_migration_added_is_known_at_once(group: Project) -> None:
    ask(group, "GET", f"/{TABLE}?select=id")
    group.execute(f"alter table public.{TABLE} add column owner text; notify pgrst, 'reload schema'")
    try:
        for _attempt in range(100):
            with group.gateway.violations.expected() as found:
                reply = ask(group, "GET", f"/{TABLE}?select=owner")
            if reply.status_code == 200 and not found:
                break
            time.sleep(0.05)
        assert (reply.status_code, found) == (200, [])
    finally:
        group.execute(f"alter table public.{TABLE} drop column owner; notify pgrst, 'reload schema'")


def test_search_orders_by_similarity_and_filters(group: Project) -> None:
    rows = [row(f"k{i}", embedding=vector(i % 3), source_instance=f"empresa-{i % 2}") for i in range(30)]
    keep(group, *rows)
    group.share("k0")
    found = ask(
        group, "POST", "/rpc/match_global_memory", json={"query_embedding": vector(1), "match_count": 30}
    )
    similarities = [r["similarity"] for r in found.json()]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[0] == pytest.approx(1)
    assert len(similarities) == 30
    filters = {"query_embedding": vector(0), "filter_source": "empresa-0", "only_shared": True}
    shared = ask(group, "POST", "/rpc/match_global_memory", json=filters).json()
    assert [r["orch_key"] for r in shared] == ["k0"]


def test_keys_decide_the_role(group: Project) -> None:
    keep(group, row("a"), row("b"))
    group.share("b")
    seen = {}
    for key in (group.keys.secret, group.keys.publishable, group.keys.legacy_service):
        seen[key] = len(ask(group, "GET", f"/{TABLE}", key).json())
    assert list(seen.values()) == [2, 1, 1]  # a legacy JWT in `apikey` alone is no bearer: anon
    both = {"Authorization": f"Bearer {group.keys.legacy_service}"}
    assert len(ask(group, "GET", f"/{TABLE}", group.keys.legacy_service, headers=both).json()) == 2
    refused = upsert(group, row("c"), key=group.keys.publishable)
    assert (refused.status_code, refused.json()["code"]) == (401, "42501")
    old = {"Authorization": f"Bearer {jwt('service_role', group.keys.jwt_secret, expires=1)}"}
    assert ask(group, "GET", f"/{TABLE}", headers=old).json()["code"] == "PGRST301"


def test_the_gateway_refuses_strange_keys(rig: Rig, group: Project) -> None:
    other = rig.supabase.companies["empresa-a"]
    assert ask(group, "GET", f"/{TABLE}", other.key).status_code == 401
    assert requests.get(f"{group.url}/rest/v1/{TABLE}", timeout=5).json()["message"].startswith("No API key")
    bearer = {"Authorization": f"Bearer {group.key}"}
    assert ask(group, "GET", f"/{TABLE}", headers=bearer).status_code == 401
    group.gateway.strict = False
    assert ask(group, "GET", f"/{TABLE}", headers=bearer).status_code == 200
    browser = {"User-Agent": "Mozilla/5.0"}
    assert ask(group, "GET", f"/{TABLE}", headers=browser).status_code == 401


def test_each_company_has_a_project_of_its_own(rig: Rig) -> None:
    companies = rig.supabase.companies
    keep(companies["empresa-a"], row("a"))
    assert [len(p.rows()) for p in rig.supabase.projects] == [0, 1, 0]
    assert len({p.url for p in rig.supabase.projects}) == len({p.key for p in rig.supabase.projects}) == 3


def test_weather_over_the_gateway(group: Project) -> None:
    group.weather.next(540)
    paused = ask(group, "GET", f"/{TABLE}")
    assert (paused.status_code, paused.ok, paused.headers["Content-Type"]) == (540, False, "text/html")
    group.weather.drop_after_commit()
    with pytest.raises(requests.ConnectionError):
        upsert(group, row("a"))
    assert len(group.rows()) == 1
    assert json.loads(group.rows()[0]["embedding"])[0] == 1


def test_a_statement_timeout_is_a_500(group: Project) -> None:
    group.execute(
        "create function public.slow() returns void language sql as $$ select pg_sleep(5) $$; "
        "create function public.patience() returns text language sql "
        "as $$ select current_setting('statement_timeout') $$"
    )
    try:
        wait_at_most(group, "300ms")
        reply = ask(group, "POST", "/rpc/slow", json={})
        assert (reply.status_code, reply.json()["code"]) == (500, "57014")
    finally:
        wait_at_most(group, "8s")  # what a later test asks, too
        group.execute("drop function public.slow(); drop function public.patience()")


def wait_at_most(group: Project, time_of_a_statement: str) -> None:
    """PostgREST reads what a role is given together with the schema, and not with its configuration."""
    group.execute(
        f"alter role authenticator set statement_timeout = '{time_of_a_statement}'; "
        "notify pgrst, 'reload schema'"
    )
    until = time.monotonic() + 30
    while (told := ask(group, "POST", "/rpc/patience", json={}).text) != f'"{time_of_a_statement}"':
        assert time.monotonic() < until, told
        time.sleep(0.02)
