"""Damaged and unwritable stores: a clear message, git goes on, and what git knows comes back."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import ORCH, run
from tests.flow.group import GroupRepository

COMMANDS = (("status",), ("log",), ("search", "cache"), ("review",), ("offers",), ("push",), ("drain",))


def store(group: GroupRepository, company: str = "empresa-a") -> Path:
    return group.root / f".orch/companies/{company}/orch.db"


def without_sidecars(path: Path) -> None:
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)


@pytest.mark.parametrize("damage", ["not a database", "middle", "truncated"])
def test_a_damaged_store_is_told_and_comes_back(leaky: GroupRepository, damage: str) -> None:
    before = sorted(i["id"] for i in leaky.insights())
    path = store(leaky)
    without_sidecars(path)
    data = path.read_bytes()
    path.write_bytes(
        {
            "not a database": b"this is no database at all\n" * 400,
            "middle": data[:4096] + os.urandom(len(data) - 4096),
            "truncated": data[: len(data) // 3],
        }[damage]
    )
    told = 0
    for command in COMMANDS:
        ran = leaky.orch(*command, expect=None)
        assert ran.code in (0, 1) and "orch-bug-" not in ran.err + ran.out, (command, ran)
        told += ran.code
        if ran.code:
            assert "orch doctor" in ran.err or str(path) in ran.err, ran.err
    assert told, "no command noticed"
    doctor = leaky.orch("doctor", expect=1)
    assert "empresa-a" in doctor.out

    leaky.orch("hooks", "install")
    leaky.commit("perf: z\n\nSolução: réplica de leitura para os relatórios do mês")  # git is not affected
    without_sidecars(path)
    path.rename(path.with_suffix(".damaged"))
    again = sorted(i["id"] for i in leaky.insights())
    assert set(before) < set(again) and len(again) == len(before) + 1


def test_the_doctor_says_which_store_it_is(leaky: GroupRepository) -> None:
    leaky.insights()
    without_sidecars(store(leaky))
    store(leaky).write_bytes(b"x" * 4096)
    checks = {c["name"]: c["ok"] for c in leaky.orch("doctor", "--json", expect=1).data}
    assert [ok for name, ok in checks.items() if "empresa-b" in name] == [True, True]  # store and trail
    assert [ok for name, ok in checks.items() if "empresa-a" in name] == [False, False]


def test_a_damaged_cache_of_history_is_made_anew(leaky: GroupRepository) -> None:
    before = [i["id"] for i in leaky.insights()]
    (leaky.root / ".orch/history.duckdb").write_bytes(b"no duck\n" * 1000)
    leaky.commit("perf: z\n\nSolução: réplica de leitura para os relatórios do mês")
    assert set(before) < {i["id"] for i in leaky.insights()}


def test_a_store_that_is_a_link_is_not_followed(leaky: GroupRepository, tmp_path: Path) -> None:
    leaky.insights()
    without_sidecars(store(leaky))
    store(leaky).unlink()
    store(leaky).symlink_to(tmp_path / "elsewhere.db")
    for command in COMMANDS:
        ran = leaky.orch(*command, expect=None)
        assert "orch-bug-" not in ran.err + ran.out
    assert not (tmp_path / "elsewhere.db").exists()


# --------------------------------------------------------------------------- no right to write


def as_anybody() -> None:
    """Give up root's right to pass by permissions (CAP_DAC_OVERRIDE, _READ_SEARCH, FOWNER)."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2, 3):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; refused where there is nothing to drop


def powerless(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`orch` for whom permissions count."""
    done = subprocess.run(
        [*ORCH, *arguments],
        cwd=cwd,
        preexec_fn=as_anybody,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr and "orch-bug-" not in done.stdout + done.stderr, done.stderr
    return done


@pytest.fixture
def closed(leaky: GroupRepository) -> object:
    """`.orch` and everything in it without the right to write, and another's: so it stays."""
    leaky.insights()
    top = leaky.root / ".orch"
    everything = [top, *top.rglob("*")]
    before = {p: p.stat().st_mode for p in everything}
    owner = os.getuid()
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
        if owner == 0:
            os.chown(path, 65534, 65534)
    yield leaky
    for path, mode in before.items():
        if path.exists():
            if owner == 0:
                os.chown(path, 0, 0)
            path.chmod(mode)


def test_a_read_only_folder_is_told_and_git_goes_on(closed: GroupRepository) -> None:
    for command in COMMANDS:
        done = powerless(*command, cwd=closed.root)
        if done.returncode:
            assert done.returncode == 1 and ".orch" in done.stderr, (command, done.stderr)
    assert powerless("doctor", cwd=closed.root).returncode in (0, 1)
    (closed.root / "empresas/a").mkdir(parents=True, exist_ok=True)
    (closed.root / "empresas/a/novo.py").write_text("n = 1\n")
    commit = ["git", "commit", "-q", "-m", "perf: z\n\nSolução: réplica de leitura para os relatórios"]
    subprocess.run(["git", "add", "empresas"], cwd=closed.root, check=True)
    subprocess.run(commit, cwd=closed.root, check=True, preexec_fn=as_anybody)


def test_where_nothing_can_be_written_what_is_there_is_shown(closed: GroupRepository) -> None:
    """One line says that the news in git are not."""
    known = powerless("log", "--json", cwd=closed.root)
    assert known.returncode == 0 and json.loads(known.stdout)
    closed.commit("fix: y\n\nSolução: a chave do lote evita a baixa duplicada", {"empresas/a/y.py": "1"})
    assert powerless("log", "--json", cwd=closed.root).stdout == known.stdout
    for command in (("log",), ("status",), ("search", "relatórios")):
        done = powerless(*command, cwd=closed.root)
        assert done.returncode == 0 and done.stdout, (command, done.stderr)
        assert len(done.stderr.splitlines()) == 1 and "drain.lock" in done.stderr, (command, done.stderr)
    assert powerless("drain", cwd=closed.root).returncode == 1


def test_orch_init_where_nothing_can_be_written(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    if os.getuid() == 0:
        os.chown(root, 65534, 65534)
        subprocess.run(["git", "config", "--global", "--add", "safe.directory", "*"], check=True)
    root.chmod(0o555)
    done = powerless("init", "--company", "empresa-a", cwd=root)
    root.chmod(0o755)
    assert done.returncode == 1 and ".orch" in done.stderr
    assert run("status", cwd=root).returncode == 10


def test_the_status_names_a_store_that_is_gone(leaky: GroupRepository) -> None:
    leaky.orch("review", "--approve-all")
    shutil.rmtree(store(leaky).parent)
    assert "sumiu com o banco dela" in leaky.orch("status", expect=3).out
    assert leaky.orch("status", "--company", "empresa-b", "--json").data[0]["lost"] == 0
    leaky.orch("audit", "verify", "--accept-loss", "empresa-a")
    assert leaky.orch("status", "--json").data[0]["lost"] == 0
