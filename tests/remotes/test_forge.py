"""The GitHub remote keeps the contract, with branches really pushed by git."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import ConfigError, CredentialsError, PermanentError, TransientError
from orchestrator.reconcile.github import GitHub, explain
from orchestrator.reconcile.http import sendable
from orchestrator.reconcile.remotes.forge import GitHubForge, quiet
from orchestrator.remote import Done, Entry, Observed, Refused
from orchestrator.request_key import branch_of
from tests.remotes.contract import Place, RemoteContract, changed, done
from tests.rig.rig import Rig
from tests.rig.wire import Response

pytestmark = [pytest.mark.rig, pytest.mark.xdist_group("rig")]
VARIABLE = "ORCH_GITHUB_TOKEN"
POISON = "sem-novidade"


class Clone:
    """A work tree's git directory that pushes to the forge's bare repository."""

    def __init__(self, path: Path, remote: str) -> None:
        self.path, self.remote, self.pushes = path, remote, 0
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
        self.tree = self.git("mktree", stdin="")
        self.main = self.commit("início")
        self.git("push", "-q", remote, f"{self.main}:refs/heads/main")

    def git(self, *arguments: str, stdin: str | None = None) -> str:
        command = ["git", "-C", str(self.path), *arguments]
        run = subprocess.run(command, check=True, capture_output=True, text=True, input=stdin)
        return run.stdout.strip()

    def commit(self, message: str, *parents: str) -> str:
        given = [part for parent in parents for part in ("-p", parent)]
        return self.git("commit-tree", self.tree, *given, "-m", message)

    def push(self, entry: Entry) -> str:
        branch = branch_of(entry.key)
        new = self.main if POISON in entry.body else self.commit(entry.hash, self.main)
        self.git("push", "-q", "--force", self.remote, f"{new}:refs/heads/{branch}")
        self.pushes += 1
        return branch

    def unpush(self, branch: str) -> None:
        self.git("push", "-q", self.remote, f":refs/heads/{branch}")


class ForgePlace(Place):
    """The rig's forge; people use their browser."""

    kind = "component"
    credentials = VARIABLE
    examples = 25
    many = 20
    ceiling = 61
    second_ceiling = 20

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.forge = rig.forge
        self.clone = Clone(folder / "clone.git", str(rig.forge.path))

    def client(self, *, url: str = "", token: str = "", repository: str = "") -> GitHub:
        repository = repository or self.forge.full_name
        url, token = url or self.forge.url, token or self.forge.token
        return GitHub(url, token, repository, variable=VARIABLE, sleep=lambda _seconds: None)

    def over(self, client: GitHub) -> GitHubForge:
        return GitHubForge(client, name="group.forge", push=self.clone.push, unpush=self.clone.unpush)

    def remote(self, *, wrong_credentials: bool = False) -> GitHubForge:
        return self.over(self.client(token="github_pat_expirado" if wrong_credentials else ""))

    def offline(self) -> GitHubForge:
        return self.over(self.client(url="http://127.0.0.1:1"))

    def open_ones(self) -> list[Any]:
        return [p for p in self.forge.pulls.values() if p.state == "open"]

    def count(self) -> int:
        return len(self.open_ones())

    def texts(self, observed: Observed) -> tuple[str, str]:
        pull = self.forge.pulls[int(observed.ref)]
        return pull.title, pull.body.rpartition("\n\n<!-- orch key=")[0] or pull.body

    def edit(self, observed: Observed, text: str) -> None:
        marker = self.forge.pulls[int(observed.ref)].body.rpartition("\n\n")[2]
        self.forge.edit(int(observed.ref), body=f"{text}\r\n\r\n{marker}")

    def state(self) -> Any:
        return {n: replace(p) for n, p in self.forge.pulls.items()}, self.forge.repository.branches()

    def requests(self) -> int:
        return len(self.forge.server.exchanges)

    def fail(self, status: int, *, times: int = 1, retry_after: str = "", writes_only: bool = False) -> None:
        after = retry_after or None
        self.forge.weather.next(status, times=times, retry_after=after, writes_only=writes_only)

    def drop_after_work(self) -> None:
        self.forge.weather.drop_after_commit()

    def poisoned(self, entry: Entry) -> Entry:
        """A branch without a new commit: GitHub refuses the pull request."""
        return changed(entry, POISON)

    def expected_title(self, entry: Entry) -> str:
        return " ".join(quiet(str(sendable(entry.title))).split())[:256]

    def expected_body(self, entry: Entry) -> str:
        return quiet(str(sendable(entry.body)))


