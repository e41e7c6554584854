"""Pages keep the contract, and stay single through lost answers, taken titles and people."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from orchestrator.errors import CredentialsError, PermanentError, TransientError
from orchestrator.markup.adf import to_adf
from orchestrator.markup.plain import plain_text
from orchestrator.model import digest
from orchestrator.reconcile import http
from orchestrator.reconcile.atlassian import one_line
from orchestrator.reconcile.confluence_client import ConfluenceClient, confluence_session
from orchestrator.reconcile.remotes.confluence import ConfluencePages
from orchestrator.reconcile.remotes.confluence_page import distinct_title, mark_of
from orchestrator.remote import Done, Entry, Observed, Refused
from tests.remotes.contract import Place, RemoteContract, changed, done, readable
from tests.rig.confluence import MARIA, Page
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig
VARIABLE = "ORCH_TEST_TOKEN"


def adf(page: Page) -> Any:
    return json.loads(page.body)


class ConfluencePlace(Place):
    """The space ORCH of the rig's site. A person's edit replaces the whole body, our line included."""

    many = 1000
    ceiling = 1020
    second_ceiling = 50

    def __init__(self, rig: Rig) -> None:
        self.rig, self.confluence, self.url = rig, rig.confluence, rig.atlassian.url
        self.confluence.reject(lambda body: "VENENO" in body["title"], "Conteúdo proibido.")

    def client(self, url: str = "", token: str = "") -> ConfluenceClient:
        email, token = self.rig.atlassian.email, token or self.rig.atlassian.token
        never = lambda _s: None  # noqa: E731
        return ConfluenceClient(
            confluence_session(url or self.url, email, token, variable=VARIABLE, sleep=never)
        )

    def remote(self, *, wrong_credentials: bool = False, **options: Any) -> ConfluencePages:
        client = self.client(token="errado" if wrong_credentials else "")
        return ConfluencePages(client, "ORCH", name="global.pages", url=self.url, **options)

    def offline(self) -> ConfluencePages:
        return ConfluencePages(self.client("http://127.0.0.1:9"), "ORCH", name="x", url=self.url)

    def count(self) -> int:
        return len(self.confluence.all())

    def page(self, observed: Observed) -> Page:
        return self.confluence.pages[observed.ref]

    def texts(self, observed: Observed) -> tuple[str, str]:
        document = adf(self.page(observed))
        last = document["content"][-1:]
        if last and "orch i1-" in plain_text(last[0]):
            document["content"] = document["content"][:-2]
        tag = f" [{digest(observed.key, size=8)}]"  # where an earlier page has the same title
        return self.page(observed).title.removesuffix(tag), plain_text(document)

    def edit(self, observed: Observed, text: str) -> None:
        self.confluence.edit_page(observed.ref, body=json.dumps(to_adf(text)))

    def state(self) -> Any:
        return [(p.id, p.status, p.parent, p.versions, p.labels) for p in self.confluence.pages.values()]

    def requests(self) -> int:
        return len(self.rig.atlassian.server.exchanges)

    def fail(self, status: int, *, times: int = 1, retry_after: str = "", writes_only: bool = False) -> None:
        self.confluence.weather.next(
            status, times=times, retry_after=retry_after or None, writes_only=writes_only
        )

    def drop_after_work(self) -> None:
        self.confluence.weather.drop_after_commit()

    def poisoned(self, entry: Entry) -> Entry:
        return Entry(entry.key, entry.kind, entry.company, "VENENO", entry.body, entry.hash)

    def expected_title(self, entry: Entry) -> str:
        return one_line(entry.title, entry.key)

    def expected_body(self, entry: Entry) -> str:
        return plain_text(to_adf(entry.body))


@pytest.fixture
def place(rig: Rig) -> ConfluencePlace:
    return ConfluencePlace(rig)


class TestConfluencePages(RemoteContract):
    """The common contract."""


def keys_of(place: ConfluencePlace) -> list[str]:
    shown = [{"body": {"atlas_doc_format": {"value": page.body}}} for page in place.confluence.all()]
    return [mark.key for page in shown if (mark := mark_of(page))]


# --------------------------------------------------------------------------- titles


def test_a_title_that_somebody_has_gets_a_short_id(place: ConfluencePlace) -> None:
    remote, entry = place.remote(), place.entry(title="Solução: cache")
    space = place.confluence.space_of_key("ORCH")
    theirs = place.confluence.create(space.id, "Solução: cache", space.homepage, "storage", "<p>nossa</p>")
    (made,) = done(remote.create([entry]))
    assert place.page(made).title == distinct_title(entry)
    assert place.page(made).title.startswith("Solução: cache [")
    done(remote.update([(made, changed(entry, "Novo."))]))
    assert place.page(made).title == distinct_title(entry)
    assert len(theirs.versions) == 1
    (again,) = done(place.remote().create([entry]))
    assert again.ref == made.ref


def test_an_archived_page_of_somebody_keeps_its_title(place: ConfluencePlace) -> None:
    entry = place.entry(title="Solução: cache")
    space = place.confluence.space_of_key("ORCH")
    theirs = place.confluence.create(space.id, "Solução: cache", space.homepage, "storage", "<p>x</p>")
    place.confluence.archive_page(theirs.id)
    (made,) = done(place.remote().create([entry]))
    assert place.page(made).title == distinct_title(entry)


def test_our_page_that_a_person_archived_waits_for_a_person(place: ConfluencePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.confluence.archive_page(made.ref)
    seen = place.remote().find([entry.key])[entry.key]
    assert (seen.status, seen.edited) == ("archived", True)
    (result,) = place.remote().create([entry])
    assert isinstance(result, Refused)
    assert result.conflict
    assert len(place.confluence.pages) == 4  # three home pages


def test_two_entries_of_one_title_are_two_pages(place: ConfluencePlace) -> None:
    entries = [place.entry(title="Solução: cache") for _ in range(2)]
    done(place.remote().create(entries))
    assert sorted(keys_of(place)) == sorted(e.key for e in entries)


def test_a_longest_title_with_a_short_id_fits(place: ConfluencePlace) -> None:
    entries = [place.entry(title="é" * 400) for _ in range(2)]
    made = done(place.remote().create(entries))
    titles = [place.page(o).title for o in made]
    assert [len(t) for t in titles] == [255, 255]
    assert sorted(t.endswith("]") for t in titles) == [False, True]  # written at once: either may be first


def test_a_trashed_page_frees_its_title(place: ConfluencePlace) -> None:
    entry = place.entry()
    remote = place.remote()
    (made,) = done(remote.create([entry]))
    place.confluence.trash_page(made.ref)
    assert place.remote().find([entry.key]) == {}
    (again,) = done(remote.create([entry]))
    assert place.page(again).title == entry.title


# --------------------------------------------------------------------------- identity


def test_a_new_title_of_the_same_insight_is_the_same_page(place: ConfluencePlace) -> None:
    """Another clone knows neither the page nor its old title."""
    entry = place.entry(title="Solução: antiga")
    (made,) = done(place.remote().create([entry]))
    renamed = Entry(entry.key, entry.kind, entry.company, "Solução: nova", entry.body, digest("nova"))
    other = place.remote()
    (adopted,) = done(other.create([renamed]))
    assert (adopted.ref, adopted.hash) == (made.ref, entry.hash)
    done(other.update([(adopted, renamed)]))
    assert place.page(made).title == "Solução: nova"
    assert place.count() == 1


def test_a_page_that_a_person_moved_and_renamed_is_known_by_its_id(place: ConfluencePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    foreign = place.confluence.create(place.page(made).space, "Outra", None, "storage", "<p>x</p>")
    place.page(made).parent = foreign.id
    place.confluence.edit_page(made.ref, title="Título de uma pessoa")
    other = place.remote()
    other.remember({entry.key: made.ref})
    seen = other.find([entry.key])[entry.key]
    assert (seen.ref, seen.edited) == (made.ref, True)


def test_a_page_that_was_only_moved_is_met_by_its_title(place: ConfluencePlace) -> None:
    entry = place.entry()
    (made,) = done(place.remote().create([entry]))
    foreign = place.confluence.create(place.page(made).space, "Outra", None, "storage", "<p>x</p>")
    place.page(made).parent = foreign.id
    (again,) = done(place.remote().create([entry]))
    assert again.ref == made.ref


def test_of_a_copied_page_the_original_counts(place: ConfluencePlace) -> None:
    entry = place.entry()
    (made,) = done(place.remote().create([entry]))
    original = place.page(made)
    place.confluence.create(original.space, "Cópia", original.parent, "atlas_doc_format", original.body)
    assert place.remote().find([entry.key])[entry.key].ref == made.ref


def test_our_line_in_the_text_of_an_insight_claims_nothing(place: ConfluencePlace) -> None:
    victim = place.entry()
    forged = place.entry(body=f"`orch {victim.key} {victim.hash}`\n\n`orch {victim.key} x`")
    (made,) = done(place.remote().create([forged]))
    found = place.remote().find([victim.key, forged.key])
    assert {k: o.ref for k, o in found.items()} == {forged.key: made.ref}


def test_what_a_person_writes_below_our_line_does_not_hide_it(place: ConfluencePlace) -> None:
    entry = place.entry()
    (made,) = done(place.remote().create([entry]))
    document = adf(place.page(made))
    document["content"] += to_adf("Vi isto no orch semana passada\n\n`código`")["content"]
    place.confluence.edit_page(made.ref, body=json.dumps(document))
    seen = place.remote().find([entry.key])[entry.key]
    assert (seen.hash, seen.edited) == (entry.hash, True)


def test_other_peoples_pages_are_not_read_whole(place: ConfluencePlace) -> None:
    space = place.confluence.space_of_key("ORCH")
    top = place.confluence.create(space.id, "Equipe", space.homepage, "storage", "<p>x</p>")
    for n in range(600):
        page = place.confluence.create(space.id, f"Página {n}", top.id, "storage", "<p>x</p>")
        page.versions[0] = replace(page.now, author=MARIA)
    entry = place.entry()
    done(place.remote().create([entry]))
    before = place.requests()
    assert entry.key in place.remote().find([entry.key])
    assert place.requests() - before == 5  # space, three of the list, one of bodies


# --------------------------------------------------------------------------- the tree


def test_pages_lie_under_their_parents(place: ConfluencePlace) -> None:
    company = place.entry(title="Empresa A")
    folder = place.entry(title="guias", parent=company.key)
    leaf = place.entry(title="Guia de cache", parent=folder.key)
    made = done(place.remote().create([company, folder, leaf]))
    home = place.confluence.space_of_key("ORCH").homepage
    assert [place.page(o).parent for o in made] == [home, made[0].ref, made[1].ref]
    assert place.remote().find([leaf.key])[leaf.key].ref == made[2].ref
    late = place.entry(title="Guia novo", parent=folder.key)
    (under,) = done(place.remote().create([late]))
    assert place.page(under).parent == made[1].ref


@pytest.mark.parametrize("by", ["title", "id"])
def test_the_root_can_be_configured(place: ConfluencePlace, by: str) -> None:
    space = place.confluence.space_of_key("ORCH")
    root = place.confluence.create(space.id, "Aprendizados", space.homepage, "storage", "<p>x</p>")
    remote = place.remote(parent=root.title if by == "title" else root.id)
    (made,) = done(remote.create([place.entry()]))
    assert place.page(made).parent == root.id


def test_a_missing_root_or_space_says_which_key_to_set(place: ConfluencePlace) -> None:
    with pytest.raises(PermanentError, match="Não há") as caught:
        list(place.remote(parent="Não há").create([place.entry()]))
    assert "parent" in caught.value.hint
    client = place.client()
    with pytest.raises(PermanentError, match="NADA"):
        ConfluencePages(client, "NADA", name="x", url=place.url).find([place.entry().key])


@pytest.mark.parametrize("numeric", [True, False])
def test_what_lies_under_a_page_in_the_trash_waits(place: ConfluencePlace, numeric: bool) -> None:
    space = place.confluence.space_of_key("ORCH")
    root = place.confluence.create(space.id, "Aprendizados", space.homepage, "storage", "<p>x</p>")
    remote, folder = place.remote(parent=root.id), place.entry(title="guias")
    (made,) = done(remote.create([folder]))
    above = root.id if numeric else made.ref
    place.confluence.trash_page(above)
    leaf = place.entry(title="Guia", parent="" if numeric else folder.key)
    (result,) = remote.create([leaf])
    assert isinstance(result, Refused) and result.unseen and above in result.reason
    place.confluence.pages[above].status = "current"
    done(remote.create([leaf]))


@pytest.mark.parametrize("line_removed", [True, False])
def test_another_clone_finds_what_a_person_moved_and_renamed(
    place: ConfluencePlace, line_removed: bool
) -> None:
    entry, space = place.entry(), place.confluence.space_of_key("ORCH")
    (made,) = done(place.remote().create([entry]))
    theirs = place.confluence.create(space.id, "Da Maria", space.homepage, "storage", "<p>x</p>")
    theirs.versions[0] = replace(theirs.now, author=MARIA)
    place.page(made).parent = theirs.id
    body = json.dumps(to_adf("Outro texto.")) if line_removed else ""
    place.confluence.edit_page(made.ref, title="Outro título", body=body)
    assert place.remote().find([entry.key])[entry.key].ref == made.ref
    (again,) = done(place.remote().create([entry]))
    assert again.ref == made.ref


# --------------------------------------------------------------------------- weather and races


def test_a_lost_answer_to_a_create_is_resolved_at_once(place: ConfluencePlace) -> None:
    entries = [place.entry() for _ in range(5)]
    place.confluence.weather.next("drop", method="POST", after=2)
    made = done(place.remote().create(entries))
    assert [o.hash for o in made] == [e.hash for e in entries]
    assert place.count() == 5


def test_a_lost_answer_to_an_update_writes_one_version(place: ConfluencePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    newer = changed(entry, "Novo.")
    place.confluence.weather.drop_after_commit(method="PUT")
    (updated,) = done(remote.update([(made, newer)]))
    assert (updated.version, updated.hash, updated.edited) == ("2", newer.hash, False)
    assert len(place.page(made).versions) == 2


def test_a_request_that_never_arrived_stays_in_doubt(place: ConfluencePlace) -> None:
    place.confluence.weather.next("reset", method="POST")
    with pytest.raises(TransientError) as caught:
        list(place.remote().create([place.entry()]))
    assert caught.value.in_doubt
    assert place.count() == 0


def test_another_machine_of_ours_wrote_in_between(place: ConfluencePlace) -> None:
    """A stale version that no person caused is no conflict: the later writing stands."""
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    done(place.remote().update([(made, changed(entry, "De outra máquina."))]))
    (mine,) = done(remote.update([(made, changed(entry, "Desta máquina."))]))
    assert mine.version == "3"
    assert "Desta" in place.texts(mine)[1]


def test_two_machines_create_in_the_same_moment(
    place: ConfluencePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = place.entry()
    ours, theirs = place.remote(), place.remote()
    really = ConfluenceClient.create_page

    def late(self: ConfluenceClient, *args: Any, **more: Any) -> Any:
        if self is ours.client:
            done(theirs.create([entry]))
        return really(self, *args, **more)

    monkeypatch.setattr(ConfluenceClient, "create_page", late)
    (made,) = done(ours.create([entry]))
    assert place.count() == 1
    assert made.hash == entry.hash


def test_a_storm_of_every_kind_leaves_one_page_each(place: ConfluencePlace) -> None:
    entries = [place.entry() for _ in range(25)]
    settled: set[str] = set()
    place.confluence.weather.random(11, 0.4, [429, 503, 500, "drop", "reset", "html"])
    for _ in range(80):
        left = [e for e in entries if e.key not in settled]
        if not left:
            break
        remote = place.remote()
        try:
            settled |= set(remote.find([e.key for e in left]))
            for result in remote.create([e for e in left if e.key not in settled]):
                assert isinstance(result, Done), result
                settled.add(result.key)
        except TransientError:
            continue
    place.confluence.weather.clear()
    assert settled == {e.key for e in entries}
    assert sorted(keys_of(place)) == sorted(settled)


def test_a_read_only_token_stops_the_remote(place: ConfluencePlace) -> None:
    client = place.client(token=place.rig.atlassian.read_only_token)
    with pytest.raises(CredentialsError) as caught:
        list(ConfluencePages(client, "ORCH", name="x", url=place.url).create([place.entry()]))
    assert VARIABLE in caught.value.hint


def test_a_page_too_large_is_refused_and_the_rest_goes_on(place: ConfluencePlace) -> None:
    entries = [place.entry(body="palavra " * 700_000), place.entry()]
    results = list(place.remote().create(entries))
    assert [type(r) for r in results] == [Refused, Done]


def test_a_deleted_page_is_a_conflict_for_an_update(place: ConfluencePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    del place.confluence.pages[made.ref]
    (result,) = remote.update([(made, changed(entry, "Novo."))])
    assert isinstance(result, Refused)
    assert result.conflict


@pytest.mark.parametrize("status", [403, 404])
def test_a_protected_page_holds_no_other_and_blames_no_token(place: ConfluencePlace, status: int) -> None:
    entries = [place.entry() for _ in range(3)]
    seen = done(place.remote().create(entries))
    place.confluence.weather.next(status, path=seen[0].ref, writes_only=True, times=99)
    news = [(there, changed(entry, "Novo.")) for there, entry in zip(seen, entries, strict=True)]
    first, *others = place.remote().update(news)
    assert isinstance(first, Refused) and seen[0].ref in first.reason and not first.conflict
    first, *gone = place.remote().retract([seen[0], *done(iter(others))])
    assert isinstance(first, Refused) and seen[0].ref in first.reason and not first.conflict
    assert len(done(iter(gone))) == 2 and place.count() == 1


@pytest.mark.parametrize("status", [403, 404])
def test_one_answer_of_a_site_under_load_is_no_removal(place: ConfluencePlace, status: int) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.confluence.weather.next(status, method="PUT")
    (updated,) = done(remote.update([(made, changed(entry, "Novo."))]))
    place.confluence.weather.next(status, method="DELETE")
    done(remote.retract([updated]))
    assert place.count() == 0


def test_a_page_in_the_trash_is_gone_for_an_update(place: ConfluencePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.confluence.trash_page(made.ref)
    place.confluence.weather.next(404, method="PUT")
    (result,) = remote.update([(made, changed(entry, "Novo."))])
    assert isinstance(result, Refused) and result.conflict


@pytest.mark.parametrize(
    "written", ["`orch withdraw i1-0123456789abcdef`", "`orch i1-{n} {n}{n}`", "`orch x`"]
)
def test_what_people_write_in_code_makes_no_page_another_ones(place: ConfluencePlace, written: str) -> None:
    """A command of orch, or the line of another page, below our own line."""
    remote, entry, code = place.remote(), place.entry(), written.format(n="0123456789abcdef")
    (made,) = done(remote.create([entry]))
    document = adf(place.page(made))
    document["content"] += to_adf(code)["content"]
    place.confluence.edit_page(made.ref, body=json.dumps(document))
    for each in (remote, place.remote()):
        seen = each.find([entry.key])[entry.key]
        assert (seen.ref, seen.hash, seen.edited) == (made.ref, entry.hash, True)
    assert readable(place).read([seen])[entry.key].body.rstrip().endswith(code)


def test_our_link_is_known_without_its_title(place: ConfluencePlace) -> None:
    """The vendor may drop an attribute that it does not show."""
    remote = place.remote()
    entry = place.entry(link="https://acme.atlassian.net/browse/ORCH-1")
    (made,) = done(remote.create([entry]))
    page, document = place.page(made), adf(place.page(made))
    del document["content"][-2]["content"][1]["marks"][0]["attrs"]["title"]
    page.versions[0] = replace(page.now, value=json.dumps(document))
    seen = place.remote().find([entry.key])[entry.key]
    assert seen.link == entry.link
    assert readable(place).read([seen])[entry.key] == readable(place).preview(entry)


def test_a_persons_link_is_not_ours(place: ConfluencePlace) -> None:
    entry = place.entry(body="Um.\n\n---\n\nVeja [aqui](https://example.com/x)")
    (made,) = done(place.remote().create([entry]))
    seen = place.remote().find([entry.key])[entry.key]
    assert seen.link == "" and seen.ref == made.ref
    assert readable(place).read([seen])[entry.key] == readable(place).preview(entry)


def test_known_pages_are_read_by_id(place: ConfluencePlace) -> None:
    entries = [place.entry() for _ in range(60)]
    made = done(place.remote().create(entries))
    remote, before = place.remote(), place.requests()
    remote.remember({o.key: o.ref for o in made})
    assert remote.find([e.key for e in entries]).keys() == {e.key for e in entries}
    assert place.requests() - before == 3


def test_one_more_page_costs_little_where_the_others_are_known(place: ConfluencePlace) -> None:
    parent = place.entry(title="Empresa A")
    entries = [parent, *(place.entry(parent=parent.key) for _ in range(120))]
    made = done(place.remote().create(entries))
    remote, stranger = place.remote(), place.entry(parent=parent.key)
    (other,) = done(place.remote().create([stranger]))
    remote.remember({o.key: o.ref for o in made})
    before = place.requests()
    assert remote.find([stranger.key])[stranger.key].ref == other.ref
    assert place.requests() - before == 3  # space, list, the one page that is not known


def test_a_copy_does_not_take_the_place_of_a_known_page(place: ConfluencePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    original = place.page(made)
    place.confluence.create(original.space, "Cópia", original.parent, "atlas_doc_format", original.body)
    assert remote.find([place.entry().key]) == {}
    assert remote.find([entry.key])[entry.key].ref == made.ref


def test_through_the_gateway_links_lead_to_the_site(place: ConfluencePlace) -> None:
    url = f"{place.url}/ex/confluence/{place.rig.atlassian.cloud_id}"
    remote = ConfluencePages(place.client(url), "ORCH", name="x", url=url)
    (made,) = done(remote.create([place.entry()]))
    assert made.url.startswith(f"{place.url}/wiki/spaces/ORCH/pages/{made.ref}")
    assert remote.find([made.key])[made.key].url == made.url


def test_a_page_that_may_not_be_deleted_is_refused_and_the_rest_goes_on(place: ConfluencePlace) -> None:
    """The vendor answers 404 to an account that may read a page and not delete it."""
    entries = [place.entry() for _ in range(3)]
    seen = done(place.remote().create(entries))
    place.confluence.weather.next(404, method="DELETE", path=seen[0].ref, times=9)
    place.confluence.weather.next(400, method="DELETE", path=seen[1].ref)
    first, second, third = place.remote().retract(seen)
    assert isinstance(first, Refused) and seen[0].ref in first.reason
    assert isinstance(second, Refused) and isinstance(third, Done)
    assert place.count() == 2


def test_a_question_that_fails_after_a_create_leaves_it_in_doubt(
    place: ConfluencePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was lost and then the key expired: the refusal says nothing of what was sent."""
    remote, entry = place.remote(), place.entry()
    place.drop_after_work()
    send = remote.client.create_page

    def then_expired(*values: Any, **more: Any) -> Any:
        try:
            return send(*values, **more)
        finally:
            place.fail(401, times=99)

    monkeypatch.setattr(remote.client, "create_page", then_expired)
    with pytest.raises(CredentialsError) as caught:
        list(remote.create([entry]))
    assert caught.value.in_doubt and place.count() == 1


