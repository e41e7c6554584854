"""What becomes of a learning whose commit leaves history, and of what was pushed of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.flow.group import GroupRepository

LEARNT = "fix: x\n\nSolução: índice parcial resolveu a fila lenta do faturamento\n"
REWORDED = "fix: x\n\nSolução: um índice parcial resolveu a fila do faturamento\n"
ADR = """# Filas em {where}

## Decisão

Guardamos as filas do faturamento em {where}, porque o time já opera isso todos os dias.
"""
MANIFEST = '{"name": "fila-do-faturamento", "description": "Fila", "version": "1.0.0"}'


def prune(group: GroupRepository) -> None:
    group.git("reflog", "expire", "--expire=now", "--all")
    group.git("gc", "-q", "--prune=now")


def pushed(group: GroupRepository) -> dict[str, str]:
    """What lies in the shared folder: file → text."""
    files = (group.root.parent / "shared").rglob("*.md")
    return {str(f): f.read_text(encoding="utf-8") for f in files}


def objects(group: GroupRepository) -> list[str]:
    """The insights that the remote has objects of, once for each; a page is known by its title."""
    lines = (line for text in pushed(group).values() for line in text.splitlines())
    return sorted(line for line in lines if line.startswith("key: "))


def push(group: GroupRepository) -> dict[str, int]:
    """Push empresa-a's; what was written, by action."""
    ran = group.orch("push", "--company", "empresa-a", "--json", expect=None)
    counts: dict[str, int] = {}
    for report in ran.data["empresa-a"]:
        for action, n in report["counts"].items():
            counts[action] = counts.get(action, 0) + n
    return {action: n for action, n in counts.items() if n and action in ("create", "update", "retract")}


@pytest.fixture
def shared(group: GroupRepository) -> GroupRepository:
    """A learning, approved and pushed."""
    group.commit(LEARNT)
    group.orch("review", "--approve", group.insights()[0]["id"])
    assert push(group) == {"create": 3}
    return group


# ---------------------------------------------------------------- on the remotes


def test_an_amended_learning_updates_the_same_objects(shared: GroupRepository) -> None:
    before = objects(shared)
    assert len(before) == 2
    shared.git("commit", "-q", "--amend", "-m", REWORDED)
    shared.orch("review", "--approve", shared.insights()[0]["id"])
    assert push(shared) == {"update": 3}
    assert objects(shared) == before
    assert all("um índice parcial" in text for text in pushed(shared).values())


def test_a_dropped_learning_is_retracted(shared: GroupRepository) -> None:
    shared.git("reset", "-q", "--hard", "HEAD~1")
    assert push(shared) == {"retract": 3}
    assert push(shared) == {}


def test_a_dropped_and_pruned_learning_is_retracted(shared: GroupRepository) -> None:
    shared.git("reset", "-q", "--hard", "HEAD~1")
    prune(shared)
    assert push(shared) == {"retract": 3}


def test_a_rebased_learning_writes_nothing(shared: GroupRepository) -> None:
    shared.git("switch", "-q", "-c", "other", "HEAD~1")
    shared.commit("chore: anda", {"empresas/a/outro.py": "1"})
    before = pushed(shared)
    shared.git("rebase", "-q", "other", "main")
    prune(shared)
    assert push(shared) == {}
    assert pushed(shared) == before


