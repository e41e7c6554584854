"""`orch doctor --repair`: what is had back of a damaged store, what is not, and nothing leaves by it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from orchestrator.app import repair_files, restoring, stores
from orchestrator.app.trail import GROUP, write_down
from orchestrator.app.workspace import Workspace
from orchestrator.errors import LockedError, StoreError
from tests.cli.conftest import run as ran
from tests.cli.test_stores import store, without_sidecars
from tests.flow.group import CONFIG, GroupRepository
from tests.killing import kill_everywhere, run_killed

FILLED = "Lotes menores na carga noturna derrubaram a espera pela metade"
NEVER = "Desligar a réplica no fechamento deixou o lote mais rápido"
POINTS = (
    "orchestrator.app.repairing:replace_store",
    "orchestrator.app.repairing:_fill",
    "orchestrator.app.repair_files:_put_in_place",
    "orchestrator.app.repair_files:_keep_copy",
    "orchestrator.app.repairing:_finish_git",
    "orchestrator.app.repairing:restore",
)


@pytest.fixture
def used(group: GroupRepository) -> GroupRepository:
    """Two learnings from git and two by hand; of each pair one is shared, one refused. All else is sent."""
    group.commit("perf: a\n\nSolução: índice parcial na fila do faturamento reduziu a espera pela metade")
    group.commit("perf: b\n\nSolução: Redis na frente do catálogo reduziu a latência pela metade")
    for text in (FILLED, NEVER):
        group.orch("add", text, "--company", "empresa-a", "--kind", "solution")
    group.orch("review", "--refuse", by_title(group, "Redis"), "--refuse", by_title(group, "Desligar"))
    group.orch("review", "--approve-all")
    group.orch("push")
    return group


def by_title(group: GroupRepository, beginning: str) -> str:
    (found,) = [i["id"] for i in group.insights() if i["record"]["title"].startswith(beginning)]
    return str(found)


def titles(group: GroupRepository) -> set[str]:
    return {i["record"]["title"] for i in group.insights()}


def damage(group: GroupRepository, *tables: str) -> None:
    """Overwrite the pages of these tables and their indexes; of no table: everything."""
    path = store(group)
    connection = apsw.Connection(str(path))
    connection.pragma("wal_checkpoint(truncate)")
    size = int(connection.pragma("page_size"))
    marks = ",".join("?" * len(tables))
    names = f"select name from sqlite_schema where tbl_name in ({marks})"
    query = f"select pageno from dbstat where name in ({names})"
    pages = [int(row[0]) for row in connection.execute(query, tables)] if tables else []
    connection.close()
    without_sidecars(path)
    data = bytearray(path.read_bytes())
    for page in pages:
        data[(page - 1) * size : page * size] = os.urandom(size)
    path.write_bytes(data if tables else os.urandom(len(data)))


def shared_titles(group: GroupRepository) -> list[str]:
    folder = group.root.parent / "shared" / "issues"
    return sorted(path.read_text().split("title: ")[1].split("\n")[0] for path in folder.rglob("*.md"))


def repaired(group: GroupRepository, expect: int = 0) -> dict[str, object]:
    (found,) = group.orch("doctor", "--repair", "--json", expect=expect).data
    return dict(found)


def quiet_push(group: GroupRepository) -> bool:
    reports = group.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]
    return all(not {s["action"] for s in r["steps"]} - {"adopt", "skip"} for r in reports)


def test_the_sound_parts_of_a_file_come_back(used: GroupRepository) -> None:
    before, shared = titles(used), shared_titles(used)
    damage(used, "insight", "evidence", "verdict", "memory_item")
    found = repaired(used)
    assert found["partial"] == ["insight"]
    assert found["read"]["decision"] == 4  # type: ignore[index]
    assert titles(used) == before - {NEVER}  # refused: it was never in a memory
    assert used.orch("audit", "verify").code == 0
    assert quiet_push(used) and shared_titles(used) == shared
    assert not used.orch("doctor", "--repair", "--json").data


def test_a_file_with_nothing_left(used: GroupRepository) -> None:
    shared = shared_titles(used)
    damage(used)
    dry = used.orch("doctor", "--repair", "--dry-run", "--json").data
    assert [r["company"] for r in dry] == ["empresa-a"] and not list(store(used).parent.glob("damaged*"))
    assert dry[0]["steps"] == ["file", "git", "remotes"]
    plan = used.orch("doctor", "--repair", "--dry-run").out
    assert "não é mais um banco SQLite" in plan and "is not a database" not in plan
    assert plan.count("\n  ") == 3 and "leria cada commit de novo" in plan
    told = used.orch("doctor", "--repair").out
    assert "perdidas: todas as decisões" in told and "orch review" in told, told
    assert FILLED in titles(used), "it was in the group's memory"
    assert NEVER not in titles(used), "it was nowhere else"
    used.orch("audit", "verify")
    assert quiet_push(used) and shared_titles(used) == shared, "what lies with the group stays"
    used.orch("review", "--approve", by_title(used, "Lotes"))
    assert quiet_push(used) and shared_titles(used) == shared, "and is adopted when agreed to again"


@pytest.mark.parametrize("made_anew", [False, True])
def test_a_store_that_is_gone_comes_back_and_what_was_shared_can_be_withdrawn(
    used: GroupRepository, made_anew: bool
) -> None:
    shared = shared_titles(used)
    assert any(FILLED in title for title in shared)
    shutil.rmtree(used.root / ".orch" / "companies")  # as `git clean -fdx` and `git stash -a` do
    if made_anew:
        told = used.orch("status", expect=3).out
        assert "orch doctor --repair" in told, told
    (dry,) = used.orch("doctor", "--repair", "--dry-run", "--json").data
    assert (dry["company"], dry["steps"]) == ("empresa-a", ["file", "git", "remotes"])
    assert "git stash pop" in used.orch("audit", "verify", expect=1).err
    repaired(used)
    assert not used.orch("doctor", "--repair", "--json").data, "once: what is lost stays lost"
    assert FILLED in titles(used)
    used.orch("withdraw", by_title(used, "Lotes"))
    used.orch("push")
    assert shared_titles(used) == [title for title in shared if FILLED not in title]


def test_a_text_that_a_person_edited_comes_back_from_the_memory(used: GroupRepository) -> None:
    key = by_title(used, "índice parcial")
    words = "Índice parcial na fila, palavras de uma pessoa"
    edited = ran("review", "--edit", key, cwd=used.root, stdin=words.encode())
    assert edited.returncode == 0, edited.stderr
    used.orch("review", "--approve", key)
    used.orch("push")
    shared = shared_titles(used)
    assert any("palavras de uma pessoa" in title for title in shared)
    damage(used, "decision", "insight")
    assert key in repaired(used)["restored"]  # type: ignore[operator]
    assert "Índice parcial na fila, palavras de uma pessoa" in titles(used)
    used.orch("review", "--approve", key)
    assert quiet_push(used) and shared_titles(used) == shared, "nothing goes back to the commit's words"


def test_a_lost_refusal_is_no_consent(used: GroupRepository) -> None:
    used.write({".orch/config.toml": CONFIG.format(share="auto")})
    used.orch("trust", "--yes")
    used.orch("drain")
    shared = shared_titles(used)
    damage(used, "decision")
    assert "decision" in repaired(used)["partial"]  # type: ignore[operator]
    used.orch("push")
    assert shared_titles(used) == shared
    used.commit("perf: c\n\nSolução: compressão no gateway reduziu o tráfego pela metade")
    used.orch("push")
    assert len(shared_titles(used)) == len(shared) + 1, "what is new is asked of the policy as ever"


def test_a_no_of_a_company_that_is_gone_outlives_the_damage(group: GroupRepository) -> None:
    """Its file went with its folder: who had heard it remembers, in a setting of the damaged store."""
    both = {f"empresas/{company}/x.py": "x = 1\n" for company in "ab"}
    group.commit(
        "perf: a\n\nSolução: índice parcial na fila do faturamento reduziu a espera pela metade", both
    )
    (ours,), (theirs,) = group.insights(), group.insights("empresa-b")
    group.orch("review", "--company", "empresa-a", "--approve", ours["id"])
    group.orch("review", "--company", "empresa-b", "--refuse", theirs["id"])
    group.orch("push", expect=None)
    shutil.rmtree(group.root / ".orch/companies/empresa-b")
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().rpartition("[[company]]")[0])
    group.orch("trust", "--yes")
    group.orch("push", expect=None)
    damage(group, "verdict")
    repaired(group)
    group.orch("push", expect=None)
    assert shared_titles(group) == []


def cut(group: GroupRepository, after: int) -> None:
    """Tear off the decisions after that number, as a lost log does: nothing in the file tells."""
    connection = apsw.Connection(str(store(group)))
    for (name,) in connection.execute("select name from sqlite_schema where type = 'trigger'").fetchall():
        connection.execute(f'drop trigger "{name}"')
    connection.execute("delete from decision where seq > ?", (after,))
    connection.close()


@pytest.mark.parametrize("pushed", [False, True])
def test_a_yes_that_a_lost_no_took_back_is_none(used: GroupRepository, pushed: bool) -> None:
    used.write({".orch/config.toml": CONFIG.format(share="auto")})
    used.orch("trust", "--yes")
    used.orch("drain")
    used.orch("review", "--refuse", by_title(used, "índice"))
    if pushed:
        used.orch("push")
    cut(used, 4)
    damage(used, "insight", "evidence", "verdict", "memory_item")
    found = repaired(used)
    assert found["read"]["decision"] == 4 and "decision" in found["partial"]  # type: ignore[index,operator]
    for _time in range(2):
        used.orch("push")
        assert not [t for t in shared_titles(used) if "índice" in t], "it was refused"
    used.orch("review", "--approve", by_title(used, "índice"))
    used.orch("push")
    assert [t for t in shared_titles(used) if "índice" in t], "a person says yes again"


def test_a_restored_learning_that_was_withdrawn_is_withdrawn(used: GroupRepository) -> None:
    used.write({".orch/config.toml": CONFIG.format(share="auto")})
    used.orch("trust", "--yes")
    used.orch("withdraw", by_title(used, "Lotes"))
    damage(used, "insight", "evidence", "verdict", "memory_item", "outbox")
    assert repaired(used)["restored"], "its row still lies in the memory"
    assert FILLED not in titles(used)
    used.orch("push")
    assert not [t for t in shared_titles(used) if "Lotes" in t]


def test_what_nobody_agreed_to_is_asked_though_it_lay_there(used: GroupRepository) -> None:
    """A row that bears this company's name is no consent: whoever writes to the memory may have put it."""
    used.write({".orch/config.toml": CONFIG.format(share="auto")})
    used.orch("trust", "--yes")
    memory = apsw.Connection(str(used.root.parent / "shared/memory.db"))
    memory.execute(
        "insert into memory (orch_key, content, embedding, source_instance, category, shared, created_at) "
        "select 'i1-00112233aabbccdd', 'Fila sem limite', embedding, source_instance, category, 1, "
        "created_at from memory limit 1"
    )
    memory.close()
    damage(used, "insight", "evidence", "verdict", "memory_item")
    found = repaired(used)
    assert "i1-00112233aabbccdd" in found["restored"]  # type: ignore[operator]
    assert found["unproven"] == ["i1-00112233aabbccdd"], "the others' decisions are in the trail"
    used.orch("push")
    assert not [t for t in shared_titles(used) if "Fila" in t]
    assert by_title(used, "Fila") in [w["id"] for w in used.orch("review", "--json").data]


