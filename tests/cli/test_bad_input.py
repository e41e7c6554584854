"""Wrong places, wrong files, wrong words: a plain message, the right exit code, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import run
from tests.flow.group import CONFIG, GroupRepository

READERS = (
    ("status",),
    ("companies",),
    ("drain",),
    ("log",),
    ("search", "cache"),
    ("review",),
    ("offers",),
    ("components",),
    ("push", "--dry-run"),
    ("push",),
    ("pull",),
    ("docs", "publish"),
)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(
    "command", [("status",), ("init", "--yes"), ("hooks", "install"), ("trust", "--yes")]
)
def test_no_repository(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 10
    assert str(tmp_path) in done.stderr and "git init" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("command", ["status", "init"])
def test_a_bare_repository(tmp_path: Path, command: str) -> None:
    git(tmp_path, "init", "-q", "--bare", ".")
    done = run(command, cwd=tmp_path)
    assert done.returncode == 10 and not done.stdout
    assert str(tmp_path) in done.stderr


def test_no_configuration_says_orch_init(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", ".")
    for command in ("status", "log", "push", "trust"):
        done = run(command, cwd=tmp_path)
        assert done.returncode == 10, command
        assert "orch init" in done.stderr
    assert not (tmp_path / ".orch").exists()


def test_an_empty_repository_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "init", "-q", ".")
    empty = GroupRepository(tmp_path, monkeypatch, capsys)
    empty.orch("init", "--yes", "--company", "empresa-a")
    for command in (*READERS, ("doctor",)):
        empty.orch(*command)


def test_a_detached_head_is_read_like_any_other(group: GroupRepository) -> None:
    first = group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    group.git("checkout", "-q", "--detach", first)
    group.commit("perf: y\n\nSolução: cache local na borda derrubou o tempo de resposta")
    assert len(group.insights()) == 2
    assert group.orch("status", "--json").data[0]["total"] == 2


def test_a_shallow_clone_is_read_as_far_as_it_goes(group: GroupRepository, tmp_path: Path) -> None:
    group.commit("chore: mais um")
    group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    clone = tmp_path / "raso"
    git(tmp_path, "clone", "-q", "--depth", "2", group.root.as_uri(), str(clone))
    assert run("trust", "--yes", cwd=clone).returncode == 0
    assert "índice parcial" in run("log", cwd=clone).stdout


WRONG = (
    ('language = "pt-BR"', 'lingua = "pt-BR"', "lingua"),
    ('name = "Grupo"', "name = 7", "group.name"),
    ('share = "ask"', 'share = "sometimes"', "share"),
    ('share = "ask"', "share = true", "share"),
    ('paths = ["empresas/a/**"]', 'paths = "empresas/a/**"', "paths"),
    ('id = "empresa-a"', 'id = "Empresa A"', "id"),
    ("version = 1", "version = 99", "version"),
    ('path = "../shared"', "path = [", ""),
)


def test_a_wrong_configuration_names_file_line_and_key(group: GroupRepository) -> None:
    text = CONFIG.format(share="ask")
    for line, wrong, key in WRONG:
        number = text.splitlines().index(line) + 1
        group.write({".orch/config.toml": text.replace(line, wrong, 1)})
        for command in (("status",), ("push",), ("trust", "--yes"), ("init",)):
            ran = group.orch(*command, expect=1)
            place = f".orch/config.toml:{number}:" if key else ".orch/config.toml:"
            assert place in ran.err and key in ran.err, ran.err
            assert not ran.out


def test_an_unknown_company(group: GroupRepository) -> None:
    commands = (
        ("log",),
        ("add", "texto"),
        ("push",),
        ("search", "x"),
        ("accept", "abc"),
        ("docs", "publish"),
    )
    for command in commands:
        ran = group.orch(*command, "--company", "empresa-z", expect=2)
        assert "empresa-z" in ran.err and "empresa-a, empresa-b" in ran.err


def test_an_unknown_company_of_the_environment(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCH_COMPANY", "empresa-z")
    assert "empresa-z" in group.orch("status", expect=2).err


def test_which_company_is_asked_where_it_matters(group: GroupRepository) -> None:
    for command in (("add", "um aprendizado"), ("share", "x", "--to", "empresa-b")):
        ran = group.orch(*command, expect=2)
        assert "--company ID" in ran.err and "git config orch.company" in ran.err
    group.git("config", "orch.company", "empresa-b")
    assert group.orch("add", "Índice parcial na fila", "--json").data["company"] == "empresa-b"


def test_the_folder_says_which_company(group: GroupRepository) -> None:
    folder = group.root / "empresas/b/loja"
    folder.mkdir(parents=True)
    done = run("add", "Índice parcial resolveu a fila", cwd=folder)
    assert done.returncode == 0 and "empresa-b" in done.stdout


WORDS = (
    (("statsu",), "status"),
    (("pus",), "push"),
    (("log", "--limt", "3"), "--limit"),
    (("log", "--limit", "three"), "three"),
    (("log", "--limit", "0"), "--limit"),
    (("log", "--kind", "wisdom"), "solution"),
    (("search", "x", "--since", "ontem"), "2026-01-31"),
    (("search", "x", "--since", "2026-13-01"), "2026-13-01"),
    (("search",), "PERGUNTA"),
    (("log", "--limit", "x"), "'x' não é um número válido"),
    (("push", "--remote", "global.nothing"), "global.issues"),
    (("check", "no-such-file"), "no-such-file"),
    (("add", "   "), "orch add"),
    (("-C", "nowhere", "log"), "nowhere"),
)


def test_wrong_words_are_usage_errors_that_help(group: GroupRepository) -> None:
    for arguments, told in WORDS:
        ran = group.orch(*arguments, expect=2)
        assert told in ran.err and not ran.out


IDS = ("", "zz", "*", "i1-*", "[0-9]", "'; drop table insight", "0" * 17, "../x")


def test_an_id_that_is_none(leaky: GroupRepository) -> None:
    for command in ("show", "withdraw", "accept", "decline"):
        for insight in IDS:
            ran = leaky.orch(command, "--company", "empresa-a", "--", insight, expect=None)
            assert ran.code in (1, 2) and ran.err and not ran.out
    assert leaky.orch("status", "--json").data[0]["total"] == 2


def test_ids_by_their_beginning(leaky: GroupRepository) -> None:
    (line, *_rest) = [x for x in leaky.orch("log").out.splitlines() if "Redis" in x]
    short = line.split()[1]
    found = leaky.orch("show", short, "--json").data
    assert found["id"].startswith(f"i1-{short}")
    assert leaky.orch("show", short[:6], "--json").data["id"] == found["id"]
    assert leaky.orch("show", f"i1-{short}", "--json").data["id"] == found["id"]
    leaky.orch("review", "--approve", short)
    leaky.orch("push", "--only", short)
    states = {r["state"] for r in leaky.orch("show", short, "--json").data["remotes"]}
    assert states == {"ready"} and leaky.orch("status", "--json").data[0]["queued"] == 0
    leaky.orch("pull")
    assert leaky.orch("accept", short, "--company", "empresa-b", "--json").data["key"] == found["id"]


def test_missing_credentials_name_the_variable_and_stop_nothing_else(group: GroupRepository) -> None:
    config = CONFIG.format(share="auto")
    jira = '[global.jira]\nurl = "https://acme.atlassian.net"\nproject = "ORCH"\n'
    group.write({".orch/config.toml": config.replace("[global.folder]", f"{jira}[global.folder]")})
    group.orch("trust", "--yes")
    group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    ran = group.orch("push", "--company", "empresa-a", expect=12)
    assert "ORCH_JIRA_EMAIL" in ran.err + ran.out and "ORCH_ATLASSIAN_EMAIL" in ran.err + ran.out
    reports = {
        r["remote"]: r
        for r in group.orch("push", "--company", "empresa-a", "--json", expect=12).data["empresa-a"]
    }
    assert reports["global.issues"]["error"]["code"] == "credentials"
    assert not reports["global.memory"]["error"] and not reports["global.pages"]["error"]
    by_remote = {
        r["remote"]: r for r in group.orch("show", group.insights()[0]["id"], "--json").data["remotes"]
    }
    assert by_remote["global.pages"]["ref"] and not by_remote["global.issues"]["ref"]
    assert group.orch("pull", "--company", "empresa-a", expect=12).err
    doctor = group.orch("doctor", "--online", expect=1)
    assert "ORCH_JIRA_EMAIL" in doctor.out


def test_an_unreachable_remote_keeps_the_queue_and_works_later(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = CONFIG.format(share="auto")
    jira = '[global.jira]\nurl = "http://127.0.0.1:9"\nproject = "ORCH"\n'
    group.write({".orch/config.toml": config.replace("[global.folder]", f"{jira}[global.folder]")})
    group.orch("trust", "--yes")
    for name in ("EMAIL", "TOKEN"):
        monkeypatch.setenv(f"ORCH_JIRA_{name}", "dev@grupo.example")
    group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    ran = group.orch("push", "--company", "empresa-a", expect=3)
    assert "127.0.0.1:9" in ran.out + ran.err
    (status,) = group.orch("status", "--company", "empresa-a", "--json").data
    assert status["queued"] == 1
    group.write({".orch/config.toml": config})
    group.orch("trust", "--yes")
    group.orch("push", "--company", "empresa-a")
    assert group.orch("status", "--company", "empresa-a", "--json").data[0]["queued"] == 0


def test_names_and_messages_that_are_not_utf8(group: GroupRepository) -> None:
    names = [b"empresas/a/caf\xe9.py", b"empresas/a/\xff\xfe", "empresas/a/日本語 \u202e.py".encode()]
    for name in names:
        path = os.fsencode(group.root) + b"/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(b"\x00\xff\xfe binary \x80")
    group.git("add", "-A")
    message = b"perf: caf\xe9\n\nSolution: troca do \xedndice \xff na fila resolveu a espera\n"
    who = "Ana <ana@example.com> 1700000000 +0000"
    head = f"tree {group.git('write-tree')}\nparent {group.git('rev-parse', 'HEAD')}\n"
    raw = f"{head}author {who}\ncommitter {who}\n\n".encode() + message  # as `git commit` would not write it
    asked = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
    made = subprocess.run(asked, cwd=group.root, input=raw, check=True, capture_output=True)
    group.git("update-ref", "HEAD", made.stdout.decode().strip())
    for command in READERS:
        group.orch(*command)
    told = json.loads(run("log", "--json", cwd=group.root).stdout)["data"]
    assert [("ndice" in i["record"]["title"], len(i["evidence"])) for i in told] == [(True, 1)], told
    assert "\\xff na fila" in told[0]["record"]["title"]


def test_arguments_and_input_that_are_not_utf8(group: GroupRepository) -> None:
    done = run("add", b"caf\xe9 na borda", "--company", "empresa-a", "--reason", cwd=group.root)
    assert done.returncode == 2
    assert run("add", b"caf\xe9 na borda", "-c", "empresa-a", "-t", b"\xff", cwd=group.root).returncode == 0
    assert (
        run("add", "-", "-c", "empresa-b", cwd=group.root, stdin=b"\xff\xfe\x00 \xe9 texto").returncode == 0
    )
    assert run("search", b"\xff\xe9", cwd=group.root).returncode == 0
    assert "caf\\xe9" in run("log", cwd=group.root).stdout
    for odd in (b"\xff", b"caf\xe9"):
        assert run("show", odd, cwd=group.root).returncode == 1
        assert run("decline", odd, "-c", "empresa-b", cwd=group.root).returncode == 1
        assert run("log", "--company", odd, cwd=group.root).returncode == 2
        assert run(odd, cwd=group.root).returncode == 2