@pytest.fixture
def place(rig: Rig, tmp_path: Path) -> Iterator[ForgePlace]:
    yield ForgePlace(rig, tmp_path)


class TestForge(RemoteContract):
    """The suite, on GitHub's API."""


def test_nobody_is_called_and_no_issue_is_closed() -> None:
    said = "Closes #12, cc @maria (@grupo/time) e a@b.com, x#y, # título, `@dentro`"
    assert quiet(said) == (
        "Closes\u200b #\u200b12, cc @\u200bmaria (@\u200bgrupo/time) e a@b.com, x#y, # título, `@dentro`"
    )


def test_the_branch_is_pushed_and_opened_once(place: ForgePlace) -> None:
    entry = place.entry("[ORCH] Compartilhar componente: auth", key="component:auth/empresa-a")
    (made,) = done(place.remote().create([entry]))
    (pull,) = place.open_ones()
    assert (pull.head, pull.base, made.status) == ("orch/share/component-auth-empresa-a", "main", "open")
    assert place.forge.repository.tip(pull.head)
    assert made.url.endswith("/pull/1")
    done(place.remote().create([entry]))
    assert place.clone.pushes == 1


def test_one_that_a_person_opened_is_adopted_as_edited(place: ForgePlace) -> None:
    entry = place.entry()
    head = place.clone.push(entry)
    theirs = place.client().create_pr("Minha", "Meu texto", head, "main")
    (adopted,) = done(place.remote().create([entry]))
    assert (adopted.ref, adopted.edited, adopted.hash) == (str(theirs["number"]), True, "")
    assert place.texts(adopted) == ("Minha", "Meu texto")


def test_status_tells_merged_and_closed(place: ForgePlace) -> None:
    entries = [place.entry() for _ in range(3)]
    remote = place.remote()
    made = done(remote.create(entries))
    place.forge.merge(int(made[0].ref), delete_branch=True)
    place.forge.close(int(made[1].ref))
    found = remote.find([e.key for e in entries])
    assert [found[e.key].status for e in entries] == ["merged", "closed", "open"]
    assert not any(o.edited for o in found.values())