@pytest.mark.parametrize("at", ["repairing:_fill", "repair_files:_put_in_place", "repair_files:_keep_copy"])
def test_no_decision_is_taken_between_a_cut_off_repair_and_the_next(used: GroupRepository, at: str) -> None:
    damage(used, "memory_item")
    key = by_title(used, "Lotes")
    assert run_killed(1, ["doctor", "--repair"], used.root, (f"orchestrator.app.{at}",))
    told = used.orch("review", "--refuse", key, expect=1)  # it would lie in a file that is to go
    assert "doctor --repair" in told.err
    repaired(used)
    used.orch("review", "--refuse", key)
    used.orch("push")
    assert not [t for t in shared_titles(used) if "Lotes" in t], "it was refused"
    assert not [t for t in shared_titles(used) if "Lotes" in t], "it was refused"
    assert used.orch("audit", "verify").code == 0


def standing(group: GroupRepository) -> dict[str, object]:
    """Of each insight: who speaks for it, its verdict, and how it stands on each remote."""
    found = {}
    for i in group.insights("empresa-a", "--all"):
        shown = group.orch("show", i["id"], "--json").data
        remotes = [(r["remote"], r["state"], r["wanted_hash"], r["sent_hash"]) for r in shown["remotes"]]
        found[i["id"]] = (i["canonical"], i["decision"], shown["verdict"]["outcome"], remotes)
    return found


