"""The Supabase remote keeps the contract on real Postgres, pgvector and PostgREST."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from orchestrator.errors import ConfigError, CredentialsError, PermanentError, TransientError
from orchestrator.reconcile import http
from orchestrator.reconcile.migration_files import shipped
from orchestrator.reconcile.postgrest import Postgrest
from orchestrator.reconcile.remotes.supabase import SupabaseMemory
from orchestrator.remote import Entry, Observed, Refused
from tests.remotes.contract import Place, RemoteContract, changed, done, unit_vector
from tests.rig.rig import Rig

pytestmark = [pytest.mark.rig, pytest.mark.xdist_group("rig")]
VARIABLE = "ORCH_SUPABASE_KEY"
TABLE = "public.orchestrator_global_memory"


class SupabasePlace(Place):
    """The group's project of the rig; people use its SQL console."""

    credentials = VARIABLE
    vectors = True
    ceiling = 3
    second_ceiling = 1

    def __init__(self, rig: Rig) -> None:
        self.rig, self.project = rig, rig.supabase.group
        self.slept: list[float] = []

    def client(self, url: str = "", key: str = "") -> Postgrest:
        url, key = url or self.project.url, key or self.project.key
        return Postgrest(url, key, variable=VARIABLE, sleep=self.slept.append)

    def remote(self, *, wrong_credentials: bool = False) -> SupabaseMemory:
        key = "sb_secret_of_somebody_else" if wrong_credentials else self.project.key
        return SupabaseMemory(self.client(key=key), name="group.memory")

    def offline(self) -> SupabaseMemory:
        return SupabaseMemory(self.client(url="http://127.0.0.1:1"), name="group.memory")

    def count(self) -> int:
        ((n,),) = self.project.sql(f"select count(*) from {TABLE}")
        return n

    def texts(self, observed: Observed) -> tuple[str, str]:
        query = f"select metadata->>'title', content from {TABLE} where orch_key = %s"
        (row,) = self.project.sql(query, observed.key)
        return row[0], row[1]

    def edit(self, observed: Observed, text: str) -> None:
        query = f"update {TABLE} set content = %s where orch_key = %s returning id"
        assert self.project.sql(query, text, observed.key)

    def state(self) -> Any:
        return self.project.sql(f"select * from {TABLE} order by id")

    def requests(self) -> int:
        return len(self.project.server.exchanges)

    def fail(self, status: int, *, times: int = 1, retry_after: str = "", writes_only: bool = False) -> None:
        after = retry_after or None
        self.project.weather.next(status, times=times, retry_after=after, writes_only=writes_only)

    def drop_after_work(self) -> None:
        self.project.weather.drop_after_commit()

    def poisoned(self, entry: Entry) -> Entry:
        """A content that the table's own constraint refuses, in the middle of a batch."""
        self.project.execute(
            f"alter table {TABLE} drop constraint if exists poison;"
            f"alter table {TABLE} add constraint poison check (content not like '%%VENENO%%') not valid"
        )
        return changed(entry, "VENENO")


@pytest.fixture
def place(rig: Rig) -> Any:
    yield SupabasePlace(rig)
    rig.supabase.group.execute(f"alter table {TABLE} drop constraint if exists poison")


class TestSupabase(RemoteContract):
    """What each remote keeps."""


def test_the_columns_of_the_specification(place: SupabasePlace) -> None:
    entry = place.entry("[empresa-a] Solução: cache", shared=True, metadata={"model": "m1", "gain": "50%"})
    done(place.remote().create([entry]))
    (row,) = place.project.rows()
    assert (row["content"], row["source_instance"], row["category"]) == (entry.body, "empresa-a", "solution")
    assert row["shared"] is True
    assert row["metadata"]["title"] == entry.title
    assert (row["metadata"]["gain"], row["metadata"]["orch_hash"]) == ("50%", entry.hash)
    assert json.loads(row["embedding"]) == pytest.approx(entry.vector, abs=1e-6)


