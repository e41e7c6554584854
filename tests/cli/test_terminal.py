"""Colours, languages, streams and widths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.terminal import display_width
from tests.cli.conftest import on_terminal, run
from tests.flow.group import CONFIG, GroupRepository

SGR = re.compile(r"\x1b\[[0-9;]*m")


def test_colour_is_for_terminals_and_can_be_refused_or_forced(leaky: GroupRepository) -> None:
    leaky.orch("status")

    def on_tty(**env: str) -> str:
        terminal = on_terminal(["log"], leaky.root, env)
        assert terminal.end() == 0
        return terminal.seen

    assert SGR.search(on_tty())
    assert not SGR.search(on_tty(NO_COLOR="1"))
    assert not SGR.search(on_tty(TERM="dumb"))
    assert SGR.search(on_tty(FORCE_COLOR="1", TERM="dumb"))
    assert not SGR.search(run("log", cwd=leaky.root).stdout)
    assert SGR.search(run("log", cwd=leaky.root, env={"FORCE_COLOR": "1"}).stdout)
    assert not SGR.search(run("log", cwd=leaky.root, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout)
    plain = run("log", cwd=leaky.root).stdout
    assert SGR.sub("", run("log", cwd=leaky.root, env={"FORCE_COLOR": "1"}).stdout) == plain


def test_data_goes_to_stdout_and_the_rest_to_stderr(leaky: GroupRepository) -> None:
    assert leaky.orch("log").out and not leaky.orch("log").err
    empty = leaky.orch("log", "--company", "empresa-b")
    assert not empty.out and empty.err
    failed = leaky.orch("show", "ffff", expect=1)
    assert not failed.out and failed.err
    nothing = leaky.orch("offers")
    assert not nothing.out and "orch pull" in nothing.err


@pytest.mark.parametrize("line", [["companies"], ["history", "query", "select 1"], ["history", "schema"]])
def test_no_library_says_anything_at_the_end(group: GroupRepository, line: list[str]) -> None:
    ran = run(*line, cwd=group.root)
    assert ran.returncode == 0 and not ran.stderr


def test_tables_fit_the_terminal(group: GroupRepository) -> None:
    long = "uma-empresa-com-um-nome-que-nao-acaba-nunca-mais"
    text = CONFIG.format(share="ask").replace("empresa-b", long)
    text = text.replace("Empresa B", "Um nome 日本語 " + "muito comprido " * 12)
    group.write({".orch/config.toml": text})
    group.orch("trust", "--yes")
    terminal = on_terminal(["companies"], group.root)
    assert terminal.end() == 0
    lines = SGR.sub("", terminal.seen).replace("\r", "").splitlines()
    assert max(map(display_width, lines)) <= 80
    assert any("日本語" in line and "…" in line for line in lines)
    assert long in run("companies", cwd=group.root).stdout  # nobody's terminal: nothing is cut


def test_a_step_of_a_push_is_one_line_of_the_terminal(group: GroupRepository) -> None:
    title = "o índice parcial " + "bem comprido " * 9 + "resolveu a fila"
    group.commit(f"fix: fila\n\nSolução: {title}\nCompartilhar: sim")
    terminal = on_terminal(["push", "--company", "empresa-a"], group.root)
    assert terminal.end() == 0
    steps = [line for line in SGR.sub("", terminal.seen).splitlines() if line.startswith("  criar")]
    assert len(steps) == 3 and all(line.rstrip().endswith("…") for line in steps)
    assert max(display_width(line.rstrip()) for line in steps) == 80
    title = "a conciliação " + "muito demorada " * 9 + "terminou antes"
    group.commit(f"fix: outra\n\nSolução: {title}\nCompartilhar: sim")
    assert title in run("push", "--company", "empresa-a", cwd=group.root).stdout


def test_portuguese_unless_told_otherwise(group: GroupRepository) -> None:
    def told(*arguments: str, **env: str) -> str:
        done = run(*arguments, cwd=group.root, env=env)
        return done.stdout + done.stderr

    for wrong in ("en_US.UTF-8", "de_DE.UTF-8", "C"):  # the machine's language is not the group's
        assert "Opções:" in told("log", "--help", LANG=wrong, LC_ALL=wrong, LANGUAGE=wrong)
    assert "Comandos:" in told("--help") and "Commands:" not in told("--help")
    assert "Commands:" in told("--help", ORCH_LANG="en")
    assert "Não existe o comando" in told("statsu") and "No such command" in told("statsu", ORCH_LANG="en")
    assert "não existe o aprendizado" in told("show", "ffff")
    assert "there is no insight" in told("show", "ffff", ORCH_LANG="en")

    text = CONFIG.format(share="ask").replace('"pt-BR"', '"en"')
    group.write({".orch/config.toml": text})
    assert "is not trusted" in told("status")
    assert run("trust", "--yes", cwd=group.root).returncode == 0
    assert "Commands:" in told("--help") and "Options:" in told("log", "--help")
    assert "there is no insight" in told("show", "ffff")
    assert "não existe o aprendizado" in told("show", "ffff", ORCH_LANG="pt-BR")
    group.commit("perf: x\n\nSolution: a partial index on the queue cured the long wait")
    assert "Solution:" in told("log") and "learnt: solution 1" in told("status")
    group.orch("review", "--approve-all")
    group.orch("push")
    (issue,) = (group.root.parent / "shared/issues").rglob("ORCH-*.md")
    assert "[empresa-a] Solution: " in issue.read_text() and "Origin: empresa-a" in issue.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "language = 'en'\nversion = 1\n",
        'version = 1\nlanguage="en" # x\n',
        'language = "en"\nthis is not TOML',
        'language = "en"\n' + "x" * 300_000,
    ],
)
def test_the_language_is_known_before_the_file_is_checked(tmp_path: Path, text: str) -> None:
    (tmp_path / ".orch").mkdir()
    (tmp_path / ".orch/config.toml").write_text(text)
    (tmp_path / "below").mkdir()
    assert "Commands:" in run("--help", cwd=tmp_path / "below").stdout
    assert "Commands:" in run("-C", str(tmp_path), "--help", cwd=tmp_path.parent).stdout


def test_any_other_file_leaves_portuguese(tmp_path: Path) -> None:
    (tmp_path / ".orch").mkdir()
    for text in (b'[group]\nlanguage = "en"\n', b'language = "xx"\n', b"\xff\xfe", b"language = 3\n"):
        (tmp_path / ".orch/config.toml").write_bytes(text)
        assert "Comandos:" in run("--help", cwd=tmp_path).stdout, text
