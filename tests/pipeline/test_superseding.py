"""A newer learning takes the place of an older one: by trailer, by revert, by a record's status."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.flow.group import GroupRepository
from tests.pipeline.test_departed import push

OLD = "fix: x\n\nSolução: o cache Redis guarda a lista de filiais por dez minutos no balcão\n"
NEW = "fix: y\n\nSolução: a lista de filiais vem de uma visão materializada, sem cache nenhum\n{trailer}\n"
ADR = """# Filas em RabbitMQ

## Status

{status}

## Decisão

Guardamos as filas do faturamento em RabbitMQ, porque o time já opera isso todos os dias.
"""


def states(group: GroupRepository) -> dict[str, str]:
    """First words of a title → state."""
    found = group.insights("empresa-a", "--all")
    return {" ".join(i["record"]["title"].split()[:2]): i["state"] for i in found}


def learn(group: GroupRepository, message: str, name: str = "n") -> str:
    return group.commit(message, {f"empresas/a/{name}.py": name})


@pytest.fixture
def old(group: GroupRepository) -> dict[str, Any]:
    commit = learn(group, OLD, "old")
    (insight,) = group.insights()
    return {"id": insight["id"], "commit": commit}


@pytest.mark.parametrize("key", ["Supersedes", "Substitui"])
@pytest.mark.parametrize("named", ["id", "digits", "commit", "short"])
def test_a_trailer_names_what_it_takes_the_place_of(
    group: GroupRepository, old: dict[str, Any], key: str, named: str
) -> None:
    name = {
        "id": old["id"], "digits": old["id"][3:11], "commit": old["commit"], "short": old["commit"][:9],
    }[named]  # fmt: skip
    learn(group, NEW.format(trailer=f"{key}: {name}"))
    (new,) = group.insights()
    assert states(group) == {"o cache": "superseded", "a lista": "active"}
    shown = group.orch("show", old["id"], "--json").data
    assert shown["superseded_by"]["successor"] == new["id"]
    assert new["id"] in group.orch("show", old["id"]).out


def test_a_revert_takes_back_what_its_commit_taught_and_reverting_that_brings_it_back(
    group: GroupRepository, old: dict[str, Any]
) -> None:
    group.git("revert", "--no-edit", old["commit"])
    assert states(group) == {"o cache": "superseded"}
    assert group.orch("show", old["id"], "--json").data["superseded_by"]["why"] == "revert"
    group.git("revert", "--no-edit", "HEAD")
    assert states(group) == {"o cache": "active"}


def test_the_revert_of_a_merge_takes_back_all_that_it_brought(group: GroupRepository) -> None:
    group.git("switch", "-q", "-c", "lotes")
    learn(group, OLD, "old")
    learn(group, NEW.format(trailer=""), "new")
    group.git("switch", "-q", "main")
    group.git("merge", "-q", "--no-ff", "-m", "Merge branch 'lotes'", "lotes")
    group.git("branch", "-q", "-D", "lotes")
    assert states(group) == {"o cache": "active", "a lista": "active"}
    group.git("revert", "--no-edit", "-m", "1", "HEAD")
    assert states(group) == {"o cache": "superseded", "a lista": "superseded"}
    group.git("revert", "--no-edit", "HEAD")
    assert states(group) == {"o cache": "active", "a lista": "active"}


def test_a_message_may_not_widen_what_a_merge_brought(group: GroupRepository, old: dict[str, Any]) -> None:
    """Only with a parent of the merge; else one line could take back a whole history."""
    root = group.git("rev-list", "--max-parents=0", "HEAD").strip()
    head = group.git("rev-parse", "HEAD").strip()
    learn(group, f'Revert "x"\n\nThis reverts commit {head[:-1]}, reversing\nchanges made to {root}.\n')
    assert states(group)["o cache"] == "superseded"  # it is named
    learn(group, NEW.format(trailer=""), "new")
    learn(group, f'Revert "y"\n\nThis reverts commit {"0" * 40}, reversing\nchanges made to {root}.\n', "z")
    assert states(group)["a lista"] == "active"


def test_a_revert_that_was_rebased_with_its_commit_still_takes_it_back(
    group: GroupRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It names an id that the rebase left behind; another clone, which never saw that, agrees."""
    group.git("switch", "-q", "-c", "lotes")
    learn(group, OLD, "old")
    group.git("revert", "--no-edit", "HEAD")
    assert states(group) == {"o cache": "superseded"}
    group.git("switch", "-q", "main")
    learn(group, "docs: outro assunto", "other")
    group.git("rebase", "-q", "main", "lotes")
    assert states(group) == {"o cache": "superseded"}
    clone = GroupRepository(tmp_path / "clone", monkeypatch, capsys)
    subprocess.run(["git", "clone", "-q", str(group.root), str(clone.root)], check=True)
    clone.orch("trust", "--yes")
    assert states(clone) == {"o cache": "superseded"}


@pytest.mark.parametrize(
    "revert",
    [
        'Revert "fix: x (#12)" (#13)\n\nReverts acme/loja#12',
        'Revert "O cache da loja" (#13)\n\nReverts acme/loja#12',
        'AUP-12: Revert "fix: x (#12)"',
        'fix(fila): Revert "fix: x (#12)"\n\nThis reverts commit {commit}.',
        "[AUP-12] Reverte o cache\n\nThis reverts commit {commit}.",
        "AUP-12 revert: o cache\n\nThis reverts commit {commit}.",
    ],
)
def test_reverts_as_forges_and_hooks_word_them(group: GroupRepository, revert: str) -> None:
    commit = learn(group, OLD.replace("fix: x", "fix: x (#12)"), "n")
    assert states(group) == {"o cache": "active"}
    group.commit(revert.format(commit=commit), {"empresas/a/n.py": "before"})
    assert states(group) == {"o cache": "superseded"}


