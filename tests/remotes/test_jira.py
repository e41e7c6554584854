"""Issues keep the contract, and stay single through lag, lost answers, races and people."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest

from orchestrator.errors import CredentialsError, PermanentError, TransientError
from orchestrator.markup.adf import to_adf
from orchestrator.markup.plain import plain_text
from orchestrator.reconcile import http
from orchestrator.reconcile.atlassian import explain, one_line
from orchestrator.reconcile.jira_client import JiraClient, jira_session
from orchestrator.reconcile.remotes.jira import JiraIssues
from orchestrator.reconcile.remotes.jira_issue import WITHDRAWN, fingerprint
from orchestrator.remote import Done, Entry, Observed, Refused
from tests.remotes.contract import Place, RemoteContract, changed, done
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig
VARIABLE = "ORCH_TEST_TOKEN"


class JiraPlace(Place):
    """The project ORCH of the rig's site."""

    many = 1000
    ceiling = 60
    second_ceiling = 16

    def __init__(self, rig: Rig) -> None:
        self.rig, self.jira, self.url = rig, rig.jira, rig.atlassian.url
        self.jira.reject(lambda fields: "VENENO" in fields.get("summary", ""), "Proibido pelo fluxo.")

    def client(self, url: str = "", token: str = "") -> JiraClient:
        email, token = self.rig.atlassian.email, token or self.rig.atlassian.token
        session = jira_session(url or self.url, email, token, variable=VARIABLE, sleep=lambda _s: None)
        return JiraClient(session)

    def remote(self, *, wrong_credentials: bool = False) -> JiraIssues:
        client = self.client(token="errado" if wrong_credentials else "")
        return JiraIssues(client, "ORCH", name="global.issues", url=self.url)

    def offline(self) -> JiraIssues:
        return JiraIssues(self.client("http://127.0.0.1:9"), "ORCH", name="global.issues", url=self.url)

    def alive_issues(self) -> list[Any]:
        return [i for i in self.jira.all("ORCH") if WITHDRAWN not in i.fields["labels"]]

    def count(self) -> int:
        return len(self.alive_issues())

    def texts(self, observed: Observed) -> tuple[str, str]:
        fields = self.jira.issue(observed.ref).fields
        return fields["summary"], plain_text(fields["description"])

    def edit(self, observed: Observed, text: str) -> None:
        self.jira.edit_issue(observed.ref, description=to_adf(text))

    def state(self) -> Any:
        return [(i.key, i.fields, i.properties, i.updated) for i in self.jira.all()]

    def requests(self) -> int:
        return len(self.rig.atlassian.server.exchanges)

    def fail(self, status: int, *, times: int = 1, retry_after: str = "", writes_only: bool = False) -> None:
        self.jira.weather.next(status, times=times, retry_after=retry_after or None, writes_only=writes_only)

    def drop_after_work(self) -> None:
        self.jira.weather.drop_after_commit()

    def poisoned(self, entry: Entry) -> Entry:
        return Entry(entry.key, entry.kind, entry.company, "VENENO", entry.body, entry.hash)

    def settle(self) -> None:
        self.rig.clock.advance(180)

    def alive(self, observed: Observed | None) -> bool:
        return observed is not None and observed.status != "withdrawn"

    def expected_title(self, entry: Entry) -> str:
        return one_line(entry.title, entry.key)

    def expected_body(self, entry: Entry) -> str:
        return plain_text(to_adf(entry.body))


@pytest.fixture
def place(rig: Rig) -> JiraPlace:
    return JiraPlace(rig)


class TestJiraIssues(RemoteContract):
    """The common contract."""


class TestJiraIssuesWithLag(RemoteContract):
    """The same while the search index lags a minute behind, and no time passes."""

    @pytest.fixture
    def place(self, rig: Rig) -> JiraPlace:
        lagging = JiraPlace(rig)
        rig.jira.index_lag = 60.0
        lagging.settle = lambda: None  # type: ignore[method-assign]
        lagging.examples = 10
        return lagging


def keys_of(place: JiraPlace) -> list[str]:
    return [i.properties["orch"]["id"] for i in place.alive_issues()]


# --------------------------------------------------------------------------- never doubled