def test_people_own_shared(place: SupabasePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.project.share(entry.key)
    (seen,) = remote.find([entry.key]).values()
    assert (seen.edited, seen.status, made.status) == (False, "shared", "")
    done(remote.update([(seen, changed(entry, "novo"))]))
    assert [row["shared"] for row in place.project.rows()] == [True]
    assert remote.share([entry.key], shared=False) == 1
    assert [row["shared"] for row in place.project.rows()] == [False]


def test_rows_and_nearest(place: SupabasePlace) -> None:
    entries = [place.entry(body=f"texto {n}", shared=n % 2 == 0, metadata={"model": "m"}) for n in range(600)]
    remote = place.remote()
    done(remote.create(entries))
    rows = list(remote.rows())
    assert [r.key for r in rows] == [e.key for e in entries if e.shared]
    assert rows[3].vector == pytest.approx(entries[6].vector, abs=1e-6)
    assert (rows[3].hash, rows[3].model) == (entries[6].hash, "m")
    assert len(list(remote.rows(shared_only=False))) == 600
    best = remote.nearest(entries[8].vector or (), limit=3)
    assert best[0].key == entries[8].key
    assert best[0].similarity == pytest.approx(1.0, abs=1e-5)
    assert best[0].similarity > best[1].similarity >= best[2].similarity
    assert remote.nearest(entries[9].vector or (), shared_only=False)[0].key == entries[9].key
    assert entries[9].key not in [r.key for r in remote.nearest(entries[9].vector or ())]
    assert remote.nearest(entries[8].vector or (), company="empresa-b") == []
    assert remote.nearest(entries[8].vector or (), kind="pattern") == []


SOME_METADATA = (
    {"technologies": ["Redis", "COBOL"]}, {"technology": "cobol"},
    {"technologies": [], "technology": ["Cobol"]},
    {"technologies": "COBOL"}, {"technologies": {"cobol": 1}}, {"technologies": [{"cobol": 2}, None, 3]},
    {"technologies": ["cobol net"], "technology": "cobol"}, [1], None,
)  # fmt: skip


def crowd(project: Any) -> None:
    """2,000 shared rows about Java, all nearer to the first axis than the few others, which come last."""
    insert = (
        f"insert into {TABLE} (content, embedding, category, source_instance, shared, metadata, created_at)"
        " select {said}, ('[' || {vector} || ']')::vector, 'insight', {owner}, true, {about}, {at}"
    )
    java = insert.format(
        said="'Java ' || n",
        vector="'1,' || n / 9000.0 || repeat(',0', 382)",
        owner="'empresa-b'",
        about='\'{"technologies": ["Java"]}\'::jsonb',
        at="timestamptz '2026-01-01' + n * interval '1 s'",
    )
    project.execute(f"{java} from generate_series(1, 2000) n")
    other = insert.format(
        said="'outro ' || n - 1",
        vector="'0' || repeat(',1', 383)",
        owner="'empresa-c'",
        about="j",
        at="timestamptz '2026-03-01' + (n - 1) * interval '1 day'",
    )
    listed = "jsonb_array_elements(%s::jsonb) with ordinality t(j, n)"
    project.sql(f"{other} from {listed} returning id", json.dumps(SOME_METADATA))


AXIS = [1.0] + [0.0] * 383


def test_a_rare_technology_is_found_among_thousands(place: SupabasePlace) -> None:
    """None of its rows is among the 200 nearest, nor the 2,000: the server chooses them first."""
    crowd(place.project)
    cobol = {"outro 0", "outro 1", "outro 2", "outro 3"}
    for key in (place.project.keys.secret, place.project.keys.publishable):
        remote = SupabaseMemory(place.client(key=key), name="m")

        def found(remote: SupabaseMemory = remote, **filters: Any) -> set[str]:
            return {row.content for row in remote.nearest(AXIS, limit=50, **filters)}

        assert not any(said.startswith("outro") for said in found())
        assert found(technology="cOBOL") - {"outro 4"} == cobol
        assert found(technology="cobol", since="2026-03-02T00:00:00+00:00") >= cobol - {"outro 0"}
        assert "outro 0" not in found(technology="cobol", since="2026-03-01T01:02:00+01:01")
        assert found(since="2026-03-08T00:00:00Z") == {"outro 7", "outro 8"}
        assert len(found(technology="java")) == 50
        assert found(technology="java", company="empresa-c") == set() == found(technology="cobo")
        assert found(technology="' or true --") == set() == found(technology="nul\0 \ud800")


def test_a_project_without_the_newest_migration_is_told_so_and_answers_the_rest(place: SupabasePlace) -> None:
    done(place.remote().create([place.entry(shared=True) for _ in range(3)]))
    change = "alter function public.{} rename to {}; notify pgrst, 'reload schema';"
    place.project.execute(
        "alter function public.match_global_memory rename to kept;" + shipped()[1].sql  # as it was before
        + change.format("nearest_global_memory", "away")
    )  # fmt: skip
    try:
        remote = place.remote()
        with pytest.raises(PermanentError, match="nearest_global_memory") as old:
            for _try in range(100):  # PostgREST learns of it within half a second
                remote.nearest(AXIS, technology="cobol")
                time.sleep(0.05)
        assert "orch supabase migrate" in old.value.hint
        assert len(remote.nearest(AXIS, limit=3)) == 3
    finally:
        place.project.execute(
            "drop function public.match_global_memory;"
            "alter function public.kept rename to match_global_memory;"
            + change.format("away", "nearest_global_memory")
        )


def test_rows_that_others_wrote(place: SupabasePlace) -> None:
    place.project.sql(
        f"insert into {TABLE} (content, embedding, category, shared)"
        " values ('x', %s, 'solution', true) returning id",
        json.dumps(unit_vector("x")),
    )
    (row,) = place.remote().rows()
    assert (row.key, row.company, row.hash) == ("row-1", "", "")


def test_keys_that_only_look_like_a_rows_number(place: SupabasePlace) -> None:
    """Whoever may write rows chooses their keys: one that is no number must not stop everybody's pulls."""
    keys = [
        "row-abc",
        "row-",
        "row-9999999999999999999999",
        "row-9223372036854775808",
        "row-٣",
        "row--1",
        "row-1.5",
        "row-007",
        "row-" + "0" * 20 + "9" * 20,
    ]
    done(place.remote().create([place.entry(key=key, shared=True) for key in keys]))
    wanted = [*keys, "row-77", "row-9223372036854775807"]
    assert {row.key for row in place.remote().rows_of(wanted)} == set(keys)


def test_a_thousand_in_twelve_requests(place: SupabasePlace) -> None:
    entries = [place.entry(body=f"Origem: empresa-a\n\n{n} " + "x" * 400) for n in range(1000)]
    remote = place.remote()
    assert remote.find([e.key for e in entries]) == {}
    done(remote.create(entries))
    sent = place.project.server.exchanges
    assert len(sent) <= 12, [str(e)[:60] for e in sent]
    assert max(len(e.request.body) for e in sent) < 1_000_000
    assert max(len(e.request.target) for e in sent) < 8_000
    assert place.count() == 1000


def test_long_texts_make_smaller_batches(place: SupabasePlace) -> None:
    done(place.remote().create([place.entry(body=f"{n} " + "ã" * 5000) for n in range(150)]))
    sizes = [len(e.request.body) for e in place.project.server.exchanges]
    assert max(sizes) < 1_000_000
    assert len(sizes) == 3


def test_a_slow_statement_is_halved(place: SupabasePlace) -> None:
    """Postgres cancels a statement of more than ten rows, as its statement timeout would."""
    place.project.execute(
        "create function public.slow() returns trigger language plpgsql as $$ begin"
        " if (select count(*) from fresh) > 10 then raise exception 'canceling' using errcode = '57014';"
        " end if; return null; end $$;"
        f"create trigger slow after insert on {TABLE} referencing new table as fresh"
        " for each statement execute function public.slow();"
    )
    try:
        entries = [place.entry() for _ in range(40)]
        done(place.remote().create(entries))
        assert place.count() == 40
        statuses = [e.status for e in place.project.server.exchanges]
        assert statuses == [500, 500, 201, 201, 500, 201, 201]
        assert place.slept == [], "a timeout calls for less, not for later"
    finally:
        place.project.execute(f"drop trigger slow on {TABLE}; drop function public.slow()")


def test_strange_keys(place: SupabasePlace) -> None:
    keys = ["a,b", 'q"uo\\te', "a b", "a)b(", "ação", "a&b=c", "a.b", "*", "%2C", "x:y/z"]
    entries = [place.entry(key=key) for key in keys]
    remote = place.remote()
    done(remote.create(entries))
    assert set(remote.find(keys)) == set(keys)
    done(remote.retract([remote.find([k])[k] for k in keys[:5]]))
    assert set(remote.find(keys)) == set(keys[5:])


@pytest.mark.parametrize("style", ["secret", "legacy_service"])
def test_both_sorts_of_key(place: SupabasePlace, style: str) -> None:
    key = getattr(place.project.keys, style)
    remote = SupabaseMemory(place.client(key=key), name="m")
    done(remote.create([place.entry()]))
    (exchange,) = [e for e in place.project.server.exchanges if e.request.method == "POST"]
    assert exchange.request.headers["apikey"] == key
    assert ("authorization" in exchange.request.headers) == (style == "legacy_service")
    assert exchange.request.headers["user-agent"].startswith("orch/")


def test_a_key_without_rights(place: SupabasePlace) -> None:
    remote = SupabaseMemory(place.client(key=place.project.keys.publishable), name="m")
    with pytest.raises(CredentialsError, match="42501"):
        done(remote.create([place.entry()]))


@pytest.mark.parametrize("status", [402, 540])
def test_a_paused_project_is_asked_once(place: SupabasePlace, status: int) -> None:
    place.fail(status, times=9)
    with pytest.raises(TransientError, match=str(status)):
        place.remote().find(["k"])
    assert place.requests() == 1


def test_more_rows_than_one_answer_holds(place: SupabasePlace) -> None:
    """PostgREST cuts an answer at 1,000 rows and says nothing."""
    place.project.execute(
        f"insert into {place.project.table} (content, embedding, category, shared, metadata) "
        "select 'x', ('[1' || repeat(',0', 383) || ']')::vector, 'insight', true, "
        "jsonb_build_object('orch_key', 'k' || n) from generate_series(1, 1001) n"
    )
    assert len({row.key for row in place.remote().rows()}) == 1001


def test_missing_migrations_are_named(place: SupabasePlace) -> None:
    remote = SupabaseMemory(place.client(), name="m", table="no_such_table")
    with pytest.raises(PermanentError) as caught:
        list(remote.create([place.entry(), place.entry()]))
    assert not isinstance(caught.value, Refused)
    assert "no_such_table" in caught.value.message
    assert "orch supabase migrate" in caught.value.hint


def test_details_are_never_quoted(place: SupabasePlace) -> None:
    """Postgres quotes the whole row in `details`; the refusal must not."""
    entry = place.poisoned(place.entry(metadata={"canary": "CANARIO-77"}))
    (refused,) = place.remote().create([entry])
    assert isinstance(refused, Refused)
    assert "23514" in refused.reason
    assert "CANARIO" not in refused.reason
    assert "VENENO" not in refused.reason


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.8",
        "https://192.168.1.4:8443",
        "https://169.254.169.254",
        "https://[fd00::1]",
        "https://0xa000001",
        "https://10.1",
        "https://[::ffff:10.0.0.1]",
        "https://supabase.internal",
        "https://intranet",
        "http://abc.supabase.co",
        "https://user:pw@abc.supabase.co",
        "https://abc.supabase.co?x=1",
        "https://abc.supabase.co#x",
        "ftp://abc.supabase.co",
        "abc.supabase.co",
        "https://abc.supabase.co\\@evil.example",
        "https://abc.supabase.co\r\nX: y",
        "https://0.0.0.0",
        "https://[::]",
        "",
    ],
)
def test_where_a_key_is_not_sent(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Postgrest(url, "sb_secret_x", variable=VARIABLE)
    assert "pw" not in caught.value.message


def test_where_a_key_is_sent() -> None:
    for url in (
        "https://abc.supabase.co",
        "https://abc.supabase.co/",
        "http://127.0.0.1:54321",
        "http://localhost",
    ):
        assert Postgrest(url, "sb_secret_x", variable=VARIABLE).url == url.rstrip("/")


def test_a_question_that_fails_after_a_create_leaves_it_in_doubt(
    place: SupabasePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was lost and then the key expired: the refusal says nothing of what was sent."""
    remote, entry = place.remote(), place.entry()
    place.drop_after_work()
    send = remote._client.insert

    def then_expired(*values: Any, **more: Any) -> Any:
        try:
            return send(*values, **more)
        finally:
            place.fail(401, times=99)

    monkeypatch.setattr(remote._client, "insert", then_expired)
    with pytest.raises(CredentialsError) as caught:
        list(remote.create([entry]))
    assert caught.value.in_doubt and place.count() == 1


def test_a_row_that_a_person_made_too_large_holds_no_withdrawal_up(
    place: SupabasePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [place.entry() for _ in range(3)]
    remote = place.remote()
    made = done(remote.create(entries))
    place.edit(made[1], "x" * 60_000)
    monkeypatch.setattr(http, "ANSWER_CAP", 50_000)
    found = remote.find([e.key for e in entries])
    assert [found[e.key].edited for e in entries] == [False, True, False]
    assert set(remote.read(made)) == {made[0].key, made[2].key}
    results = {r.key: r for r in remote.retract(made)}
    refused = results.pop(made[1].key)
    assert isinstance(refused, Refused) and refused.conflict and len(results) == 2
    assert [row["orch_key"] for row in place.project.rows()] == [made[1].key]


@pytest.mark.parametrize("before", [100, 180, 460])
def test_a_key_that_the_project_quotes_back_is_masked_wherever_the_text_is_cut(
    place: SupabasePlace, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    key = "sb_secret_" + "Q7w9" * 8
    client = Postgrest(place.project.url, key, variable=VARIABLE, sleep=lambda _seconds: None)
    told = http.Answer(400, {}, {"message": "." * before + f" {key}", "code": "X"})
    monkeypatch.setattr(client.session, "_once", lambda *_wanted: told)
    with pytest.raises(http.HttpRefusedError) as caught:
        client.select("t", {})
    assert "sb_secret" not in caught.value.message and "Q7w9" not in caught.value.reason
