"""`orch search`: what is named is looked up, what is described is likened, and filters narrow both."""

from __future__ import annotations

import io
from typing import Any

import pytest

from orchestrator.memory import search as memory_search
from tests.flow.group import GroupRepository

CACHE = "perf: cache\n\nSolução: Redis na frente do catálogo reduziu a latência\nTechnology: redis"
QUEUE = "fix: fila\n\nSolução: escreva para plantao@exemplo.com.br quando a fila de pagamentos parar"
FILES = ({"empresas/a/catalogo/cache.py": "n = 1\n"}, {"empresas/a/fila/[id]/fila.py": "n = 1\n"})


@pytest.fixture
def learnt(group: GroupRepository) -> tuple[GroupRepository, str, str]:
    """The group and its two commits."""
    return group, group.commit(CACHE, FILES[0]), group.commit(QUEUE, FILES[1])


def found(group: GroupRepository, *arguments: str) -> list[dict[str, Any]]:
    hits: list[dict[str, Any]] = group.orch("search", *arguments, "-c", "empresa-a", "--json").data["hits"]
    return hits


def titles(group: GroupRepository, *arguments: str) -> list[str]:
    return ["cache" if "Redis" in hit["text"] + hit["title"] else "fila" for hit in found(group, *arguments)]


def test_what_is_named_is_found_and_nothing_else(learnt: tuple[GroupRepository, str, str]) -> None:
    group, cache, queue = learnt
    assert set(titles(group, cache)) == set(titles(group, cache[:8].upper())) == {"cache"}
    assert set(titles(group, queue[:7])) == {"fila"}
    assert found(group, cache[:10])[0]["why"] == f"aprendido no commit {cache[:10]}"
    hit = found(group, queue)[0]
    for name in (hit["id"], hit["id"][3:11], hit["id"][:9]):
        assert [h["id"] for h in found(group, name)] == [hit["id"]]
    for path in ("empresas/a/catalogo/cache.py", "empresas/a/catalogo", "empresas/a/catalogo/", "cache.py"):
        assert set(titles(group, path)) == {"cache"}
    assert set(titles(group, "empresas/a")) == {"cache", "fila"}


def test_what_is_not_named_is_likened(learnt: tuple[GroupRepository, str, str]) -> None:
    group = learnt[0]
    assert titles(group, "plantao@exemplo.com.br")[0] == "fila"  # an address that the text holds
    assert titles(group, "redis")[0] == "cache"
    assert titles(group, "payment queue stopped")[0] == "fila"
    assert titles(group, "nada/que/exista.py")  # no such path: by likeness
    assert titles(group, "0000000")  # no such commit
    assert group.orch("search", "  ", "--json", expect=2).error["code"]


def test_filters_narrow_both(learnt: tuple[GroupRepository, str, str]) -> None:
    group, cache, queue = learnt
    assert set(titles(group, "latência", "--path", "empresas/a/catalogo")) == {"cache"}
    assert set(titles(group, "latência", "--path", "empresas/a/catalogo/*.py")) == {"cache"}
    assert set(titles(group, "latência", "--path", "*/fila.py")) == {"fila"}
    assert set(titles(group, "latência", "--path", "empresas/a/fila/[id]/fila.py")) == {"fila"}
    assert set(titles(group, "latência", "--path", "empresas/a")) == {"cache", "fila"}
    assert titles(group, "latência", "--path", "empresas/b") == []
    assert titles(group, "latência", "--path", "' or 1 --") == []
    assert set(titles(group, queue, "--kind", "solution")) == {"fila"}
    assert titles(group, cache, "--kind", "pattern") == []
    assert set(titles(group, "fila", "--technology", "Redis")) == {"cache"}


def test_a_path_is_said_as_it_is_typed_in_the_folder(learnt: tuple[GroupRepository, str, str]) -> None:
    group = learnt[0]
    top = group.root
    for path in ("./empresas/a/catalogo/cache.py", f"{top}/empresas/a/catalogo", "empresas\\a\\catalogo"):
        assert set(titles(group, "latência", "--path", path)) == {"cache"}
    command = (
        "-C",
        "empresas/a/catalogo",
        "search",
        "latência",
        "--json",
        "--company",
        "empresa-a",
        "--path",
    )
    for path in ("cache.py", "./*.py", "../catalogo", "empresas/a/catalogo"):
        assert [h["kind"] for h in group.orch(*command, path).data["hits"]] == ["solution"]
    assert group.orch(*command, "../fila").data["hits"] != group.orch(*command, "..").data["hits"]
    assert "fora" in group.orch(*command, str(top.parent / "x"), expect=2).error["message"]


def test_an_unknown_company_is_named_with_those_known(learnt: tuple[GroupRepository, str, str]) -> None:
    said = learnt[0].orch("search", "latência", "--company", "empresa-a", "--from", "empresa-z").err
    assert "empresa-z" in said
    assert "empresa-b" in said


def test_a_path_stays_inside_the_company(learnt: tuple[GroupRepository, str, str]) -> None:
    group, cache, _queue = learnt
    for question in (("x", "--path", "empresas/a"), (cache,), ("empresas/a/catalogo/cache.py",)):
        assert group.orch("search", *question, "--company", "empresa-b", "--json").data["hits"] == []