def test_twins_what_was_set_apart_and_what_was_given_up_stand_as_before(group: GroupRepository) -> None:
    named = 'name = "Empresa A"\n'
    secret = f'{named}confidential_files = ["empresas/a/clientes/**"]\n'
    group.write({".orch/config.toml": CONFIG.format(share="auto").replace(named, secret)})
    group.orch("trust", "--yes")
    lines = (
        "índice parcial na tabela de pedidos esvaziou a fila lenta do faturamento",
        "o cache Redis guarda a lista de filiais por dez minutos no balcão",
    )
    for n, said in enumerate(line + more for line in lines for more in ("", " noturno")):
        group.commit(f"fix: {n}\n\nSolução: {said}\n", {f"empresas/a/{n}.py": str(n)})
    group.commit(
        "fix: c\n\nSolução: lotes menores na carga derrubaram a espera da remessa pela metade",
        {"empresas/a/clientes/x.csv": "nome"},
    )
    twins = {i["canonical"]: i["id"] for i in group.insights("empresa-a", "--all") if i["canonical"]}
    assert len(twins) == 2
    apart, given_up = list(twins.items())
    group.orch("unlink", apart[1])
    group.orch("drop", given_up[0], "--remote", "global.issues")
    group.orch("push", "--company", "empresa-a", expect=None)
    before = standing(group)
    assert "dropped" in str(before) and "review" in str(before) and given_up[0] in str(before.values())
    damage(group, "evidence", "verdict", "memory_item", "twin", "look", "insight")
    repaired(group)
    assert standing(group) == before


