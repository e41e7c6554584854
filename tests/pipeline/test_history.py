"""What rewriting, merging, cutting and interrupting do to insights and to the consent on them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.editing import change_text
from orchestrator.app.workspace import Workspace, silent
from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.killing import DRAIN, ONE_BY_ONE, kill_everywhere, run_killed

LEARNT = "fix: x\n\nSolução: índice parcial resolveu a fila lenta do faturamento\n"
REWORDED = "fix: x\n\nSolução: um índice parcial resolveu a fila do faturamento\n"


@pytest.fixture
def auto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """A group whose companies share automatically."""
    return new_group(tmp_path / "auto", monkeypatch, capsys, CONFIG.format(share="auto"))


def only(group: GroupRepository, *more: str) -> Any:
    (insight,) = group.insights("empresa-a", *more)
    return insight


def planned(group: GroupRepository) -> dict[str, int]:
    reports = group.orch("push", "--company", "empresa-a", "--dry-run", "--json", expect=None).data[
        "empresa-a"
    ]
    counts: dict[str, int] = {}
    for report in reports:
        for action, n in report["counts"].items():
            counts[action] = counts.get(action, 0) + n
    return {action: n for action, n in counts.items() if n and action not in ("skip",)}


def test_an_amend_keeps_the_id_while_another_ref_holds_the_former_commit(group: GroupRepository) -> None:
    group.commit(LEARNT, date="2026-01-01T12:00:00")
    before = only(group)
    group.git("branch", "backup")
    group.git("commit", "-q", "--amend", "-m", REWORDED)
    after = only(group)
    assert after["id"] == before["id"] and after["version"] != before["version"]


def test_an_approved_text_stays_on_the_remotes_while_its_amend_waits(group: GroupRepository) -> None:
    group.commit(LEARNT)
    group.orch("review", "--approve", only(group)["id"])
    group.orch("push", "--company", "empresa-a")
    group.git("commit", "-q", "--amend", "-m", REWORDED)
    assert planned(group) == {}
    assert group.orch("status", "--company", "empresa-a", "--json").data[0]["to_review"] == 1
    group.orch("review", "--approve", only(group)["id"])
    assert planned(group) == {"update": 3}


def test_a_withdrawn_learning_does_not_come_back_by_an_amend(auto: GroupRepository) -> None:
    auto.commit(LEARNT, date="2026-01-01T12:00:00")
    auto.orch("push", "--company", "empresa-a")
    auto.orch("withdraw", only(auto)["id"])
    auto.orch("push", "--company", "empresa-a")
    auto.git("branch", "backup")
    auto.git("commit", "-q", "--amend", "-m", REWORDED)
    assert auto.insights() == []
    assert planned(auto) == {}


def test_two_commits_out_of_one_are_two_learnings(group: GroupRepository) -> None:
    date = "2026-01-01T12:00:00"
    group.commit(LEARNT, date=date)
    first = only(group)
    group.git("reset", "-q", "--hard", "HEAD~1")
    group.commit(REWORDED, {"empresas/a/1.py": "1"}, date=date)
    group.commit("fix: y\n\nSolução: o cache guarda a lista de filiais", {"empresas/a/2.py": "2"}, date=date)
    found = group.insights()
    assert len(found) == 2 and first["id"] in {i["id"] for i in found}


def test_share_no_by_an_amend_takes_the_automatic_yes_back(auto: GroupRepository) -> None:
    auto.commit(LEARNT)
    assert only(auto)["decision"] == "approve"
    auto.orch("push", "--company", "empresa-a")
    auto.git("commit", "-q", "--amend", "-m", LEARNT + "Share: no\n")
    assert only(auto)["decision"] == "refuse"
    assert planned(auto) == {"retract": 3}


def test_share_ask_asks_in_a_company_that_shares_by_itself(auto: GroupRepository) -> None:
    auto.commit(LEARNT + "Share: ask\n")
    assert only(auto)["decision"] == ""


@pytest.mark.parametrize(("mode", "decided"), [("auto", "approve"), ("ask", "")])
def test_a_commits_yes_is_no_stricter_than_its_silence(
    group: GroupRepository, mode: str, decided: str
) -> None:
    """Of a person's words it says nothing: the company's mode does."""
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().replace('share = "ask"', f'share = "{mode}"'))
    group.orch("trust", "--yes")
    for said in ("rota de entrega nova", "fila do faturamento nova"):
        trailer = "Share: yes\n" if "fila" in said else ""
        group.commit(f"fix: x\n\nSolução: {said} com índice parcial\n{trailer}")
    for insight in group.insights():
        words = f"{insight['record']['title']} na tabela\n\nExplicado por uma pessoa, com calma e detalhes."
        change_text(Workspace.open(group.root), "empresa-a", insight["id"], words, silent)
    assert [i["decision"] for i in group.insights()] == [decided, decided]


def test_a_stricter_word_of_a_later_commit_wins(auto: GroupRepository) -> None:
    auto.commit(LEARNT + "Share: yes\n")
    auto.commit(LEARNT + "Share: ask\n", {"empresas/a/2.py": "2"})
    assert only(auto)["decision"] == ""


def test_a_persons_edit_outlives_the_absence_of_its_commit(group: GroupRepository) -> None:
    commit = group.commit(LEARNT)
    subprocess.run(
        [sys.executable, "-m", "orchestrator", "review", "--edit", only(group)["id"]],
        cwd=group.root, input=b"Palavras da pessoa\n\nCom mais calma, explicado.\n", check=True,
        capture_output=True,
    )  # fmt: skip
    group.git("reset", "-q", "--hard", "HEAD~1")
    assert group.insights() == []
    group.git("merge", "-q", "--ff-only", commit)
    assert only(group)["record"]["title"] == "Palavras da pessoa"


def test_what_a_person_added_is_not_replaced_by_a_commit(group: GroupRepository) -> None:
    title = "índice parcial resolveu a fila lenta do faturamento"
    group.orch(
        "add", f"{title}\n\nEscrito por uma pessoa, com detalhes.", "--company", "empresa-a", "-k", "solution"
    )
    group.commit(LEARNT)
    assert only(group)["record"]["content"] == "Escrito por uma pessoa, com detalhes."
    group.git("reset", "-q", "--hard", "HEAD~1")
    assert only(group)["state"] == "active"


def test_a_merge_teaches_the_companies_whose_paths_it_brought(group: GroupRepository) -> None:
    group.git("switch", "-q", "-c", "topic")
    group.commit("chore: y", {"empresas/b/y.py": "1"})
    group.git("switch", "-q", "main")
    group.git("merge", "-q", "--no-ff", "topic", "-m", "Merge\n\nSolução: fila nova para a loja")
    assert group.insights("empresa-a") == []
    assert len(group.insights("empresa-b")) == 1


def test_a_policy_that_asks_for_a_look_undoes_an_automatic_yes(auto: GroupRepository) -> None:
    auto.commit("fix: x\n\nSolução: índice parcial resolveu a fila do cliente Zenite\n")
    assert only(auto)["decision"] == "approve"
    config = auto.root / ".orch/config.toml"
    config.write_text(config.read_text().replace('name = "Empresa B"', 'name = "Zenite"'))
    auto.orch("trust", "--yes")
    assert planned(auto) == {}
    assert [w["outcome"] for w in auto.orch("review", "--json", "--company", "empresa-a").data] == ["review"]


def test_paths_that_change_hands_teach_the_new_company_and_take_nothing_back_unasked(
    group: GroupRepository,
) -> None:
    group.commit(LEARNT, {"empresas/a/pay/x.py": "1"})
    assert len(group.insights("empresa-a")) == 1
    config = group.root / ".orch/config.toml"
    text = config.read_text().replace('"empresas/a/**"', '"empresas/a/**", "!empresas/a/pay/**"')
    config.write_text(text.replace('"empresas/b/**"', '"empresas/b/**", "empresas/a/pay/**"'))
    group.orch("trust", "--yes")
    assert len(group.insights("empresa-b")) == 1
    (kept,) = group.insights("empresa-a")
    assert group.orch("withdraw", "--elsewhere", "--json").data["ids"] == [kept["id"]]
    assert group.insights("empresa-a") == [] and len(group.insights("empresa-b")) == 1


def shallow(group: GroupRepository, patch: pytest.MonkeyPatch, capsys: Any, depth: str) -> GroupRepository:
    clone = GroupRepository(group.root.parent / f"clone{depth}", patch, capsys)
    url = f"file://{group.root}"
    options = ["--depth", depth] if depth else []
    subprocess.run(["git", "clone", "-q", *options, url, str(clone.root)], check=True, capture_output=True)
    clone.orch("trust", "--yes")
    return clone


def test_cutting_a_clone_forgets_nothing(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    group.commit(LEARNT)
    group.commit("chore: later", {"comum/z": "z"})
    clone = shallow(group, monkeypatch, capsys, "")
    before = only(clone)
    group.commit("chore: latest", {"comum/w": "w"})
    clone.git("fetch", "-q", "--depth=1")
    clone.git("reset", "-q", "--hard", "origin/main")
    assert only(clone)["id"] == before["id"]


def test_deepening_a_clone_reads_what_it_brings(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    group.commit(LEARNT)
    group.commit("chore: later", {"comum/z": "z"})
    clone = shallow(group, monkeypatch, capsys, "1")
    assert clone.insights() == []
    clone.git("fetch", "-q", "--unshallow")
    assert only(clone)["id"] == only(group)["id"]


def test_a_drain_killed_at_every_point_ends_as_if_never_killed(group: GroupRepository) -> None:
    for n in range(3):
        message = f"fix: {n}\n\nSolução: a fila número {n} ficou vazia com um índice parcial"
        group.commit(message, {f"empresas/a/{n}.py": "x", f"empresas/b/{n}.py": "x"})
    killed = kill_everywhere(["drain"], group.root, settings=ONE_BY_ONE)
    assert killed >= 10
    for company in ("empresa-a", "empresa-b"):
        found = group.insights(company)
        assert len(found) == 3 and all(len(i["evidence"]) == 1 for i in found)
    group.git("reset", "-q", "--hard", "HEAD~1")
    assert len(group.insights("empresa-a")) == 2


def test_a_commit_of_an_interrupted_drain_that_was_dropped_is_forgotten(group: GroupRepository) -> None:
    group.commit(LEARNT)
    run_killed(14, ["drain"], group.root, DRAIN[1:], ONE_BY_ONE)
    group.git("reset", "-q", "--hard", "HEAD~1")
    assert group.insights() == []


def test_what_was_only_fetched_is_nobodys_word_here(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    clone = shallow(group, monkeypatch, capsys, "")
    group.git("switch", "-q", "-c", "fork")
    group.commit(LEARNT + "Share: yes\n")
    clone.git("fetch", "-q")
    assert clone.insights() == []
    clone.git("merge", "-q", "origin/fork")
    assert only(clone)["decision"] == "approve"


def test_in_the_middle_of_a_rebase_nothing_changes(group: GroupRepository) -> None:
    group.commit(LEARNT)
    group.orch("review", "--approve", only(group)["id"])
    group.commit("chore: stop here", {"empresas/a/stop": "1"})
    before = only(group)
    env = {**os.environ, "GIT_SEQUENCE_EDITOR": "sed -i s/^pick/edit/"}
    subprocess.run(
        ["git", "-C", str(group.root), "rebase", "-q", "-i", "HEAD~2"],
        env=env,
        check=True,
        capture_output=True,
    )
    group.git("commit", "-q", "--amend", "-m", REWORDED)
    assert only(group) == before
    for _stop in range(2):
        group.git("rebase", "--continue")
    after = only(group)
    assert after["id"] == before["id"] and after["version"] != before["version"]


def test_a_new_colleagues_name_in_an_approved_text_is_hidden_without_asking(group: GroupRepository) -> None:
    group.commit("fix: x\n\nSolução: o índice que Rosalina Pilar propôs esvaziou a fila do faturamento\n")
    group.orch("review", "--approve", only(group)["id"])
    group.orch("push", "--company", "empresa-a")
    group.git("config", "user.name", "Rosalina Pilar")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_AUTHOR_NAME", "Rosalina Pilar")
        group.commit("chore: first day", {"empresas/a/hello": "1"})
    assert planned(group) == {"update": 3}
    group.orch("push", "--company", "empresa-a")
    pages = [p.read_text(encoding="utf-8") for p in (group.root.parent / "shared/pages").rglob("*.md")]
    told = [line for page in pages for line in page.splitlines() if not line.startswith("id: ")]
    assert "Rosalina" not in "\n".join(told) and "[pessoa]" in "\n".join(told)


def test_the_same_subject_with_another_gain_is_another_learning(group: GroupRepository) -> None:
    for n, gain in enumerate(("de 200ms para 95ms", "de 95ms para 10ms")):
        message = f"perf: otimiza a consulta de relatórios\n\nO tempo de resposta caiu {gain}."
        group.commit(message, {f"empresas/a/{n}": "1"})
    assert len(group.insights()) == 2