def test_a_lost_answer_is_resolved_at_once_although_the_index_lags(place: JiraPlace) -> None:
    place.jira.index_lag = 60.0
    entries = [place.entry() for _ in range(120)]
    place.drop_after_work()
    made = done(place.remote().create(entries))
    assert sorted(keys_of(place)) == sorted(e.key for e in entries)
    assert {o.key: o.hash for o in made} == {e.key: e.hash for e in entries}


def test_a_process_that_died_after_sending_leaves_no_double(place: JiraPlace) -> None:
    """The next process knows nothing, and the index shows nothing yet."""
    place.jira.index_lag = 60.0
    entries = [place.entry() for _ in range(120)]
    stream = place.remote().create(entries)
    next(stream)
    stream.close()
    assert place.count() == 50
    again = place.remote()
    assert len(again.find([e.key for e in entries])) == 50
    done(again.create(entries))
    assert place.count() == 120


def test_a_request_that_never_arrived_stays_in_doubt(place: JiraPlace) -> None:
    place.jira.weather.next("reset", path="issue/bulk$")
    with pytest.raises(TransientError) as caught:
        list(place.remote().create([place.entry()]))
    assert caught.value.in_doubt
    assert place.count() == 0


def test_lag_does_not_hide_a_busy_projects_issues(place: JiraPlace) -> None:
    """More new issues than one look reads, and holes in the numbers."""
    place.jira.index_lag = 240.0
    first = [place.entry() for _ in range(230)]
    done(place.remote().create(first))
    for number in range(60, 95):
        place.jira.delete_issue(f"ORCH-{number}")
    last = place.remote().find([first[-1].key, first[0].key])
    assert len(last) == 2


def test_another_machine_created_between_find_and_create(place: JiraPlace) -> None:
    place.jira.index_lag = 60.0
    entry = place.entry()
    ours, theirs = place.remote(), place.remote()
    assert ours.find([entry.key]) == {}
    (there,) = done(theirs.create([entry]))
    (adopted,) = done(ours.create([entry]))
    assert adopted.ref == there.ref
    assert len(place.jira.all("ORCH")) == 1  # nothing was created and emptied again


def test_the_index_may_show_a_newer_issue_before_an_older_one(place: JiraPlace) -> None:
    entries = [place.entry() for _ in range(3)]
    done(place.remote().create(entries))
    hidden = place.jira.issue("ORCH-2")
    hidden.history = [(since + timedelta(seconds=240), facts) for since, facts in hidden.history]
    assert place.remote().find([entries[1].key])[entries[1].key].ref == "ORCH-2"