def test_a_subject_alone_reverts_the_newest_with_a_common_path(group: GroupRepository) -> None:
    group.commit(OLD, {"empresas/a/1.py": "1"}, date="2026-01-01T00:00:00Z")
    group.commit('Revert "fix: x"', {"empresas/a/2.py": "2"}, date="2026-01-02T00:00:00Z")  # of other files
    assert states(group) == {"o cache": "active"}
    group.commit("fix: x\n\nsem nada que se aprenda", {"empresas/a/1.py": "3"}, date="2026-01-03T00:00:00Z")
    group.commit('Revert "fix: x"', {"empresas/a/1.py": "1"}, date="2026-01-04T00:00:00Z")  # of the newer one
    assert states(group) == {"o cache": "active"}
    group.commit('Partial revert "fix: x"', {"empresas/a/1.py": "4"}, date="2026-01-05T00:00:00Z")
    assert states(group) == {"o cache": "active"}


def test_what_only_speaks_of_a_revert_reverts_nothing(group: GroupRepository, old: dict[str, Any]) -> None:
    learn(group, f"feat: junta o ramo\n\nThis reverts commit {old['commit']}.\n")
    assert states(group) == {"o cache": "active"}


def test_what_is_said_again_later_stands(group: GroupRepository, old: dict[str, Any]) -> None:
    group.commit(
        NEW.format(trailer=f"Supersedes: {old['id']}"), {"empresas/a/1": "1"}, date="2030-01-01T00:00:00Z"
    )
    assert states(group)["o cache"] == "superseded"
    group.commit(OLD.replace("fix: x", "fix: w"), {"empresas/a/2": "2"}, date="2030-01-02T00:00:00Z")
    assert states(group) == {"o cache": "active", "a lista": "active"}


def test_when_the_newer_one_leaves_history_the_older_one_stands_again(
    group: GroupRepository, old: dict[str, Any]
) -> None:
    learn(group, NEW.format(trailer=f"Supersedes: {old['id']}"))
    group.insights()
    group.git("reset", "-q", "--hard", "HEAD~1")
    assert states(group)["o cache"] == "active"
    assert group.insights()[0]["id"] == old["id"]


def test_the_newer_one_may_be_read_first(group: GroupRepository) -> None:
    """Another clone reads the branch with the newer one before the branch with the older one."""
    group.git("switch", "-q", "-c", "old")
    commit = learn(group, OLD, "old")
    group.git("switch", "-q", "-c", "new", "main")
    learn(group, NEW.format(trailer=f"Supersedes: {commit}"))
    group.git("branch", "-q", "-D", "old")
    assert states(group) == {"a lista": "active"}
    group.git("branch", "old", commit)
    assert states(group) == {"o cache": "superseded", "a lista": "active"}


def test_it_is_found_below_the_newer_one_and_taken_from_the_remotes(
    group: GroupRepository, old: dict[str, Any]
) -> None:
    group.orch("review", "--approve", old["id"])
    assert push(group) == {"create": 3}
    learn(group, NEW.format(trailer=f"Supersedes: {old['id']}"))
    assert push(group) == {"retract": 3}
    found = group.orch("search", "cache Redis da lista de filiais", "-c", "empresa-a", "--json").data["hits"]
    assert [f["state"] for f in found] == ["active", "superseded"]
    query = ("search", "cache Redis da lista de filiais", "--company", "empresa-a", "--limit", "1")
    (first,) = group.orch(*query, "--json").data["hits"]
    assert first["state"] == "active"


def test_a_chain_is_found_newest_first_however_many_words_the_oldest_shares(group: GroupRepository) -> None:
    last = OLD
    for n, what in enumerate(("", "fila de eventos do estoque entregue em ordem", "tabela única por balcão")):
        text = f"fix: {n}\n\nSolução: {what}\nSubstitui: {last}\n" if what else OLD
        last = learn(group, text, f"n{n}")
    for n in range(12):  # so that words count as in a store of some size
        group.orch("add", f"assunto {n} de outra coisa", "--company", "empresa-a")
    query = "cache Redis guarda a lista de filiais por dez minutos no balcão"
    found = group.orch("search", query, "--company", "empresa-a", "--limit", "3", "--json").data["hits"]
    assert [f["state"] for f in found] == ["active", "superseded", "superseded"]
    assert "tabela" in found[0]["title"] and found[0]["score"] > found[1]["score"]


def test_a_record_whose_status_says_so(group: GroupRepository) -> None:
    first, second = "empresas/a/docs/adr/0001-filas.md", "empresas/a/docs/adr/0002-kafka.md"
    group.commit("docs: decide", {first: ADR.format(status="Aceita")})
    (before,) = group.insights()
    text = ADR.format(status="Aceita").replace("RabbitMQ", "Kafka")
    status = "Substituída por [0002](0002-kafka.md)"
    group.commit("docs: decide de novo", {second: text, first: ADR.format(status=status)})
    (now,) = group.insights()
    assert "Kafka" in now["record"]["title"]
    shown = group.orch("show", before["id"], "--json").data
    assert shown["state"] == "superseded" and shown["superseded_by"]["successor"] == now["id"]


@pytest.mark.parametrize(
    "said", ["i1-", "tudo", "0" * 40, "i1-ffffffffffffffff", "' or 1=1 --", "\u202e", "a" * 5000]
)
def test_a_trailer_that_names_nothing_does_nothing(
    group: GroupRepository, old: dict[str, Any], said: str
) -> None:
    learn(group, NEW.format(trailer=f"Supersedes: {said}"))
    assert states(group)["o cache"] == "active"
