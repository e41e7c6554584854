"""The same learning keeps its id through everything that git does to commits."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.flow.group import GroupRepository

LEARNT = "fix: x\n\nSolução: índice parcial resolveu a fila lenta do faturamento\n"
OTHER = {"empresas/a/outro.py": "# outro\n"}


def ids(group: GroupRepository, company: str = "empresa-a") -> set[str]:
    return {i["id"] for i in group.insights(company)}


def test_amend_that_changes_nothing_of_the_text(group: GroupRepository) -> None:
    group.commit(LEARNT)
    before = ids(group)
    group.write({"empresas/a/app.py": "# mais\n"})
    group.git("add", "-A")
    group.git("commit", "-q", "--amend", "--no-edit")
    (after,) = group.insights()
    assert {after["id"]} == before and len(before) == 1
    assert [e["commit"] for e in after["evidence"]] == [group.git("rev-parse", "HEAD")]


def test_amended_text_is_a_new_version_of_the_same_insight(group: GroupRepository) -> None:
    group.commit(LEARNT)
    (before,) = group.insights()
    group.git(
        "commit", "-q", "--amend", "-m", "fix: x\n\nSolução: um índice parcial resolveu a fila do faturamento"
    )
    (after,) = group.insights()
    assert after["id"] == before["id"]
    assert after["version"] != before["version"]
    assert "um índice parcial" in after["record"]["title"]


def test_rebase_and_cherry_pick(group: GroupRepository) -> None:
    group.git("switch", "-q", "-c", "topic")
    group.commit(LEARNT)
    before = ids(group)
    group.git("switch", "-q", "main")
    group.commit("chore: anda", OTHER)
    group.git("rebase", "-q", "main", "topic")
    assert ids(group) == before
    group.git("switch", "-q", "main")
    group.commit("chore: anda mais", {"empresas/a/x.py": "x"})
    group.git("cherry-pick", "topic")
    (after,) = group.insights()
    assert {after["id"]} == before
    assert len(after["evidence"]) == 2


def test_a_dropped_commit_supersedes_its_insight_and_coming_back_revives_it(group: GroupRepository) -> None:
    commit = group.commit(LEARNT)
    (before,) = group.insights()
    group.git("reset", "-q", "--hard", "HEAD~1")
    group.git("reflog", "expire", "--expire=now", "--all")
    assert group.insights() == []
    (gone,) = group.insights("empresa-a", "--all")
    assert gone["state"] == "superseded"
    group.git("merge", "-q", "--ff-only", commit)
    assert [i["id"] for i in group.insights()] == [before["id"]]


def test_the_same_id_in_another_clone(
    group: GroupRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    group.commit(LEARNT)
    clone = GroupRepository(tmp_path / "clone", monkeypatch, capsys)
    subprocess.run(["git", "clone", "-q", str(group.root), str(clone.root)], check=True)
    clone.orch("trust", "--yes")
    assert ids(clone) == ids(group)


def test_said_twice_is_one_insight_with_two_pieces_of_evidence(group: GroupRepository) -> None:
    group.commit(LEARNT)
    group.commit(LEARNT.replace("fix: x", "fix: y"), OTHER)
    (insight,) = group.insights()
    assert len(insight["evidence"]) == 2


def test_a_commit_for_two_companies_is_learnt_by_both_with_their_own_ids(group: GroupRepository) -> None:
    group.commit(LEARNT, {"empresas/a/x.py": "1", "empresas/b/x.py": "1"})
    a, b = ids(group, "empresa-a"), ids(group, "empresa-b")
    assert len(a) == len(b) == 1 and a != b


def test_shared_code_teaches_no_company(group: GroupRepository) -> None:
    group.commit(LEARNT, {"comum/x.py": "1"})
    assert group.insights("empresa-a") == group.insights("empresa-b") == []


def test_a_persons_words_win_over_a_later_commit(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    group.commit(LEARNT)
    (insight,) = group.insights()
    words = "Índice parcial\n\nTexto da pessoa, bem explicado.\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(words.encode()), "utf-8"))
    group.orch("review", "--edit", insight["id"])
    group.git("commit", "-q", "--amend", "-m", LEARNT.replace("fix: x", "fix: z"))
    (after,) = group.insights()
    assert after["id"] == insight["id"]
    assert after["record"]["content"] == "Texto da pessoa, bem explicado."


def test_a_company_that_joins_later_reads_the_whole_history(group: GroupRepository, tmp_path: Path) -> None:
    group.commit(LEARNT, {"empresas/c/x.py": "1"})
    group.orch("drain")
    config = group.root / ".orch/config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text + '[[company]]\nid = "empresa-c"\nname = "C"\npaths = ["empresas/c/**"]\n', encoding="utf-8"
    )
    group.orch("trust", "--yes")
    assert len(ids(group, "empresa-c")) == 1


def test_siblings_of_one_author_in_one_second_are_two_learnings(group: GroupRepository) -> None:
    """Two work trees, or a script on two branches: the same parent, author and second; no rewriting."""
    date = "2026-01-01T12:00:00+00:00"
    group.git("branch", "other")
    group.commit(LEARNT, date=date)
    first = ids(group)
    group.git("switch", "-q", "other")
    group.commit("fix: y\n\nSolução: o cache guarda a lista de filiais", OTHER, date=date)
    both = group.insights()
    assert len(both) == 2 and first < {i["id"] for i in both}


def test_two_histories_begun_in_one_second_are_two_learnings(group: GroupRepository) -> None:
    date = "2026-01-01T12:00:00+00:00"
    for branch, said in (("one", LEARNT), ("two", "fix: y\n\nSolução: o cache guarda a lista de filiais")):
        group.git("checkout", "-q", "--orphan", branch)
        group.commit(said, {f"empresas/a/{branch}.py": branch}, date=date)
        assert group.insights()
    assert len(group.insights()) == 2