# The swap alone, killed before each call that changes a file: argv is the folder and the number of the call.
SWAP = """
import os, pathlib, shutil, signal, sys
from orchestrator.app import repair_files, stores

folder, countdown = pathlib.Path(sys.argv[1]), int(sys.argv[2])

def killing(call):
    def wrapped(*args, **more):
        global countdown
        countdown -= 1
        if countdown == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **more)
    return wrapped

shutil.copyfile, os.fsync = killing(shutil.copyfile), killing(os.fsync)
for name in ("rename", "replace", "unlink", "mkdir"):
    setattr(pathlib.Path, name, killing(getattr(pathlib.Path, name)))

def fill(damaged, fresh):
    fresh.mkdir()
    (fresh / "orch.db").write_bytes(damaged.read_bytes() + damaged.with_name("orch.db-wal").read_bytes())

if stores.being_repaired(folder) or (folder / "orch.db").read_bytes() != b"damaged log":
    repair_files.replace_store(folder, fill)
"""


def test_the_swap_killed_before_each_change(tmp_path: Path) -> None:
    for at in range(1, 60):
        folder = tmp_path / str(at)
        folder.mkdir()
        (folder / "orch.db").write_bytes(b"damaged")
        (folder / "orch.db-wal").write_bytes(b" log")
        first = subprocess.run([sys.executable, "-c", SWAP, str(folder), str(at)], check=False)
        subprocess.run([sys.executable, "-c", SWAP, str(folder), "0"], check=True)
        (kept,) = folder.glob("damaged*")
        assert {p.name: p.read_bytes() for p in kept.iterdir()} == {
            "orch.db": b"damaged",
            "orch.db-wal": b" log",
        }
        assert (folder / "orch.db").read_bytes() == b"damaged log" and not (folder / "orch.db-wal").exists()
        if not first.returncode:
            break
    assert 12 < at < 59


