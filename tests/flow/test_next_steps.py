"""What people read next: a hint leads to where its reader wants to go, and says what is known by now."""

from __future__ import annotations

import shutil
from pathlib import Path

from orchestrator.app.workspace import Workspace
from tests.flow.group import CONFIG, GroupRepository
from tests.flow.test_documents_blocked import place_for_documents
from tests.flow.test_moved import PUSH, YES

NOWHERE = CONFIG.format(share="ask").replace('[global.folder]\npath = "../shared"\n', "")
FIRST = "a seguir: "


def reconfigure(group: GroupRepository, old: str, new: str) -> str:
    """Change the configuration and trust it; what is told before."""
    config = group.root / ".orch/config.toml"
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new))
    return group.orch("trust", "--yes").err


def test_trusted_already_is_said_and_asks_nothing(group: GroupRepository) -> None:
    for line in (("trust",), ("trust", "--yes")):
        assert group.orch(*line).out == f"já é de confiança: {group.root}\n"
    assert group.orch("trust", "--json").data["already"] is True
    group.write({".orch/policy.toml": 'version = 1\n[findings]\nemail = "allow"\n'})
    group.orch("trust", expect=2)  # what loosens is read before
    reconfigure(group, "Grupo", "Grupo Dois")
    assert group.orch("trust", "--json").data["already"] is True
    group.orch("trust", "--revoke")
    group.orch("trust", expect=2)


def test_a_renamed_folder_hands_nothing_to_the_company_itself(group: GroupRepository) -> None:
    told = reconfigure(group, "empresas/b/**", "empresas/bb/**")
    assert "empresa-b: o que foi aprendido, decidido e oferecido para empresas/b/**" in told
    assert "agora em empresas/bb/**" in told and "passaria a ser" not in told


def test_the_hint_names_no_company_in_the_place_of_the_persons_choice(group: GroupRepository) -> None:
    error = group.orch("add", "algo", "--json", expect=2).error
    assert "empresa-a, empresa-b" in error["message"]
    assert "`--company ID`" in error["hint"] and "empresa-" not in error["hint"]


def test_with_no_place_at_all_the_way_to_one_is_told_once(group: GroupRepository) -> None:
    group.write({".orch/config.toml": NOWHERE})
    group.orch("trust", "--yes")
    for said in (group.orch("status").out, group.orch("push").err):
        assert said.count("[global.folder]") == 1 and "orch trust" in said