def test_two_machines_create_in_the_same_moment(place: JiraPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other's create lands after our last look: the lower key stays, ours is emptied."""
    entries = [place.entry() for _ in range(3)]
    ours, theirs = place.remote(), place.remote()
    really = JiraClient.create_issues

    def late(self: JiraClient, issues: Any) -> Any:
        if self is ours.client:
            done(theirs.create(entries[:2]))
        return really(self, issues)

    monkeypatch.setattr(JiraClient, "create_issues", late)
    made = {o.key: o.ref for o in done(ours.create(entries))}
    assert made == {entries[0].key: "ORCH-1", entries[1].key: "ORCH-2", entries[2].key: "ORCH-5"}
    assert sorted(keys_of(place)) == sorted(e.key for e in entries)
    assert place.jira.issue("ORCH-3").properties["orch"]["duplicate_of"] == "ORCH-1"
    found = place.remote()
    assert {k: o.ref for k, o in found.find([e.key for e in entries]).items()} == made
    assert found.duplicates == {}


def double(place: JiraPlace, entry: Entry) -> str:
    """Another machine created the same in the same moment; its key."""
    original = next(i for i in place.jira.all("ORCH") if i.properties["orch"]["id"] == entry.key)
    return place.jira.create("ORCH", dict(original.fields), original.properties).key


@pytest.mark.parametrize("first", [0, 1])
def test_of_doubles_both_machines_keep_the_same_and_empty_the_other(place: JiraPlace, first: int) -> None:
    """Whoever notices sweeps: the lower number stays, whichever machine made it."""
    entry = place.entry()
    done(place.remote().create([entry]))
    double(place, entry)
    machines = [place.remote(), place.remote()]
    machines[1].remember({entry.key: "ORCH-2"})
    for machine in (machines[first], machines[1 - first]):
        machine.find([entry.key, "i1-unknown"])
        machine.sweep([entry.key])
    assert [i.key for i in place.alive_issues()] == ["ORCH-1"]
    assert place.jira.issue("ORCH-2").properties["orch"]["duplicate_of"] == "ORCH-1"
    assert place.remote().find([entry.key])[entry.key].ref == "ORCH-1"
    assert {m.find([entry.key])[entry.key].ref for m in machines} == {"ORCH-1"}


def test_a_lost_answer_beside_another_machines_issue_is_swept_at_once(
    place: JiraPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours is there too, and nobody will ask for the entry again once it is settled."""
    entry, theirs, ours = place.entry(), place.remote(), place.remote()
    really = JiraClient.create_issues

    def late(self: JiraClient, issues: Any) -> Any:
        if self is ours.client:
            done(theirs.create([entry]))
        return really(self, issues)

    monkeypatch.setattr(JiraClient, "create_issues", late)
    place.jira.weather.next("drop", after=1, path="issue/bulk$")
    (made,) = done(ours.create([entry]))
    assert made.ref == "ORCH-1" and keys_of(place) == [entry.key]


def test_a_double_that_a_person_changed_is_left_to_people(place: JiraPlace) -> None:
    entry = place.entry()
    done(place.remote().create([entry]))
    place.jira.edit_issue(double(place, entry), summary="Maria escreveu aqui")
    remote = place.remote()
    remote.find([entry.key])
    remote.sweep([entry.key])
    assert remote.duplicates == {entry.key: ("ORCH-2",)}
    assert place.jira.issue("ORCH-2").fields["summary"] == "Maria escreveu aqui"


def test_doubles_that_exist_are_named_and_the_lowest_is_taken(place: JiraPlace) -> None:
    entry = place.entry()
    done(place.remote().create([entry]))
    original = place.jira.issue("ORCH-1")
    place.jira.create("ORCH", dict(original.fields), original.properties)
    remote = place.remote()
    assert remote.find([entry.key])[entry.key].ref == "ORCH-1"
    assert remote.duplicates == {entry.key: ("ORCH-2",)}
    done(remote.retract(list(remote.find([entry.key]).values())))
    assert place.count() == 0


def test_a_storm_of_every_kind_leaves_one_issue_each(place: JiraPlace) -> None:
    place.jira.index_lag = 60.0
    entries = [place.entry() for _ in range(40)]
    settled: set[str] = set()
    place.jira.weather.random(7, 0.4, [429, 503, 500, "drop", "reset", "html"])
    for _ in range(60):
        left = [e for e in entries if e.key not in settled]
        if not left:
            break
        remote = place.remote()
        try:
            settled |= set(remote.find([e.key for e in left]))
            for start in range(0, len(left), 7):
                batch = [e for e in left[start : start + 7] if e.key not in settled]
                settled |= {r.key for r in remote.create(batch) if isinstance(r, Done)}
        except TransientError:
            continue
    place.jira.weather.clear()
    assert settled == {e.key for e in entries}
    assert sorted(keys_of(place)) == sorted(settled)


# --------------------------------------------------------------------------- partial failure


def test_partial_bulk_failure_is_told_item_by_item(place: JiraPlace) -> None:
    entries = [place.entry() for _ in range(50)]
    bad = {3, 17, 49}
    entries = [place.poisoned(e) if n in bad else e for n, e in enumerate(entries)]
    results = {r.key: r for r in place.remote().create(entries)}
    refused = {k: r.reason for k, r in results.items() if isinstance(r, Refused)}
    assert refused == {entries[n].key: "summary: Proibido pelo fluxo." for n in bad}
    for entry in entries:
        result = results[entry.key]
        if isinstance(result, Done):
            issue = place.jira.issue(result.observed.ref)
            assert issue.properties["orch"]["id"] == entry.key
            assert issue.fields["summary"] == entry.title


def test_a_bulk_that_is_refused_as_a_whole_is_halved(place: JiraPlace, rig: Rig) -> None:
    entries = [place.entry() for _ in range(9)]
    remote = place.remote()
    really = remote._body

    def broken(entry: Entry) -> Any:
        body = really(entry)
        if entry.key == entries[5].key:
            body["fields"]["labels"] = ["com branco"]
        return body

    remote._body = broken  # type: ignore[method-assign]
    with rig.expect_violations():
        results = list(remote.create(entries))
    assert [r.key for r in results if isinstance(r, Refused)] == [entries[5].key]
    assert place.count() == 8


def test_wrong_issue_type_names_the_right_ones(place: JiraPlace) -> None:
    remote = JiraIssues(place.client(), "ORCH", name="x", url=place.url, issue_type="Tarefa")
    with pytest.raises(PermanentError) as caught:
        list(remote.create([place.entry()]))
    assert "Story" in caught.value.hint


@pytest.mark.parametrize("kind", ["bug", "10003"])
def test_the_issue_type_is_a_name_or_an_id(place: JiraPlace, kind: str) -> None:
    remote = JiraIssues(place.client(), "ORCH", name="x", url=place.url, issue_type=kind)
    done(remote.create([place.entry()]))
    assert place.jira.issue("ORCH-1").fields["issuetype"]["name"] == "Bug"


# --------------------------------------------------------------------------- people


def test_a_comment_and_a_transition_are_no_edit(place: JiraPlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.jira.move_issue(made.ref, "indeterminate")
    seen = remote.find([entry.key])[entry.key]
    assert seen.version != made.version
    assert (seen.edited, seen.status) == (False, "Em andamento")
    done(remote.update([(made, changed(entry, "Novo."))]))
    assert place.jira.issue(made.ref).status == "10001"


def test_the_vendors_own_rewriting_is_no_edit(place: JiraPlace) -> None:
    """Jira may add attributes and split or merge nodes; the words stay."""
    remote, entry = place.remote(), place.entry(body="Com **ênfase** e\n\n- um\n- dois")
    (made,) = done(remote.create([entry]))
    rewritten = to_adf("Com **ênfase** e\n\n- um\n\n\n- dois")
    rewritten["content"][0]["attrs"] = {"localId": "abc"}
    rewritten["content"][0]["content"][0:1] = [{"type": "text", "text": "Com"}, {"type": "text", "text": " "}]
    place.jira.edit_issue(made.ref, description=rewritten)
    assert not remote.find([entry.key])[entry.key].edited


def test_a_changed_title_is_an_edit(place: JiraPlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.jira.edit_issue(made.ref, summary="Outro título")
    assert remote.find([entry.key])[entry.key].edited


def test_peoples_labels_stay(place: JiraPlace) -> None:
    remote, entry = place.remote(), place.entry(labels=("redis", "com  branco"))
    (made,) = done(remote.create([entry]))
    place.jira.edit_issue(made.ref, labels=[*place.jira.issue(made.ref).fields["labels"], "time-a"])
    done(remote.update([(made, changed(entry, "Novo."))]))
    assert place.jira.issue(made.ref).fields["labels"] == ["orch", "redis", "com-branco", "time-a"]


def test_an_issue_that_a_person_moved_to_another_project_is_followed(place: JiraPlace) -> None:
    entry, remote = place.entry(), place.remote()
    (made,) = done(remote.create([entry]))
    there = place.jira.transfer_issue(made.ref, "AUP")
    machine = place.remote()
    machine.remember({entry.key: made.ref})
    seen = machine.find([entry.key])[entry.key]
    assert (seen.ref, seen.edited) == (there, False)
    done(machine.update([(seen, changed(entry, "Texto novo."))]))
    assert len(place.jira.all()) == 1 and place.texts(seen)[1] == "Texto novo."


def test_a_label_is_one_word_of_at_most_255(place: JiraPlace) -> None:
    (made,) = done(place.remote().create([place.entry(labels=("duas palavras", "x" * 300, " "))]))
    labels = place.jira.issue(made.ref).fields["labels"]
    assert labels == ["orch", "duas-palavras", "x" * 255]


def test_a_deleted_issue_is_not_created_by_an_update(place: JiraPlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.jira.delete_issue(made.ref)
    (result,) = remote.update([(made, changed(entry, "Novo."))])
    assert isinstance(result, Refused)
    assert result.conflict
    assert remote.find([entry.key]) == {}


# --------------------------------------------------------------------------- withdrawal


def test_a_withdrawn_issue_says_nothing_of_what_it_said(place: JiraPlace) -> None:
    remote, entry = place.remote(), place.entry(title="Segredo do título", labels=("redis",))
    (made,) = done(remote.create([entry]))
    done(remote.retract([made]))
    issue = place.jira.issue(made.ref)
    shown = issue.fields["summary"] + plain_text(issue.fields["description"]) + str(issue.properties)
    assert "Segredo" not in shown
    assert "Redis" not in shown
    assert issue.fields["labels"] == ["orch", WITHDRAWN]


def test_withdrawing_twice_writes_once(place: JiraPlace) -> None:
    remote, entry = place.remote(), place.entry()
    done(remote.retract(done(remote.create([entry]))))
    before = place.state()
    done(place.remote().retract(list(place.remote().find([entry.key]).values())))
    assert place.state() == before


def test_shared_again_the_same_issue_is_filled(place: JiraPlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    (gone,) = done(remote.retract([made]))
    (back,) = done(remote.update([(gone, entry)]))
    assert (back.ref, back.hash, back.edited) == (made.ref, entry.hash, False)
    assert WITHDRAWN not in place.jira.issue(made.ref).fields["labels"]


# --------------------------------------------------------------------------- text, cost, credentials


@pytest.mark.parametrize("title", ["a\nb\r\nc", "x" * 400, "🚀" * 300, " \t\n ", "\x00\u202e"])
def test_a_summary_is_one_line_of_at_most_255(place: JiraPlace, title: str) -> None:
    (made,) = done(place.remote().create([place.entry(title=title)]))
    summary = place.jira.issue(made.ref).fields["summary"]
    assert "\n" not in summary
    assert 0 < len(summary.encode("utf-16-le")) // 2 <= 255


def test_a_description_that_is_too_long_is_cut_and_says_so(place: JiraPlace) -> None:
    entry = place.entry(body="\n".join(f"- **{n}** `código`" for n in range(5000)))
    (made,) = done(place.remote().create([entry]))
    body = place.texts(made)[1]
    assert body.startswith("0 código")
    assert body.rstrip().endswith(")")
    assert not place.remote().find([entry.key])[entry.key].edited


def test_known_issues_are_read_without_a_search(place: JiraPlace) -> None:
    entries = [place.entry() for _ in range(250)]
    made = done(place.remote().create(entries))
    remote, before = place.remote(), place.requests()
    remote.remember({o.key: o.ref for o in made})
    assert remote.find([e.key for e in entries]).keys() == {e.key for e in entries}
    assert place.requests() - before == 3
    assert all("search" not in str(e) for e in place.rig.atlassian.server.exchanges[before:])


@pytest.mark.parametrize("status", [403, 404])
def test_a_protected_issue_holds_no_other_and_blames_no_token(place: JiraPlace, status: int) -> None:
    entries = [place.entry() for _ in range(3)]
    seen = done(place.remote().create(entries))
    place.jira.weather.next(status, path=seen[0].ref + "$", writes_only=True, times=99)
    news = [(there, changed(entry, "Novo.")) for there, entry in zip(seen, entries, strict=True)]
    first, *others = place.remote().update(news)
    assert isinstance(first, Refused) and seen[0].ref in first.reason and not first.conflict
    first, *gone = place.remote().retract([seen[0], *done(iter(others))])
    assert isinstance(first, Refused) and seen[0].ref in first.reason and not first.conflict
    assert len(done(iter(gone))) == 2


def test_one_answer_of_a_site_under_load_is_no_removal(place: JiraPlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.jira.weather.next(404, method="PUT")
    (updated,) = done(remote.update([(made, changed(entry, "Novo."))]))
    assert "Novo" in place.texts(updated)[1]


@pytest.mark.parametrize(
    "added",
    [
        {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"type": "file", "id": "a1"}}]},
        {"type": "extension", "attrs": {"extensionType": "x", "extensionKey": "toc"}},
        {"type": "paragraph", "content": [{"type": "date", "attrs": {"timestamp": "1764201600000"}}]},
        {"type": "expand", "attrs": {"title": "Detalhes"}, "content": [{"type": "paragraph"}]},
    ],
)
def test_what_a_person_adds_without_a_word_is_an_edit(place: JiraPlace, added: Any) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    body = place.jira.issue(made.ref).fields["description"]
    place.jira.edit_issue(made.ref, description={**body, "content": [*body["content"], added]})
    seen = place.remote().find([entry.key])[entry.key]
    assert seen.edited and seen.words != made.words
    (result,) = remote.update([(made, changed(entry, "Novo."))])
    assert isinstance(result, Refused) and result.conflict


def test_striking_what_orch_wrote_is_an_edit_and_its_own_striking_is_none(place: JiraPlace) -> None:
    entry = place.entry(body="Serve ~~nunca~~ sempre.")
    (made,) = done(place.remote().create([entry]))
    assert not place.remote().find([entry.key])[entry.key].edited
    struck = to_adf("~~Serve nunca sempre.~~")
    place.jira.edit_issue(made.ref, description=struck)
    assert place.remote().find([entry.key])[entry.key].edited


def test_an_issue_that_was_written_with_an_earlier_seal_is_not_edited(place: JiraPlace) -> None:
    entry = place.entry(body="Serve ~~nunca~~ sempre.")
    (made,) = done(place.remote().create([entry]))
    issue = place.jira.issue(made.ref)
    words = fingerprint(issue.fields["summary"], issue.fields["description"], 1)
    issue.properties["orch"] = {**issue.properties["orch"], "words": words}
    del issue.properties["orch"]["seal"]
    assert words != made.words and not place.remote().find([entry.key])[entry.key].edited


def test_another_clone_finds_what_people_moved_or_took_the_label_from(place: JiraPlace) -> None:
    entries = [place.entry() for _ in range(3)]
    bare, moved, former, _last = done(place.remote().create([*entries, place.entry()]))
    place.jira.edit_issue(bare.ref, labels=["time-a"])
    there = place.jira.transfer_issue(moved.ref, "AUP")
    issue = place.jira.issue(former.ref)  # of a configuration that had another project
    issue.properties["orch"] = {**issue.properties["orch"], "place": "BET"}
    place.jira.transfer_issue(former.ref, "BET")
    place.rig.clock.advance(600)  # nothing of it is new any more
    found = {key: seen.ref for key, seen in place.remote().find([e.key for e in entries]).items()}
    assert found == {entries[0].key: bare.ref, entries[1].key: there}
    made = done(place.remote().create(entries[:2]))
    assert [o.ref for o in made] == [bare.ref, there]


def test_a_read_only_token_stops_the_remote(place: JiraPlace) -> None:
    client = place.client(token=place.rig.atlassian.read_only_token)
    remote = JiraIssues(client, "ORCH", name="x", url=place.url)
    with pytest.raises(CredentialsError) as caught:
        list(remote.create([place.entry()]))
    assert VARIABLE in caught.value.hint


def test_a_web_page_instead_of_data_is_transient(place: JiraPlace) -> None:
    place.jira.weather.next("html", times=9)
    with pytest.raises(TransientError):
        place.remote().find([place.entry().key])


def test_a_storm_of_429_is_waited_out(place: JiraPlace) -> None:
    place.fail(429, times=3, retry_after="2")
    entries = [place.entry() for _ in range(60)]
    done(place.remote().create(entries))
    assert place.count() == 60


def test_links_lead_to_the_site_also_through_the_gateway(place: JiraPlace) -> None:
    url = f"{place.url}/ex/jira/{place.rig.atlassian.cloud_id}"
    remote = JiraIssues(place.client(url), "ORCH", name="x", url=url)
    (made,) = done(remote.create([place.entry()]))
    assert made.url.endswith("/browse/ORCH-1")


def test_an_issue_that_only_looks_like_ours_is_left_alone(place: JiraPlace) -> None:
    """The id in a text or under another property is no identity."""
    entry = place.entry()
    place.jira.create(
        "ORCH",
        {"summary": entry.key, "labels": ["orch"], "issuetype": {"id": "10001", "name": "Task"}},
        {"orch": "lixo"},
    )
    remote = place.remote()
    assert remote.find([entry.key]) == {}
    done(remote.create([entry]))
    assert len(place.jira.all("ORCH")) == 2


# --------------------------------------------------------------------------- the client


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"errorMessages": ["INVALID_INPUT"], "errors": {}}, "INVALID_INPUT"),
        ({"errorMessages": [], "errors": {"labels": "vazio"}}, "labels: vazio"),
        ({"errors": [{"status": 409, "code": "CONFLICT", "title": "Versão", "detail": None}]}, "Versão"),
        ({"statusCode": 404, "message": "não há"}, "não há"),
        ({"type": "x", "title": "Tipo", "detail": "campo"}, "Tipo; campo"),
        ({"errors": ["texto"]}, "texto"),
        ({"errors": None, "errorMessages": None}, ""),
        ("<html>", ""),
        (None, ""),
    ],
)
def test_reasons_are_read_from_every_shape(body: Any, reason: str) -> None:
    assert explain(body) == reason


@pytest.mark.parametrize("tokens", ["t", "ab", "abc"])
def test_a_repeated_page_token_ends_the_search(
    place: JiraPlace, monkeypatch: pytest.MonkeyPatch, tokens: str
) -> None:
    told = cycle(tokens)
    page = {"issues": [{"id": "1", "key": "ORCH-1"}], "isLast": False}
    client = place.client()
    monkeypatch.setattr(client, "_page", lambda _body: page | {"nextPageToken": next(told)})
    with pytest.raises(PermanentError):
        list(client.search("project = ORCH", ["summary"]))


@pytest.mark.parametrize(("limit", "found"), [(None, 130), (1, 1), (120, 120), (0, 0), (500, 130)])
def test_a_search_is_read_to_its_end_or_its_limit(place: JiraPlace, limit: int | None, found: int) -> None:
    done(place.remote().create([place.entry() for _ in range(130)]))
    hits = list(place.client().search("project = ORCH", ["summary"], limit=limit))
    assert len({raw["key"] for raw in hits}) == len(hits) == found


def test_a_link_is_one_and_a_missing_project_is_none(place: JiraPlace) -> None:
    client = place.client()
    (made,) = done(place.remote().create([place.entry()]))
    client.put_remote_link(made.ref, "orch:y", "https://git.example/c/1", "commit")
    client.put_remote_link(made.ref, "orch:y", "https://git.example/c/2", "commit")
    (link,) = place.jira.issue(made.ref).links.values()
    assert link["object"]["url"] == "https://git.example/c/2"
    assert client.project("ORCH")["key"] == "ORCH"
    assert client.project("NADA") is None
    assert client.server_info()["baseUrl"]


def test_refused_jql_quotes_the_vendor(place: JiraPlace) -> None:
    with pytest.raises(PermanentError) as caught:
        list(place.client().search("ORDER BY created", ["summary"]))
    assert "nbounded" in str(caught.value)


# --------------------------------------------------------------------------- refused for good


def test_an_issue_that_may_not_be_emptied_does_not_hold_the_others(place: JiraPlace) -> None:
    """A workflow can lock a closed issue against edits: Jira refuses with 400 or hides it with 404."""
    entries = [place.entry() for _ in range(3)]
    seen = done(place.remote().create(entries))
    place.jira.weather.next(400, method="PUT", path="/issue/")
    place.jira.weather.next(404, method="PUT", path="/issue/")
    first, second, third = place.remote().retract(seen)
    assert isinstance(first, Refused) and not first.conflict
    assert isinstance(second, Refused) and seen[1].ref in second.reason
    assert isinstance(third, Done) and place.count() == 2


def test_a_double_that_may_not_be_emptied_is_told_and_holds_nobody(place: JiraPlace) -> None:
    entry, other = place.entry(), place.entry()
    done(place.remote().create([entry]))
    twin = place.jira.all("ORCH")[0]
    copied = place.jira.create("ORCH", {**twin.fields}, {**twin.properties})
    place.settle()
    remote = place.remote()
    remote.find([entry.key])
    assert remote.duplicates == {entry.key: (copied.key,)}
    place.jira.weather.next(400, method="PUT", path="/issue/")
    remote.sweep([entry.key])
    assert remote.duplicates == {entry.key: (copied.key,)}
    done(remote.create([other]))


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_withdrawn_issue_whose_double_may_not_be_emptied_stays_to_be_withdrawn(
    place: JiraPlace, status: int, known: bool
) -> None:
    """The double is emptied first and named; nothing is in doubt, so that the row stays with its reason."""
    entry = place.entry()
    done(place.remote().create([entry]))
    locked = double(place, entry)
    place.settle()
    remote = place.remote()
    seen = list(remote.find([entry.key]).values())
    place.jira.weather.next(status, method="PUT", path=locked + "$", times=99)
    (answer,) = remote.retract(seen)
    assert isinstance(answer, Refused) and locked in answer.reason and not answer.in_doubt
    assert place.count() == 2, "or the next push calls it done"
    place.jira.weather.clear()
    again = place.remote()
    if known:  # it was settled long ago: nobody searches for it any more
        again.remember({entry.key: "ORCH-1"})
    done(again.retract(list(again.find([entry.key]).values())))
    assert place.count() == 0


@pytest.mark.parametrize("emptied", [False, True])
@pytest.mark.parametrize("known", ["ORCH-1", "ORCH-2"])
def test_a_withdrawal_finds_the_double_of_an_issue_that_is_known(
    place: JiraPlace, known: str, emptied: bool
) -> None:
    """Also of one that is empty already: earlier versions emptied it first, and stopped at the double."""
    entry = place.entry()
    done(place.remote().create([entry]))
    double(place, entry)
    if emptied:
        place.remote()._writer.withdraw(known, entry.key)
    place.settle()
    remote = place.remote()
    remote.remember({entry.key: known})
    done(remote.retract(list(remote.find([entry.key]).values())))
    assert place.count() == 0


@pytest.mark.parametrize("known", ["ORCH-1", "ORCH-2"])
def test_a_double_that_a_person_changed_is_not_emptied_unseen(place: JiraPlace, known: str) -> None:
    """It is named, and is the issue from then on: who decided on it, or says so, has it emptied."""
    entry = place.entry()
    done(place.remote().create([entry]))
    double(place, entry)
    theirs = "ORCH-2" if known == "ORCH-1" else "ORCH-1"
    place.jira.edit_issue(theirs, summary="Maria escreveu aqui")
    place.settle()
    remote = place.remote()
    remote.remember({entry.key: known})
    (answer,) = remote.retract(list(remote.find([entry.key]).values()))
    assert isinstance(answer, Refused) and answer.conflict and theirs in answer.reason
    assert place.jira.issue(theirs).fields["summary"] == "Maria escreveu aqui"
    assert [i.key for i in place.alive_issues()] == [theirs]
    again = place.remote()
    again.remember({entry.key: known})
    (left,) = again.find([entry.key]).values()
    assert (left.ref, left.edited) == (theirs, True)
    done(again.retract([left]))
    assert place.count() == 0


@pytest.mark.parametrize("lost", [False, True])
def test_a_question_that_fails_after_a_create_leaves_it_in_doubt(
    place: JiraPlace, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    """The answer was lost and then the key expired: the refusal says nothing of what was sent."""
    remote, entry = place.remote(), place.entry()
    if lost:
        place.drop_after_work()
    send = remote.client.create_issues

    def then_expired(*values: Any, **more: Any) -> Any:
        try:
            return send(*values, **more)
        finally:
            place.fail(401, times=99)

    monkeypatch.setattr(remote.client, "create_issues", then_expired)
    with pytest.raises(CredentialsError) as caught:
        list(remote.create([entry]))
    assert caught.value.in_doubt and place.count() == 1


def test_issues_that_are_too_large_together_are_read_fewer_at_once(
    place: JiraPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = place.remote()
    made = done(remote.create([place.entry(body=f"{n}\n\n" + "longo " * 2000) for n in range(12)]))
    place.settle()
    monkeypatch.setattr(http, "ANSWER_CAP", 50_000)  # three of these issues
    keys = {there.key for there in made}
    remote.remember({there.key: there.ref for there in made})
    assert set(remote.find(sorted(keys))) == keys == set(place.remote().find(sorted(keys)))
    assert set(remote.read(made)) == keys


def test_an_issue_too_large_by_itself_holds_no_other_up(
    place: JiraPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = done(place.remote().create([place.entry() for _ in range(5)]))
    place.settle()
    place.edit(made[2], "x" * 60_000)
    monkeypatch.setattr(http, "ANSWER_CAP", 50_000)
    keys, known, searching = [there.key for there in made], place.remote(), place.remote()
    known.remember({there.key: there.ref for there in made})
    for remote in (known, searching):
        found = remote.find(keys)
        assert [there.key for there in found.values() if there.edited] == [made[2].key] and len(found) == 5
        read = remote.read(list(found.values()))
        assert len(read) == 5 and read[made[2].key].beside  # what nobody could read is not taken over as ""


def test_a_text_nested_too_deep_is_edited_and_holds_no_other_up(place: JiraPlace) -> None:
    made = done(place.remote().create([place.entry() for _ in range(3)]))
    node: Any = {"type": "paragraph", "content": [{"type": "text", "text": "fundo"}]}
    for _ in range(200):
        node = {"type": "bulletList", "content": [{"type": "listItem", "content": [node]}]}
    text = {"type": "doc", "version": 1, "content": [node]}
    place.jira.issue(made[1].ref).fields["description"] = text
    remote = place.remote()
    remote.remember({there.key: there.ref for there in made})
    found = remote.find([there.key for there in made])
    assert [there.edited for there in found.values()] == [False, True, False]
    assert remote.read(list(found.values()))[made[1].key].beside
