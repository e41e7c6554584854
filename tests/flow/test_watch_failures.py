"""A watch says which company's store cannot be used, once, and goes on for the others."""

from __future__ import annotations

from orchestrator.app.watching import Session
from tests.flow.group import GroupRepository

LEARNT = "fix: x\n\nSolução: índice parcial resolveu a fila lenta do faturamento\n"


def test_a_damaged_store_is_said_once_and_again_when_it_works(group: GroupRepository) -> None:
    said: list[str] = []
    session = Session(group.root, said.append, str, documents=False)
    session.take_in(frozenset())
    (store,) = (group.root / ".orch/companies/empresa-b").glob("*.db")
    whole = store.read_bytes()
    store.write_bytes(b"no store" * 1000)
    for n in range(2):
        group.commit(LEARNT, {f"empresas/a/{n}.py": "1"})
        session.take_in(frozenset())
    assert sum("empresa-b" in words for words in said) == 1
    assert sum("empresa-a" in words for words in said) == 1  # the learning, in spite of it
    store.write_bytes(whole)
    said.clear()
    session.take_in(frozenset())
    assert len(said) == 1
