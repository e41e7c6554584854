"""A repository that is moved, and a folder that goes by another path: where what was agreed to then lies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.flow.group import GroupRepository

YES = "fix: y\n\nSolução: a fila com índice parcial resolveu a espera longa\nShare: yes"
PUSH = ("push", "--company", "empresa-a")
STATUS = ("status", "--company", "empresa-a")


def move(group: GroupRepository, *beside: str) -> Path:
    """Move the repository, and the folders `beside` it, into a folder of their own; its former parent."""
    before = group.root.parent
    (before / "mudou").mkdir()
    for name in (group.root.name, *beside):
        (before / name).rename(before / "mudou" / name)
    group.root = before / "mudou" / group.root.name
    group.orch("trust", "--yes")
    return before


def outbox(group: GroupRepository) -> list[tuple[object, ...]]:
    """The outbox of company A, row by row."""
    with closing(sqlite3.connect(group.root / ".orch/companies/empresa-a/orch.db")) as db:
        return db.execute("select * from outbox order by remote, target, key").fetchall()


def pages(folder: Path) -> list[Path]:
    return list((folder / "pages").rglob("*.md"))


def steps(group: GroupRepository, *more: str, expect: int = 0) -> list[tuple[str, str]]:
    """(remote, action) of all that a push of company A does."""
    reports = group.orch(*PUSH, "--json", *more, expect=expect).data["empresa-a"]
    return [(r["remote"], step["action"]) for r in reports for step in r["steps"]]


def test_what_was_approved_follows_a_repository_that_was_moved(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    before = move(group)
    doctor = group.orch("doctor", expect=1).out
    assert (
        f"lugares de empresa-a: ainda há algo onde a configuração não aponta mais: {before / 'shared'}\n"
        in doctor
    )
    told = [line for line in group.orch(*STATUS, expect=3).out.splitlines() if "ainda lá: 1" in line]
    assert [line.split(" (")[0].strip() for line in told] == [
        "global · issues",
        "global · memory",
        "global · pages",
    ]
    assert all(f"({before / 'shared'}): " in line and "`orch push`" in line for line in told)
    (insight,) = group.insights()
    shown = group.orch("show", insight["id"]).out
    assert "em dia" not in shown and "global.pages: a retirar" in shown
    for _again in range(2):
        assert "ainda está aqui também" in group.orch(*PUSH, expect=3).out
        assert len(pages(before / "mudou/shared")) == len(pages(before / "shared")) == 1
    group.orch(*PUSH, "--vacate", str(before / "shared"))
    assert len(pages(before / "mudou/shared")) == 1 and not pages(before / "shared")
    assert "em dia: 1" in group.orch(*STATUS).out
    assert "lugares de" not in group.orch("doctor", expect=None).out


def test_what_moved_along_goes_on_as_it_was_also_where_a_person_wrote(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    (page,) = pages(group.root.parent / "shared")
    page.write_text(page.read_text() + "\nUma pessoa escreveu isto.\n")
    before = move(group, "shared")
    group.orch(*STATUS)
    assert steps(group) == [] and "Uma pessoa" in pages(before / "mudou/shared")[0].read_text()
    (insight,) = group.insights()
    shown = group.orch("show", insight["id"], "--json").data["remotes"]
    assert all(row["url"].startswith((before / "mudou/shared").as_uri()) for row in shown)
    group.orch("withdraw", insight["id"])
    group.orch(*PUSH)
    assert not pages(before / "mudou/shared")


def test_a_folder_that_moved_after_its_repository_is_known_again(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    before = move(group)
    group.orch(*STATUS, expect=3)
    (before / "shared").rename(before / "mudou/shared")
    assert steps(group) == []
    group.orch(*STATUS)


def test_a_folder_that_became_a_link_is_not_emptied_by_its_former_name(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.commit(YES.replace("longa", "curta do lote"), {"empresas/a/y.py": "1"})
    group.orch(*PUSH)
    shared = group.root.parent / "shared"
    assert len(pages(shared)) == 2
    shared.rename(shared.with_name("other"))
    shared.symlink_to("other")
    no = group.insights()[0]["id"]
    group.orch("review", "--refuse", no)
    before = outbox(group)
    planned = group.orch(*PUSH, "--dry-run", "--json").data["empresa-a"]
    assert outbox(group) == before
    reports = group.orch(*PUSH, "--json").data["empresa-a"]
    assert [(r["counts"]["adopt"], r["counts"]["retract"]) for r in reports] == [(0, 1)] * 3
    assert [r["counts"] for r in planned] == [r["counts"] for r in reports]
    assert len(pages(shared)) == 1
    group.orch(*STATUS)
