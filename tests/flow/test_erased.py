"""What was withdrawn, or redacted since, is in no file of the folder any more, nor of who received it."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from orchestrator.reconcile.remotes import folder_database
from orchestrator.store import database
from orchestrator.store.erasing import Erasing
from tests.flow.group import CONFIG, GroupRepository

WORD = "zebrafone"
SAID = f"Solução: {WORD} dobrou a vazão da fila com textos internados"
SOURCE, TAKER = ("--company", "empresa-a"), ("--company", "empresa-b")


def holders(group: GroupRepository) -> set[str]:
    """The files of the folder and of the receiving company that hold the word, any case, in bytes."""
    tops = [group.root.parent / "shared", group.root / ".orch/companies/empresa-b"]
    files = [path for top in tops for path in top.rglob("*") if path.is_file()]
    return {path.name for path in files if WORD.encode() in path.read_bytes().lower()}


@pytest.fixture
def received(group: GroupRepository) -> GroupRepository:
    group.commit("perf: outra\n\nSolução: o índice parcial esvaziou a carga\nShare: yes")
    return group


def share(group: GroupRepository) -> None:
    group.commit(f"perf: z\n\n{SAID}\nShare: yes", {"empresas/a/z.py": "n = 1\n"})
    group.orch("push", *SOURCE)
    group.orch("pull", *TAKER)
    assert {"memory.db", "orch.db"} <= holders(group)


def withdraw(group: GroupRepository) -> None:
    (key,) = [i["id"] for i in group.insights() if WORD in i["record"]["title"]]
    group.orch("withdraw", key, *SOURCE)
    group.orch("push", *SOURCE)
    group.orch("pull", *TAKER)


def test_what_was_withdrawn_is_nowhere(received: GroupRepository) -> None:
    share(received)
    withdraw(received)
    assert holders(received) == set()
    assert len(received.orch("offers", *TAKER, "--json").data["empresa-b"]) == 1


def test_also_while_another_process_has_the_store_open(received: GroupRepository) -> None:
    share(received)
    other = database.open_database(received.root / ".orch/companies/empresa-b/orch.db")  # keeps the log
    withdraw(received)
    assert holders(received) == set()
    other.close()


def test_what_is_redacted_since_is_nowhere_in_the_former_words(received: GroupRepository) -> None:
    share(received)
    term = f'name = "Empresa A"\nconfidential = ["{WORD}"]'
    received.write({".orch/config.toml": CONFIG.format(share="ask").replace('name = "Empresa A"', term)})
    received.orch("trust", "--yes")
    received.orch("push", *SOURCE)
    received.orch("pull", *TAKER)
    assert "[confidencial] dobrou" in received.orch("offers", *TAKER).out
    assert holders(received) == set()


def test_stores_from_before_are_written_anew_once(
    received: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(database, "ERASING", "secure_delete=OFF")
        before.setattr(folder_database, "OPENING", "pragma journal_mode = truncate;")
        before.setattr(folder_database, "_forget_deleted", lambda _db: None)
        before.setattr(Erasing, "note", lambda _self: None)
        before.setattr(Erasing, "within", lambda _self: nullcontext())
        share(received)
        withdraw(received)
        assert holders(received) == {"memory.db", "orch.db"}
    received.commit(
        "perf: y\n\nSolução: Redis na frente do catálogo\nShare: yes", {"empresas/a/y.py": "y = 1\n"}
    )
    received.orch("push", *SOURCE)
    received.orch("pull", *TAKER)
    assert holders(received) == set()
    assert _vacuums(received, monkeypatch) == 0


def _vacuums(group: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> int:
    wholes: list[bool] = []
    monkeypatch.setattr(Erasing, "_erase", lambda _self, *, whole: wholes.append(whole))
    group.commit("perf: x\n\nSolução: lotes na carga noturna\nShare: yes", {"empresas/a/x.py": "x = 1\n"})
    group.orch("push", *SOURCE)
    group.orch("pull", *TAKER)
    return sum(wholes)
