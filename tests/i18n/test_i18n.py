"""Orch and click speak the chosen language, whatever the machine's locale is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestrator import i18n

PROGRAM = """
import sys, os
{before}
from orchestrator import i18n
i18n.use({language!r})
import click
from click.testing import CliRunner
@click.command()
@click.argument("x")
def command(x): "Doc."
print(CliRunner().invoke(command, ["--help"]).output + CliRunner().invoke(command, []).output)
print(i18n._("unknown key"), "|", i18n.say("en", "unknown key"), "|", i18n.say("pt-BR", "unknown key"))
print({{k: v for k, v in os.environ.items() if k in ("LANGUAGE", "LC_ALL", "LANG")}} == dict({environ!r}))
"""


def run(language: str, before: str, environ: dict[str, str], **more: str) -> str:
    program = PROGRAM.format(before=before, language=language, environ=environ)
    command = [sys.executable, "-X", "utf8", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**environ, **more})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("before", ["", "import click"], ids=["before click", "after click"])
@pytest.mark.parametrize("environ", [{}, {"LANG": "C"}, {"LANGUAGE": "fr:en", "LC_ALL": "en_US.UTF-8"}])
def test_portuguese_whatever_the_machine_says(before: str, environ: dict[str, str]) -> None:
    out = run("pt-BR", before, environ)
    for words in ("Uso:", "Opções:", "Mostra esta mensagem e sai.", "Erro: Falta o argumento 'X'."):
        assert words in out
    assert "chave desconhecida | unknown key | chave desconhecida\nTrue" in out


@pytest.mark.parametrize("environ", [{}, {"LANG": "pt_BR.UTF-8", "LANGUAGE": "pt_BR"}])
def test_english_on_a_portuguese_machine(environ: dict[str, str]) -> None:
    out = run("en", "", environ)
    assert "Usage:" in out
    assert "Error: Missing argument 'X'." in out
    assert "unknown key | unknown key | chave desconhecida\nTrue" in out


def test_the_variable_wins() -> None:
    assert "Usage:" in run("pt-BR", "", {}, ORCH_LANG="en_US")
    assert "Uso:" in run("en", "", {}, ORCH_LANG="pt")


def test_another_programs_domain_is_left_alone() -> None:
    out = run("pt-BR", "import gettext; gettext.textdomain('theirs')", {})
    assert "Usage:" in out
    assert "chave desconhecida | unknown key" in out


def test_other_domains_keep_working() -> None:
    import gettext

    i18n.use("pt-BR")
    assert gettext.dgettext("theirs", "unknown key") == "unknown key"
    assert gettext.dngettext("theirs", "a", "b", 2) == "b"


def test_counted_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_current", "pt-BR")
    singular, plural = "Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"
    assert [i18n.ngettext(singular, plural, n)[:10] for n in (0, 1, 2)] == [
        "Argumento ",
        "Argumento ",
        "Argumentos",
    ]
    monkeypatch.setattr(i18n, "_current", "en")
    assert i18n.ngettext(singular, plural, 2) == plural


@pytest.mark.parametrize("command", ["", "hooks install", "history", "watch"])
def test_a_usage_line_is_in_the_language_of_the_rest(command: str) -> None:
    arguments = [sys.executable, "-m", "orchestrator", *command.split(), "--help"]
    out = subprocess.run(
        arguments, capture_output=True, text=True, check=True, env={"ORCH_LANG": "pt"}
    ).stdout
    assert "[OPÇÕES]" in out and "[OPTIONS]" not in out and "COMMAND" not in out
