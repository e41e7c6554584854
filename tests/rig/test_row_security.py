"""Nobody without the secret key learns anything of a row that is not shared, by any way through the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rig.postgrest import jwt
from tests.rig.rig import Rig
from tests.rig.supabase import TABLE, Project
from tests.rig.test_supabase import ask, keep, row, vector

pytestmark = [pytest.mark.rig, pytest.mark.xdist_group("rig")]
SECRET = "segredo-da-empresa"
CODES = f"{TABLE}_codes"
WORDS = "search_global_memory_words"


@pytest.fixture
def group(rig: Rig) -> Project:
    """One shared row and three that are not: their texts hold SECRET."""
    project = rig.supabase.group
    hidden = [row(k, content=f"{SECRET} {k}", category="pattern", source_instance="empresa-x") for k in "bcd"]
    keep(project, row("a", content="Cache público"), *hidden)
    project.share("a")
    return project


Ask = Any


@pytest.fixture(params=["anon", "authenticated"])
def anyone(request: pytest.FixtureRequest, group: Project) -> Ask:
    """Requests as that role; every answer is read for the secret."""
    headers = {}
    if request.param == "authenticated":
        headers["Authorization"] = f"Bearer {jwt('authenticated', group.keys.jwt_secret)}"

    def asked(method: str, path: str, **options: Any) -> Any:
        given = {**headers, **options.pop("headers", {})}
        reply = ask(group, method, path, group.keys.publishable, headers=given, **options)
        assert SECRET not in reply.text and "empresa-x" not in reply.text
        return reply

    return asked


def rpc(anyone: Ask, name: str, **arguments: Any) -> Any:
    reply = anyone("POST", f"/rpc/{name}", json=arguments)
    assert reply.status_code == 200, reply.text
    return reply.json()


FILTERS: list[dict[str, Any]] = [
    {},
    {"filter_category": "pattern"},
    {"filter_source": "empresa-x"},
    {"only_shared": False},
    {"match_count": 200},
    {"filter_category": "pattern", "filter_source": "empresa-x", "only_shared": False},
]


@pytest.mark.parametrize("filters", FILTERS)
def test_search_shows_shared_rows_only(anyone: Ask, filters: dict[str, Any]) -> None:
    near = rpc(anyone, "match_global_memory", query_embedding=vector(), **filters)
    said = rpc(
        anyone, WORDS, query_words=["segredo", "empresa", "cache"], query_embedding=vector(), **filters
    )
    hidden = {"filter_category", "filter_source"} & set(filters)
    assert {r["orch_key"] for r in near} == {r["orch_key"] for r in said} == (set() if hidden else {"a"})
    about = {"filter_technology": "redis", "filter_since": "2020-01-01"}  # as every row
    also = rpc(anyone, "nearest_global_memory", query_embedding=vector(), **filters, **about)
    assert also == near


def test_counts_and_checksums_are_of_shared_rows(anyone: Ask) -> None:
    assert rpc(anyone, "orchestrator_memory_stats") == {
        "total": 1,
        "by_category": {"solution": 1},
        "by_instance": {"empresa-a": 1},
    }
    assert sum(b["entries"] for b in rpc(anyone, "orchestrator_memory_digest")) == 1
    assert set(rpc(anyone, "orchestrator_memory_keys", wanted=list(range(256)))) == {"a"}


@pytest.mark.parametrize("path", ["", "?category=eq.pattern", "?content=like.*segredo*", "?shared=is.false"])
def test_exact_counts_are_of_what_may_be_seen(anyone: Ask, path: str) -> None:
    reply = anyone("GET", f"/{TABLE}{path}", headers={"Prefer": "count=exact"})
    assert reply.headers["Content-Range"].partition("/")[2] == ("0" if path else "1")


@pytest.mark.parametrize("path", ["", "?category=eq.pattern", "?shared=not.is.true", "?along=gt.-2&id=gt.0"])
def test_codes_are_seen_of_shared_rows_only(anyone: Ask, group: Project, path: str) -> None:
    ((number,),) = group.sql(f"select id from {TABLE} where shared")
    assert group.sql(f"select count(*) from {CODES}") == [(4,)]
    reply = anyone("GET", f"/{CODES}{path}", headers={"Prefer": "count=exact"})
    seen = [row["id"] for row in reply.json()]
    assert seen == ([] if "pattern" in path or "true" in path else [number])
    assert reply.headers["Content-Range"].partition("/")[2] == str(len(seen))


def test_a_code_goes_out_of_sight_with_its_row(anyone: Ask, group: Project) -> None:
    group.share("b")
    assert len(anyone("GET", f"/{CODES}?select=id").json()) == 2
    group.share("b", shared=False)
    group.execute(f"update {TABLE} set shared = null where orch_key = 'a'")
    assert anyone("GET", f"/{CODES}?select=id").json() == []
    assert rpc(anyone, "nearest_global_memory", query_embedding=vector()) == []


def test_a_code_that_says_shared_shows_no_row_that_is_not(anyone: Ask, group: Project) -> None:
    """The codes choose; what is shown goes through the rows' own policy."""
    group.execute(f"update {CODES} set shared = true")
    found = rpc(anyone, "nearest_global_memory", query_embedding=vector())
    assert [r["orch_key"] for r in found] == ["a"]


def test_a_plan_is_shown_to_nobody(anyone: Ask) -> None:
    reply = anyone("GET", f"/{TABLE}", headers={"Accept": "application/vnd.pgrst.plan+json"})
    assert reply.status_code in (406, 415)


WRITES = [
    ("POST", f"/{TABLE}", {"content": "x", "embedding": vector(), "category": "y", "shared": True}),
    ("POST", f"/{TABLE}?on_conflict=orch_key", [{"content": "x", "embedding": vector(), "category": "y"}]),
    ("PATCH", f"/{TABLE}?orch_key=eq.a", {"content": "x"}),
    ("PATCH", f"/{TABLE}?orch_key=eq.b", {"shared": True}),
    ("DELETE", f"/{TABLE}?orch_key=eq.a", None),
    (
        "POST",
        f"/{CODES}",
        {"id": 9, "along": 1, "spread": 1, "code": "1" * 384, "category": "y", "shared": True},
    ),
    ("PATCH", f"/{CODES}?id=gt.0", {"shared": True}),
    ("DELETE", f"/{CODES}?id=gt.0", None),
    ("POST", "/rpc/orchestrator_encode", {"ids": [1, 2, 3, 4]}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_nothing_is_written(anyone: Ask, group: Project, method: str, path: str, body: Any) -> None:
    everything = f"select * from {CODES} order by id"
    before = group.rows(), group.sql(everything)
    reply = anyone(method, path, data=json.dumps(body), headers={"Content-Type": "application/json"})
    assert reply.status_code in (401, 403) and reply.json()["code"] == "42501"
    assert (group.rows(), group.sql(everything)) == before


def test_no_function_runs_with_its_owners_rights(group: Project) -> None:
    """A definer would see every row; and nobody but the three roles may call one of ours.

    Names stand for the same whoever calls: by a search_path, or since the body was read when it was made.
    """
    functions = group.sql(
        "select proname, prosecdef, coalesce(proconfig::text like '%search_path%', prosqlbody is not null),"
        " proacl::text from pg_proc where"
        " pronamespace = 'public'::regnamespace and proname ~ '^orchestrator|global_memory'"
    )
    assert len(functions) >= 8
    for name, definer, pinned, grants in functions:
        assert not definer and pinned, name
        assert name == "orchestrator_touch" or not grants.startswith("{=X"), name
