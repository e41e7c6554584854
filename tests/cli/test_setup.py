"""`orch init`, `orch trust`, `orch hooks` and `orch doctor`."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import run
from tests.cli.test_dry_run import dump
from tests.flow.group import CONFIG, GroupRepository

FORBIDDEN = '#!/bin/sh\necho ran >>"$(dirname "$0")/../../ran"\n'


def files(folder: Path) -> dict[str, str]:
    """Every file below `folder`: a store by its rows, the rest by its bytes and mode."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(("-wal", "-shm"))):
        what = dump(path) if path.suffix == ".db" else hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(folder))] = f"{path.stat().st_mode:o} {what}"
    return found


def test_init_twice_changes_nothing(group: GroupRepository) -> None:
    group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    group.orch("init", "--yes")
    before = files(group.root)
    for again in (("init", "--yes"), ("init",)):
        group.orch(*again)
        assert files(group.root) == before, again
    assert "[[company]]" in group.orch("init", "--yes", "--company", "outra", expect=2).err
    assert files(group.root) == before


def test_init_from_below_the_top_sets_up_the_repository(tmp_path: Path) -> None:
    root = tmp_path / "meu-grupo"
    (root / "empresas/azul").mkdir(parents=True)
    (root / "empresas/azul/app.py").write_text("n = 1\n")
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    assert run("init", "--yes", "--no-hooks", cwd=root / "empresas/azul").returncode == 0
    text = (root / ".orch/config.toml").read_text()
    assert 'name = "meu-grupo"' in text and 'id = "azul"' in text
    assert not (root / "empresas/azul/.orch").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--company", "Empresa A"), "Empresa A"),
        (("--paths", "a/**"), "--paths"),
        (("--company", "a", "--paths", "../x/**"), "../x/**"),
        (("--company", "a", "--company", "a"), "a"),
        ((), "orch init --company"),
    ],
)
def test_init_with_wrong_words_writes_nothing(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    done = run("init", "--yes", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and told in done.stderr
    assert not (tmp_path / ".orch").exists()


def test_init_does_not_follow_a_link(tmp_path: Path) -> None:
    root, target = tmp_path / "repo", tmp_path / "target"
    root.mkdir()
    target.mkdir()
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    (root / ".orch").symlink_to(target)
    assert run("init", "--yes", "--company", "a", cwd=root).returncode == 1
    assert not list(target.iterdir())


# --------------------------------------------------------------------------- trust


COMMANDS = (
    ("status",),
    ("log",),
    ("drain",),
    ("search", "x"),
    ("push",),
    ("pull",),
    ("offers",),
    ("review", "--approve-all"),
    ("add", "texto", "--company", "empresa-a"),
    ("docs", "publish"),
    ("components",),
    ("share", "x", "--to", "empresa-b", "--company", "empresa-a"),
    ("check", "README.md"),
    ("init", "--yes"),
    ("hooks", "drain"),
)


@pytest.fixture
def clone(group: GroupRepository, tmp_path: Path) -> GroupRepository:
    """Another clone, which nobody has trusted, whose own configuration would run a program."""
    group.commit(
        "perf: x\n\nSolução: índice parcial na fila resolveu a espera\nShare: yes", {"README.md": "x\n"}
    )
    folder = tmp_path / "clone"
    group.git("clone", "-q", str(group.root), str(folder))
    evil = folder / ".git/evil"
    evil.write_text(FORBIDDEN)
    evil.chmod(0o755)
    other = GroupRepository(folder, group._patch, group._capsys)
    for key in ("core.fsmonitor", "core.sshCommand", "diff.external", "credential.helper", "gpg.program"):
        other.git("config", key, str(evil))
    return other


def test_an_untrusted_clone_does_nothing(clone: GroupRepository) -> None:
    shared, before = clone.root.parent / "shared", files(clone.root)
    outside = files(shared) if shared.exists() else {}
    for command in COMMANDS:
        ran = clone.orch(*command, expect=1)
        assert "orch trust" in ran.err and not ran.out, command
    assert clone.orch("log", "--json", expect=1).error["code"] == "not_trusted"
    assert files(clone.root) == before
    assert (files(shared) if shared.exists() else {}) == outside
    assert not (clone.root.parent / "ran").exists()


def test_trust_shows_where_data_would_go_and_wants_a_yes(clone: GroupRepository) -> None:
    ran = clone.orch("trust", "--json", "--yes")
    assert ran.data["sends_to"] == [
        f"Grupo: pasta {clone.root.parent / 'shared'}",
    ]
    clone.orch("trust", "--revoke")
    done = run("trust", cwd=clone.root)
    assert done.returncode == 2 and str(clone.root.parent / "shared") in done.stderr
    assert run("status", cwd=clone.root).returncode == 1
    told = clone.orch("trust", "--yes")
    assert str(clone.root.parent / "shared") in told.err and str(clone.root) in told.out
    assert "a seguir: orch hooks install" in told.err
    clone.orch("hooks", "install", "--files")
    clone.orch("trust", "--revoke")
    assert "hooks install" not in clone.orch("trust", "--yes").err
    clone.orch("log")


def test_one_changed_byte_is_not_trusted(clone: GroupRepository) -> None:
    clone.orch("trust", "--yes")
    clone.orch("status")
    path = clone.root / ".orch/config.toml"
    text = path.read_text()
    path.write_text(text + " ")
    assert "orch trust" in clone.orch("push", expect=1).err
    path.write_text(text)
    clone.orch("status")
    clone.orch("trust", "--revoke")
    clone.orch("status", expect=1)


def test_no_program_of_a_trusted_clones_git_configuration_is_run(clone: GroupRepository) -> None:
    clone.orch("trust", "--yes")
    for command in (
        ("status",),
        ("log",),
        ("review", "--approve-all"),
        ("push",),
        ("doctor",),
        ("docs", "publish"),
    ):
        clone.orch(*command, expect=None)
    assert not list(clone.root.parent.rglob("ran"))


# --------------------------------------------------------------------------- hooks


def hook_folder(group: GroupRepository) -> Path:
    return group.root / ".git/hooks"


def test_hooks_round_trip_restores_what_was_there(group: GroupRepository) -> None:
    own = hook_folder(group) / "post-commit"
    own.write_text("#!/bin/sh\necho own hook >>own\n")
    own.chmod(0o755)
    before = files(hook_folder(group))
    assert group.orch("hooks", "status", "--json").data["hooks"]["post-commit"] == "foreign"

    states = group.orch("hooks", "install", "--files", "--json").data["hooks"]
    assert states == {
        "post-commit": "chained",
        "post-merge": "installed",
        "post-rewrite": "installed",
        "post-checkout": "installed",
        "post-applypatch": "installed",
    }
    group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    assert "own hook" in (group.root / "own").read_text()
    assert group.orch("hooks", "status", "--json").data["hooks"] == states
    group.orch("hooks", "uninstall")
    assert files(hook_folder(group)) == before
    group.orch("hooks", "uninstall")
    assert files(hook_folder(group)) == before


def test_commits_without_hooks_are_read_all_the_same(group: GroupRepository) -> None:
    group.orch("hooks", "uninstall")
    group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    assert len(group.insights()) == 1


# --------------------------------------------------------------------------- doctor


def checks(group: GroupRepository, expect: int) -> dict[str, tuple[bool, str, str]]:
    found = group.orch("doctor", "--json", expect=expect).data
    return {c["name"]: (c["ok"], c["detail"], c["mend"]) for c in found}


def test_the_doctor_finds_nothing_wrong_with_a_good_set_up(group: GroupRepository) -> None:
    group.orch("hooks", "install")
    found = checks(group, 0)
    assert all(ok for ok, _detail, _mend in found.values()) and len(found) >= 6
    told = group.orch("doctor").out
    assert "empresa-a" in told and "empresa-b" in told


def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(group: GroupRepository, tmp_path: Path) -> None:
    assert "orch hooks install" in group.orch("doctor", expect=1).out
    group.orch("hooks", "install", "--files")
    post = hook_folder(group) / "post-commit"
    post.write_text(post.read_text() + "# changed\n")
    assert "orch hooks install" in group.orch("doctor", expect=1).out
    group.orch("hooks", "install")

    group.git("add", "-f", ".orch/companies/empresa-a/orch.db")
    assert "git rm --cached" in group.orch("doctor", expect=1).out
    group.git("rm", "-q", "--cached", ".orch/companies/empresa-a/orch.db")

    group.write({".orch/config.toml": CONFIG.format(share="auto")})
    assert "orch trust" in group.orch("doctor", expect=1).out
    group.write({".orch/config.toml": "nothing"})
    assert ".orch/config.toml:1" in group.orch("doctor", expect=1).out
    (group.root / ".orch/config.toml").unlink()
    assert "orch init" in group.orch("doctor", expect=10).out  # as every other command says it
    (stopped,) = [c for c in group.orch("doctor", "--json", expect=10).data if c["code"]]
    assert stopped["code"] == "not_initialised"
    done = run("doctor", cwd=tmp_path)
    assert done.returncode == 10 == run("status", cwd=tmp_path).returncode and "git init" in done.stdout


def test_the_doctor_changes_nothing(group: GroupRepository) -> None:
    group.orch("drain")
    before = files(group.root)
    group.orch("doctor", expect=1)
    assert files(group.root) == before


def test_online_the_doctor_asks_every_remote(group: GroupRepository) -> None:
    group.orch("hooks", "install")
    names = {c["name"] for c in group.orch("doctor", "--online", "--json").data}
    assert {"global.memory", "global.issues", "global.pages"} <= names
    config = CONFIG.format(share="ask")
    jira = '[global.jira]\nurl = "http://127.0.0.1:9"\nproject = "ORCH"\n'
    group.write({".orch/config.toml": config.replace("[global.folder]", f"{jira}[global.folder]")})
    group.orch("trust", "--yes")
    done = run(
        "doctor", "--online", cwd=group.root, env={"ORCH_JIRA_EMAIL": "x@y.example", "ORCH_JIRA_TOKEN": "t"}
    )
    assert done.returncode == 1 and "127.0.0.1:9" in done.stdout


def test_python_m_orchestrator_is_orch(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "orchestrator", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("orch ")


def test_globs_that_match_nothing_are_named(group: GroupRepository) -> None:
    group.commit("feat: x", {"empresas/a/x.py": "1"})
    assert "empresa-b: empresas/b/**" in group.orch("doctor", expect=1).out
    assert "nenhum commit toca" in group.orch("status", "--company", "empresa-b").out
    assert "nenhum commit toca" not in group.orch("status", "--company", "empresa-a").out
    assert group.orch("companies").out.count("nenhum commit toca") == 1
    group.commit("feat: y", {"empresas/b/y.py": "1"})
    assert "empresas/b/**" not in group.orch("doctor", expect=1).out
    assert "nenhum commit toca" not in group.orch("status").out


@pytest.mark.parametrize("command", ["report", "accept", "decline", "share", "add"])
def test_the_help_of_what_is_about_one_company_promises_no_other(
    group: GroupRepository, command: str
) -> None:
    told = " ".join(group.orch(command, "--help").out.split())
    assert "ou a pasta em que você está" in told and "ou todas" not in told


def test_a_shared_folder_in_gits_sight_is_refused_and_named(tmp_path: Path, clone: GroupRepository) -> None:
    new = GroupRepository(tmp_path / "novo", clone._patch, clone._capsys)
    new.root.mkdir()
    new.git("init", "-q")
    init = ("init", "--company", "empresa-a", "--no-hooks", "--folder", "compartilhado")
    assert "--folder ../compartilhado" in new.orch(*init, expect=2).err and not (new.root / ".orch").exists()
    (new.root / ".gitignore").write_text("compartilhado/\n")
    new.orch(*init)
    (new.root / ".gitignore").unlink()
    assert "move it beside" in run("doctor", cwd=new.root, env={"ORCH_LANG": "en"}).stdout
    assert str(new.root / "compartilhado") in new.orch("trust", "--yes", "--json").data["commits"]
