"""What every remote must do, as one suite.

A remote joins with a file of about 25 lines: a `Place` that knows its vendor's system under
test, and

    class TestFolderIssues(RemoteContract):
        @pytest.fixture
        def place(self, tmp_path):
            return FolderIssuesPlace(tmp_path)

Capabilities that a vendor lacks are flags of the place; their tests are skipped by name.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.errors import CredentialsError, TransientError
from orchestrator.model import digest
from orchestrator.reconcile.http import sendable
from orchestrator.reconcile.plan import Action, Known, plan
from orchestrator.remote import Done, Entry, Linking, Observed, Readable, Refused, Remote
from tests.remotes.hostile import HOSTILE

_numbers = itertools.count(1)


def unit_vector(seed: str) -> list[float]:
    """A deterministic vector of length 1 and 384 dimensions."""
    chance = random.Random(digest(seed))
    raw = [chance.gauss(0, 1) for _ in range(384)]
    size = sum(x * x for x in raw) ** 0.5
    return [x / size for x in raw]


class Place:
    """One vendor's system under test. Override what differs; the flags say what it can do."""

    kind = "solution"
    weather = True  # `fail` and `drop_after_work` work: there is a server to misbehave
    credentials = "ORCH_TEST_TOKEN"  # the variable a refusal must name; '' without credentials
    poison = True  # `poisoned` makes an entry that the vendor refuses for good
    vectors = False  # entries carry a vector
    examples = 40  # hypothesis examples
    many = 300
    ceiling = 300  # requests allowed for find + create of `many` entries
    second_ceiling = 30  # requests allowed for the find of the second push

    def remote(self, *, wrong_credentials: bool = False) -> Remote:
        """A fresh client of the same system; it must never really sleep."""
        raise NotImplementedError

    def offline(self) -> Remote:
        """A client whose server cannot be reached."""
        raise NotImplementedError

    def count(self) -> int:
        """How many live objects exist, read behind the remote's back."""
        raise NotImplementedError

    def texts(self, observed: Observed) -> tuple[str, str]:
        """Title and body text as stored, read behind the remote's back and without markup."""
        raise NotImplementedError

    def edit(self, observed: Observed, text: str) -> None:
        """A person replaces the body by `text`, in the vendor's own interface."""
        raise NotImplementedError

    def state(self) -> Any:
        """Everything stored, comparable with `==`."""
        raise NotImplementedError

    def requests(self) -> int:
        """Requests received so far (0 where there is no server)."""
        return 0

    def fail(self, status: int, *, times: int = 1, retry_after: str = "", writes_only: bool = False) -> None:
        """The next requests are answered with this status, and nothing is done."""
        raise NotImplementedError

    def drop_after_work(self) -> None:
        """The next writing request is carried out, then the connection breaks."""
        raise NotImplementedError

    def poisoned(self, entry: Entry) -> Entry:
        """The entry, changed so that this vendor refuses it for good."""
        raise NotImplementedError

    def settle(self) -> None:
        """Let the time pass after which `find` sees what was created."""

    def alive(self, observed: Observed | None) -> bool:
        """False where a found object counts as taken away (a closed issue)."""
        return observed is not None

    def expected_title(self, entry: Entry) -> str:
        """The title that must be stored: a vendor may cut or fold lines, never interpret."""
        return str(sendable(entry.title))

    def expected_body(self, entry: Entry) -> str:
        """The body text that must be stored."""
        return str(sendable(entry.body))

    def entry(self, title: str = "", body: str = "", *, key: str = "", **more: Any) -> Entry:
        """An entry as reconcile makes them; a fresh key unless given."""
        n = next(_numbers)
        key = key or "i1-" + digest(str(n), size=16)
        title = title or f"[empresa-a] Solução: cache {n}"
        body = body or f"Origem: empresa-a\n\nRedis na frente do catálogo, caso {n}."
        vector = unit_vector(body) if self.vectors else None
        return Entry(key, self.kind, "empresa-a", title, body, digest(title, body), vector=vector, **more)


def changed(entry: Entry, body: str) -> Entry:
    """The next version of an entry: same key, other words, other hash."""
    return replace(entry, body=body, hash=digest(entry.title, body))


