"""The shortest commands import nothing heavy. What that costs is in benchmarks/startup.py."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flow.group import GroupRepository

HEAVY = {"duckdb", "pygit2", "fastembed", "onnxruntime", "onnx", "requests", "urllib3", "mcp", "numpy"} | {
    "betterleaks", "tarja", "pathspec", "rich", "watchdog", "keyring", "tokenizers", "sqlite_vec", "filelock"
}  # fmt: skip
# What a command needs only on an error, when it writes, or on another system than Linux.
LATER = {"platformdirs", "tempfile", "secrets", "getpass", "shutil", "orchestrator.git.diagnosis"}
JUDGING = {"orchestrator.detect", "orchestrator.validate", "orchestrator.pipeline", "orchestrator.memory"}


def imported(folder: Path, *arguments: str) -> set[str]:
    """Every module that `orch …` imports, by `-X importtime`."""
    command = [sys.executable, "-X", "importtime", "-m", "orchestrator", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return set(re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", done.stderr, re.MULTILINE))


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    found = imported(tmp_path, *arguments)
    assert "click" in found and "orchestrator.cli.root" in found
    assert not packages(found) & (HEAVY | {"apsw", "tomllib", "subprocess"})
    assert not {m for m in found if m.startswith("orchestrator.") and m.count(".") > 1} - {
        "orchestrator.cli.root",
        "orchestrator.cli.output",
    }


def test_status_with_nothing_new_imports_neither_engines_nor_detectors(leaky: GroupRepository) -> None:
    leaky.orch("review", "--approve-all")
    leaky.orch("status")
    found = imported(leaky.root, "status")
    assert "orchestrator.app.status" in found and "apsw" in found
    assert not packages(found) & HEAVY
    assert not found & (JUDGING | LATER), sorted(found & (JUDGING | LATER))


@pytest.mark.parametrize("arguments", [("drain",), ("history", "query", "select 1")])
def test_no_library_has_the_last_word(leaky: GroupRepository, arguments: tuple[str, ...]) -> None:
    """DuckDB's counts its objects when the interpreter ends, and tells of each that is left."""
    leaky.orch("drain")
    leaky.commit("chore: y", {"README.md": "y\n"})
    command = [sys.executable, "-m", "orchestrator", *arguments]
    done = subprocess.run(command, cwd=leaky.root, capture_output=True, text=True, check=True)
    assert "leaked" not in done.stderr and len(done.stderr.splitlines()) <= 1, done.stderr


def test_a_search_with_nothing_new_imports_what_answers_it(leaky: GroupRepository) -> None:
    question = ("search", "plano de índices", "--company", "empresa-b")
    leaky.orch(*question)
    found = imported(leaky.root, *question)
    assert {"orchestrator.inference", "orchestrator.memory.network", "orchestrator.memory.search"} <= found
    assert not packages(found) & HEAVY
    needless = JUDGING - {"orchestrator.memory"} | LATER
    assert not found & needless, sorted(found & needless)


@pytest.mark.parametrize("command", ["log", "offers", "review", "drain", "push --dry-run"])
def test_what_reads_only_the_store_loads_no_model_and_no_analytics(
    leaky: GroupRepository, command: str
) -> None:
    leaky.orch("status")
    found = packages(imported(leaky.root, *command.split(), "--company", "empresa-b")
                     if command != "drain" else imported(leaky.root, "drain"))  # fmt: skip
    assert not found & {"fastembed", "onnxruntime", "duckdb", "pygit2", "mcp", "requests", "onnx"}


@pytest.mark.parametrize("command", ["log", "review"])
def test_where_nothing_is_new_no_detector_is_imported(leaky: GroupRepository, command: str) -> None:
    leaky.orch("status")
    found = imported(leaky.root, command, "--company", "empresa-b")
    assert "orchestrator.app.freshness" in found
    assert not found & {"orchestrator.detect", "orchestrator.pipeline", "orchestrator.app.learning"}
