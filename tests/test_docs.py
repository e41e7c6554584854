"""The documents are true: commands, flags, names, links, tables, the quick start and the demo's excerpt."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest

import orchestrator
from orchestrator.cli.root import COMMANDS, orch
from orchestrator.config.credentials import Name, Vendor, variables
from orchestrator.config.load import parse_group
from orchestrator.errors import Exit

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.pt-BR.md")
DOCUMENTS = sorted(
    str(p.relative_to(ROOT))
    for folder in (".", "docs", "docs/adr", "supabase", "tests/rig")
    for p in (ROOT / folder).glob("*.md")
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, number: int) -> str:
    """The n-th `##` section of a README, the same in both languages."""
    return re.split(r"^## ", text_of(name), flags=re.MULTILINE)[number]


def blocks(text: str, language: str = "[a-z]*") -> list[str]:
    """Contents of fenced code blocks."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """Cells of the Markdown tables, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {n - 1 for n, line in enumerate(lines) if set(line) <= set("|- :")}
    kept = [x for n, x in enumerate(lines) if n not in heads and not set(x) <= set("|- :")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


# --------------------------------------------------------------------------- commands


def called(text: str) -> Iterator[list[str]]:
    """Every `orch …` in code, as words."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    code = [line for block in blocks(text) for line in block.splitlines()]
    code += re.findall(r"`([^`\n]+)`", prose)
    for line in code:
        for found in re.findall(r"(?:^|\$ |&& |\| )(orch [^|&#]+)", line):
            yield re.sub(r"'[^']*'|\"[^\"]*\"", "TEXT", found).split()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_and_flag_that_is_mentioned_exists(name: str) -> None:
    for words in called(text_of(name)):
        command: click.Command = orch
        for word in words[1:]:
            if word.startswith("-"):
                flags = {flag for p in command.params for flag in (*p.opts, *p.secondary_opts)}
                assert word.split("=")[0] in flags | {"--help", "--version"}, f"{name}: {' '.join(words)}"
            elif isinstance(command, click.Group) and word != "COMMAND":
                found = command.get_command(click.Context(command), word)
                assert found is not None, f"{name}: {' '.join(words)}"
                command = found


def test_the_check_of_commands_can_fail() -> None:
    told = list(called("`orch push --dry-run` and\n```sh\n$ orch pull && orch log 'x --y'\n```\n"))
    assert told == [["orch", "pull"], ["orch", "log", "TEXT"], ["orch", "push", "--dry-run"]]


@pytest.mark.parametrize("name", READMES)
def test_the_table_of_commands_is_complete_and_in_order(name: str) -> None:
    listed = [row[0] for row in rows(section(name, 7)) if row[0].startswith("`orch ")]
    assert listed == [f"`orch {command}`" for command in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_examples_that_exist(command: str) -> None:
    found = orch.get_command(click.Context(orch), command)
    assert found is not None and found.help and found.short_help
    parts = list(found.commands.values()) if isinstance(found, click.Group) else [found]
    parts = [part for part in parts if not part.hidden]
    for part in parts:
        assert part.help and part.epilog and f"orch {command}" in part.epilog


@pytest.mark.parametrize("name", READMES)
def test_the_table_of_exit_codes_is_the_code(name: str) -> None:
    assert [int(row[0]) for row in rows(section(name, 8))] == [int(e) for e in Exit]


@pytest.mark.parametrize("name", READMES)
def test_the_variables_are_those_that_are_asked_for(name: str) -> None:
    told = set(re.findall(r"`((?:ORCH|GITHUB)_[A-Z_]+)`", section(name, 5)))
    github = "https://api.github.com"
    asked = {v for n in get_args(Name) for vendor in get_args(Vendor) for owner in (None, "empresa-a")
             for v in variables(n, vendor, owner, github) if _needed(n, vendor, owner)}  # fmt: skip
    assert told == asked


def _needed(name: str, vendor: str, owner: str | None) -> bool:
    if vendor == "forge":
        return name == "token" and owner is None
    return (name in ("key", "db_url")) == (vendor == "supabase")


@pytest.mark.parametrize("name", READMES)
def test_the_configuration_shown_is_one(name: str, tmp_path: Path) -> None:
    (shown,) = blocks(text_of(name), "toml")
    group = parse_group(tmp_path, "version = 1\n[group]\nname = 'x'\n" + re.sub("<[a-z]+>", "acme", shown))
    assert len(group.remotes) == 4 and len(group.company("empresa-a").remotes) == 1


# --------------------------------------------------------------------------- both languages


def test_both_readmes_have_the_same_shape() -> None:
    english, portuguese = map(text_of, READMES)
    for pattern in (
        r"^#+ ",
        r"^```[a-z]+",
        r"^\d\. ",
        r"^\| ",
        r"^- \*\*",
        r"\]\((?!README)[^)]+\)",
        r"`orch [a-z]+",
    ):
        one, two = (re.findall(pattern, t, flags=re.MULTILINE) for t in (english, portuguese))
        assert one == two, pattern
    for language in ("console", "text", "toml", "python"):
        assert blocks(english, language) == blocks(portuguese, language)

    def bare(text: str) -> list[str]:
        return [re.sub(r"#.*", "", b) for b in blocks(text, "sh")]

    assert [[x.rstrip() for x in b.splitlines()] for b in bare(english)] == [
        [x.rstrip() for x in b.splitlines()] for b in bare(portuguese)
    ]


# --------------------------------------------------------------------------- names


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_inside_the_repository_resolve(name: str) -> None:
    prose = re.sub(r"^```.*?^```$", "", text_of(name), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not target.startswith(("https://", "#")):
            assert (ROOT / name).parent.joinpath(target.split("#")[0]).exists(), f"{name}: {target}"


def test_files_and_tests_that_documents_name_exist() -> None:
    for name in (
        "docs/architecture.md",
        "CONTRIBUTING.md",
        *(d for d in DOCUMENTS if d.startswith("docs/adr")),
    ):
        text = text_of(name)
        for path, test in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text):
            assert not test or f"def {test}(" in text_of(path), f"{name}: {path}::{test}"
        for path in re.findall(r"\b((?:[a-z]+/)?[a-z_]+\.py)\b", text):
            assert list(ROOT.glob(f"orchestrator/{path}")) or tracked(path) or tracked(f"*/{path}"), (
                f"{name}: {path}"
            )
        for path in re.findall(r"\bhooks/[a-z-]+", text):
            assert (ROOT / path).exists()


def test_the_table_of_layers_is_the_linters() -> None:
    (contract,) = (c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    real = [{n.strip().removeprefix("orchestrator.") for n in row.split("|")} for row in contract["layers"]]
    told = [
        set(re.findall(r"`(\w+)`", row[1]))
        for row in rows(text_of("docs/architecture.md"))
        if row[0].isdigit()
    ]
    assert told == real


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), flags=re.MULTILINE))
    told = re.findall(r"(?:^|`)make ([a-z]+)", text_of(name), flags=re.MULTILINE)
    assert told and set(told) <= targets


def test_the_version_is_one() -> None:
    assert PROJECT["project"]["version"] == orchestrator.__version__
    assert f"## [{orchestrator.__version__}]" in text_of("CHANGELOG.md")


@pytest.mark.parametrize("name", READMES)
def test_the_number_of_public_functions_is_told(name: str) -> None:
    words = {14: r"fourteen|quatorze"}
    assert re.search(words[len(orchestrator.__all__) - 1], text_of(name))
    example = text_of("examples/exemplo_completo.py")
    assert all(f"{f}(" in example for f in orchestrator.__all__ if not f.startswith("_"))


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", pattern], cwd=ROOT, capture_output=True)
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    found = [ROOT / n for n in names if n and (ROOT / n).is_file()]
    return found or [p for p in visible_files() if p.match(pattern)]


def visible_files() -> list[Path]:
    """Every file outside hidden folders, in which other tests write and delete meanwhile."""
    found: list[Path] = []
    for folder, names, files in os.walk(ROOT):
        names[:] = [n for n in names if not n.startswith(".")]
        found += [Path(folder, file) for file in files]
    return found


def test_every_module_says_what_it_is() -> None:
    for path in tracked("*.py"):
        if "tests" not in path.relative_to(ROOT).parts:
            told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert told and len(told) > 10, path


def test_no_path_of_a_machine_is_committed() -> None:
    machine = re.compile(rb"/(?:work|root|Users|home)/[a-z]" + rb"+/|" + re.escape(os.fsencode(ROOT)) + rb"/")
    allowed = re.compile(rb"/home/(?:ana|user|dev)/")
    for path in tracked("*"):
        if path.suffix not in (".lock", ".json", ".mo"):
            found = [f for f in machine.findall(path.read_bytes()) if not allowed.match(f)]
            assert not found, f"{path}: {found[:3]}"


# --------------------------------------------------------------------------- what they show happens


@pytest.fixture
def path_with_orch(tmp_path: Path) -> str:
    """A PATH on which `orch` is this checkout's, whatever is installed."""
    program = tmp_path / "bin" / "orch"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m orchestrator "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


def run(command: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_quick_start_and_the_python_of_the_readme_work(tmp_path: Path, path_with_orch: str) -> None:
    repository, shared = tmp_path / "grupo", tmp_path / "compartilhado"
    run(["git", "init", "-q", "-b", "main", str(repository)], tmp_path)
    (commands,) = blocks(section("README.md", 3), "sh")
    assert len(commands.splitlines()) == 5
    run(["sh", "-eu", "-c", commands], repository, PATH=path_with_orch)
    assert len(list((shared / "issues/ORCH").glob("ORCH-1 *Redis na frente*.md"))) == 1
    assert list(shared.rglob("pages/**/*Redis*.md")) and (shared / "memory.db").is_file()

    *_others, last = commands.splitlines()
    assert last == "orch push"
    again = run(["orch", *last.split()[1:]], repository, PATH=path_with_orch, ORCH_LANG="en")
    assert again.count("in step, 0 writes") == 6 and "created" not in again

    then = re.findall(r"`(orch (?:pull|offers|search)[^`]*)`", section("README.md", 3))
    assert len(then) == 3
    told = run(["sh", "-eu", "-c", "\n".join(then)], repository, PATH=path_with_orch)
    assert told.count("Redis na frente do catálogo") >= 2

    (python,) = blocks(text_of("README.md"), "python")
    run([sys.executable, "-c", python], repository, PYTHONPATH=str(ROOT))
    run(["sh", "-eu", "-c", "orch hooks uninstall"], repository, PATH=path_with_orch)
    assert not [p for p in (repository / ".git/hooks").iterdir() if p.suffix != ".sample"]


def test_the_excerpt_is_what_the_demo_prints(tmp_path: Path) -> None:
    import shutil

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "git")
    said = run(
        [sys.executable, str(ROOT / "examples/demo.py"), "--keep", str(tmp_path / "demo")],
        tmp_path,
        PATH=f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",  # no orch: no drain in the background
        PYTHONPATH=str(ROOT),
    )
    printed = [undated(line) for line in said.splitlines()]
    (excerpt,) = blocks(section("README.md", 1), "console")
    at = 0
    for line in map(undated, excerpt.splitlines()):
        assert line in printed[at:], f"not printed, or not there: {line}"
        at = printed.index(line, at)


def undated(line: str) -> str:
    """Days and scores, which only order, left out."""
    return re.sub(r"\d{4}-\d\d-\d\d|^ *\d\.\d\d ", "…", line.rstrip())