def done(results: Iterator[Done | Refused]) -> list[Observed]:
    """The observations of results that must all be done."""
    got = list(results)
    assert all(isinstance(r, Done) for r in got), got
    return [r.observed for r in got if isinstance(r, Done)]


def readable(place: Place) -> Any:
    """The place's remote, which must be able to read back what it holds."""
    remote = place.remote()
    assert isinstance(remote, Readable)
    return remote


def linking(place: Place) -> Any:
    """The place's remote, if its objects can link to others; else the test is skipped."""
    remote = readable(place)
    if not isinstance(remote, Linking):
        pytest.skip("its objects link to nothing")
    return remote


class RemoteContract:
    """The suite. Subclasses give the fixture `place`."""

    # ------------------------------------------------------------------ the plain way

    def test_create_find_update_retract(self, place: Place) -> None:
        remote, entry = place.remote(), place.entry()
        (made,) = done(remote.create([entry]))
        assert (made.key, made.hash) == (entry.key, entry.hash)
        assert made.ref and made.version
        place.settle()
        found = remote.find([entry.key])[entry.key]
        assert (found.ref, found.hash, found.version) == (made.ref, entry.hash, made.version)
        assert not found.edited
        newer = changed(entry, "Origem: empresa-a\n\nAgora com 60% de ganho.")
        (updated,) = done(remote.update([(found, newer)]))
        assert (updated.ref, updated.hash) == (made.ref, newer.hash)
        assert updated.version != found.version
        again = place.remote().find([entry.key])[entry.key]
        assert (again.hash, again.version, again.edited) == (newer.hash, updated.version, False)
        assert "60%" in place.texts(again)[1]
        assert [r.key for r in remote.retract([again])] == [entry.key]
        place.settle()
        assert not place.alive(remote.find([entry.key]).get(entry.key))
        assert place.count() == 0

    def test_identity_of_the_place(self, place: Place) -> None:
        remote = place.remote()
        assert remote.name and remote.label and remote.target
        assert remote.settle_seconds >= 0
        assert remote.target == place.remote().target

    def test_nothing_is_found_where_nothing_is(self, place: Place) -> None:
        assert place.remote().find([place.entry().key]) == {}
        assert place.remote().find([]) == {}
        assert list(place.remote().create([])) == []
        assert list(place.remote().update([])) == []
        assert list(place.remote().retract([])) == []

    def test_find_writes_nothing(self, place: Place) -> None:
        entries = [place.entry() for _ in range(3)]
        done(place.remote().create(entries))
        before = place.state()
        place.remote().find([e.key for e in entries] + [place.entry().key])
        assert place.state() == before

    def test_find_tells_many_apart(self, place: Place) -> None:
        entries = [place.entry() for _ in range(12)]
        done(place.remote().create(entries))
        place.settle()
        found = place.remote().find([e.key for e in entries[:7]])
        assert {k: o.hash for k, o in found.items()} == {e.key: e.hash for e in entries[:7]}
        assert len({o.ref for o in found.values()}) == 7

    def test_retracting_what_is_gone_is_done(self, place: Place) -> None:
        remote, entry = place.remote(), place.entry()
        (made,) = done(remote.create([entry]))
        done(remote.retract([made]))
        done(remote.retract([made]))
        assert place.count() == 0

    def test_created_again_after_retract(self, place: Place) -> None:
        remote, entry = place.remote(), place.entry()
        done(remote.retract(done(remote.create([entry]))))
        place.settle()
        (made,) = done(remote.create([entry]))
        place.settle()
        assert place.alive(remote.find([entry.key]).get(entry.key))
        assert made.hash == entry.hash
        assert place.count() == 1

    # ------------------------------------------------------------------ never doubled

    def test_created_twice_is_one_object(self, place: Place) -> None:
        entry = place.entry()
        (first,) = done(place.remote().create([entry]))
        place.settle()
        (second,) = done(place.remote().create([entry]))
        assert (second.ref, second.hash) == (first.ref, entry.hash)
        assert place.count() == 1

    def test_an_adopted_object_shows_what_it_holds(self, place: Place) -> None:
        """Adopting is not updating: the hash that comes back is the one that lies there."""
        entry = place.entry()
        done(place.remote().create([entry]))
        place.settle()
        for result in place.remote().create([changed(entry, "Outro texto.")]):
            assert isinstance(result, Refused) or result.observed.hash == entry.hash
        assert place.count() == 1

    def test_the_same_key_twice_in_one_call_is_one_object(self, place: Place) -> None:
        entry = place.entry()
        list(place.remote().create([entry, entry]))
        place.settle()
        assert place.count() == 1
        assert entry.key in place.remote().find([entry.key, entry.key])

    # ------------------------------------------------------------------ a person's edit

    def test_a_persons_edit_is_seen(self, place: Place) -> None:
        entry = place.entry()
        (made,) = done(place.remote().create([entry]))
        place.edit(made, "Texto de uma pessoa.")
        place.settle()
        found = place.remote().find([entry.key])[entry.key]
        assert found.edited, "the plan overwrites what is not said to be edited"
        assert found.version != made.version
        assert found.ref == made.ref

    def test_what_is_read_back_is_what_was_promised(self, place: Place) -> None:
        remote = readable(place)
        entry = place.entry(
            body="Origem: empresa-a\n\n**Redis** na frente:\n\n- um\n- dois", labels=("redis",)
        )
        (made,) = done(remote.create([entry]))
        before = place.state()
        read, promised = remote.read([made])[entry.key], remote.preview(entry)
        assert (read.title, read.body) == (promised.title, promised.body)
        assert set(promised.labels) <= set(read.labels)
        assert read.metadata == promised.metadata
        assert place.state() == before
        assert remote.read([]) == {}

    def test_a_persons_words_are_read(self, place: Place) -> None:
        remote, entry = readable(place), place.entry()
        (made,) = done(remote.create([entry]))
        place.edit(made, "Texto de uma pessoa.")
        found = remote.find([entry.key])[entry.key]
        assert "Texto de uma pessoa." in remote.read([found])[entry.key].body
        assert found.words and found.words != made.words
        assert remote.find([entry.key])[entry.key].words == found.words

    def test_a_persons_words_are_overwritten_only_as_they_were_seen(self, place: Place) -> None:
        """What `push --force` does: the words that were looked at, not those that came after."""
        remote, entry = place.remote(), place.entry()
        (made,) = done(remote.create([entry]))
        place.edit(made, "Texto de uma pessoa.")
        seen = place.remote().find([entry.key])[entry.key]
        step = plan(entry.key, entry, Known(entry.hash, made.ref), seen, force=True)
        assert step.action is Action.UPDATE
        place.edit(seen, "E mais um texto.")
        (refused,) = place.remote().update([(seen, entry)])
        assert isinstance(refused, Refused) and refused.conflict
        assert "E mais um texto." in place.texts(seen)[1]
        again = place.remote().find([entry.key])[entry.key]
        done(place.remote().update([(again, entry)]))
        ours = place.remote().find([entry.key])[entry.key]
        assert (ours.edited, ours.hash) == (False, entry.hash)
        assert "E mais um texto." not in place.texts(ours)[1]

    def test_a_link_changes_no_words_and_is_no_edit(self, place: Place) -> None:
        remote, entry = linking(place), place.entry()
        (made,) = done(remote.create([entry]))
        there = remote.find([entry.key])[entry.key]
        linked = replace(entry, link="https://acme.atlassian.net/browse/ORCH-9")
        (after,) = done(remote.link([(there, linked)]))
        assert after.link == linked.link
        seen = place.remote().find([entry.key])[entry.key]
        assert (seen.edited, seen.hash, seen.ref, seen.url) == (False, entry.hash, made.ref, made.url)
        assert seen.link in (None, linked.link)
        content = linking(place).read([seen])[entry.key]
        assert (content.title, content.body) == (remote.preview(entry).title, remote.preview(entry).body)
        (after,) = done(remote.link([(seen, entry)]))
        assert after.link == ""
        assert not place.remote().find([entry.key])[entry.key].edited

    def test_a_link_leaves_a_persons_words_alone(self, place: Place) -> None:
        remote, entry = linking(place), place.entry()
        (made,) = done(remote.create([entry]))
        place.edit(made, "Texto de uma pessoa.")
        list(remote.link([(made, replace(entry, link="https://acme.atlassian.net/browse/ORCH-9"))]))
        found = place.remote().find([entry.key])[entry.key]
        assert found.edited and "Texto de uma pessoa." in place.texts(found)[1]

    def test_a_persons_edit_is_not_overwritten(self, place: Place) -> None:
        remote, entry = place.remote(), place.entry()
        (made,) = done(remote.create([entry]))
        place.edit(made, "Texto de uma pessoa.")
        newer = changed(entry, "Texto do orch.")
        (result,) = remote.update([(made, newer)])
        assert isinstance(result, Refused)
        assert result.reason
        assert result.conflict, "a person's edit is a conflict, not a fault"
        assert "Texto de uma pessoa." in place.texts(made)[1]

    def test_what_a_person_changed_since_it_was_seen_is_not_retracted(self, place: Place) -> None:
        remote, entry = place.remote(), place.entry()
        (made,) = done(remote.create([entry]))
        place.edit(made, "Texto de uma pessoa.")
        place.settle()
        (result,) = remote.retract([made])
        assert isinstance(result, Refused)
        assert result.conflict, "a person's edit is a conflict, not a fault"
        assert "Texto de uma pessoa." in place.texts(made)[1]
        seen = remote.find([entry.key])[entry.key]
        done(remote.retract([seen]))  # seen after the edit: somebody decided
        place.settle()
        assert not place.alive(remote.find([entry.key]).get(entry.key))

    def test_a_persons_edit_gives_way_when_the_user_says_so(self, place: Place) -> None:
        """Updating what was seen after the edit is a person's decision, and is carried out."""
        remote, entry = place.remote(), place.entry()
        (made,) = done(remote.create([entry]))
        place.edit(made, "Texto de uma pessoa.")
        place.settle()
        seen = remote.find([entry.key])[entry.key]
        done(remote.update([(seen, changed(entry, "Texto do orch."))]))
        place.settle()
        assert "Texto do orch." in place.texts(seen)[1]
        assert not remote.find([entry.key])[entry.key].edited

    def test_what_another_machine_of_ours_wrote_meanwhile_is_no_persons_edit(self, place: Place) -> None:
        ours, theirs, entry = place.remote(), place.remote(), place.entry()
        (made,) = done(ours.create([entry]))
        newer = changed(entry, "Texto novo do orch.")
        done(theirs.update([(made, newer)]))
        done(ours.update([(made, newer)]))
        assert (place.count(), place.texts(made)[1]) == (1, "Texto novo do orch.")
        done(theirs.retract([made]))
        done(ours.retract([made]))

    def test_one_stale_item_does_not_hold_the_others(self, place: Place) -> None:
        remote, entries = place.remote(), [place.entry() for _ in range(4)]
        made = done(remote.create(entries))
        place.edit(made[1], "Texto de uma pessoa.")
        newer = [changed(e, f"Versão nova {e.key}.") for e in entries]
        results = {r.key: r for r in remote.update(list(zip(made, newer, strict=True)))}
        assert [isinstance(results[e.key], Done) for e in entries] == [True, False, True, True]

    # ------------------------------------------------------------------ weather

    @pytest.mark.parametrize("retry_after", ["", "0", "1"])
    def test_too_many_requests_then_success(self, place: Place, retry_after: str) -> None:
        _needs(place.weather, "weather")
        entry = place.entry()
        place.fail(429, retry_after=retry_after)
        done(place.remote().create([entry]))
        assert place.count() == 1

    def test_a_long_wait_is_not_slept_through(self, place: Place) -> None:
        _needs(place.weather, "weather")
        place.fail(429, times=50, retry_after="1800")
        with pytest.raises(TransientError) as caught:
            place.remote().find([place.entry().key])
        assert caught.value.retry_after is not None
        assert caught.value.retry_after >= 1800
        assert not caught.value.in_doubt

    def test_a_lost_answer_does_not_double(self, place: Place) -> None:
        _needs(place.weather, "weather")
        entry = place.entry()
        place.drop_after_work()
        try:
            done(place.remote().create([entry]))
        except TransientError as error:
            assert error.in_doubt
        place.settle()
        remote = place.remote()
        found = remote.find([entry.key])
        assert found[entry.key].hash == entry.hash
        done(remote.create([entry]))
        assert place.count() == 1

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_failing_server_loses_nothing(self, place: Place, status: int) -> None:
        _needs(place.weather, "weather")
        entry = place.entry()
        place.fail(status, writes_only=True)
        try:
            done(place.remote().create([entry]))
        except TransientError:
            place.settle()
            remote = place.remote()
            if entry.key not in remote.find([entry.key]):
                done(remote.create([entry]))
        assert place.count() == 1

    def test_a_server_that_stays_down_is_transient(self, place: Place) -> None:
        _needs(place.weather, "weather")
        place.fail(503, times=50)
        with pytest.raises(TransientError) as caught:
            place.remote().find([place.entry().key])
        assert not caught.value.in_doubt

    def test_offline_is_transient_and_sure(self, place: Place) -> None:
        _needs(place.weather, "weather")
        for call in (
            lambda: place.offline().find([place.entry().key]),
            lambda: list(place.offline().create([place.entry()])),
        ):
            with pytest.raises(TransientError) as caught:
                call()
            assert not caught.value.in_doubt

    def test_wrong_credentials_name_the_variable(self, place: Place) -> None:
        _needs(place.credentials, "credentials")
        for call in (
            lambda: place.remote(wrong_credentials=True).find([place.entry().key]),
            lambda: list(place.remote(wrong_credentials=True).create([place.entry()])),
        ):
            with pytest.raises(CredentialsError) as caught:
                call()
            assert place.credentials in caught.value.message + caught.value.hint
        assert place.count() == 0

    def test_a_poisoned_item_does_not_hold_the_others(self, place: Place) -> None:
        _needs(place.poison, "poison")
        entries = [place.entry() for _ in range(10)]
        entries[4] = place.poisoned(entries[4])
        results = {r.key: r for r in place.remote().create(entries)}
        refused = [r for r in results.values() if isinstance(r, Refused)]
        assert [r.key for r in refused] == [entries[4].key]
        assert refused[0].reason
        assert not refused[0].conflict
        assert len(results) == 10
        assert place.count() == 9

    # ------------------------------------------------------------------ text is only text

    def test_hostile_text_stays_text(self, place: Place) -> None:
        entries = [place.entry(title=f"Antes {t} depois", body=f"Antes {t} depois") for t in HOSTILE]
        observed = done(place.remote().create(entries))
        assert place.count() == len(HOSTILE)
        place.settle()
        found = place.remote().find([e.key for e in entries])
        for entry, made in zip(entries, observed, strict=True):
            assert found[entry.key].hash == entry.hash
            assert not found[entry.key].edited, entry.body
            title, body = place.texts(made)
            assert title == place.expected_title(entry)
            assert body == place.expected_body(entry)

    def test_any_text_stays_text(self, place: Place) -> None:
        @settings(
            max_examples=place.examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
        )
        @given(title=st.text(min_size=1, max_size=80), body=st.text(max_size=300))
        def check(title: str, body: str) -> None:
            entry = place.entry(title=f"T{title}", body=f"C{body}")
            remote, before = place.remote(), place.count()
            (made,) = done(remote.create([entry]))
            assert place.count() == before + 1
            assert place.texts(made) == (place.expected_title(entry), place.expected_body(entry))
            place.settle()
            found = remote.find([entry.key])[entry.key]
            assert (found.hash, found.edited) == (entry.hash, False)

        check()

    def test_unicode_is_kept(self, place: Place) -> None:
        text = "Ação, coração, ñandú, Zürich, 日本語, العربية, 👩‍👩‍👧‍👦, é (e + ´): é"
        entry = place.entry(title=text, body=text)
        (made,) = done(place.remote().create([entry]))
        assert place.texts(made) == (place.expected_title(entry), place.expected_body(entry))

    # ------------------------------------------------------------------ cost

    def test_many_items_in_few_requests(self, place: Place) -> None:
        entries = [place.entry() for _ in range(place.many)]
        keys = [e.key for e in entries]
        remote, before = place.remote(), place.requests()
        remote.find(keys)
        done(remote.create(entries))
        assert place.count() == place.many
        assert place.requests() - before <= place.ceiling
        place.settle()
        before, state = place.requests(), place.state()
        found = remote.find(keys)
        assert {k: o.hash for k, o in found.items()} == {e.key: e.hash for e in entries}
        assert place.requests() - before <= place.second_ceiling
        assert place.state() == state


def _needs(able: object, what: str) -> None:
    if not able:
        pytest.skip(f"this place has no {what}")
