"""A clone that is copied, restored from a backup or moved away: whose store, and whose trail."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.flow.group import GroupRepository
from tests.flow.test_away import learn, shared
from tests.flow.test_moved import PUSH, STATUS, move, pages, steps


def copy(group: GroupRepository, *beside: str) -> GroupRepository:
    """Copy the repository, and the folders `beside` it, into a folder of their own; the copy."""
    before = group.root.parent
    for name in (group.root.name, *beside):
        shutil.copytree(before / name, before / "copia" / name, symlinks=True)
    copied = GroupRepository(before / "copia" / group.root.name, group._patch, group._capsys)
    copied.orch("trust", "--yes")
    return copied


def texts(folder: Path) -> tuple[int, int]:
    """How many pages and memories a shared folder holds."""
    with closing(sqlite3.connect(folder / "memory.db")) as db:
        (n,) = db.execute("select count(*) from memory").fetchone()
    return len(pages(folder)), int(n)


def test_a_copy_leaves_alone_what_the_original_wrote(group: GroupRepository) -> None:
    learn(group, "longa", "curta")
    copied = copy(group)
    assert "lugares de" not in copied.orch("doctor", expect=None).out
    assert {action for _remote, action in steps(copied)} == {"create"}
    copied.orch(*STATUS)
    assert texts(shared(group)) == texts(shared(copied)) == (2, 2)
    assert steps(group) == []


def test_a_copy_with_its_folder_knows_what_lies_there(group: GroupRepository) -> None:
    gone, _other = learn(group, "longa", "curta")
    copied = copy(group, "shared")
    assert steps(copied) == []
    copied.orch("withdraw", gone)
    assert len(steps(copied)) == 3
    assert (texts(shared(group)), texts(shared(copied))) == ((2, 2), (1, 1))
    group.orch("withdraw", gone)
    assert len(steps(group)) == 3, "its own trail goes on"
    for clone in (group, copied):
        clone.orch("audit", "verify")


def test_a_store_is_of_one_clone_until_a_person_says_otherwise(group: GroupRepository) -> None:
    learn(group)
    copied = copy(group)
    shutil.rmtree(copied.root / ".orch/companies")
    shutil.copytree(group.root / ".orch/companies", copied.root / ".orch/companies")
    told = copied.orch(*PUSH, expect=1)
    assert "é uma cópia de" in told.err and "orch trust" in told.err
    assert texts(shared(group)) == (1, 1)


def test_a_backup_that_was_put_back_is_repaired_and_a_no_stays(group: GroupRepository) -> None:
    yes, no = learn(group, "longa", "curta")
    backup = group.root.parent / "backup"
    shutil.copytree(group.root / ".orch/companies", backup)
    group.orch("review", "--refuse", no)
    group.orch(*PUSH)
    shutil.rmtree(group.root / ".orch/companies")
    shutil.copytree(backup, group.root / ".orch/companies")
    told = group.orch(*PUSH, expect=4)
    assert "orch doctor --repair" in told.err
    assert "orch doctor --repair" in group.orch("audit", "verify", expect=1).err
    group.orch("doctor", "--repair")
    assert "removido" in group.orch(*PUSH, expect=3).out  # by the lost no, of which nothing is known
    assert texts(shared(group)) == (1, 1), "what the lost no took away does not come back by itself"
    waiting = {i["id"] for i in group.orch("review", "--json", "--company", "empresa-a").data}
    assert waiting == {yes, no}
    group.orch("review", "--approve", yes)
    group.orch("review", "--refuse", no)
    group.orch(*PUSH)
    assert texts(shared(group)) == (1, 1)
    group.orch("audit", "verify")


def test_a_new_clone_where_another_was_takes_nothing_from_it(group: GroupRepository) -> None:
    (key,) = learn(group)
    root, config = group.root, (group.root / ".orch/config.toml").read_text()
    before = move(group, "shared")
    new = GroupRepository(root, group._patch, group._capsys)
    root.mkdir()
    new.git("init", "-q", "-b", "main")
    new.write({".orch/config.toml": config})
    new.orch("trust", "--yes")
    held = texts(before / "mudou/shared")
    assert held == (1, 1)
    new.orch(*PUSH)
    assert texts(before / "mudou/shared") == held, "the new clone took what the other one wrote"
    new.orch("audit", "verify")
    group.orch("withdraw", key)
    group.orch(*PUSH)
    assert not pages(before / "mudou/shared")


def test_a_trail_that_was_given_up_still_counts_where_it_is(group: GroupRepository) -> None:
    learn(group)
    root, config = group.root, (group.root / ".orch/config.toml").read_text()
    moved = root.with_name("elsewhere")
    root.rename(moved)
    new = GroupRepository(root, group._patch, group._capsys)
    root.mkdir()
    new.git("init", "-q", "-b", "main")
    new.write({".orch/config.toml": config})
    new.orch("trust", "--yes")
    told = new.orch(*PUSH, expect=4)
    assert "orch status" in told.err and "--accept-loss empresa-a" in told.err
    new.orch("audit", "verify", "--accept-loss", "empresa-a")
    new.orch(*PUSH)
    group.root = moved
    with closing(sqlite3.connect(moved / ".orch/companies/empresa-a/orch.db")) as db, db:
        db.execute("drop trigger decision_is_never_deleted")
        db.execute("delete from decision")
    group.orch("trust", "--yes")
    assert "cortado" in group.orch("audit", "verify", expect=1).out


def test_clones_that_had_one_identity_before_this_version_each_get_on(group: GroupRepository) -> None:
    (key,) = learn(group)
    backup = group.root.parent / "backup"
    shutil.copytree(group.root / ".orch/companies", backup)
    copied = copy(group)
    shutil.rmtree(copied.root / ".orch/companies")
    shutil.copytree(backup, copied.root / ".orch/companies")
    state = Path(os.environ["XDG_STATE_HOME"]) / "orch"
    with closing(sqlite3.connect(group.root / ".orch/companies/empresa-a/orch.db")) as db:
        (identity,) = db.execute("select id from identity").fetchone()
    (state / "stores" / identity).write_text("empresa-a\n")
    head = json.loads((state / "heads" / identity).read_text())
    later = {**head, "home": str(copied.root), "number": head["number"] + 1, "hash": "0" * 64}
    (state / "heads" / identity).write_text(json.dumps(later))  # the copy decided last
    assert "orch trust" in group.orch(*PUSH, expect=1).err
    group.orch("trust", "--yes")
    group.orch(*PUSH)
    group.orch("withdraw", key)
    group.orch(*PUSH)
    assert texts(shared(group)) == (0, 0)
