"""Commands that decide ask which company is meant only where that is in doubt, and say what follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.flow.test_away import OWN_B
from tests.offer.test_share import component

SAID = "fix: {n}\n\nSolução: o índice parcial na fila {n} derrubou a espera do fechamento\n"
C = '[[company]]\nid = "empresa-c"\nname = "Empresa C"\npaths = ["empresas/c/**"]\n'


@pytest.fixture
def three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """Three companies; empresa-b has a folder of its own."""
    return new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask") + OWN_B + C)


def offered(group: GroupRepository, *pulling: str) -> str:
    group.commit(SAID.format(n="noturna") + "Share: yes")
    group.orch("push")
    for company in pulling:
        group.orch("pull", "--company", company)
    return str(group.insights()[0]["id"])


def test_an_offer_to_one_company_needs_no_name_of_it(three: GroupRepository) -> None:
    key = offered(three, "empresa-b")
    assert "aceit" in three.orch("accept", key).out
    assert "recusad" in three.orch("decline", key).out
    unknown = three.orch("accept", "zzzz", expect=1).err
    assert "qual empresa" not in unknown and "orch offers" in unknown


def test_an_offer_to_several_says_to_which(three: GroupRepository) -> None:
    key = offered(three, "empresa-b", "empresa-c")
    ran = three.orch("decline", key, expect=2)
    assert "empresa-b, empresa-c" in ran.err and f"orch decline {key} --company empresa-b" in ran.err


def test_nobody_is_told_to_decline_what_was_accepted(three: GroupRepository) -> None:
    key = offered(three, "empresa-b")
    three.orch("accept", key)
    shown = three.orch("show", key, "--company", "empresa-b")
    assert "orch decline" not in shown.out + shown.err


def test_what_is_taken_back_is_told_in_words(three: GroupRepository) -> None:
    key = offered(three, "empresa-b")
    three.orch("accept", key)
    three.orch("push", "--company", "empresa-b")
    three.orch("withdraw", key)
    three.orch("push", "--company", "empresa-a")
    three.orch("pull", "--company", "empresa-b")
    shown = three.orch("show", key, "--company", "empresa-b").out
    assert "as palavras foram com ela" in shown and " aceito " in shown
    three.orch("decline", key, expect=None)
    text = (three.root / ".orch/config.toml").read_text()
    (three.root / ".orch/config.toml").write_text(text.replace("../own-b", "../outra"))
    three.orch("trust", "--yes")
    told = three.orch(
        "push", "--company", "empresa-b", "--vacate", str(three.root.parent / "own-b"), expect=None
    )
    assert "i1-" not in told.out


def fetched_origin(group: GroupRepository) -> None:
    origin = group.root.parent / "origin.git"
    group.git("init", "-q", "--bare", "-b", "main", str(origin))
    group.git("remote", "add", "origin", str(origin))
    group.git("push", "-q", "origin", "main")


def test_a_component_says_by_itself_which_company_shares_it(group: GroupRepository) -> None:
    component(group)
    told = group.orch("share", "auth", "--to", "empresa-b", "--dry-run", expect=1).err
    assert "git remote add origin URL" in told
    fetched_origin(group)
    planned = group.orch("share", "auth", "--to", "empresa-b", "--dry-run").out
    assert "empresas/a/auth" in planned
    assert "qual empresa" in group.orch("share", "outro", "--to", "empresa-b", "--dry-run", expect=2).err


def test_a_component_that_goes_is_named_by_its_folder(group: GroupRepository) -> None:
    fetched_origin(group)
    component(group)
    (found,) = (i for i in group.insights() if i["record"]["kind"] == "component")
    group.orch("review", "--approve", found["id"])
    group.orch("push")
    group.orch("share", "auth", "--to", "empresa-b")
    group.orch("withdraw", found["id"])
    lines = group.orch("push", "--company", "empresa-a").out.splitlines()
    (forge,) = [line for line in lines if "global.forge" in line]
    assert forge.endswith("auth → empresa-b") and "empresa-a:empresa-b" not in forge


def test_a_yes_against_the_commits_own_no_is_said(group: GroupRepository) -> None:
    group.commit(SAID.format(n="noturna") + "Compartilhar: não")
    (insight,) = group.insights()
    assert "o commit" in group.orch("review", "--approve", insight["id"]).err
    group.commit(SAID.format(n="manual"), {"empresas/a/m.py": "1"})
    assert "o commit" not in group.orch("review", "--approve-all").err


def test_what_goes_on_waiting_is_said(group: GroupRepository) -> None:
    group.commit(SAID.format(n="noturna"), {"empresas/a/x.py": "1", "empresas/b/x.py": "1"})
    ran = group.orch("review", "--company", "empresa-a", "--approve-all")
    assert ran.out.startswith("0 ") and "1 continua esperando" in ran.err


def test_a_persons_words_are_not_called_agreed_to(group: GroupRepository) -> None:
    group.commit(SAID.format(n="noturna") + "Share: yes")
    group.orch("push")
    (insight,) = group.insights()
    (page,) = [f for f in (group.root.parent / "shared/pages").rglob("*.md") if "noturna" in f.read_text()]
    page.write_text(page.read_text().replace("derrubou a espera", "derrubou, disse a Ana, a espera"))
    shown = group.orch("diff", insight["id"]).out
    assert "- está lá, + seria enviado" in shown and "%20" not in shown
    adopted = group.orch("adopt", insight["id"], "--remote", "global.pages")
    assert "- é nosso, + é da pessoa" in adopted.out
    lines = group.orch("diff", insight["id"]).out.splitlines()
    (about,) = [line for line in lines if "pages" in line]
    assert "palavras de uma pessoa" in about and "como foi aprovado" not in about
    assert sum("como foi aprovado" in line for line in lines) == 2
