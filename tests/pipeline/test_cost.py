"""What a drain costs follows the news: counted in calls and rows, not in seconds."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator import rejudging
from orchestrator.git import process
from tests.flow.group import GroupRepository


@pytest.fixture
def learnt(group: GroupRepository) -> GroupRepository:
    """Four learnings of one author, read."""
    for n in range(4):
        message = f"fix: {n}\n\nSolução: a fila {n} de test.com ficou vazia com um índice parcial"
        group.commit(message, {f"empresas/a/{n}.py": "1"})
    group.orch("drain")
    return group


def by(group: GroupRepository, name: str, email: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_AUTHOR_NAME", name)
        patch.setenv("GIT_AUTHOR_EMAIL", email)
        group.commit("chore: first day", {"empresas/a/hello": name})


@pytest.mark.parametrize(
    ("name", "email", "texts"),
    [
        ("Rosalina Pilar", "rosalina@test.com", 0),  # test and com are in every text, and no name
        ("Ana Fila", "ana@example.com", 0),  # of her name one word is there
        ("Parcial da Fila", "p@example.com", 4),  # could be meant: judged anew
    ],
)
def test_a_new_author_has_only_texts_judged_that_may_name_them(
    learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch, name: str, email: str, texts: int
) -> None:
    judged: list[Any] = []
    real = rejudging._refresh

    def counted(desk: Any, some: Any, fewer: Any) -> bool:
        judged.extend(some)
        return real(desk, some, fewer)

    monkeypatch.setattr(rejudging, "_refresh", counted)
    by(learnt, name, email)
    learnt.orch("drain", "--json")
    assert len(judged) == texts


def test_reverts_cost_the_same_processes_however_many(
    learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ids that are there, of ids that are not, and of subjects alone."""
    ran: list[str] = []
    real = process.execute
    monkeypatch.setattr(process, "execute", lambda *a, **k: (ran.append(a[1][0]), real(*a, **k))[1])
    counts = []
    for many in (1, 4):
        before = learnt.git("rev-parse", "HEAD~2")
        for n in range(many):
            learnt.commit(f'Revert "fix: {n}"', {f"empresas/a/{n}.py": f"a{many}"})
            learnt.commit(
                f'Revert "fix: {n}"\n\nThis reverts commit {before}.', {"empresas/a/0.py": f"b{n}{many}"}
            )
            learnt.commit(
                f'Revert "fix: {n}"\n\nThis reverts commit {"1" * 40}.', {"empresas/a/1.py": f"c{n}{many}"}
            )
        ran.clear()
        learnt.orch("drain")
        counts.append(len([name for name in ran if name in ("rev-list", "merge-base")]))
    assert counts[0] == counts[1]


def test_merges_cost_one_process_a_batch(learnt: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    real = process.execute

    def counted(root: Any, arguments: Any, **more: Any) -> Any:
        started.append(arguments[0])
        return real(root, arguments, **more)

    def merges(n: int) -> int:
        for _merge in range(n):
            learnt.git("switch", "-q", "-c", "topic")
            learnt.commit("chore: y", {f"empresas/b/{len(started)}-{_merge}.py": "1"})
            learnt.git("switch", "-q", "main")
            learnt.git("merge", "-q", "--no-ff", "topic", "-m", "Merge\n\nReviewed-by: x <x@example.com>")
            learnt.git("branch", "-q", "-D", "topic")
        started.clear()
        learnt.orch("drain")
        return len(started)

    monkeypatch.setattr(process, "execute", counted)
    assert merges(1) == merges(4)
