"""What is taken away, what a person's edit keeps, and what lies where the configuration no longer leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import TransientError
from orchestrator.reconcile.remotes.folder_memory import FolderMemory
from tests.flow.group import CONFIG, GroupRepository, new_group

MESSAGE = "fix: y\n\nSolução: a fila com índice parcial resolveu a espera longa\nShare: yes"
EDIT = "Uma pessoa escreveu aqui."
PUSH = ("push", "--company", "empresa-a")


def page(group: GroupRepository, folder: str = "shared") -> Path | None:
    return next(iter((group.root.parent / folder / "pages").rglob("*.md")), None)


@pytest.fixture
def edited(group: GroupRepository) -> Path:
    """The page of an insight that only branch `f` has, with a person's line."""
    group.git("checkout", "-q", "-b", "f")
    group.commit(MESSAGE, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    found = page(group)
    assert found is not None
    found.write_text(found.read_text() + f"\n{EDIT}\n")
    return found


def drop(group: GroupRepository) -> None:
    group.git("checkout", "-q", "main")
    group.git("branch", "-qD", "f")


def test_a_persons_edit_outlives_the_branch_that_taught(group: GroupRepository, edited: Path) -> None:
    drop(group)
    (report,) = [
        r for r in group.orch(*PUSH, "--json", expect=3).data["empresa-a"] if r["remote"] == "global.pages"
    ]
    assert report["counts"]["conflict"] == 1 and EDIT in edited.read_text()
    group.orch(*PUSH, expect=3)
    assert EDIT in edited.read_text()
    group.orch(*PUSH, "--force", report["steps"][0]["id"])
    assert not edited.exists()


@pytest.mark.parametrize("no", ["withdraw", "refuse"])
def test_a_persons_no_retracts_what_was_edited_too(group: GroupRepository, edited: Path, no: str) -> None:
    (insight,) = group.insights()
    group.orch(*(("withdraw", insight["id"]) if no == "withdraw" else ("review", "--refuse", insight["id"])))
    group.orch(*PUSH)
    assert not edited.exists()


def test_a_no_after_the_conflict_retracts(group: GroupRepository, edited: Path) -> None:
    (insight,) = group.insights()
    drop(group)
    group.orch(*PUSH, expect=3)
    group.orch("withdraw", insight["id"])
    group.orch(*PUSH)
    assert not edited.exists()


def configure(group: GroupRepository, old: str, new: str) -> None:
    config = group.root / ".orch/config.toml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    group.orch("trust", "--yes")


def test_what_moves_to_another_place_is_taken_away_at_the_old_one(group: GroupRepository) -> None:
    group.commit(MESSAGE, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    configure(group, "../shared", "../shared2")
    group.orch(*PUSH, expect=3)
    group.orch(*PUSH, "--vacate", "../shared")
    assert page(group) is None and page(group, "shared2") is not None
    assert all(not r["steps"] for r in group.orch(*PUSH, "--json").data["empresa-a"])
    (insight,) = group.insights()
    group.orch("withdraw", insight["id"])
    group.orch(*PUSH)
    assert page(group, "shared2") is None


def test_what_lies_where_orch_may_not_go_is_named_until_a_person_gives_it_up(group: GroupRepository) -> None:
    group.commit(MESSAGE, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    configure(group, '[global.folder]\npath = "../shared"\n', "")
    reports = group.orch(*PUSH, "--json", expect=3).data["empresa-a"]
    assert {r["error"]["code"] for r in reports} == {"unconfigured"} and len(reports) == 3
    assert page(group) is not None
    (status, *_others) = group.orch("status", "--json", expect=3).data
    assert [r["former"] for r in status["remotes"]] == [True] * 3
    (insight,) = group.insights()
    group.orch(*PUSH, "--force", insight["id"], expect=3)
    group.orch(*PUSH, "--forget", str(group.root.parent / "shared"))
    group.orch("status")
    assert page(group) is not None


def test_the_mark_of_a_row_is_set_also_after_a_push_that_ended_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = CONFIG.format(share="ask") + '[company.folder]\npath = "../own-b"\n'
    group = new_group(tmp_path, monkeypatch, capsys, config)
    group.commit(MESSAGE, {"empresas/b/x.py": "1"})
    push = ("push", "--company", "empresa-b")
    group.orch(*push)
    own = FolderMemory(tmp_path / "own-b", name="company.memory")
    (row,) = own.rows(shared_only=False)
    own.share([row.key], shared=True)  # as former versions marked what was agreed to
    group.git("commit", "--amend", "-qm", MESSAGE.replace("longa", "longa de manhã"))

    def ended(*_arguments: object, **_more: object) -> int:
        raise TransientError("ended before the mark")

    with monkeypatch.context() as patch:
        patch.setattr(FolderMemory, "share", ended)
        group.orch(*push, expect=3)
    assert len(list(own.rows())) == 1
    group.orch(*push)
    assert list(own.rows()) == [] and len(list(own.rows(shared_only=False))) == 1