def test_pages_that_are_too_large_together_are_read_fewer_at_once(
    place: ConfluencePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = place.remote()
    made = done(remote.create([place.entry(body=f"{n}\n\n" + "longo " * 2000) for n in range(12)]))
    monkeypatch.setattr(http, "ANSWER_CAP", 40_000)  # three of these pages
    remote.remember({there.key: there.ref for there in made})
    assert set(remote.find([there.key for there in made])) == {there.key for there in made}
    assert set(place.remote().find([there.key for there in made])) == {there.key for there in made}
    assert len(remote.read(made)) == 12
    place.edit(made[4], "x" * 50_000)
    found = remote.find([there.key for there in made])
    assert {key for key, there in found.items() if there.edited} == {made[4].key} and len(found) == 12
    assert set(remote.read(made)) == {there.key for there in made} - {made[4].key}  # nothing to adopt, not ""
    (new,) = done(remote.create([place.entry()]))  # a person's page that nobody can read holds no other up
    assert new.key in place.remote().find([new.key])


@pytest.mark.parametrize("depth", [190, 600])
def test_a_page_nested_too_deep_is_edited_and_holds_no_other_up(place: ConfluencePlace, depth: int) -> None:
    made = done(place.remote().create([place.entry() for _ in range(3)]))
    begin, end = '{"type":"bulletList","content":[{"type":"listItem","content":[', "]}]}"
    text = '{"type":"paragraph","content":[{"type":"text","text":"fundo"}]}'
    page = place.page(made[1])
    value = f'{{"type":"doc","version":1,"content":[{begin * depth}{text}{end * depth}]}}'
    page.versions.append(replace(page.now, value=value, message="", number=page.now.number + 1))
    remote = place.remote()
    remote.remember({there.key: there.ref for there in made})
    found = remote.find([there.key for there in made])
    assert len(found) == 3 and found[made[1].key].edited
    read = remote.read(list(found.values()))
    assert len(read) == 3 and read[made[1].key].beside


@pytest.mark.parametrize("cursors", ["c", "ab", "abc"])
def test_a_repeated_cursor_ends_the_list(
    place: ConfluencePlace, monkeypatch: pytest.MonkeyPatch, cursors: str
) -> None:
    told, client = cycle(cursors), place.client()

    def answer(_method: str, _path: str, **_more: Any) -> http.Answer:
        links = {"next": f"/api/v2/pages?cursor={next(told)}", "base": "https://x"}
        return http.Answer(200, {}, {"results": [{"id": "1"}], "_links": links})

    monkeypatch.setattr(client.session, "request", answer)
    with pytest.raises(PermanentError):
        list(client.pages(space_id="1"))
