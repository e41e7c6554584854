"""The main job against real PostgREST, and a Jira, Confluence and forge that check each request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from tests.flow.group import GroupRepository, new_group
from tests.rig.rig import Rig
from tests.rig.wire import Response

MESSAGE = (
    "perf(catalogo): Redis na frente do catálogo reduziu a latência pela metade\n\n"
    "As consultas iam todas ao banco; com Redis o tempo caiu de 200ms para 95ms.\n\nTecnologia: redis"
)


@pytest.fixture
def rig_group(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    group = new_group(tmp_path, monkeypatch, capsys, rig.config_toml())
    group.git("remote", "add", "origin", str(rig.forge.path))
    return group


def state(rig: Rig) -> Any:
    """Everything the remotes hold that a person could see, with versions."""
    return (
        [(r["orch_key"], r["content"], r["metadata"], r["shared"]) for r in rig.supabase.group.rows()],
        rig.supabase.group.sql(
            "select orch_key, updated_at, xmin from orchestrator_global_memory order by 1"
        ),
        [(i.key, i.fields["summary"], str(i.updated)) for i in rig.jira.all()],
        [(p.id, p.title, len(p.versions)) for s in ("ORCH", "AUP", "BET") for p in rig.confluence.all(s)],
    )


def test_a_commit_becomes_memory_issue_page_offer_and_pull_request(
    rig: Rig, rig_group: GroupRepository, adf_schema: Any
) -> None:
    group = rig_group
    group.commit(MESSAGE, {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    group.commit(
        "feat(auth): serviço de autenticação",
        {
            "empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n',
            "empresas/a/auth/auth.py": "def entrar() -> None: ...\n",
        },
    )
    (solution,) = [i for i in group.insights() if i["record"]["kind"] == "solution"]
    group.orch("review", "--approve", solution["id"])

    before = state(rig)
    dry = group.orch("push", "--company", "empresa-a", "--dry-run", "--json").data["empresa-a"]
    assert {r["remote"]: r["counts"]["create"] for r in dry} == {
        "global.memory": 1,
        "global.issues": 1,
        "global.pages": 1,
        "company.memory": 2,
        "company.pages": 0,
        "company.issues": 0,
    }
    assert state(rig) == before

    group.orch("push", "--company", "empresa-a")
    (row,) = rig.supabase.group.rows()
    assert (row["source_instance"], row["category"], row["shared"]) == ("empresa-a", "solution", True)
    assert rig.supabase.group.sql("select vector_dims(embedding) from orchestrator_global_memory") == [(384,)]
    (issue,) = rig.jira.all("ORCH")
    assert issue.fields["summary"] == f"[empresa-a] Solução: {solution['record']['title']}"
    assert issue.fields["description"]["content"][0]["content"][0]["text"] == "Origem: empresa-a"
    adf_schema(issue.fields["description"])
    page = rig.confluence.page(f"Solução: {solution['record']['title']}")
    assert page.parent == rig.confluence.space_of_key("ORCH").homepage

    after = state(rig)
    second = group.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]
    assert all(not r["steps"] for r in second)
    assert state(rig) == after

    group.orch("pull", "--company", "empresa-b")
    (offer,) = group.orch("offers", "--company", "empresa-b", "--json").data["empresa-b"]
    assert offer["company"] == "empresa-a" and offer["key"] == solution["id"]
    hits = group.orch("search", "cache mais rápido", "--company", "empresa-b", "--json").data["hits"]
    assert hits[0]["id"] == solution["id"]
    group.orch("accept", offer["key"], "--company", "empresa-b")
    group.orch("push", "--company", "empresa-b")
    assert [i.fields["summary"] for i in rig.jira.all("BET")] == [
        f"Adotar de empresa-a: {solution['record']['title']}"
    ]


@pytest.mark.parametrize("decided", [False, True])
def test_a_double_issue_that_a_person_changed_goes_by_a_persons_word_only(
    rig: Rig, rig_group: GroupRepository, decided: bool
) -> None:
    group, push = rig_group, ("push", "--company", "empresa-a")
    group.git("checkout", "-q", "-b", "f")
    group.commit(MESSAGE, {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    (insight,) = group.insights()
    group.orch("review", "--approve", insight["id"])
    group.orch(*push)
    (issue,) = rig.jira.all("ORCH")
    double = rig.jira.create("ORCH", {**issue.fields}, issue.properties).key
    rig.jira.edit_issue(double, summary="Maria escreveu aqui")
    group.git("checkout", "-q", "main")
    group.git("branch", "-qD", "f")
    if decided:
        group.orch("withdraw", insight["id"])
    reports = group.orch(*push, "--json", expect=3).data["empresa-a"]
    (step,) = next(r["steps"] for r in reports if r["remote"] == "global.issues")
    assert (step["action"], double in step["reason"]) == ("wait" if decided else "conflict", True)
    assert rig.jira.issue(double).fields["summary"] == "Maria escreveu aqui"
    assert rig.jira.issue(issue.key).properties["orch"].get("withdrawn")
    if not decided:
        group.orch(*push, expect=3)
        assert rig.jira.issue(double).fields["summary"] == "Maria escreveu aqui"
    group.orch(*push, *(() if decided else ("--force", insight["id"])))
    assert rig.jira.issue(double).properties["orch"].get("withdrawn")
    assert all(not r["steps"] for r in group.orch(*push, "--json").data["empresa-a"])


def test_sharing_a_component_opens_one_pull_request_with_its_very_tree(
    rig: Rig, rig_group: GroupRepository
) -> None:
    group = rig_group
    group.commit("chore: base", {"README.md": "# Grupo\n"})
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    group.commit(
        "feat(auth): serviço de autenticação",
        {
            "empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n',
            "empresas/a/auth/auth.py": "def entrar() -> None: ...\n",
        },
    )
    tree = group.git("rev-parse", "HEAD:empresas/a/auth")
    before = group.git("status", "--porcelain", "--branch")

    for _twice in range(2):
        group.orch("share", "auth", "--company", "empresa-a", "--to", "empresa-b")
    (pull,) = rig.forge.pulls.values()
    assert pull.title == "[ORCH] Compartilhar componente: auth"
    assert group.git("rev-parse", f"{pull.head}:empresas/b/auth") == tree
    assert f"Orch-Origin-Tree: {tree}" in group.git("log", "-1", "--format=%B", pull.head)
    assert group.git("status", "--porcelain", "--branch") == before
    assert group.insights("empresa-b") == []  # a proposal teaches the other company nothing yet
    group.git("merge", "-q", "--no-edit", pull.head)
    assert group.insights("empresa-b") == []
    assert "auth" in [c["name"] for c in group.orch("components", "--company", "empresa-b", "--json").data]


def test_a_component_goes_to_the_forges_repository_and_to_no_other(
    rig: Rig, rig_group: GroupRepository, tmp_path: Path
) -> None:
    group = rig_group
    group.commit(
        "feat(auth): serviço de autenticação",
        {"empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n'},
    )
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    fork = tmp_path / "maria" / "monorepo.git"
    group.git("clone", "-q", "--bare", str(rig.forge.path), str(fork))
    share = ("share", "auth", "--company", "empresa-a", "--to", "empresa-b")
    assert str(rig.forge.path) in group.orch(*share, "--dry-run").out

    group.git("remote", "set-url", "origin", str(fork))
    for more in (("--dry-run",), ()):
        refused = group.orch(*share, *more, expect=1).err
        assert str(fork) in refused and rig.forge.full_name in refused and "[global.forge]" in refused
    assert not group.git("--git-dir", str(fork), "branch", "--list", "orch/*") and not rig.forge.pulls


def shared_component(group: GroupRepository) -> str:
    """A component of A's that was approved and offered to B; its insight's id."""
    group.commit("chore: base", {"README.md": "# Grupo\n"})
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    group.commit(
        "feat(auth): serviço de autenticação",
        {
            "empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n',
            "empresas/a/auth/auth.py": "def entrar() -> None: ...\n",
        },
    )
    group.orch(*SHARE)
    (found,) = [i for i in group.insights() if i["record"]["kind"] == "component"]
    return str(found["id"])


SHARE = ("share", "auth", "--company", "empresa-a", "--to", "empresa-b")


def test_a_withdrawn_component_leaves_no_pull_request_and_no_branch(
    rig: Rig, rig_group: GroupRepository
) -> None:
    group = rig_group
    component = shared_component(group)
    (pull,) = rig.forge.pulls.values()
    group.orch("withdraw", component)
    group.orch("review", "--approve", component)  # thought better of it: nothing becomes of the pull request
    dry = group.orch("push", "--company", "empresa-a", "--dry-run", "--json").data["empresa-a"]
    assert "global.forge" not in [r["remote"] for r in dry]

    group.orch("withdraw", component)
    assert "orch review --approve" in group.orch(*SHARE, expect=4).err
    ran = group.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]
    (forge,) = [r for r in ran if r["remote"] == "global.forge"]
    assert forge["counts"]["retract"] == 1
    assert pull.state == "closed" and "auth" not in pull.title + pull.body.partition("<!--")[0]
    assert rig.forge.repository.branches().keys() == {"main"}
    again = group.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]
    assert all(not r["steps"] for r in again)

    group.orch("review", "--approve", component)
    group.orch(*SHARE)
    assert [p.state for p in rig.forge.pulls.values()] == ["closed", "open"]


def test_of_a_withdrawn_component_other_peoples_commits_stay(rig: Rig, rig_group: GroupRepository) -> None:
    group = rig_group
    component = shared_component(group)
    (pull,) = rig.forge.pulls.values()
    group.git("switch", "-q", "--detach", pull.head)
    group.commit("fix: por Maria", {"empresas/b/auth/maria.py": "x = 1\n"})
    group.git("push", "-q", "origin", f"HEAD:refs/heads/{pull.head}")
    group.git("switch", "-q", "main")
    rig.forge.edit(pull.number, body=f"Maria: revisado\n\n{pull.body}")  # the withdrawal holds for that too
    group.orch("withdraw", component)
    told = group.orch("push", "--company", "empresa-a", expect=3)
    assert pull.head in told.out + told.err
    assert pull.state == "closed" and pull.head in rig.forge.repository.branches()

    again = group.orch("push", "--company", "empresa-a", "--json", expect=3).data["empresa-a"]
    (forge,) = [r for r in again if r["remote"] == "global.forge"]
    assert forge["earlier"] == {"stuck": 1}
    (aside,) = group.orch("status", "--company", "empresa-a", "--json").data[0]["set_aside"]
    group.orch("retry", aside["key"])
    group.orch("push", "--company", "empresa-a", expect=3)
    assert pull.head in rig.forge.repository.branches()  # asked again, and Maria's commit is there still
    group.git("push", "-q", "--force", "origin", f"HEAD~1:refs/heads/{pull.head}")
    group.git("fetch", "-q", "origin")
    group.orch("retry", aside["key"])
    group.orch("push", "--company", "empresa-a")
    assert rig.forge.repository.branches().keys() == {"main"}


def test_a_pull_request_that_a_person_closed_is_told_and_no_verdict(
    rig: Rig, rig_group: GroupRepository, tmp_path: Path
) -> None:
    group = rig_group
    shared_component(group)
    (number,) = rig.forge.pulls
    rig.forge.close(number)
    for text in ("def entrar() -> None: ...\n", "def sair() -> None: ...\n"):  # as it was, and with news
        group.commit("feat(auth): mais", {"empresas/a/auth/mais.py": text})
        closed = group.orch(*SHARE, "--json", expect=1)
        assert f"/{number}" in closed.error["message"] and closed.error["code"] == "user_error"
    rig.forge.pulls[number].state = "open"
    hook = (
        tmp_path / "own-hooks" / "pre-receive"
    )  # a forge's rule, of the user's own choice: others' are refused
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    group.git("config", "--global", "core.hooksPath", str(hook.parent))
    assert "GH006" in group.orch(*SHARE, "--json", expect=1).error["message"]
    hook.unlink()
    group.orch(*SHARE)
    rig.forge.merge(number)
    assert "incorporado" in group.orch(*SHARE).out


def test_what_people_pushed_to_the_shared_branch_is_not_undone(
    rig: Rig, rig_group: GroupRepository, tmp_path: Path
) -> None:
    group, share = rig_group, ("share", "auth", "--company", "empresa-a", "--to", "empresa-b")
    group.commit("chore: base", {"README.md": "# Grupo\n"})
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    manifest = '[project]\nname = "auth"\nversion = "1.0"\n'
    group.commit("feat(auth): serviço de autenticação", {"empresas/a/auth/pyproject.toml": manifest})
    group.orch(*share)
    (pull,) = rig.forge.pulls.values()

    group.git("worktree", "add", "-q", "--detach", str(tmp_path / "maria"), f"origin/{pull.head}")
    (tmp_path / "maria/empresas/b/auth/maria.py").write_text("x = 1\n")
    group.git("-C", str(tmp_path / "maria"), "add", "-A")
    group.git("-C", str(tmp_path / "maria"), "commit", "-qm", "fix: o que faltava")
    group.git("-C", str(tmp_path / "maria"), "push", "-q", "origin", f"HEAD:{pull.head}")
    group.git("fetch", "-q", "origin")
    group.commit("fix: e mais", {"empresas/a/auth/mais.py": "y = 1\n"})
    assert "empresas/a/auth" in group.orch(*share, expect=1).err
    group.commit("fix: o da Maria, aqui também", {"empresas/a/auth/maria.py": "x = 1\n"})
    group.orch(*share)
    group.git("fetch", "-q", "origin")
    files = group.git("ls-tree", "-r", "--name-only", f"origin/{pull.head}", "empresas/b/auth").split()
    assert [name.rpartition("/")[2] for name in files] == ["mais.py", "maria.py", "pyproject.toml"]


def test_documents_become_pages_under_their_folders_pages_once(rig: Rig, rig_group: GroupRepository) -> None:
    group = rig_group
    group.write(
        {
            "empresas/a/docs/guia.md": "# Guia de versões\n\nUma vez por semana.\n",
            "empresas/a/docs/infra/rede.md": "# Rede\n\n- borda\n- núcleo\n",
        }
    )
    group.orch("docs", "publish", "--company", "empresa-a")
    parent = rig.confluence.page("empresas/a/docs/infra", "AUP")
    assert rig.confluence.page("Rede", "AUP").parent == parent.id
    assert not rig.confluence.all("ORCH")
    count = len(rig.confluence.all("AUP"))

    group.write({"empresas/a/docs/guia.md": "# Guia de versões\n\nDuas vezes por semana.\n"})
    ran = group.orch("docs", "publish", "--company", "empresa-a", "--json").data["empresa-a"]
    assert ran["documents"]["changed"] == ["empresas/a/docs/guia.md"]
    assert [s["action"] for s in ran["push"][0]["steps"]] == ["update"]
    assert len(rig.confluence.all("AUP")) == count

    rig.confluence.trash_page(parent.id)
    group.write({"empresas/a/docs/infra/dns.md": "# DNS\n\nUm nome por serviço.\n"})
    for _again in range(2):  # what lies under a page in the trash waits for it
        ran = group.orch("docs", "publish", "--company", "empresa-a", "--json", expect=3).data["empresa-a"]
        assert ran["push"][0]["waiting"] == 1 and parent.id in ran["push"][0]["error"]["message"]
    parent.status = "current"
    group.orch("docs", "publish", "--company", "empresa-a")
    assert rig.confluence.page("DNS", "AUP").parent == parent.id


def test_what_validation_refuses_never_reaches_a_remote(rig: Rig, rig_group: GroupRepository) -> None:
    group, key = rig_group, "AKIA" + "Q3EGRQ7TD5UOHF2X"
    group.commit(
        f"fix: travava\n\nSolução: usar a chave {key} do cliente 529.982.247-25 na conciliação\nShare: yes"
    )
    (blocked,) = group.orch("review", "--blocked", "--json").data
    assert blocked["outcome"] == "block"
    group.orch("review", "--approve", blocked["id"], expect=4)
    group.orch("push")
    assert not rig.supabase.group.rows() and not rig.jira.all()
    for project in rig.supabase.projects:
        assert not project.rows()


def test_diff_says_what_is_to_go_and_is_not_shown(rig: Rig, rig_group: GroupRepository) -> None:
    group = rig_group
    group.commit(MESSAGE + "\nCompartilhar: sim", {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    group.orch("push", "--company", "empresa-a")
    (solution,) = group.insights()
    (page,) = rig.confluence.all("ORCH")
    rig.confluence.trash_page(page.id)
    group.orch("withdraw", solution["id"])
    told = {r["remote"]: r for r in group.orch("diff", solution["id"], "--json").data["remotes"]}
    assert told["global.pages"]["state"] == "unseen" and told["global.pages"]["reason"] == "trashed"
    assert told["global.issues"]["state"] == "to_retract"
    assert "lixeira" in group.orch("diff", solution["id"]).out


def test_a_withdrawn_insight_is_taken_back_everywhere(rig: Rig, rig_group: GroupRepository) -> None:
    group = rig_group
    group.commit(MESSAGE + "\nCompartilhar: sim", {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    group.orch("push", "--company", "empresa-a")
    (solution,) = group.insights()
    group.orch("pull", "--company", "empresa-b")

    group.orch("withdraw", solution["id"], "--reason", "cliente pediu")
    group.orch("push", "--company", "empresa-a")
    assert not rig.supabase.group.rows()
    (issue,) = rig.jira.all("ORCH")
    assert "latência" not in str(issue.fields["summary"]) + str(issue.fields["description"])
    assert not [p for p in rig.confluence.all("ORCH") if "latência" in p.title]

    first = group.orch("pull", "--company", "empresa-b", "--json", expect=3).data["empresa-b"]
    assert first["kept"] == 1 and not first["withdrawn"]  # a memory that is empty at once may be a wrong key
    group.orch("pull", "--company", "empresa-b")
    (offer,) = group.orch("offers", "--company", "empresa-b", "--all", "--json").data["empresa-b"]
    assert offer["state"] == "withdrawn" and offer["content"] == ""


def test_an_answer_that_makes_no_sense_stops_one_remote_of_one_company(
    rig: Rig, rig_group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = rig_group
    group.write({"empresas/a/docs/guia.md": "# Guia de versões\n\nUma vez por semana.\n"})
    group.orch("docs", "publish", "--company", "empresa-a")
    group.commit(MESSAGE + "\nCompartilhar: sim", {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    group.orch("push", "--company", "empresa-a")
    site = rig.atlassian.server.application
    handle = site.handle
    nonsense = Response(200, b'{"maintenance": true}', {"Content-Type": "application/json"})
    monkeypatch.setattr(site, "handle", lambda r: nonsense if "/wiki/api/v2/" in r.path else handle(r))

    pulled = group.orch("pull", "--json", expect=3).data
    assert pulled["empresa-a"]["errors"]["company.pages"]["code"] == "bug"
    assert "company.issues" not in pulled["empresa-a"]["errors"]
    assert len(pulled["empresa-b"]["new"]) == 1 and not pulled["empresa-b"]["errors"]


@pytest.fixture(scope="session")
def adf_schema() -> Any:
    import json

    path = Path(__file__).parents[1] / "rig/data/adf-schema-full.json"
    return fastjsonschema.compile(json.loads(path.read_text(encoding="utf-8")))
