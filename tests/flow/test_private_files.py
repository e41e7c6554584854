"""Everything of ours is for its owner alone, and nothing of ours is written through a link."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.day import LEARNT, lines
from tests.flow.group import GroupRepository


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_everything_of_ours_is_private_after_each_command(both: GroupRepository, umask: int) -> None:
    before = os.umask(umask)
    try:
        for line in lines(both):
            both.orch(*line, "--company", "empresa-a")
            assert not (open_to_others := list(_open_to_others(both))), (line, open_to_others)
    finally:
        os.umask(before)


def _open_to_others(group: GroupRepository) -> Iterator[tuple[Path, str]]:
    """What of ours others may read: the stores, the cache of history, the records of this machine."""
    state = Path(os.environ["XDG_STATE_HOME"]) / "orch"
    ours = [group.root / ".orch/companies", *(group.root / ".orch/companies").rglob("*")]
    ours += [*(group.root / ".orch").glob("history.duckdb*"), state, *state.rglob("*")]
    for path in ours:
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.name != ".gitignore" and mode & 0o077:
            yield path, oct(mode)


@pytest.mark.parametrize(
    "place", [".orch/companies", ".orch/companies/empresa-a", ".orch/companies/empresa-a/orch.db"]
)
def test_a_link_that_came_with_the_clone_is_not_followed(
    group: GroupRepository, tmp_path: Path, place: str
) -> None:
    shutil.rmtree(group.root / ".orch/companies", ignore_errors=True)
    link, elsewhere = group.root / place, tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere / "new.db" if place.endswith(".db") else elsewhere)
    group.commit(LEARNT, {"empresas/a/app.py": "n = 1\n"})
    for line in (("status",), ("drain",), ("log",), ("review", "--json"), ("push",), ("audit", "verify")):
        ran = group.orch(*line, "--company", "empresa-a", expect=None) if line != ("drain",) else None
        assert ran is None or "orch-bug-" not in ran.out + ran.err
    assert not list(elsewhere.iterdir()) and stat.S_IMODE(elsewhere.stat().st_mode) == 0o755
    assert link.is_symlink()


@pytest.mark.parametrize("place", [".orch/.gitignore", ".orch/companies/.gitignore"])
def test_a_linked_gitignore_writes_nothing_elsewhere(
    group: GroupRepository, tmp_path: Path, place: str
) -> None:
    link = group.root / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path / "profile")
    group.orch("status", expect=None)
    assert not (tmp_path / "profile").exists()
