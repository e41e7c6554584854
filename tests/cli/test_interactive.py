"""What a person does at a terminal: review by keys, init by questions, trust by a yes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CPF, KEY, Terminal, on_terminal, run
from tests.flow.group import GroupRepository

WORDS = ("índice parcial na fila", "lotes menores na carga", "réplica para os relatórios", "cache na borda")
PROMPT = "key (? help)"


@pytest.fixture
def several(group: GroupRepository) -> GroupRepository:
    """Four learnings that wait, the oldest first, and one that is blocked."""
    for hour, words in enumerate(WORDS):
        message = f"perf: {hour}\n\nSolução: {words} derrubou o tempo de resposta pela metade"
        group.commit(message, date=f"2026-01-02T1{hour}:00:00Z")
    group.commit(f"fix: x\n\nSolução: usar a chave {KEY} do cliente {CPF} na conciliação")
    group.orch("status")
    return group


def review(group: GroupRepository, **env: str) -> Terminal:
    return on_terminal(["review", "--company", "empresa-a"], group.root, {"ORCH_LANG": "en", **env})


def decisions(group: GroupRepository) -> dict[str, str]:
    """The decision by the first words of the title."""
    found = {i["record"]["title"]: i["decision"] for i in group.insights()}
    return {" ".join(title.split()[:2]): decision for title, decision in found.items()}


def press(terminal: Terminal, key: str) -> None:
    terminal.expect(PROMPT)
    terminal.press(key)


def test_one_screen_an_insight_and_one_key(several: GroupRepository) -> None:
    terminal = review(several)
    press(terminal, "a")
    press(terminal, "z")  # no key of ours: asked again
    press(terminal, "r")
    terminal.expect("audit trail")
    terminal.send("already known\n")
    press(terminal, "s")
    press(terminal, "q")
    assert terminal.end() == 0
    assert KEY not in terminal.seen and CPF not in terminal.seen
    assert all(f"[{n}/4]" in terminal.seen for n in (1, 2, 3, 4))
    found = decisions(several)
    assert found["índice parcial"] == "approve" and found["lotes menores"] == "refuse"
    assert found["réplica para"] == "" and found["cache na"] == ""
    refused = next(i["id"] for i in several.insights() if i["decision"] == "refuse")
    shown = several.orch("show", refused, "--json").data
    assert [d["reason"] for d in shown["decisions"]] == ["already known"]
    assert several.orch("status", "--json").data[0]["to_review"] == 2


def test_back_another_answer_and_undo(several: GroupRepository) -> None:
    terminal = review(several)
    press(terminal, "a")
    terminal.expect("[2/4]")
    press(terminal, "b")
    terminal.expect("[1/4]")
    terminal.expect("approved")  # what was said of it
    press(terminal, "v")
    terminal.expect("audit trail")
    terminal.send("mudei de ideia\n")
    press(terminal, "A")
    press(terminal, "u")
    terminal.expect("undone: approved (for good)")
    terminal.expect("[2/4]")
    press(terminal, "\x1b[C")  # the right arrow skips
    terminal.expect("[3/4]")
    press(terminal, "\x04")
    assert terminal.end() == 0
    found = decisions(several)
    assert found["índice parcial"] == "refuse" and found["lotes menores"] == ""
    trail = several.orch("audit", "--json").data
    said = [(d["action"], d["scope"]) for d in reversed(trail)]
    assert said == [("approve", ""), ("refuse", "version"), ("approve", "good"), ("ask", "")]
    assert several.orch("status", "--json").data[0]["to_review"] == 3


def test_hiding_words_shows_the_new_text_and_asks_again(several: GroupRepository) -> None:
    terminal = review(several)
    press(terminal, "x")
    terminal.expect("words to hide")
    terminal.send("índice parcial; nada disso\n")
    terminal.expect("not found: nada disso")
    terminal.expect("[oculto] na fila")
    press(terminal, "a")
    press(terminal, "q")
    assert terminal.end() == 0
    approved = next(i for i in several.insights() if i["decision"] == "approve")
    assert "índice" not in json.dumps(approved["record"], ensure_ascii=False)


def test_help_and_all_of_it(several: GroupRepository) -> None:
    terminal = review(several, COLUMNS="80", LINES="100")
    press(terminal, "?")
    terminal.expect("refuse this version only")
    terminal.press(" ")
    press(terminal, "m")
    terminal.expect("── global.issues")
    terminal.expect("Origem: empresa-a")
    terminal.press(" ")
    press(terminal, "q")
    assert terminal.end() == 0
    assert "\x1b[2J" not in terminal.seen and decisions(several)["índice parcial"] == ""


@pytest.mark.parametrize(("columns", "lines"), [(60, 20), (40, 16), (80, 24), (200, 50)])
def test_a_card_fits_its_screen(several: GroupRepository, columns: int, lines: int) -> None:
    prose = "\n\n".join(
        f"Parágrafo {n}: a fila travava porque cada leitura pedia uma trava." for n in range(40)
    )
    several.orch("add", f"{'título muito longo ' * 12}\n\n{prose}", "--company", "empresa-a")
    size = {"NO_COLOR": "1", "COLUMNS": str(columns), "LINES": str(lines)}
    terminal = review(several, **size)
    for _skipped in range(4):
        press(terminal, "s")
    terminal.expect("[5/5]")
    terminal.expect(PROMPT)
    card = terminal.seen[terminal.seen.rindex("[5/5] empresa-a") :].splitlines()
    assert len(card) <= lines
    assert max(map(len, card)) <= min(columns, 100)
    terminal.press("m")
    terminal.expect("any key shows more")
    terminal.press("q")
    press(terminal, "q")
    assert terminal.end() == 0


def test_escape_and_an_interrupt_leave_a_question_undecided(several: GroupRepository) -> None:
    terminal = review(several)
    for key, typed in (("r", "quase\x1b\n"), ("v", ""), ("x", "\x1b\n")):
        press(terminal, key)
        terminal.expect("Enter for none")
        terminal.send(typed or "\x03")
        terminal.expect("nothing was decided")
        terminal.expect("[1/4]")
    press(terminal, "q")
    assert terminal.end() == 0
    assert set(decisions(several).values()) == {""}


ASK_OFTEN = """
import click
from orchestrator.cli.question import typed
for _n in range(200):
    try:
        typed("what")
    except KeyboardInterrupt:
        click.echo("heard")
    else:
        raise SystemExit("answered")