@pytest.mark.parametrize("commits", [7, 40])
def test_a_clock_that_went_back_retracts_nothing(
    shared: GroupRepository, commits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits older than all that they follow from: git's own subtraction lists what they reach as gone."""
    before = pushed(shared)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@0 +0000")
    for n in range(commits):
        shared.git("commit", "-q", "--allow-empty", "-m", f"chore: {n}")
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    assert push(shared) == {} and pushed(shared) == before
    shared.git("reset", "-q", "--hard", f"HEAD~{commits + 1}")
    assert push(shared) == {"retract": 3}, "what really left is still seen"


MESSAGES = (LEARNT, "m2\n\nSolução: a chave do lote evita a baixa duplicada\n")


@pytest.mark.parametrize("how", ["git", "forge", "rebase", "rebase without hooks"])
def test_a_squash_carries_on_what_its_commits_taught(
    group: GroupRepository, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Approved and pushed on a branch; the branch goes, and every word stands in main's commit."""
    group.git("switch", "-q", "-c", "feat")
    for n, message in enumerate(MESSAGES):
        group.commit(message, {f"empresas/a/{n}.py": "1"})
    before = {i["id"] for i in group.insights()}
    for known in before:
        group.orch("review", "--approve", known)
    assert push(group) == {"create": 6}
    if how.startswith("rebase"):
        if how == "rebase":
            group.orch("hooks", "install")
        monkeypatch.setenv("GIT_SEQUENCE_EDITOR", "sed -i 2s/pick/squash/")
        monkeypatch.setenv("GIT_EDITOR", "true")
        group.git("rebase", "-q", "-i", "main")
    else:
        group.git("switch", "-q", "main")
        group.git("merge", "-q", "--squash", "feat")
        forge = "Feat (#1)\n\n" + "\n\n".join(f"* {m.strip()}" for m in MESSAGES)
        group.git("commit", "-q", *(("--no-edit",) if how == "git" else ("-m", forge)))
        group.git("branch", "-q", "-D", "feat")
    assert push(group) == {}
    assert {i["id"] for i in group.insights()} == before
    assert all(
        [e["commit"] for e in i["evidence"]] == [group.git("rev-parse", "HEAD")] for i in group.insights()
    )
    group.git("commit", "-q", "--amend", "-m", "feat: nada disso")
    assert push(group) == {"retract": 6}, "words that are gone are gone"


UNSPOKEN = (
    "perf(fila): índice parcial na fila de faturamento\n\nA consulta cai de 900 ms para 120 ms.",
    "perf(lote): chave composta no lote de baixas\n\nO fechamento cai de 40 minutos para 6 minutos.",
)


@pytest.mark.parametrize("drained", ["after all", "before the branch goes", "and main went on"])
@pytest.mark.parametrize("how", ["git", "forge", "by hand"])
def test_a_squash_carries_on_what_nobody_wrote_as_a_trailer(
    group: GroupRepository, how: str, drained: str
) -> None:
    """Also where the squash had been read by the time that its branch goes."""
    group.commit("chore: base", {"empresas/a/base.py": "1"})
    group.git("switch", "-q", "-c", "feat")
    for n, message in enumerate(UNSPOKEN):
        group.commit(message, {f"empresas/a/{n}.py": "1"})
    before = {i["id"] for i in group.insights()}
    assert len(before) == 2
    for known in before:
        group.orch("review", "--approve", known)
    assert push(group) == {"create": 6}
    group.git("switch", "-q", "main")
    group.git("merge", "-q", "--squash", "feat")
    told = {"git": "", "forge": "Feat (#1)\n\n* " + "\n\n* ".join(UNSPOKEN), "by hand": "\n\n".join(UNSPOKEN)}
    group.git("commit", "-q", *(("-m", told[how]) if told[how] else ("--no-edit",)))
    squash = group.git("rev-parse", "HEAD")
    if drained != "after all":
        group.orch("drain")
    if drained == "and main went on":
        group.commit("chore: mais", {"empresas/a/mais.py": "1"})
        group.orch("drain")
    group.git("branch", "-q", "-D", "feat")
    assert push(group) == {}
    assert {i["id"] for i in group.insights()} == before
    assert all([e["commit"] for e in i["evidence"]] == [squash] for i in group.insights())
    group.git("reset", "-q", "--hard", f"{squash}~1")
    assert push(group) == {"retract": 6}


@pytest.mark.parametrize("how", ["pruned", "of two roots"])
def test_a_squash_is_found_however_the_branches_went(group: GroupRepository, how: str) -> None:
    """Read before they went; then git has their commits no more, or they have nothing in common."""
    group.git("switch", "-q", "-c", "feat")
    group.commit(UNSPOKEN[0], {"empresas/a/0.py": "1"})
    branches = ["feat"]
    if how == "of two roots":
        group.git("checkout", "-q", "--orphan", "other")
        branches.append("other")
    group.commit(UNSPOKEN[1], {"empresas/a/1.py": "1"})
    before = {i["id"] for i in group.insights()}
    assert len(before) == 2
    group.git("switch", "-q", "main")
    group.commit("\n\n".join(("feat: tudo", *UNSPOKEN)), {"empresas/a/0.py": "1", "empresas/a/1.py": "1"})
    group.commit("chore: mais", {"empresas/a/mais.py": "1"})
    group.orch("drain")
    group.git("branch", "-q", "-D", *branches)
    if how == "pruned":
        prune(group)
    assert {i["id"] for i in group.insights()} >= before
    squash = group.git("rev-parse", "HEAD~1")
    assert all(
        [e["commit"] for e in i["evidence"]] == [squash] for i in group.insights() if i["id"] in before
    )


def test_other_paths_take_nothing_back_unasked(shared: GroupRepository) -> None:
    """A company's folder is renamed, in git and in the configuration: only a person's word retracts."""
    before = pushed(shared)
    shared.git("mv", "empresas/a", "empresas/z")
    config = shared.root / ".orch/config.toml"
    config.write_text(config.read_text().replace("empresas/a/", "empresas/z/"))
    shared.git("commit", "-q", "-a", "-m", "chore: a pasta muda de nome")
    told = shared.orch("trust", "--yes").err
    assert "empresa-a: 1 " in told and "empresas/a/" in told, told
    assert push(shared) == {} and pushed(shared) == before
    shared.commit("fix: y\n\nSolução: a pasta nova ensina também\n", {"empresas/z/y.py": "1"})
    assert len(shared.insights()) == 2
    assert "orch withdraw --elsewhere" in shared.orch("status").out
    shared.orch("withdraw", "--elsewhere", "--company", "empresa-a")
    assert push(shared) == {"retract": 3}
    assert [i["record"]["title"] for i in shared.insights()] == ["a pasta nova ensina também"]
    assert "--elsewhere" not in shared.orch("status").out


def test_what_is_anothers_by_the_new_paths_is_not_shared_anew_unasked(group: GroupRepository) -> None:
    """What makes a look necessary is asked of its commits too, though they are no longer the company's."""
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().replace('share = "ask"', 'share = "auto"'))
    group.orch("trust", "--yes")
    group.commit(LEARNT)
    (known,) = group.insights()
    outcome = lambda: group.orch("show", known["id"], "--json").data["verdict"]["outcome"]  # noqa: E731
    assert outcome() == "allow"
    text = config.read_text().replace('"empresas/a/**"', '"empresas/c/**"', 1)
    config.write_text(text.replace('"empresas/b/**"', '"empresas/a/**", "empresas/b/**"'))
    group.orch("trust", "--yes")
    group.orch("drain")
    assert outcome() == "review"


# ---------------------------------------------------------------- in the store


def test_what_stays_of_an_insight_tells_it_anew(group: GroupRepository) -> None:
    """A document's later text was dropped with its commit: the earlier one is what history says."""
    path = "empresas/a/docs/adr/0001-filas.md"
    group.commit("docs: decide", {path: ADR.format(where="RabbitMQ")})
    (before,) = group.insights()
    group.commit("docs: decide de novo", {path: ADR.format(where="Kafka")})
    (between,) = group.insights()
    assert between["id"] == before["id"] and "Kafka" in between["record"]["title"]
    group.git("reset", "-q", "--hard", "HEAD~1")
    (after,) = group.insights()
    assert after["record"] == before["record"] and after["id"] == before["id"]
    assert [e["commit"] for e in after["evidence"]] == [group.git("rev-parse", "HEAD")]


@pytest.mark.parametrize("how", ["amend", "rebase", "drop and pick"])
def test_a_new_component_outlives_the_rewriting_of_its_commit(group: GroupRepository, how: str) -> None:
    files = {"empresas/a/fila/package.json": MANIFEST, "empresas/a/fila/index.js": "1"}
    made = group.commit("feat: fila", files)
    (before,) = group.insights()
    assert before["record"]["kind"] == "component"
    if how == "amend":
        group.git("commit", "-q", "--amend", "-m", "feat: a fila do faturamento")
    elif how == "rebase":
        group.git("switch", "-q", "-c", "other", "HEAD~1")
        group.commit("chore: anda", {"empresas/a/outro.py": "1"})
        group.git("rebase", "-q", "other", "main")
    else:
        group.git("reset", "-q", "--hard", "HEAD~1")
        assert group.insights() == []
        group.commit("chore: anda", {"empresas/a/outro.py": "1"})
        group.git("cherry-pick", made)
    (after,) = group.insights()
    assert after["id"] == before["id"] and after["state"] == "active"


def test_a_component_stays_when_another_of_its_name_is_dropped(group: GroupRepository) -> None:
    """Two folders, one name: two learnings. The second leaves with its commit; the first is what it was."""
    group.commit("feat: fila", {"empresas/a/fila/package.json": MANIFEST})
    (before,) = group.insights()
    group.commit("feat: cópia", {"empresas/a/copia/package.json": MANIFEST})
    assert {before["id"]} < {i["id"] for i in group.insights()} and len(group.insights()) == 2
    group.git("reset", "-q", "--hard", "HEAD~1")
    (after,) = group.insights()
    assert after["id"] == before["id"] and len(after["evidence"]) == 1


def test_a_reworded_commit_that_is_picked_teaches_no_second_insight(group: GroupRepository) -> None:
    group.git("branch", "other")
    group.commit(LEARNT)
    (before,) = group.insights()
    group.git("commit", "-q", "--amend", "-m", REWORDED)
    group.orch("drain")
    group.git("switch", "-q", "other")
    group.commit("chore: anda", {"empresas/a/outro.py": "1"})
    group.git("cherry-pick", "main")
    (after,) = group.insights()
    assert after["id"] == before["id"] and len(after["evidence"]) == 2


def test_a_rewrite_between_a_change_of_paths_and_the_next_drain_is_seen(group: GroupRepository) -> None:
    """What makes everything be read anew must not hide what left meanwhile."""
    group.commit(LEARNT)
    group.orch("drain")
    config = Path(group.root / ".orch/config.toml")
    config.write_text(config.read_text().replace('"empresas/a/**"', '"empresas/a/**", "empresas/c/**"'))
    group.orch("trust", "--yes")
    group.git("reset", "-q", "--hard", "HEAD~1")
    found: Any = group.insights()
    assert found == []
