"""The specification's example, the very file, on real servers and on folders: twice is once."""

from __future__ import annotations

import hashlib
import os
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import COMMIT
from tests.flow.group import GroupRepository
from tests.rig.rig import Rig

EXAMPLE = Path(__file__).parents[2] / "examples" / "exemplo_completo.py"
TITLE = "Solução de cache que melhorou performance em 50%"


def run_example(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    return capsys.readouterr().out


def remotes(rig: Rig) -> Any:
    """Everything the servers hold, with versions and times."""
    group = rig.supabase.group
    return (
        [(r["orch_key"], r["content"], r["metadata"], r["shared"]) for r in group.rows()],
        group.sql("select orch_key, updated_at, xmin from orchestrator_global_memory order by 1"),
        [project.rows() for project in rig.supabase.projects if project is not group],
        [(i.key, str(i.fields), str(i.updated)) for i in rig.jira.all()],
        [(p.id, p.title, len(p.versions)) for s in ("ORCH", "AUP", "BET") for p in rig.confluence.all(s)],
        [(n, p.title, p.body, p.head) for n, p in sorted(rig.forge.pulls.items())],
        branches(rig.forge.path),
    )


def branches(bare: Path) -> list[str]:
    import subprocess

    listed = ["git", "-C", str(bare), "for-each-ref", "--format=%(refname) %(objectname)"]
    return subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()


def test_the_example_runs_on_the_servers_and_again_changes_nothing(
    rig: Rig, rig_group: GroupRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    rig_group.commit(COMMIT, {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    said = run_example(capsys)
    assert "(sent)" in said and f"empresa-a: {TITLE}" in said

    (row,) = rig.supabase.group.rows()
    assert (row["source_instance"], row["category"], row["shared"]) == ("empresa-a", "solution", True)
    assert row["metadata"]["technologies"] == ["Redis"]  # the name that commits give it
    (issue,) = rig.jira.all("ORCH")
    assert issue.fields["summary"] == f"[empresa-a] Solução: {TITLE}"
    page = rig.confluence.page(f"Solução: {TITLE}")
    assert page.parent == rig.confluence.space_of_key("ORCH").homepage
    (pull,) = rig.forge.pulls.values()
    assert (pull.title, pull.head) == ("[ORCH] Compartilhar componente: auth", "orch/share/auth")
    assert "componentes/auth/auth.py" in rig_group.git(
        "--git-dir", str(rig.forge.path), "ls-tree", "-r", "--name-only", "orch/share/auth"
    )

    before, decisions = remotes(rig), rig_group.insights()
    again = run_example(capsys)
    assert remotes(rig) == before
    assert [i["id"] for i in rig_group.insights()] == [i["id"] for i in decisions]
    assert "queued: Redis na frente" in said and "queued: Redis" not in again  # decided once

    rig_group.orch("push", "--company", "empresa-a")
    assert len(rig.supabase.group.rows()) == 2
    after = remotes(rig)
    run_example(capsys)
    assert remotes(rig) == after


def files(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file of a folder with its contents' hash and its time."""
    return {
        str(p.relative_to(folder)): (hashlib.sha256(p.read_bytes()).hexdigest(), os.stat(p).st_mtime_ns)
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.name.endswith((".lock", "-journal"))
    }


def test_the_example_runs_on_folders_and_again_changes_nothing(
    group: GroupRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    group.commit(COMMIT, {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    shared, origin = group.root.parent / "shared", group.root.parent / "origin.git"
    said = run_example(capsys)
    assert "(sent)" in said and "Pull request: PR-1" in said
    written = files(shared)
    marks = {name for name in written if name.startswith(".orch-folder-")}
    assert len(marks) == 1
    assert {name.split("/")[0] for name in written} - marks == {"memory.db", "issues", "pages", "pulls"}
    assert "refs/heads/orch/share/auth" in "".join(branches(origin))

    before = written, branches(origin)
    run_example(capsys)
    assert (files(shared), branches(origin)) == before