@pytest.mark.parametrize("log_gone", [False, True])
def test_what_is_written_after_the_new_store_was_made_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, log_gone: bool
) -> None:
    """By an orch that knows of no repair, or one that had the store open."""

    def fill(damaged: Path, fresh: Path) -> None:
        fresh.mkdir()
        (fresh / "orch.db").write_bytes(damaged.read_bytes())

    path = tmp_path / "orch.db"
    path.write_bytes(b"damaged")
    path.with_name("orch.db-wal").write_bytes(b" log")
    with monkeypatch.context() as patch:
        patch.setattr(repair_files, "_put_in_place", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            repair_files.replace_store(tmp_path, fill)
    if log_gone:  # killed in the middle of putting it in place
        path.with_name("orch.db-wal").unlink()
    path.write_bytes(b"damaged, and refused")
    repair_files.replace_store(tmp_path, fill)
    assert path.read_bytes() == b"damaged, and refused" and not stores.being_repaired(tmp_path)
    kept = {(p / "orch.db").read_bytes() for p in tmp_path.glob("damaged-*")}
    assert {b"damaged, and refused"} <= kept


def test_a_repair_waits_for_who_has_the_store_open(
    used: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.app.stores.OPENED_WITHIN", 0.1)
    workspace = Workspace.open(used.root)
    with workspace.store("empresa-a"), pytest.raises(LockedError):
        stores.alone_with(workspace.group, "empresa-a").__enter__()
    with stores.alone_with(workspace.group, "empresa-a"), pytest.raises(LockedError):
        workspace.store("empresa-a")
    workspace.store("empresa-a").close()


def test_killed_anywhere_it_goes_on(used: GroupRepository) -> None:
    before = titles(used)
    damage(used, "insight", "evidence", "verdict", "memory_item")
    assert kill_everywhere(["doctor", "--repair"], used.root, POINTS) >= 5
    assert titles(used) == before - {NEVER}
    assert used.orch("audit", "verify").code == 0 and not used.orch("doctor", "--repair", "--json").data
    assert len(list(store(used).parent.glob("damaged-*"))) == 1


def test_offline_the_rest_is_done_and_goes_on(used: GroupRepository) -> None:
    memory = Path(used.root.parent / "shared/memory.db")
    damage(used)
    memory.rename(memory.with_suffix(".away"))
    memory.mkdir()
    assert repaired(used, expect=3)["error"]
    memory.rmdir()
    memory.with_suffix(".away").rename(memory)
    assert FILLED not in titles(used)
    checks = {c["name"]: c["detail"] for c in used.orch("doctor", "--json", expect=1).data}
    assert checks["banco de empresa-a"] == "um conserto foi interrompido"
    assert repaired(used)["restored"] and FILLED in titles(used)


def test_a_memory_that_goes_away_while_it_is_asked_is_asked_again(
    used: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, real = used.root.parent / "shared", restoring._ours
    away = shared.with_name("away")

    def leaving(desk: Any, remote: object) -> Iterator[Any]:
        shared.rename(away)
        yield from real(desk, remote)

    damage(used, "insight", "evidence", "verdict", "memory_item")
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_ours", leaving)
        assert repaired(used, expect=3)["error"]
    away.rename(shared)
    assert FILLED not in titles(used)
    assert repaired(used)["restored"] and FILLED in titles(used)


def test_the_groups_own_trail_is_made_again(used: GroupRepository) -> None:
    workspace = Workspace.open(used.root)
    write_down(workspace, None, "task-1", ("Revisar o cache",))
    path = store(used, GROUP)
    without_sidecars(path)
    path.write_bytes(os.urandom(path.stat().st_size))
    with pytest.raises(StoreError, match=r"damaged|danificado") as told:
        write_down(workspace, None, "task-2", ("Revisar a fila",))
    assert "orch doctor --repair" in told.value.hint
    found = repaired(used)
    assert (found["company"], found["partial"][0]) == (GROUP, "decision")  # type: ignore[index]
    write_down(workspace, None, "task-2", ("Revisar a fila",))
    assert not used.orch("doctor", "--repair", "--json").data


def test_nothing_to_repair(used: GroupRepository) -> None:
    assert "não há nada a consertar" in used.orch("doctor", "--repair").out
    used.orch("doctor", "--dry-run", expect=2)


@pytest.mark.parametrize("gone", [False, True])
def test_a_lost_withdrawal_brings_nothing_back_into_the_companys_own_memory(
    group: GroupRepository, gone: bool
) -> None:
    """A person's answer does: also a no to sharing, which says nothing of the company's own places."""
    own = '[company.folder]\npath = "../own"\n[[company]]\nid = "empresa-b"'
    text = CONFIG.format(share="ask").replace('[[company]]\nid = "empresa-b"', own)
    group.write({".orch/config.toml": text})
    group.orch("trust", "--yes")
    group.commit("perf: a\n\nSolução: índice parcial na fila do faturamento reduziu a espera pela metade")
    group.commit("perf: b\n\nSolução: Redis na frente do catálogo reduziu a latência pela metade")
    group.orch("push")
    group.orch("withdraw", by_title(group, "Redis"))
    group.orch("push")
    assert len(own_titles(group)) == 1
    if gone:
        shutil.rmtree(store(group).parent)
    else:
        damage(group, "decision", "insight")
    repaired(group)
    group.orch("push")
    assert len(own_titles(group)) == 1, "nobody has said that the other one may come back"
    group.orch("review", "--refuse", by_title(group, "Redis"))
    group.orch("review", "--approve", by_title(group, "índice"))
    group.orch("push")
    assert len(own_titles(group)) == 2
    group.commit("perf: c\n\nSolução: compressão no gateway reduziu o tráfego pela metade")
    group.orch("push")
    assert len(own_titles(group)) == 3, "what is new goes there as ever"


def own_titles(group: GroupRepository) -> set[str]:
    path = group.root.parent / "own/memory.db"
    connection = apsw.Connection(str(path))
    rows = connection.execute("select content from memory").fetchall()
    connection.close()
    return {str(content).partition("\n")[0] for (content,) in rows}
