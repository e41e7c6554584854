"""Tasks, pages, branches and pull requests through the public API: once, validated, by their owner."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

import orchestrator
from orchestrator.errors import (
    ConfigError,
    PermanentError,
    RefusedError,
    TransientError,
    UsageError,
    UserError,
)
from tests.flow.group import GroupRepository
from tests.rig.rig import Rig

KEY = "AKIA" + "Q3EGRQ7TD5UOHF2X"
CPF = "529.982.247-25"


def task(
    project: str = "ORCH", summary: str = "Revisar o cache", body: str = "Origem: empresa-a", **more: Any
) -> Any:
    return orchestrator.create_task(project, summary, body, **more)


def page(
    space: str = "ORCH", title: str = "Solução: cache", body: str = "Redis na frente.", **more: Any
) -> Any:
    return orchestrator.create_page(space, title, body, **more)


def test_a_task_is_one_issue_however_often_it_is_created(rig: Rig, rig_group: GroupRepository) -> None:
    first = task(labels=["cache"])
    edits = [w for w in rig.atlassian.server.writes() if w.request.method == "PUT"]
    second = task()
    assert [w for w in rig.atlassian.server.writes() if w.request.method == "PUT"] == edits
    assert (first["created"], second["created"], first["key"]) == (True, False, second["key"])
    assert task(body="Outra descrição, outra tarefa.")["key"] != first["key"]
    assert len(rig.jira.all("ORCH")) == 2
    assert first["url"].endswith(f"/browse/{first['key']}")


def test_a_lost_answer_makes_no_second_task_or_page(rig: Rig, rig_group: GroupRepository) -> None:
    rig.jira.index_lag = 60
    for create, weather in ((task, rig.jira.weather), (page, rig.confluence.weather)):
        weather.drop_after_commit()
        try:
            create()
        except TransientError:
            assert create()["created"] is False
        assert create()["created"] is False
    assert len(rig.jira.all("ORCH")) == 1
    assert len([p for p in rig.confluence.all("ORCH") if p.title == "Solução: cache"]) == 1


def test_a_companys_project_and_space_are_reached_with_its_own_account(
    rig: Rig, rig_group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ORCH_ATLASSIAN_EMAIL", "ORCH_ATLASSIAN_TOKEN"):
        monkeypatch.delenv(name)  # the group's account is not even needed
    key = task("AUP", "Tarefa interna", f"Cliente de CPF {CPF}: reprocessar")["key"]
    assert CPF in str(rig.jira.issue(key).fields["description"])  # its own place: as it was written
    assert page("AUP", "Nota interna")["created"] and rig.confluence.page("Nota interna", "AUP")
    found = orchestrator.search_issues("project = AUP AND updated > -7d")
    assert [(i["key"], i["summary"]) for i in found] == [(key, "Tarefa interna")]
    assert orchestrator.search_issues("updated > -7d", source_instance="empresa-a")[0]["key"] == key


def test_words_for_the_group_are_redacted_reviewed_or_refused(group: GroupRepository) -> None:
    redacted = task(summary=f"Reprocessar o cliente {CPF}")
    (found,) = orchestrator.search_issues("project = ORCH")
    assert found["key"] == redacted["key"] and "[CPF]" in found["summary"]
    for create in (task, page):
        with pytest.raises(RefusedError) as refused:
            create("ORCH", "Trocar a chave", f"A chave era {KEY}", reviewed=True)
        assert KEY not in str(refused.value)
        doubtful = {"body": "O titular tem RG 12.345.678-9 e quer trocar de plano"}
        with pytest.raises(RefusedError):
            create(**doubtful)
        assert create(**doubtful, reviewed=True)["created"]


@pytest.mark.parametrize("key", ["", "orch", "../x", "A/B", "ORCH; DROP", "O\nR", "A" * 60, "-A"])
def test_a_key_that_is_none_is_refused(group: GroupRepository, key: str) -> None:
    with pytest.raises(UsageError):
        task(key)
    if key not in ("orch", "A" * 60):  # space keys may be small, and longer
        with pytest.raises(UsageError):
            page(key)
    with pytest.raises(UsageError):
        task(summary=" \n ")


def test_a_page_is_updated_and_a_persons_words_are_left_alone(rig: Rig, rig_group: GroupRepository) -> None:
    first = page()
    second = page(body="Redis na frente, por cinco minutos.")
    assert (second["id"], second["created"]) == (first["id"], False)
    child = page(title="Detalhes", parent_id=first["id"])
    assert rig.confluence.page("Detalhes").parent == first["id"] and child["created"]

    rig.confluence.edit_page(first["id"], title="Solução: cache, por uma pessoa")
    with pytest.raises(UserError, match="ORCH"):
        page(body="Uma terceira versão.")
    assert page(body="Redis na frente, por cinco minutos.")["created"] is False  # nothing new to say
    assert rig.confluence.page("Solução: cache, por uma pessoa").id == first["id"]


def test_folders_keep_projects_and_spaces_apart_and_pages_in_a_tree(group: GroupRepository) -> None:
    assert [task("AUP")["key"], task("BET")["key"], task("AUP", "Outra")["key"]] == [
        "AUP-1",
        "BET-1",
        "AUP-2",
    ]
    above = page()
    below = page(title="Detalhes", parent_id=above["id"])
    assert below["id"] == "Solução cache/Detalhes" and "/pages/ORCH/" in below["url"]
    with pytest.raises(UserError, match="nada"):
        page(title="Órfã", parent_id="nada")
    path = group.root.parent / "shared/pages/ORCH/Solução cache.md"
    path.write_text(path.read_text() + "\nUma pessoa escreveu isto.\n")
    with pytest.raises(UserError):
        page(body="Outra coisa.")
    assert "Uma pessoa" in path.read_text()


def test_jiras_own_words_come_back(rig: Rig, rig_group: GroupRepository) -> None:
    for query in ("projekt = ORCH", "", "project = "):
        with pytest.raises(PermanentError):
            orchestrator.search_issues(query)
    with pytest.raises(PermanentError, match="Bug"):
        task(issue_type="Bugzilla")
    with pytest.raises(UsageError):
        orchestrator.search_issues("project = ORCH", limit=0)


def test_a_folder_answers_simple_queries_and_says_which(group: GroupRepository) -> None:
    for n, project in ((1, "ORCH"), (2, "ORCH"), (3, "AUP")):
        task(project, f"Tarefa {n} do cache", labels=[f"l{n}"])

    def keys(query: str, **more: Any) -> list[str]:
        return sorted(i["key"] for i in orchestrator.search_issues(query, **more))

    assert keys("project = AUP AND updated > -7d") == ["AUP-1"]
    assert keys("project in (ORCH, 'AUP') and text ~ cache ORDER BY updated DESC") == [
        "AUP-1",
        "ORCH-1",
        "ORCH-2",
    ]
    assert keys('summary ~ "tarefa 2" AND status = open') == keys("labels = l2") == ["ORCH-2"]
    assert keys("project != AUP AND summary !~ 2 AND key != ORCH-9") == ["ORCH-1"]
    assert keys("updated < -1h") == keys("updated >= 2999-01-01") == keys("project = BET") == []
    assert len(keys("project = ORCH", limit=1)) == 1
    for wrong in (
        "", "project", "project = ", "project ~ A", "a = b", "project = A OR project = B", '"', "updated > x",
        "project in ()", "project in (A", "assignee = currentUser()", "project = A text ~ b",
    ):  # fmt: skip
        with pytest.raises(UsageError):
            orchestrator.search_issues(wrong)


# --------------------------------------------------------------------------- git and the forge


def share(files: dict[str, str], branch: str = "orch/share/auth", **more: Any) -> Any:
    orchestrator.create_branch(branch, "main")
    orchestrator.create_commit(branch, "feat(auth): componente", files)
    return orchestrator.create_pr("[ORCH] Compartilhar componente: auth", "Origem: empresa-a", branch, **more)


def test_one_pull_request_a_branch_with_its_commit_and_no_checkout(
    rig: Rig, rig_group: GroupRepository
) -> None:
    before = rig_group.git("status", "--porcelain", "--branch")
    first = share({"auth/auth.py": "x = 1\n"})
    assert share({"auth/auth.py": "x = 1\n"}) == first
    third = share({"auth/auth.py": "x = 2\n"})
    assert third["number"] == first["number"] and len(rig.forge.pulls) == 1
    told = orchestrator.create_branch("orch/share/auth", "HEAD")
    assert told["commit"] == rig_group.git("rev-parse", "orch/share/auth")
    assert rig_group.git("ls-remote", "origin", "orch/share/auth").startswith(told["commit"])
    assert rig_group.git("status", "--porcelain", "--branch") == before


def test_a_branch_goes_to_the_forges_repository_and_to_no_other(
    rig: Rig, rig_group: GroupRepository, tmp_path: Path
) -> None:
    fork = tmp_path / "maria" / "monorepo.git"
    rig_group.git("clone", "-q", "--bare", str(rig.forge.path), str(fork))
    assert share({"auth/auth.py": "x = 1\n"})["number"]
    rig_group.git("remote", "set-url", "--add", "origin", str(fork))  # one of two is enough
    with pytest.raises(UserError, match="maria"):
        share({"auth/auth.py": "x = 2\n"}, "orch/share/outro")
    assert (
        not rig_group.git("--git-dir", str(fork), "branch", "--list", "orch/*") and len(rig.forge.pulls) == 1
    )


def test_what_a_branch_would_bring_is_judged_and_what_is_there_already_is_not(group: GroupRepository) -> None:
    origin = group.root.parent / "origin.git"
    with pytest.raises(RefusedError, match=r"auth/chave\.py") as refused:
        share({"auth/chave.py": f'CHAVE = "{KEY}"\n'}, reviewed=True)
    assert KEY not in str(refused.value)
    with pytest.raises(RefusedError, match=r"auth/teste\.py"):
        share({"auth/teste.py": f'CPF = "{CPF}"\n'}, branch="orch/share/cpf")
    listed = ["git", "-C", str(origin), "for-each-ref", "--format=%(refname)"]
    assert subprocess.run(listed, capture_output=True, text=True).stdout.split() == ["refs/heads/main"]
    assert share({"auth/teste.py": f'CPF = "{CPF}"\n'}, branch="orch/share/cpf", reviewed=True)["number"]

    group.commit("chore: dados de teste", {"dados.txt": f"cliente {CPF}\n"})
    group.git("push", "-q", "origin", "main")
    group.git("fetch", "-q", "origin")
    assert share({"auth/auth.py": "x = 1\n"}, branch="orch/share/limpo")["number"]
    with pytest.raises(RefusedError):
        orchestrator.create_pr("Chave", f"A chave é {KEY}", "orch/share/limpo")


def test_names_and_branches_that_are_none(group: GroupRepository) -> None:
    orchestrator.create_branch("feito", "main")
    for wrong in ("-x", "a..b", "", "a b"):
        with pytest.raises(UsageError):
            orchestrator.create_branch(wrong)
        with pytest.raises(UsageError):
            orchestrator.create_pr("t", "b", wrong)
        with pytest.raises(UsageError):
            orchestrator.create_pr("t", "b", "feito", wrong)
    for name, base in (("feito", "feito"), ("nada", "main")):
        with pytest.raises(UserError):
            orchestrator.create_pr("t", "b", name, base)
    with pytest.raises(UsageError):
        orchestrator.create_pr(" ", "b", "feito")
    with pytest.raises(UserError, match="nada"):
        orchestrator.create_branch("novo", "nada")
    with pytest.raises(UserError, match="nada"):
        orchestrator.create_commit("nada", "m", {"a": "x"})
    with pytest.raises(UserError, match="main"):
        orchestrator.create_commit("main", "m", {"a": "x"})


def test_without_a_forge_or_a_project_the_error_names_the_section(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().replace('[global.folder]\npath = "../shared"\n', ""))
    group.orch("trust", "--yes")
    orchestrator.create_branch("feito", "main")
    for call in (
        task,
        page,
        lambda: orchestrator.search_issues("project = ORCH"),
        lambda: orchestrator.create_pr("t", "b", "feito"),
        orchestrator.get_global_memory_stats,
    ):
        with pytest.raises(ConfigError) as missing:
            call()
        assert "config.toml" in missing.value.hint
