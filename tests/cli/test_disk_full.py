"""No room on the disk: a clear message, nothing half-written, and all is well once there is room."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.reconcile.remotes.folder_file import read
from tests.cli.conftest import ORCH
from tests.flow.group import CONFIG, GroupRepository

KIB = 1024


def limited(bytes_a_file: int) -> Callable[[], None]:
    """No file may grow past this; writing more fails as on a full disk (Python ignores the signal)."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_a_file, resource.RLIM_INFINITY))


def orch(
    cwd: Path, *arguments: str, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*ORCH, *arguments],
        cwd=cwd,
        preexec_fn=before,
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
        },  # a cut .pyc would be found by every later process
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr and "orch-bug-" not in done.stdout + done.stderr, done.stderr
    return done


@pytest.fixture
def learning(group: GroupRepository) -> GroupRepository:
    """Twelve solutions that may be shared, not yet read."""
    group.orch("drain")
    for n in range(12):
        message = f"fix: {n}\n\nSolução: a fila número {n} ficou vazia com um índice parcial\nShare: yes"
        group.commit(message, {f"empresas/a/{n}.py": f"n = {n}\n"})
    return group


def told(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether the command failed and said that the disk may be the reason."""
    if done.returncode == 0:
        return False
    assert done.returncode in (1, 3), done
    assert "disco" in done.stderr or "disk" in done.stderr, done.stderr
    return True


def test_a_drain_without_room(learning: GroupRepository) -> None:
    failures = 0
    for kib in (4, 16, 64, 160, 200, 400):
        failures += told(orch(learning.root, "drain", before=limited(kib * KIB)))
    assert failures >= 3
    orch(learning.root, "drain")
    assert len(learning.insights()) == 12
    assert (
        learning.orch("doctor", "--json", expect=None).data
        and not learning.orch("doctor", "--repair", "--json").data
    )


def test_a_push_without_room(learning: GroupRepository) -> None:
    learning.orch("drain")
    learning.orch("search", "fila")  # with its vectors
    failures = 0
    for kib in (1, 4, 16, 64, 128, 300):
        failures += told(orch(learning.root, "push", "--company", "empresa-a", before=limited(kib * KIB)))
    assert failures >= 3
    learning.orch("push")
    whole(learning)


def key(path: Path) -> str:
    found = read(path)
    assert found is not None, path
    return found.key


def whole(group: GroupRepository) -> None:
    """Each place holds each learning once, and no half of a file is left."""
    shared = group.root.parent / "shared"
    for folder in ("issues", "pages"):
        files = [p for p in (shared / folder).rglob("*") if p.is_file()]
        documents = [p for p in files if p.suffix == ".md"]
        assert len({key(p) for p in documents}) == len(documents) == 12, files
    again = group.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]
    assert all(not r["steps"] and not r["waiting"] for r in again)


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[None]:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)], check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(learning: GroupRepository, tmp_path: Path) -> None:
    """The stores lie on a small disk; what fills it is taken away again."""
    learning.orch("drain")
    shared, disk = learning.root.parent / "shared", tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, 4096):
        learning.write({".orch/config.toml": CONFIG.format(share="ask").replace("../shared", str(disk))})
        learning.orch("trust", "--yes")
        shutil.rmtree(shared, ignore_errors=True)
        ballast = disk / "ballast"
        with ballast.open("wb") as f:
            f.write(b"x" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize))
        assert told(orch(learning.root, "push", "--company", "empresa-a"))
        ballast.unlink()
        learning.orch("push")
        documents = list((disk / "issues").rglob("*.md"))
        assert len({key(p) for p in documents}) == len(documents) == 12


def test_the_doctor_takes_a_full_disk_for_no_damage(learning: GroupRepository) -> None:
    learning.orch("drain")
    done = orch(learning.root, "doctor", before=limited(0))
    assert done.returncode == 1 and ("disco" in done.stdout or "disk" in done.stdout), done
    assert "--repair" not in done.stdout + done.stderr and "--accept-loss" not in done.stdout + done.stderr
