"""A shared folder that is away, that is another one, or that goes by another path."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.app.editing import change_text
from orchestrator.app.workspace import Workspace, silent
from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.flow.test_moved import PUSH, STATUS, YES, outbox, pages, steps

OWN_B = '[company.folder]\npath = "../own-b"\n'
OF_B = ("--company", "empresa-b")


def learn(group: GroupRepository, *words: str) -> list[str]:
    """A learning for each of these words that a person shared; their ids, in that order."""
    for word in words or ("longa",):
        group.commit(YES.replace("longa", word).replace("Share: yes", ""), {f"empresas/a/{word}.py": "1"})
    group.orch("review", "--approve-all")
    group.orch(*PUSH)
    found = {i["record"]["content"].split()[-1]: str(i["id"]) for i in group.insights()}
    return [found[word] for word in words or ("longa",)]


def reword(group: GroupRepository, key: str) -> None:
    """A person changes the text; it waits for a new yes."""
    text = "Outra solução\nA fila ganhou um índice parcial e ninguém mais espera."
    change_text(Workspace.open(group.root), "empresa-a", key, text, silent)


def shared(group: GroupRepository) -> Path:
    return group.root.parent / "shared"


@pytest.mark.parametrize("mount_point", [False, True])
def test_nothing_is_settled_while_the_folder_is_away(group: GroupRepository, *, mount_point: bool) -> None:
    (gone,) = learn(group)
    folder, away = shared(group), shared(group).with_name("away")
    folder.rename(away)
    if mount_point:
        folder.mkdir()
    group.orch("withdraw", gone)
    group.commit(YES.replace("longa", "nova"), {"empresas/a/y.py": "1"})
    group.orch("drain")
    before = outbox(group)
    assert steps(group, "--dry-run", expect=3) == []
    assert outbox(group) == before
    told = group.orch(*PUSH, expect=3)
    assert "não contém o que foi enviado" in told.out and f"orch push --forget {folder}" in told.err
    group.orch("pull", "--company", "empresa-a", expect=3)
    assert f"orch push --forget {folder}" in group.orch("doctor", "--online", expect=1).out
    assert folder.exists() is mount_point and not (mount_point and list(folder.iterdir()))
    if mount_point:
        folder.rmdir()
    away.rename(folder)
    assert sorted(steps(group)) == [
        (f"global.{part}", action)
        for part in ("issues", "memory", "pages")
        for action in ("create", "retract")
    ]
    assert len(pages(folder)) == 1


def test_another_folder_is_taken_once_a_person_says_so(group: GroupRepository) -> None:
    learn(group, "longa", "curta")
    folder = shared(group)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "pages").mkdir()
    no = group.insights()[0]["id"]
    group.orch("withdraw", no)
    assert steps(group, expect=3) == []
    assert "não é a pasta" in group.orch(*PUSH, expect=3).out
    unknown = group.orch(*PUSH, "--forget", "/nowhere", expect=2)
    assert str(folder) in unknown.err
    planned = steps(group, "--dry-run", "--forget", str(folder))
    assert not pages(folder)
    assert sorted(steps(group, "--forget", str(folder))) == sorted(planned)
    assert len(pages(folder)) == 1
    group.orch(*STATUS)


def as_link(folder: Path) -> None:
    folder.rename(folder.with_name("real"))
    folder.symlink_to("real")


def test_a_refusal_is_carried_out_where_the_folder_lies_now(group: GroupRepository) -> None:
    (key,) = learn(group)
    reword(group, key)
    as_link(shared(group))
    assert steps(group) == [] and len(pages(shared(group))) == 1
    group.orch("review", "--refuse", key)
    assert len(steps(group)) == 3 and not pages(shared(group))


def test_what_was_removed_or_given_up_there_stays_so_by_another_path(group: GroupRepository) -> None:
    removed, _other = learn(group, "longa", "curta")
    (page,) = [p for p in pages(shared(group)) if "longa" in p.read_text()]
    page.unlink()
    group.commit(YES.replace("longa", "nova"), {"empresas/a/y.py": "1"})
    (given_up,) = {str(i["id"]) for i in group.insights()} - {removed, _other}
    group.orch("drop", given_up)
    with closing(sqlite3.connect(group.root / ".orch/companies/empresa-a/orch.db")) as db, db:
        db.execute(
            "insert into outbox (remote, target, key, wanted_hash, sent_hash, ref)"
            " values ('global.forge', ?, 'auth', 'h', 'h', 'PR-1')",
            (f"folder:{shared(group)}#",),
        )
    as_link(shared(group))
    assert steps(group, expect=3) == [("global.pages", "conflict")]
    assert ("global.forge", f"folder:{shared(group).resolve()}#") in {(r[0], r[1]) for r in outbox(group)}
    reword(group, removed)
    group.orch("review", "--approve", removed)
    assert sorted(steps(group, expect=3)) == [
        ("global.issues", "update"),
        ("global.memory", "update"),
        ("global.pages", "conflict"),
    ]


def configure(group: GroupRepository, old: str, new: str) -> None:
    """Change the configuration, and trust it."""
    config = group.root / ".orch/config.toml"
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new, 1))
    group.orch("trust", "--yes")


def test_a_folder_that_becomes_the_companys_own_keeps_what_is_wanted_there(group: GroupRepository) -> None:
    learn(group, "longa")
    own = '[company.folder]\npath = "../shared"\n[[company]]\nid = "empresa-b"'
    configure(group, 'path = "../shared"', 'path = "../novo"')
    configure(group, '[[company]]\nid = "empresa-b"', own)
    assert sorted(steps(group, "--vacate", "../shared")) == [
        ("company.memory", "update"),  # a company's own rows are never marked as shared
        ("global.issues", "create"),
        ("global.issues", "retract"),
        ("global.memory", "create"),
        ("global.pages", "create"),
        ("global.pages", "retract"),
    ]
    with closing(sqlite3.connect(shared(group) / "memory.db")) as db:
        assert db.execute("select count(*) from memory").fetchone() == (1,)
    assert steps(group) == []
    group.orch(*STATUS)


def test_a_copied_folder_holds_it_too_until_it_is_taken_away(group: GroupRepository) -> None:
    (key,) = learn(group, "longa")
    reword(group, key)
    shutil.copytree(shared(group), shared(group).with_name("copy"))
    configure(group, "../shared", "../copy")
    assert steps(group) == []
    group.orch("review", "--refuse", key)
    assert len(steps(group)) == 6
    assert not pages(shared(group)) and not pages(shared(group).with_name("copy"))


def test_a_former_folder_that_was_away_when_its_copy_was_met_is_asked_once_it_is_back(
    group: GroupRepository,
) -> None:
    gone, _other = learn(group, "longa", "curta")
    copied, away = shared(group).with_name("copy"), shared(group).with_name("away")
    shutil.copytree(shared(group), copied)
    shared(group).rename(away)
    configure(group, "../shared", "../copy")
    assert steps(group) == []
    group.orch("withdraw", gone)
    assert {action for _remote, action in steps(group)} == {"retract"}
    group.orch(*STATUS)
    away.rename(shared(group))
    planned = steps(group, "--dry-run", expect=3)
    done = steps(group, expect=3)
    assert sorted(planned) == sorted(done) and len(done) == 6
    assert {action for _remote, action in done} == {"retract", "stay"}
    assert [path.name for path in pages(shared(group))] == [path.name for path in pages(copied)]
    group.orch(*PUSH, "--forget", str(shared(group)))
    assert steps(group) == [] and len(pages(shared(group))) == 1
    group.orch(*STATUS)


def test_nothing_is_taken_from_the_original_while_its_copy_is_away(group: GroupRepository) -> None:
    learn(group)
    copied = shared(group).with_name("copy")
    shutil.copytree(shared(group), copied)
    configure(group, "../shared", "../copy")
    group.orch("drain")
    copied.rename(copied.with_name("away"))
    copied.mkdir()
    assert steps(group, expect=3) == []
    assert len(pages(shared(group))) == 1 and not list(copied.iterdir())
    copied.rmdir()
    copied.with_name("away").rename(copied)
    assert {action for _remote, action in steps(group, expect=3)} == {"stay"}
    assert {action for _remote, action in steps(group, "--vacate", str(shared(group)))} == {"retract"}
    assert (len(pages(shared(group))), len(pages(copied))) == (0, 1)


def test_a_store_older_than_marks_heeds_what_is_in_the_folder(group: GroupRepository) -> None:
    (key,) = learn(group, "longa")
    with closing(sqlite3.connect(group.root / ".orch/companies/empresa-a/orch.db")) as db, db:
        db.execute("delete from folder")
    (mark,) = shared(group).glob(".orch-folder-*")
    mark.unlink()
    assert steps(group) == [] and list(shared(group).glob(".orch-folder-*")), "a mark at the next push"
    with closing(sqlite3.connect(group.root / ".orch/companies/empresa-a/orch.db")) as db, db:
        db.execute("delete from folder")
    shared(group).rename(shared(group).with_name("away"))
    shared(group).mkdir()
    group.orch("withdraw", key)
    assert steps(group, expect=3) == []


def test_what_stays_at_a_former_place_by_a_persons_word_is_no_open_end(group: GroupRepository) -> None:
    (key,) = learn(group)
    configure(group, '[global.folder]\npath = "../shared"\n', "")
    group.orch(*PUSH, expect=3)
    group.orch("drop", key)
    group.orch(*PUSH)
    group.orch(*STATUS)
    assert "lugares de" not in group.orch("doctor", expect=None).out
    assert len(pages(shared(group))) == 1


def test_moved_while_a_newer_text_waits_nothing_is_open(group: GroupRepository) -> None:
    (key,) = learn(group)
    reword(group, key)
    configure(group, "../shared", "../novo")
    assert steps(group) == []
    group.orch(*STATUS)
    assert "lugares de" not in group.orch("doctor", expect=None).out
    group.orch("review", "--refuse", key)
    assert len(steps(group)) == 3 and not pages(shared(group))


def test_a_page_edited_at_a_former_place_has_ways_out_that_work(group: GroupRepository) -> None:
    (key,) = learn(group)
    (page,) = pages(shared(group))
    page.write_text(page.read_text() + "\nUma pessoa escreveu isto.\n")
    configure(group, "../shared", "../novo")
    vacate = (*PUSH, "--vacate", "../shared")
    for told in (group.orch(*vacate, expect=3), group.orch(*vacate, expect=3)):
        assert "as palavras da pessoa também" in told.err and "orch adopt" not in told.err
    status = group.orch(*STATUS, expect=3).out
    assert "as palavras da pessoa também" in status and "orch adopt" not in status
    assert "Uma pessoa escreveu isto" in group.orch("diff", key).out
    group.orch("drop", key)
    assert page.exists()
    group.orch(*PUSH)
    group.orch(*STATUS)


def test_a_copy_that_a_person_edited_is_proved_to_be_one_once(group: GroupRepository) -> None:
    learn(group)
    (page,) = pages(shared(group))
    page.write_text(page.read_text() + "\nUma pessoa escreveu isto.\n")
    shutil.copytree(shared(group), shared(group).with_name("copy"))
    configure(group, "../shared", "../copy")
    for _again in range(3):
        group.orch(*PUSH, expect=3)
    assert len(list(shared(group).with_name("copy").glob(".orch-folder-*"))) == 2
    assert len(list(shared(group).glob(".orch-folder-*"))) == 1


def test_a_task_whose_offer_was_taken_back_stays_without_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    group = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask") + OWN_B)
    key, unsent = learn(group, "longa", "curta")
    group.orch("pull", *OF_B)
    group.orch("accept", key, *OF_B)
    group.orch("push", *OF_B)
    group.orch("accept", unsent, *OF_B)
    (task,) = (tmp_path / "own-b/issues").rglob("*.md")
    task.write_text(task.read_text().replace('status: "open"', 'status: "doing"'))
    for gone in (key, unsent):
        group.orch("withdraw", gone)
    group.orch(*PUSH)
    told = group.orch("pull", *OF_B)
    assert told.out.count("foi aceita aqui") == 2 and key in told.out
    group.orch("push", *OF_B)
    for shown in (group.orch("offers", "--all", *OF_B), group.orch("show", key, *OF_B)):
        assert "espera longa" not in shown.out
    (task,) = (tmp_path / "own-b/issues").rglob("*.md")  # of what was never a task none is made
    text = task.read_text()
    assert "espera longa" not in text + task.name and 'status: "doing"' in text
    assert "empresa-a retirou esta oferta" in text
    assert steps_of_b(group) == []
    group.orch("review", "--approve", key)
    group.orch(*PUSH)
    group.orch("pull", *OF_B)
    assert steps_of_b(group) == [("company.issues", "update")]
    assert "espera longa" in next((tmp_path / "own-b/issues").rglob("*.md")).read_text()


def steps_of_b(group: GroupRepository) -> list[tuple[str, str]]:
    reports = group.orch("push", *OF_B, "--json").data["empresa-b"]
    return [(r["remote"], step["action"]) for r in reports for step in r["steps"]]


def test_the_task_of_an_offer_has_ways_out_that_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    group = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask") + OWN_B)
    (key,) = learn(group)
    group.orch("pull", *OF_B)
    group.orch("accept", key, *OF_B)
    group.orch("push", *OF_B)
    (task,) = (tmp_path / "own-b/issues").rglob("*.md")
    task.write_text(task.read_text() + "\nUma pessoa escreveu isto.\n")
    told = group.orch("pull", *OF_B).out
    assert f"orch diff {key} --company empresa-b" in told
    compared = group.orch("diff", key, *OF_B)
    assert "Uma pessoa escreveu isto" in compared.out and "orch adopt" not in compared.out
    assert f"orch push --force {key} --company empresa-b" in compared.out
    group.orch("push", "--force", key, *OF_B)
    assert "Uma pessoa" not in task.read_text()


def test_a_folder_whose_mark_was_removed_is_told_with_nothing_due(group: GroupRepository) -> None:
    learn(group)
    (mark,) = shared(group).glob(".orch-folder-*")
    mark.unlink()
    told = group.orch(*PUSH, expect=3)
    assert "não é a pasta" in told.out and f"orch push --forget {shared(group)}" in told.err
    assert steps(group, "--forget", str(shared(group))) != []
    group.orch(*PUSH)


def told(group: GroupRepository, *more: str) -> list[tuple[object, ...]]:
    """What a push of company A says of each remote."""
    reports = group.orch(*PUSH, "--json", *more, expect=None).data["empresa-a"]
    return [(r["remote"], r["counts"], r["links"], r["earlier"], r["refused"]) for r in reports]


def test_a_dry_run_of_forget_says_exactly_what_the_push_does(group: GroupRepository) -> None:
    assert told(group, "--dry-run") == told(group)
    (gone, *_others) = learn(group, "longa", "curta", "extensa")
    folder, forget = shared(group), ("--forget", str(shared(group)))

    def without_mark() -> None:
        for mark in folder.glob(".orch-folder-*"):
            mark.unlink()

    def edited() -> None:
        without_mark()
        page = pages(folder)[0]
        page.write_text(page.read_text() + "\nUma pessoa escreveu isto.\n")

    def withdrawn() -> None:
        without_mark()
        group.orch("withdraw", gone)

    def without_pages() -> None:
        without_mark()
        shutil.rmtree(folder / "pages")
        group.commit(YES.replace("longa", "nova"), {"empresas/a/nova.py": "1"})

    def emptied() -> None:
        shutil.rmtree(folder)
        folder.mkdir()

    for change in (without_mark, edited, withdrawn, without_pages, emptied):
        change()
        planned = told(group, "--dry-run", *forget)
        assert planned == told(group, *forget), change.__name__
    group.commit(YES.replace("longa", "última"), {"empresas/a/u.py": "1"})
    assert told(group, "--dry-run") == told(group)
