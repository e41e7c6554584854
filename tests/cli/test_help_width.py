"""Every command's help fits a terminal of 80 columns, its examples too."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from orchestrator import i18n
from orchestrator.cli.root import COMMANDS, orch
from orchestrator.terminal import display_width


def commands(name: str) -> Iterator[tuple[str, click.Command]]:
    command = orch.get_command(click.Context(orch), name)
    assert command is not None
    yield name, command
    if isinstance(command, click.Group):
        yield from ((f"{name} {below}", found) for below, found in command.commands.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_what_stands_for_a_value_is_in_the_readers_language(name: str) -> None:
    i18n.use("pt-BR")
    english = re.compile(r"(?<!\w)(?:TEXT|INTEGER|QUERY|INSIGHT|OFFER|COMPONENT|FINGERPRINT|FILE)(?!\w)")
    for path, command in commands(name):
        assert not english.findall(command.get_help(click.Context(command, info_name=f"orch {path}"))), path


@pytest.mark.parametrize("name", COMMANDS)
def test_no_line_is_wider(name: str) -> None:
    for path, command in commands(name):
        told = command.get_help(click.Context(command, info_name=f"orch {path}", terminal_width=80))
        assert [line for line in told.splitlines() if display_width(line) > 80] == []