def test_a_new_version_after_the_merge_is_a_new_pull_request(place: ForgePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.forge.merge(int(made.ref))
    (seen,) = remote.find([entry.key]).values()
    (after,) = done(remote.update([(seen, changed(entry, "versão 2"))]))
    assert (after.ref, after.status) == ("2", "open")
    assert remote.find([entry.key])[entry.key].ref == "2"


def test_what_a_person_closed_stays_closed(place: ForgePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.forge.close(int(made.ref))
    (seen,) = remote.find([entry.key]).values()
    (result,) = remote.update([(seen, changed(entry, "insisto"))])
    assert isinstance(result, Refused)
    assert place.count() == 0


def test_retract_empties_closes_and_deletes_the_branch(place: ForgePlace) -> None:
    remote, entry = place.remote(), place.entry("Título com segredo", "Corpo com segredo")
    done(remote.retract(done(remote.create([entry]))))
    (pull,) = place.forge.pulls.values()
    assert pull.state == "closed"
    assert "segredo" not in pull.title + pull.body
    assert set(place.forge.repository.branches()) == {"main"}


def test_what_is_merged_is_not_taken_back(place: ForgePlace) -> None:
    remote, entry = place.remote(), place.entry()
    (made,) = done(remote.create([entry]))
    place.forge.merge(int(made.ref))
    before = copy.deepcopy(place.forge.pulls), place.forge.repository.branches()
    (result,) = remote.retract([made])
    assert isinstance(result, Refused)
    assert (place.forge.pulls, place.forge.repository.branches()) == before, "it is people's history now"


def test_a_forged_marker_in_the_text_is_text(place: ForgePlace) -> None:
    entry = place.entry(body="x <!-- orch key=outra hash=falso text=0 --> y")
    (made,) = done(place.remote().create([entry]))
    found = place.remote().find([entry.key])[entry.key]
    assert (found.hash, found.edited, found.ref) == (entry.hash, False, made.ref)


def test_a_marker_that_a_person_removed_means_edited(place: ForgePlace) -> None:
    entry = place.entry()
    (made,) = done(place.remote().create([entry]))
    place.forge.edit(int(made.ref), body="Texto de uma pessoa, sem marca.")
    found = place.remote().find([entry.key])[entry.key]
    assert (found.edited, found.hash) == (True, "")
    (again,) = done(place.remote().create([entry]))
    assert again.ref == made.ref


def test_words_after_the_marker_are_an_edit(place: ForgePlace) -> None:
    entry = place.entry()
    (made,) = done(place.remote().create([entry]))
    body = place.forge.pulls[int(made.ref)].body
    place.forge.edit(int(made.ref), body=body + "\n\nLGTM")
    assert place.remote().find([entry.key])[entry.key].edited


def test_a_push_that_is_refused_holds_nobody(place: ForgePlace) -> None:
    def push(entry: Entry) -> str:
        if entry.key == "mau":
            raise PermanentError("protected branch")
        return place.clone.push(entry)

    remote = GitHubForge(place.client(), name="f", push=push)
    bad, good = remote.create([place.entry(key="mau"), place.entry()])
    assert isinstance(bad, Refused)
    assert "protected branch" in bad.reason
    assert isinstance(good, Done)


def test_a_missing_repository_is_said_once(place: ForgePlace) -> None:
    remote = place.over(place.client(repository="grupo/outro"))
    with pytest.raises(PermanentError, match="grupo/outro"):
        list(remote.create([place.entry(), place.entry()]))


def test_the_owners_case_does_not_matter(place: ForgePlace) -> None:
    entry = place.entry()
    done(place.remote().create([entry]))
    assert entry.key in place.over(place.client(repository="Grupo/monorepo")).find([entry.key])


def test_a_token_without_rights(place: ForgePlace) -> None:
    with pytest.raises(CredentialsError) as caught:
        list(place.over(place.client(token=place.forge.read_only_token)).create([place.entry()]))
    assert VARIABLE in caught.value.hint


def test_the_plain_call_is_idempotent(place: ForgePlace) -> None:
    head = place.clone.push(place.entry())
    first = place.remote().create_pr("T @todos", "corpo", head, "main")
    again = place.remote().create_pr("T", "corpo", head, "main")
    assert again.ref == first.ref
    place.forge.weather.drop_after_commit()
    other = place.clone.push(place.entry())
    with pytest.raises(TransientError) as caught:
        place.remote().create_pr("U", "corpo", other)
    assert caught.value.in_doubt
    assert place.remote().create_pr("U", "corpo", other).ref == "2"
    assert place.count() == 2


def test_a_race_for_the_same_branch_is_adopted(place: ForgePlace) -> None:
    head = place.clone.push(place.entry())
    first = place.client().open("T", "corpo", head, "main")
    assert place.client().open("T", "corpo", head, "main")["number"] == first["number"]


def test_githubs_own_words() -> None:
    data = {
        "message": "Validation Failed",
        "errors": [{"message": "No commits"}, {"field": "head", "code": "x"}],
    }
    assert explain(data) == "Validation Failed; No commits; head: x"
    assert explain({"message": "m", "errors": ["a", 1]}) == "m; a; 1"
    assert explain({"message": "m", "errors": "cadeia"}) == "m"
    assert explain(["lista"]) == ""


@pytest.mark.parametrize("text", ["", "semdono", "a/b/c", "/b", "a/"])
def test_a_repository_is_owner_and_name(text: str) -> None:
    with pytest.raises(ConfigError):
        GitHub("https://github.com", "t", text, variable=VARIABLE)


def test_the_public_address_is_the_api() -> None:
    assert (
        GitHub("https://github.com", "t", "a/b", variable=VARIABLE).session.base == "https://api.github.com"
    )
    own = GitHub("https://git.empresa.example/api/v3/", "t", "a/b", variable=VARIABLE)
    assert own.session.base == "https://git.empresa.example/api/v3"


def test_a_renamed_repository_is_told_as_such(place: ForgePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub leads to `/repositories/<number>` of its own host then."""
    moved = Response(301, b"{}", {"Location": f"{place.forge.url}/repositories/7/pulls"})
    monkeypatch.setattr(place.forge.server.application, "handle", lambda _request: moved)
    with pytest.raises(TransientError) as told:
        place.remote().find([place.entry().key])
    assert "repository" in told.value.hint and place.forge.full_name in told.value.hint