def test_a_mistyped_folder_is_named_before_anything_leads_there(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    before, typo = group.root.parent / "shared", group.root.parent / "shard"
    reconfigure(group, "../shared", "../shard")
    told = group.orch("status", "--company", "empresa-a", expect=3)
    assert f"1 texto está em {before}, e a configuração aponta para {typo}" in told.out
    assert f"{FIRST}orch push" not in told.out
    doctor = group.orch("doctor", "--json", expect=1).data
    assert any("corrija o lugar em .orch/config.toml" in check["mend"] for check in doctor)
    reconfigure(group, "../shard", "../shared")
    assert group.orch("status", "--company", "empresa-a", "--json").data[0]["moved"] == []


def test_a_folder_that_is_away_is_told_once_with_every_way_out(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    shutil.move(group.root.parent / "shared", group.root.parent / "mudou")
    told = group.orch("pull", "--company", "empresa-a", expect=3).err
    assert told.count("corrija o caminho dela em .orch/config.toml") == 1
    assert all(name in told for name in ("global.memory", "global.issues", "global.pages"))


def test_what_is_taken_away_is_named_by_its_title_and_its_place(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    before = group.root.parent / "shared"
    reconfigure(group, "../shared", "../novo")
    group.orch(*PUSH, expect=3)
    told = group.orch(*PUSH, "--vacate", str(before)).out
    taken = [line for line in told.splitlines() if line.startswith("  retirar")]
    assert len(taken) == 3
    assert all(f"({before})" in line and "índice parcial" in line for line in taken)


def test_withdrawing_counts_what_lies_on_remotes(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    (insight,) = group.insights()
    assert "não se sabe de nada em um remoto" in group.orch("withdraw", insight["id"]).out
    shown = group.orch("show", insight["id"]).out
    assert "global.memory: o próximo push pergunta se está lá\n" in shown and "1970" not in shown
    group.orch("review", "--approve", insight["id"])
    group.orch(*PUSH)
    done = group.orch("withdraw", "--company", "empresa-a", "--all")
    assert done.out == "1 aprendizado retirado; o próximo `orch push` recolhe 3 objetos\n"
    assert group.orch(*PUSH, "--json").data["empresa-a"][0]["counts"]["retract"] == 1


def test_a_pull_request_that_no_learning_is_about_goes_with_all(group: GroupRepository) -> None:
    group.git("init", "-q", "--bare", "../origin.git")
    group.git("remote", "add", "origin", "../origin.git")
    files = {"empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n'}
    group.commit("chore: tudo", {**files, "empresas/a/auth/auth.py": "def entrar() -> None: ...\n"})
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    group.orch("share", "auth", "--company", "empresa-a", "--to", "empresa-b")
    requests = group.root.parent / "shared/pulls"
    assert "global · forge" in group.orch("status").out and list(requests.rglob("*.md"))
    for insight in group.insights():  # not one learning is about it, as where the first commit brought it
        with Workspace.open(group.root).store("empresa-a") as store, store.transaction():
            store.insights.set_state(insight["id"], "superseded", insight["created_at"])
    done = group.orch("withdraw", "--company", "empresa-a", "--all", "--json").data
    assert (done["ids"], done["objects"]) == ([], 1)
    due = [c["queue"]["due"] for c in group.orch("companies", "--json").data["companies"]]
    assert due == [s["queued"] for s in group.orch("status", "--json").data] == [1, 0]
    group.orch("push")
    assert not list(requests.rglob("*.md"))


def test_a_component_that_is_here_is_not_listed_as_offered_too(group: GroupRepository) -> None:
    files = {"empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n'}
    group.commit("feat(auth): entrada", {**files, "empresas/a/auth/auth.py": "def entrar() -> None: ...\n"})
    group.orch("review", "--approve-all")
    group.orch("push")
    group.orch("pull")
    listed = [(c["company"], c["folder"]) for c in group.orch("components", "--json").data]
    assert listed == [("empresa-a", "empresas/a/auth")]
    theirs = group.orch("components", "--company", "empresa-b").out
    assert "auth" in theirs and "oferecido" in theirs


def test_init_says_to_commit_what_it_wrote_and_nothing_else(group: GroupRepository) -> None:
    (group.root / ".orch/config.toml").unlink()
    first = group.orch("init", "--company", "empresa-a", "--paths", "empresas/a/**").err
    assert first.endswith(f"{FIRST}git add .orch && git commit\n{FIRST}orch status\n")
    assert "git commit" not in group.orch("init", "--yes").err


def test_forcing_what_was_given_up_says_so(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    (insight,) = group.insights()
    for page in (group.root.parent / "shared/issues").rglob("*.md"):
        page.unlink()
    group.orch(*PUSH, expect=3)
    group.orch("drop", insight["id"])
    told = group.orch(*PUSH, "--force", insight["id"]).err
    assert f"`orch retry {insight['id'].removeprefix('i1-')[:8]}`" in told
    assert "orch retry" not in group.orch(*PUSH).err


def test_documents_that_no_company_names_are_asked_for(group: GroupRepository) -> None:
    reconfigure(group, 'documents = ["empresas/a/docs/**/*.md"]\n', "")
    told = group.orch("docs", "publish").err
    assert "documents = [" in told and "[global.folder]" not in told


def test_hooks_in_a_repository_without_orch_say_that_nothing_reads_them(group: GroupRepository) -> None:
    assert "orch init" not in group.orch("hooks", "install").err
    assert "segundo plano" in group.orch("hooks", "install", "--background").out
    assert "segundo plano" in group.orch("hooks", "status").out
    (group.root / ".orch/config.toml").unlink()
    assert "`orch init`" in group.orch("hooks", "install").err


def test_a_dry_run_of_documents_promises_what_the_run_writes(group: GroupRepository) -> None:
    own = place_for_documents(group)
    group.write({"empresas/a/docs/guia.md": "# Guia\n\nTexto.\n"})
    group.orch("docs", "publish", "--company", "empresa-a")
    reconfigure(group, "../own", "../novo")  # all of it is due again, though no file changed
    group.write({"empresas/a/docs/outro.md": "# Outro\n\nTexto.\n"})
    line = ("docs", "publish", "--company", "empresa-a")
    planned, done = group.orch(*line, "--dry-run", expect=None), group.orch(*line, expect=None)
    assert planned.code == done.code
    assert planned.out.count("  criar  ") == 5  # outro.md, guia.md and the three folders' pages
    assert "5 criados" in done.out and len(list(Path(own.parent / "novo").rglob("*.md"))) == 5


def test_check_of_words_says_how_words_are_given(group: GroupRepository) -> None:
    error = group.orch("check", "a senha é 123", "--json", expect=2).error
    assert "orch check -" in error["hint"]


def test_the_trail_of_a_former_company_can_be_read(group: GroupRepository) -> None:
    group.commit("fix: y\n\nSolução: índice parcial resolveu a espera\nShare: yes", {"empresas/b/x.py": "1"})
    group.orch("status")
    text = CONFIG.format(share="ask")
    group.write({".orch/config.toml": text[: text.rindex("[[company]]")]})
    group.orch("trust", "--yes")
    assert len(group.orch("audit", "--company", "empresa-b", "--json").data) == 1
    assert group.orch("audit", "verify", "--company", "empresa-b", "--json").data[0]["ok"]


def test_the_doctor_tells_each_check_when_it_is_made(group: GroupRepository) -> None:
    from orchestrator.cli.doctor import _each_told
    from orchestrator.cli.output import Output

    told: list[str] = []

    class Told(Output):
        def line(self, *parts: str) -> None:
            told.append("".join(parts))

    from orchestrator.app.doctor import Check

    checks = iter([Check("um", True, "certo"), Check("dois", False, "errado", "conserte")])
    each = _each_told(Told.of(False), checks)
    next(each)
    assert len(told) == 1
    next(each)
    assert len(told) == 3


def test_commits_that_teach_nothing_are_counted(group: GroupRepository) -> None:
    group.commit("docs: x", {"empresas/a/x.py": "1"})
    group.commit("docs: y", {"empresas/a/x.py": "2"})
    told = "nada: 2 commits lidos, nenhum conta causa, solução ou ganho medido"
    assert told in group.orch("status", "--company", "empresa-a").out
    assert told in group.orch("log", "--company", "empresa-a").err
    assert "toca os caminhos dela" in group.orch("status", "--company", "empresa-b").out


def test_what_speaks_to_nobody_is_told_for_a_month_unless_it_is_silenced(group: GroupRepository) -> None:
    group.write({"README.md": "x"})
    group.git("add", "-A")
    group.git("commit", "-q", "-m", "docs: x\n\nSolução: índice parcial", date="2024-01-31T12:00:00Z")
    assert "ensina algo" not in group.orch("status").out
    group.commit("docs: y\n\nSolução: índice parcial na fila", {"README.md": "y"})
    assert "1 commit ensina algo" in group.orch("status").out
    group.git("config", "orch.unheard", "false")
    assert "ensina algo" not in group.orch("status").out + group.orch("log").err


def test_what_waits_already_is_not_told_to_wait_again(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    (insight,) = group.insights()
    for _again in range(2):
        group.orch("review", "--undo", insight["id"])
    trail = group.orch("audit", "--company", "empresa-a", "--json").data
    assert [d["action"] for d in trail] == ["ask", "approve"]


def test_what_lies_nowhere_is_in_step_with_nothing(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    (insight,) = group.insights()
    group.orch("withdraw", insight["id"])
    told = group.orch("diff", insight["id"], expect=None).out
    assert told.count("nada deve estar lá") == 3 and "em dia" not in told