"""


def test_ctrl_c_is_heard_from_the_question_on(tmp_path: Path) -> None:
    """Also in the moment between the question and the read, where Python alone keeps it for later."""
    terminal = on_terminal(["-c", ASK_OFTEN], tmp_path, program=(sys.executable,))
    for _n in range(200):
        terminal.expect("what: ")
        terminal.send("\x03")
        terminal.expect("heard")
    assert terminal.end() == 0


def test_a_review_that_is_ended_gives_the_terminal_back(several: GroupRepository) -> None:
    terminal = review(several)
    before = termios.tcgetattr(terminal.master)
    press(terminal, "s")
    terminal.expect(PROMPT)
    while termios.tcgetattr(terminal.master) == before:
        time.sleep(0.01)  # until it waits for a key, which nobody is to see
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.process.wait(60) == 128 + signal.SIGTERM
    assert termios.tcgetattr(terminal.master) == before
    terminal.close()


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours_the_words_say_the_same(several: GroupRepository, env: dict[str, str]) -> None:
    terminal = review(several, **env)
    press(terminal, "a")
    press(terminal, "q")
    assert terminal.end() == 0 and "\x1b" not in terminal.seen
    assert decisions(several)["índice parcial"] == "approve"


def test_keys_typed_ahead_decide_nothing(several: GroupRepository) -> None:
    terminal = review(several)
    terminal.send("aaaaaaaa")  # before any screen is there: nobody has read what they would approve
    press(terminal, "q")
    assert terminal.end() == 0
    assert set(decisions(several).values()) == {""}


def test_quitting_and_interrupting_decide_nothing_more(several: GroupRepository) -> None:
    terminal = review(several)
    press(terminal, "q")
    assert terminal.end() == 0
    terminal = review(several)
    press(terminal, "a")
    press(terminal, "\x03")
    assert terminal.end() == 130 and "Traceback" not in terminal.seen
    assert list(decisions(several).values()).count("approve") == 1


def test_editing_shows_the_new_text_and_asks_again(several: GroupRepository, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    words = "Índice parcial, dito melhor\\n\\nPor extenso, com a causa.\\n"
    editor.write_text(f'#!/bin/sh\nprintf "{words}" >"$1"\n')
    editor.chmod(0o755)
    terminal = review(several, EDITOR=str(editor))
    press(terminal, "e")
    terminal.expect("dito melhor")
    press(terminal, "a")
    press(terminal, "q")
    assert terminal.end() == 0
    edited = next(i for i in several.insights() if "dito melhor" in i["record"]["title"])
    assert edited["decision"] == "approve" and edited["record"]["content"] == "Por extenso, com a causa."


def test_editing_what_is_blocked_frees_it(several: GroupRepository) -> None:
    (blocked,) = several.orch("review", "--blocked", "--json").data
    clean = "Conciliação travava\n\nReprocessar o cliente com uma chave nova.\n".encode()
    done = run("review", "--edit", blocked["id"], "--json", cwd=several.root, stdin=clean)
    data = json.loads(done.stdout)["data"]
    assert done.returncode == 0 and data["changed"] is True and data["outcome"] != "block"
    assert several.orch("review", "--blocked", "--json").data == []
    done = run("review", "--edit", blocked["id"], "--json", cwd=several.root, stdin=b"")
    assert json.loads(done.stdout)["data"] == {"id": blocked["id"], "changed": False}


def test_a_pipe_is_no_terminal(several: GroupRepository) -> None:
    done = run("review", cwd=several.root, env={"ORCH_LANG": "en"})
    assert "--approve ID" in done.stderr
    assert done.returncode == 0 and "índice parcial" in done.stdout and PROMPT not in done.stderr


def test_approving_everything_leaves_out_what_is_blocked(several: GroupRepository) -> None:
    several.orch("review", "--approve-all")
    assert sorted(decisions(several).values()) == ["", "approve", "approve", "approve", "approve"]
    assert several.orch("review", "--json").data == []


# --------------------------------------------------------------------------- init and trust


def repository(tmp_path: Path, *folders: str) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", "."], cwd=root, check=True)
    for folder in folders:
        (root / folder).mkdir(parents=True)
        (root / folder / "app.py").write_text("n = 1\n")
    return root


def companies(root: Path) -> list[Any]:
    return list(json.loads(run("companies", "--json", cwd=root).stdout)["data"]["companies"])


def test_init_asks_and_takes_a_yes(tmp_path: Path) -> None:
    root = repository(tmp_path, "empresas/azul", "empresas/verde")
    terminal = on_terminal(["init", "--no-hooks"], root, {"ORCH_LANG": "en"})
    terminal.expect("are these the companies?")
    terminal.send("\n")
    assert terminal.end() == 0
    assert "azul" in terminal.seen
    assert [c["id"] for c in companies(root)] == ["azul", "verde"]


def test_init_takes_a_no_and_asks_for_each(tmp_path: Path) -> None:
    root = repository(tmp_path, "empresas/azul")
    terminal = on_terminal(["init", "--no-hooks"], root, {"ORCH_LANG": "en"})
    terminal.expect("are these the companies?")
    terminal.send("n\n")
    terminal.expect("id of a company")
    terminal.send("empresa-x\n")
    terminal.expect("its paths")
    terminal.send("empresas/azul/**, outra/**\n")
    terminal.expect("id of a company")
    terminal.send("\n")
    assert terminal.end() == 0
    assert [c["id"] for c in companies(root)] == ["empresa-x"]
    assert '"outra/**"' in (root / ".orch/config.toml").read_text()


def test_init_interrupted_writes_nothing(tmp_path: Path) -> None:
    root = repository(tmp_path, "empresas/azul")
    terminal = on_terminal(["init"], root, {"ORCH_LANG": "en"})
    terminal.expect("are these the companies?")
    assert terminal.interrupt() == 130
    assert not (root / ".orch").exists() and not (root / ".git/hooks/post-commit").exists()


def test_trust_asks_where_data_may_go(group: GroupRepository, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    group.git("clone", "-q", str(group.root), str(clone))
    for answer, code in (("n\n", 1), ("y\n", 0)):
        assert run("status", cwd=clone).returncode == 1
        terminal = on_terminal(["trust"], clone, {"ORCH_LANG": "en"})
        terminal.expect("trust this configuration?")
        terminal.send(answer)
        assert terminal.end() == code
        assert str(tmp_path / "shared") in terminal.seen
    assert run("status", cwd=clone).returncode == 0
