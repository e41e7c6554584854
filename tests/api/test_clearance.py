"""Nothing that the public API sends goes unread, and each sending stands in a trail before the request."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

import orchestrator
from orchestrator.app.trail import GROUP
from orchestrator.app.workspace import Workspace
from orchestrator.errors import OrchError, RefusedError, UserError
from orchestrator.model import Decision
from orchestrator.store.company import CompanyStore
from tests.flow.group import GroupRepository
from tests.rig.rig import Rig

KEY = "AKIA" + "Q3EGRQ7TD5UOHF2X"
CPF = "529.982.247-25"


def trail(group: GroupRepository, owner: str = GROUP) -> list[Decision]:
    folder = Workspace.open(group.root).group.company_folder(owner)
    with CompanyStore(folder, owner) as store:
        return store.decisions.all()


def at_the_forge(group: GroupRepository) -> str:
    command = ["git", "--git-dir", str(group.root.parent / "origin.git"), "log", "-p", "--all"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def request(head: str = "feat", **more: Any) -> Any:
    return orchestrator.create_pr("Compartilhar o cache", "O componente de cache.", head, **more)


# --------------------------------------------------------------------------- all that a push sends


@pytest.fixture
def feat(group: GroupRepository) -> GroupRepository:
    """The group's repository, on a branch of its own."""
    group.git("switch", "-q", "-c", "feat")
    return group


def test_what_a_later_commit_took_away_is_judged(feat: GroupRepository) -> None:
    feat.commit("feat: cache", {"k.txt": f"chave = {KEY}\n"})
    feat.commit("fix: sem a chave", {"k.txt": "nada\n"})
    with pytest.raises(RefusedError, match=r"k\.txt"):
        request(reviewed=True)
    assert KEY not in at_the_forge(feat)


def test_messages_are_judged(feat: GroupRepository) -> None:
    first = feat.commit(f"fix: cliente {CPF}", {"a.txt": "a\n"})
    with pytest.raises(RefusedError, match=first[:12]) as refused:
        request()
    assert CPF not in str(refused.value) and CPF not in at_the_forge(feat)
    assert request(reviewed=True)["number"]
    feat.commit(f"fix: outra chave {KEY}", {"a.txt": "b\n"})
    with pytest.raises(RefusedError):
        request(reviewed=True)


def test_what_else_a_commit_may_hold_is_judged(feat: GroupRepository) -> None:
    tree, parent = feat.git("rev-parse", "HEAD^{tree}"), feat.git("rev-parse", "main")
    raw = (
        f"tree {tree}\nparent {parent}\nauthor x <x@x> 1700000000 +0000\n"
        f"committer x <x@x> 1700000000 +0000\nnota chave {KEY}\n\nfix: nada\n"
    )
    command = ["git", "-C", str(feat.root), "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    made = (
        subprocess.run(command, input=raw.encode(), check=True, capture_output=True).stdout.decode().strip()
    )
    feat.git("update-ref", "refs/heads/feito", made)
    with pytest.raises(RefusedError, match=made[:12]):
        request("feito", reviewed=True)


def test_what_only_a_merge_brought_is_judged(feat: GroupRepository) -> None:
    feat.commit("feat: um", {"um.txt": "1\n"})
    feat.git("switch", "-q", "-c", "outro", "main")
    feat.commit("feat: dois", {"dois.txt": "2\n"})
    feat.git("merge", "-q", "--no-commit", "--no-ff", "feat")
    feat.commit("merge: feat", {"k.txt": f"chave = {KEY}\n"})
    feat.git("rm", "-q", "k.txt")
    feat.git("commit", "-q", "-m", "fix: sem a chave")
    with pytest.raises(RefusedError, match=r"k\.txt"):
        request("outro", reviewed=True)


@pytest.mark.parametrize("name", [f"chaves/{KEY}.txt", f"{KEY}/vazio.txt"])
def test_paths_and_branch_names_are_judged(feat: GroupRepository, name: str) -> None:
    feat.commit("feat: arquivo", {name: "vazio\n"})
    with pytest.raises(RefusedError) as refused:
        request(reviewed=True)
    assert KEY not in str(refused.value)
    feat.git("branch", f"cache-{CPF}", "main")
    with pytest.raises(RefusedError):
        request(f"cache-{CPF}")


def test_our_own_base_says_nothing_of_what_the_remote_holds(feat: GroupRepository) -> None:
    feat.git("switch", "-q", "main")
    feat.commit("feat: ainda aqui", {"k.txt": f"chave = {KEY}\n"})
    feat.git("switch", "-q", "-c", "depois")
    feat.commit("feat: cache", {"a.txt": "a\n"})
    feat.git("update-ref", "-d", "refs/remotes/origin/main")
    with pytest.raises(RefusedError, match=r"k\.txt"):
        request("depois", reviewed=True)


