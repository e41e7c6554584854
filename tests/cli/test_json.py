"""`--json`: exactly one document on stdout, for success and for every kind of failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from orchestrator.cli.root import COMMANDS, orch
from orchestrator.errors import LockedError, OrchError, TransientError
from tests.cli.conftest import run
from tests.flow.group import GroupRepository, Ran

WITHOUT = {"hooks drain"}  # it prints no data: git starts it


def document(ran: Ran) -> dict[str, Any]:
    """The one document; its version and form are checked."""
    found = json.loads(ran.out)
    assert isinstance(found, dict) and found["schema_version"] == 1
    assert set(found) == {"schema_version", "data" if "data" in found else "error"}
    if "error" in found:
        assert set(found["error"]) == {"code", "message", "hint"}
        assert found["error"]["code"] and found["error"]["message"]
    return found


def commands() -> list[tuple[str, click.Command]]:
    """Every command by its whole name, those of groups too."""
    context = click.Context(orch)
    found = []
    for name in COMMANDS:
        command = orch.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", c) for sub, c in command.commands.items()]
        else:
            found.append((name, command))
    return found


def test_every_command_that_prints_data_has_it() -> None:
    lacking = {n for n, c in commands() if "as_json" not in {p.name for p in c.params}}
    assert lacking == WITHOUT


def test_every_writer_to_a_place_outside_has_a_dry_run() -> None:
    having = {n for n, c in commands() if "dry_run" in {p.name for p in c.params}}
    assert having == {
        *("push", "share", "docs publish", "policy except", "watch", "report", "doctor", "supabase migrate"),
        *("adopt", "retry", "drop", "reembed"),
        *("hooks install", "hooks uninstall", "history export", "history backfill"),
    }


def test_success_is_one_document_and_nothing_else(leaky: GroupRepository) -> None:
    (solution,) = [i for i in leaky.insights() if i["outcome"] == "allow"]
    (leaky.root / "nota.md").write_text("Índice parcial resolveu a fila lenta do fechamento.\n")
    lines: tuple[tuple[str, ...], ...] = (
        ("status",),
        ("companies",),
        ("drain",),
        ("drain", "--quiet"),
        ("log",),
        ("show", solution["id"]),
        ("add", "Cache local na borda derrubou a latência", "--company", "empresa-a"),
        ("search", "cache"),
        ("search", "'"),
        ("check", "nota.md"),
        ("review",),
        ("review", "--blocked"),
        ("review", "--approve", solution["id"]),
        ("review", "--approve-all"),
        ("push", "--dry-run"),
        ("push",),
        ("pull",),
        ("offers",),
        ("accept", solution["id"], "--company", "empresa-b"),
        ("withdraw", solution["id"]),
        ("components",),
        ("docs", "publish", "--dry-run"),
        ("docs", "publish"),
        ("doctor",),
        ("hooks", "install"),
        ("hooks", "status"),
        ("hooks", "uninstall"),
        ("trust", "--yes"),
        ("init", "--yes", "--no-hooks"),
    )
    for line in lines:
        ran = leaky.orch(*line, "--json", expect=None)
        assert "data" in document(ran), (line, ran)
        assert not ran.err, (line, ran.err)
        assert ran.code == (1 if line == ("doctor",) else 0), line


def test_failures_are_one_document_with_their_exit_code(
    leaky: GroupRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = next(i["id"] for i in leaky.insights() if i["outcome"] == "block")
    (leaky.root / "cpf.txt").write_text("o cliente 529.982.247-25 pediu\n")
    failing = (
        (2, "usage", ("statsu", "--json")),
        (2, "usage", ("log", "--wrong", "--json")),
        (2, "usage", ("search", "--json")),
        (2, "usage", ("--json", "status")),
        (2, "usage", ("--json",)),
        (2, "usage", ("docs", "--json")),
        (2, "usage", ("hooks", "--json")),
        (2, "usage", ("add", "x", "--json")),
        (2, "usage", ("log", "--company", "nobody", "--json")),
        (2, "usage", ("log", "--limit", "none", "--json")),
        (1, "user_error", ("show", "ffffffff", "--json")),
        (4, "refused", ("review", "--approve", blocked, "--json")),
    )
    for code, name, line in failing:
        ran = leaky.orch(*line, expect=code)
        assert document(ran)["error"]["code"] == name, line
        assert not ran.err, (line, ran.err)
    assert "data" in document(leaky.orch("check", "cpf.txt", "--json", expect=4))

    leaky.write({".orch/config.toml": "version = 1\nwrong = 1\n"})
    assert document(leaky.orch("log", "--json", expect=1))["error"]["code"] == "config"
    leaky.write({".orch/config.toml": "version = 1\n"})
    assert document(leaky.orch("log", "--json", expect=1))["error"]["code"] == "not_trusted"
    (leaky.root / ".orch/config.toml").unlink()
    assert document(leaky.orch("log", "--json", expect=10))["error"]["code"] == "not_initialised"


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (LockedError("taken"), 11, "locked"),
        (TransientError("offline"), 3, "transient"),
        (OrchError("no"), 1, "failure"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (PermissionError(13, "Permission denied", "/x/orch.db"), 1, "user_error"),
        (OSError(28, "No space left on device"), 1, "user_error"),
        (ZeroDivisionError("a bug"), 1, "bug"),
        (RecursionError("a bug"), 1, "bug"),
    ],
)
def test_whatever_happens_inside_is_one_document(
    group: GroupRepository,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    exit_code: int,
    code: str,
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr("orchestrator.cli.status.collect_status", fail)
    ran = group.orch("status", "--json", expect=exit_code)
    assert document(ran)["error"]["code"] == code
    told = group.orch("status", expect=exit_code)
    assert not told.out and told.err


def test_json_without_a_repository_is_a_document_too(tmp_path: Path) -> None:
    done = run("status", "--json", cwd=tmp_path)
    assert done.returncode == 10
    assert json.loads(done.stdout)["error"]["code"] == "not_initialised" and not done.stderr


def test_json_is_readable_whatever_the_locale(group: GroupRepository) -> None:
    group.orch("add", "Índice parcial ✓ 日本 😀", "--company", "empresa-a")
    for encoding in ("utf-8", "latin-1", "ascii"):
        done = run("log", "--json", cwd=group.root, env={"PYTHONIOENCODING": encoding})
        assert json.loads(done.stdout)["data"][0]["record"]["title"] == "Índice parcial ✓ 日本 😀"
        assert run("log", cwd=group.root, env={"PYTHONIOENCODING": encoding}).returncode == 0


def test_the_kinds_of_status_are_ids_in_whatever_language(group: GroupRepository) -> None:
    group.orch("add", "Índice parcial na fila", "--company", "empresa-a", "--kind", "solution")
    told = group.orch("status", "--company", "empresa-a", "--json").data
    assert told[0]["kinds"] == {"solution": 1}
    assert "solução 1" in group.orch("status", "--company", "empresa-a").out