def test_only_what_is_shared_and_only_what_a_company_taught(learnt: tuple[GroupRepository, str, str]) -> None:
    group = learnt[0]
    assert titles(group, "latência do catálogo", "--shared") == []
    (approved,) = [h["id"] for h in found(group, "Redis") if "Redis" in h["title"] + h["text"]][:1]
    group.orch("review", "--approve", approved)
    group.orch("push")
    group.orch("pull")
    assert titles(group, "latência do catálogo", "--shared") == ["cache"]
    assert titles(group, "latência do catálogo", "--shared", "--scope", "own") == ["cache"]
    theirs = group.orch("search", "latência", "--from", "empresa-a", "-c", "empresa-b", "--json").data["hits"]
    assert [hit["id"] for hit in theirs] == [approved]
    assert titles(group, "latência", "--from", "empresa-b") == []


def test_what_another_process_takes_away_meanwhile_is_left_out(
    learnt: tuple[GroupRepository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = memory_search.search

    def then_one_is_withdrawn(index: Any, *arguments: Any) -> Any:
        answer = real(index, *arguments)
        index.remove([answer.hits[0].ref])
        return answer

    assert titles(learnt[0], "redis") == ["cache", "fila"]
    monkeypatch.setattr(memory_search, "search", then_one_is_withdrawn)
    assert titles(learnt[0], "redis") == ["fila"]


def test_nothing_like_it_is_known_is_said_above_the_list(learnt: tuple[GroupRepository, str, str]) -> None:
    group, cache, _queue = learnt
    line = ("search", "--company", "empresa-a")
    near = ("redis", "latência do catálogo", "plantao@exemplo.com.br", cache)
    for question in (*near, f"commit {cache}"):
        found = group.orch(*line, question, "--json").data
        assert found["near"] and found["notes"] == [], question
    for question in (
        "trocar o pneu da bicicleta",
        "outro@exemplo.com.br",
        "nada/que/exista.py",
        "0a1b2c3d",
    ):
        found = group.orch(*line, question, "--json").data
        assert not found["near"] and found["notes"] == ["nada parecido é conhecido; o mais próximo que há:"]
        assert found["hits"], question  # said, not hidden
        assert found["notes"][0] in group.orch(*line, question).err


def test_what_holds_every_word_is_told_from_what_is_only_like_it(
    learnt: tuple[GroupRepository, str, str],
) -> None:
    group = learnt[0]
    lines = group.orch("search", "Redis", "--company", "empresa-a").out.splitlines()
    assert [" = " in line for line in lines] == [True, False]


def test_an_edit_that_waits_is_not_told_as_what_the_group_has(
    learnt: tuple[GroupRepository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    group = learnt[0]
    (approved,) = [h["id"] for h in found(group, "Redis") if "Redis" in h["title"] + h["text"]][:1]
    group.orch("review", "--approve", approved)
    group.orch("push")
    line = ("search", "catálogo", "--company", "empresa-a", "--shared")
    assert group.orch(*line, "--json").data["hits"][0]["newer_waits"] is False
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Redis segura o catálogo".encode())))
    group.orch("review", "--edit", approved)
    assert group.orch(*line, "--json").data["hits"][0]["newer_waits"] is True
    assert "(espera `orch review`; o grupo tem o texto anterior)" in group.orch(*line).out


def test_a_date_that_is_none_is_refused(group: GroupRepository) -> None:
    for command in (("search", "x"), ("audit",), ("history", "backfill"), ("report", "-c", "empresa-a")):
        assert "''" in group.orch(*command, "--since", "", "--json", expect=2).error["message"]


def test_a_technology_has_one_name_whoever_wrote_it(learnt: tuple[GroupRepository, str, str]) -> None:
    group, _cache, _queue = learnt
    group.orch("add", "A conexão cai em ociosidade", "--company", "empresa-a", "--technology", "postgres")
    for asked in ("postgres", "PostgreSQL", "psycopg2"):
        found = group.orch("search", "conexão", "--technology", asked, "--json").data["hits"]
        assert [hit["title"] for hit in found] == ["A conexão cai em ociosidade"]


def test_add_says_whether_a_person_is_waited_for(group: GroupRepository) -> None:
    said = group.orch("add", "O lote noturno cabe em uma hora", "--company", "empresa-a").out
    assert "orch review" in said
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text("utf-8").replace('share = "ask"', 'share = "auto"'), "utf-8")
    group.orch("trust", "--yes")
    said = group.orch("add", "O lote diurno cabe em dez minutos", "--company", "empresa-a").out
    assert "orch push" in said and "orch review" not in said


@pytest.mark.parametrize(
    "question", ["bruno.lima@example.com", "Bruno Lima", "bruno lima", "BRUNO.LIMA@example.com"]
)
def test_an_author_is_looked_up(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    group.commit("fix: a\n\nSolução: a fila de bruno ficou leve com um índice por lima e cliente")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Bruno Lima")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "bruno.lima@example.com")
    group.commit("fix: b\n\nSolução: gzip no gateway cortou o tráfego")
    hits = found(group, question)
    assert ["gzip" in f["title"] for f in hits] == [True], hits


@pytest.mark.parametrize(
    "spelt", ["./empresas/a/lote.py", "{root}/empresas/a/lote.py", "empresas\\a\\lote.py"]
)
def test_a_path_is_looked_up_as_the_shell_has_it(group: GroupRepository, spelt: str) -> None:
    group.commit("fix: a\n\nSolução: a fila em lote ficou leve com um índice", {"empresas/a/fila.py": "1"})
    commit = group.commit("fix: b\n\nSolução: gzip no gateway cortou o tráfego", {"empresas/a/lote.py": "1"})
    for question in (spelt.format(root=group.root), f"commit {commit[:9]}"):
        hits = found(group, question)
        assert ["gzip" in f["title"] for f in hits] == [True], (question, hits)


@pytest.mark.parametrize(
    ("question", "only"), [("HEAD", "lotes"), ("commit HEAD", "lotes"), ("HEAD~1", "gzip"), ("@^", "gzip")]
)
def test_what_git_counts_from_head_is_looked_up(group: GroupRepository, question: str, only: str) -> None:
    group.commit("fix: a\n\nSolução: gzip no gateway cortou o tráfego")
    group.commit("fix: b\n\nSolução: lotes na carga noturna", {"empresas/a/b.py": "1"})
    assert [only in hit["title"] for hit in found(group, question)] == [True]
    group.commit("chore: nada", {"empresas/a/c.py": "1"})
    answer = group.orch("search", "HEAD", "-c", "empresa-a", "--json").data
    assert not answer["near"]  # that commit taught nothing
    assert found(group, "HEAD~99")  # no such commit: words


@pytest.mark.parametrize("question", ["🚀", " 🚀\ufe0f ", "⚡", "⚡️"])
def test_an_emoji_is_looked_up_where_it_stands(group: GroupRepository, question: str) -> None:
    group.commit("fix: a\n\nSolução: gzip no gateway cortou o tráfego")
    group.commit("fix: b\n\nSolução: lotes na carga noturna 🚀 ⚡️", {"empresas/a/b.py": "1"})
    assert ["lotes" in hit["title"] for hit in found(group, question)] == [True]
    assert found(group, question, "--kind", "pattern") == []
    assert found(group, "🐙") == []


def test_a_companys_id_finds_what_it_taught(group: GroupRepository) -> None:
    group.commit("fix: a\n\nSolução: gzip no gateway cortou o tráfego\nShare: yes")
    group.commit("fix: b\n\nSolução: lotes na carga noturna\nShare: yes", {"empresas/b/b.py": "1"})
    group.orch("push")
    group.orch("pull")
    for question, title in (("empresa-a", "gzip"), ("Empresa-B", "lotes")):
        for asker in ("empresa-a", "empresa-b"):
            hits = group.orch("search", question, "-c", asker, "--json").data["hits"]
            assert [title in hit["title"] for hit in hits] == [True], (question, asker, hits)
    hits = found(group, "carga da empresa-a")  # among other words it is one of them
    assert {hit["company"] for hit in hits} == {"empresa-a", "empresa-b"}


def test_a_path_finds_what_was_learnt_there_before_it_was_renamed(group: GroupRepository) -> None:
    cache = "\n".join(f"linha {n} do cache" for n in range(20))
    group.commit("fix: a\n\nSolução: Redis na frente do catálogo", {"empresas/a/catalogo/cache.py": cache})
    group.commit("fix: b\n\nSolução: lotes na carga noturna", {"empresas/a/carga/lote.py": "lotes\n" * 9})
    group.orch("drain")
    group.git("mv", "empresas/a/catalogo", "empresas/a/vitrine")
    group.git("commit", "-q", "-m", "refactor: vitrine")
    for path in ("empresas/a/vitrine", "empresas/a/vitrine/*.py", "empresas/a/catalogo"):
        assert titles(group, "latência", "--path", path) == ["cache"], path
    assert titles(group, "empresas/a/vitrine/cache.py") == titles(group, "cache.py") == ["cache"]
    assert titles(group, "latência", "--path", "empresas/a/vit") == []


def test_what_is_named_is_narrowed_before_it_is_counted(group: GroupRepository) -> None:
    """The newest of those that the filters admit, and not those of the newest that they admit."""
    group.commit("fix: a\n\nSolução: gzip no gateway cortou o tráfego 🚀", date="2026-01-01T10:00:00Z")
    for day in (2, 3, 4):
        lesson = f"Insight: a fila {day} tem o seu próprio tempo de resposta 🚀"
        group.commit(f"fix: {day}\n\n{lesson}", date=f"2026-01-0{day}T10:00:00Z")
    for question in ("empresa-a", "empresas/a", "🚀"):
        (hit,) = found(group, question, "--kind", "solution", "--limit", "1")
        assert "gzip" in hit["title"] and hit["score"] == 100, question
        newest = [hit["title"][:8] for hit in found(group, question, "--limit", "2")]
        assert newest == ["a fila 4", "a fila 3"], question