def test_a_branch_that_moves_after_it_was_judged_does_not_leave_as_it_is_now(
    feat: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator.app import requesting

    feat.commit("feat: cache", {"a.txt": "a\n"})
    judge = requesting.clear_branch

    def then_move(*arguments: Any, **more: Any) -> None:
        judge(*arguments, **more)
        feat.commit("feat: mais", {"k.txt": f"chave = {KEY}\n"})

    monkeypatch.setattr(requesting, "clear_branch", then_move)
    request()
    assert KEY not in at_the_forge(feat) and "feat: cache" in at_the_forge(feat)


# --------------------------------------------------------------------------- every text of an entry


@pytest.mark.parametrize("label", [KEY, f"cpf-{CPF}"])
def test_labels_are_judged(group: GroupRepository, label: str) -> None:
    with pytest.raises(RefusedError) as refused:
        orchestrator.create_task("ORCH", "Revisar o cache", "Corpo", labels=[label], reviewed=True)
    assert label not in str(refused.value)
    assert orchestrator.search_issues("project = ORCH") == [] and trail(group) == []


def test_a_question_is_judged_too(rig: Rig, rig_group: GroupRepository) -> None:
    asked = len(rig.supabase.group.server.exchanges), len(rig.atlassian.server.exchanges)
    for words in (f"chave {KEY}", f"cliente {CPF}"):
        with pytest.raises(RefusedError) as refused:
            orchestrator.search_global_memory(words)
        assert words[8:] not in str(refused.value)
    with pytest.raises(RefusedError):
        orchestrator.search_issues(f'project = AUP AND text ~ "{KEY}"')
    assert (len(rig.supabase.group.server.exchanges), len(rig.atlassian.server.exchanges)) == asked
    assert orchestrator.search_issues('project = AUP AND text ~ "cache"') == []


def test_a_companys_own_place_takes_its_own_words_but_no_secret(rig: Rig, rig_group: GroupRepository) -> None:
    assert orchestrator.create_task("AUP", "Tarefa", "Corpo", labels=[f"cpf-{CPF}"])["created"]
    with pytest.raises(RefusedError):
        orchestrator.create_task("AUP", "Tarefa", "Corpo", labels=[KEY])


def test_the_kind_of_an_issue_and_the_parent_of_a_page_are_judged(group: GroupRepository) -> None:
    with pytest.raises(RefusedError):
        orchestrator.create_task("ORCH", "Revisar o cache", "Corpo", issue_type=KEY)
    with pytest.raises(RefusedError):
        orchestrator.create_page("ORCH", "Solução: cache", "Corpo", parent_id=KEY)


# --------------------------------------------------------------------------- people


def test_authors_of_every_company_are_taken_out_of_the_groups_texts(group: GroupRepository) -> None:
    for company, name in (("a", "Joaquim Tavares"), ("b", "Marta Queiroz")):
        group.write({f"empresas/{company}/x.py": "x = 1\n"})
        group.git("add", "-A")
        group.git("commit", "-q", "-m", "feat: arquivo", "--author", f"{name} <{company}@exemplo.net>")
    group.orch("log")
    said = "Falei com Joaquim Tavares e Marta Queiroz sobre o cache do banco."
    orchestrator.create_page("ORCH", "Solução: cache", said)
    page = (group.root.parent / "shared/pages/ORCH/Solução cache.md").read_text()
    assert "[pessoa]" in page and "Tavares" not in page and "Queiroz" not in page
    group.write({"nota.txt": said})
    told = group.orch("check", "nota.txt", "--company", "empresa-a", "--json", expect=4).data
    assert told["outcome"] == "redact" and "Tavares" not in told["redacted"]


# --------------------------------------------------------------------------- the trail


def test_each_sending_is_written_down_once_before_the_request(feat: GroupRepository) -> None:
    for _twice in range(2):
        orchestrator.create_task("ORCH", "Revisar o cache", "Corpo", labels=["cache"])
        orchestrator.create_page("ORCH", "Solução: cache", "Corpo")
    first, second = trail(feat)
    assert first.insight.startswith("task-") and second.insight.startswith("page-")
    assert all(d.who.startswith("api:") and d.action == "approve" and d.policy for d in (first, second))
    orchestrator.create_task("ORCH", "Revisar o cache", "Corpo", labels=["outra"])
    again = trail(feat)[-1]
    assert again.insight == first.insight and again.version != first.version
    commit = feat.commit(f"fix: cliente {CPF}", {"a.txt": "a\n"})
    request(reviewed=True)
    pull = trail(feat)[-1]
    assert (pull.record, pull.reason) == (commit, "reviewed")
    assert trail(feat, "empresa-a") == trail(feat, "empresa-b") == []
    with CompanyStore(Workspace.open(feat.root).group.company_folder(GROUP), GROUP) as store:
        assert store.decisions.broken_at() is None


def test_the_trail_is_there_when_the_request_is_lost(rig: Rig, rig_group: GroupRepository) -> None:
    rig.jira.weather.drop_after_commit()
    try:
        orchestrator.create_task("AUP", "Tarefa interna", "Corpo")
    except OrchError as lost:
        assert not isinstance(lost, UserError)
    (decision,) = trail(rig_group, "empresa-a")
    assert decision.insight.startswith("task-") and trail(rig_group) == []


def test_what_is_refused_is_not_written_down(feat: GroupRepository) -> None:
    feat.commit("feat: cache", {"k.txt": f"chave = {KEY}\n"})
    with pytest.raises(RefusedError):
        request(reviewed=True)
    assert trail(feat) == []
