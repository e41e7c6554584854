"""A commit that is rewritten: what it still says stays what it was, what is like it takes its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.pipeline.test_departed import push

QUEUE = "um índice parcial na tabela de notas acaba com a fila lenta do faturamento"
QUEUE_AGAIN = "um índice parcial na tabela de notas acaba de vez com a fila lenta do faturamento"
CACHE = "o cache por filial evita consultas repetidas ao cadastro de preços"
CACHE_AGAIN = "o cache por filial evita as consultas repetidas ao cadastro de preços da loja"
LOCK = "a trava consultiva do Postgres impede duas baixas do mesmo boleto"
DAY = "2026-05-01T10:00:00Z"


def message(*said: str) -> str:
    return "fix: x\n\n" + "\n".join(f"Solução: {each}" for each in said)


def amend(group: GroupRepository, *said: str) -> None:
    group.git("commit", "-q", "--amend", "-m", message(*said))


def told(group: GroupRepository, *more: str) -> dict[str, str]:
    """{words: id} of what empresa-a has."""
    return {i["record"]["title"]: i["id"] for i in group.insights("empresa-a", *more)}


def decisions(group: GroupRepository, key: str) -> list[str]:
    return [d["action"] for d in group.orch("show", key, "--json").data["decisions"]]


@pytest.fixture
def auto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    return new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((QUEUE,), (CACHE, QUEUE)),
        ((QUEUE, CACHE), (CACHE, QUEUE)),
        ((QUEUE, CACHE), (LOCK, QUEUE)),
        ((QUEUE, CACHE), (CACHE, LOCK)),
        ((QUEUE, CACHE), (LOCK, QUEUE, CACHE)),
    ],
)
def test_what_is_still_said_stays_what_it_was(
    group: GroupRepository, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    group.commit(message(*before))
    was = told(group)
    amend(group, *after)
    now = told(group)
    assert set(now) == set(after)
    assert {text: key for text, key in now.items() if text in was}.items() <= was.items()
    assert len(set(now.values())) == len(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((QUEUE, CACHE), (CACHE_AGAIN, QUEUE_AGAIN)),
        ((QUEUE, CACHE), (CACHE_AGAIN,)),
        ((CACHE,), (LOCK, CACHE_AGAIN)),
        ((QUEUE, CACHE), (LOCK, QUEUE_AGAIN, CACHE)),
    ],
)
def test_an_id_follows_the_words_and_not_their_place(
    group: GroupRepository, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    group.commit(message(*before))
    was = told(group)
    amend(group, *after)
    now = told(group)
    assert set(now) == set(after)
    former = {QUEUE_AGAIN: QUEUE, CACHE_AGAIN: CACHE}
    assert all(now[text] == was[former.get(text, text)] for text in after if text != LOCK)
    assert now.get(LOCK) not in was.values()


def test_a_reworded_learning_among_others_waits_again(auto: GroupRepository) -> None:
    """A no goes with the words, wherever they stand by now."""
    auto.commit(message(QUEUE, CACHE))
    was = told(auto)
    auto.orch("review", "--refuse", was[QUEUE])
    amend(auto, CACHE_AGAIN, QUEUE_AGAIN)
    now = told(auto)
    assert decisions(auto, now[QUEUE_AGAIN])[-1] == "refuse"
    push(auto)
    shared = [p.read_text() for p in (auto.root.parent / "shared").rglob("*.md")]
    assert not any("fila lenta" in text for text in shared) and any("cadastro" in t for t in shared)


@pytest.mark.parametrize("answer", ["refuse", "withdraw"])
def test_a_no_to_what_stood_there_lets_nothing_out_unasked(auto: GroupRepository, answer: str) -> None:
    """Other words in its place are still it, and refused; where it was withdrawn they are new, and asked."""
    auto.commit(message(QUEUE))
    key = told(auto)[QUEUE]
    auto.orch("withdraw", key) if answer == "withdraw" else auto.orch("review", "--refuse", key)
    amend(auto, LOCK)
    push(auto)
    now = told(auto)
    assert now.keys() == {LOCK} and (now[LOCK] == key) == (answer == "refuse")
    assert decisions(auto, now[LOCK])[-1] == ("refuse" if answer == "refuse" else "ask")
    assert not list((auto.root.parent / "shared").rglob("*.md"))


def test_a_yes_for_good_is_none_to_what_comes_beside(group: GroupRepository) -> None:
    group.commit(message(QUEUE))
    key = told(group)[QUEUE]
    group.orch("review", "--approve", key, "--for-good")
    amend(group, LOCK, QUEUE_AGAIN)
    now = told(group)
    assert now[QUEUE_AGAIN] == key and decisions(group, key)[-1] == "approve"
    assert decisions(group, now[LOCK]) == []


def test_two_of_one_second_keep_their_ids(group: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script made both; both are reworded by one rebase, without hooks."""
    for n, said in enumerate((QUEUE, CACHE)):
        group.commit(message(said), {f"empresas/a/{n}.py": "1"}, date=DAY)
    was = told(group)
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", "sed -i s/^pick/reword/")
    reword = "s/acaba com/acaba de vez com/;s/evita/evita as/;s/de preços/de preços da loja/"
    monkeypatch.setenv("GIT_EDITOR", f"sed -i -e '{reword}'")
    group.git("rebase", "-q", "-i", "HEAD~2")
    assert told(group) == {QUEUE_AGAIN: was[QUEUE], CACHE_AGAIN: was[CACHE]}


def test_words_that_another_commit_still_says_are_not_replaced(group: GroupRepository) -> None:
    """Picked into a release; then the number is corrected on main only."""
    text = "o lote de {n} notas é o maior que a fila do faturamento aguenta por minuto"
    group.git("switch", "-q", "-c", "release")
    group.commit("chore: release", {"empresas/a/r.py": "1"})
    group.git("switch", "-q", "main")
    group.commit(message(text.format(n=200)), {"empresas/a/x.py": "1"})
    was = told(group)
    group.git("switch", "-q", "release")
    group.git("cherry-pick", "main")
    group.git("switch", "-q", "main")
    group.orch("drain")
    amend(group, text.format(n=300))
    now = told(group)
    assert now[text.format(n=200)] == was[text.format(n=200)]
    assert now.keys() == {text.format(n=200), text.format(n=300)}


@pytest.mark.parametrize("answer", ["withdraw", "refuse"])
def test_what_was_refused_and_loses_its_words_ends_a_drain(group: GroupRepository, answer: str) -> None:
    """Two commits say it, each with a prose of its own; the one whose words count is dropped."""
    group.commit(f"fix: x\n\nA fila crescia de noite.\n\nSolução: {QUEUE}", {"empresas/a/x.py": "1"})
    group.git("branch", "first")
    group.commit(
        f"fix: y\n\nOutra explicação.\n\nSolução: {QUEUE}", {"empresas/a/y.py": "1"}, date="@2000000000"
    )
    key = told(group)[QUEUE]
    group.orch("withdraw", key) if answer == "withdraw" else group.orch("review", "--refuse", key)
    group.git("branch", "-q", "-D", "first")
    group.git("rebase", "-q", "--onto", "HEAD~2", "HEAD~1")
    (found,) = group.insights("empresa-a", "--all")
    assert found["id"] == key and decisions(group, key)[-1] == answer


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "o lote de 200 notas por minuto é o que a fila aguenta",
            "o lote de 900 notas por minuto é o que a fila aguenta",
        ),
        (
            "com o índice parcial a fila fica vazia de noite",
            "sem o índice parcial a fila fica vazia de noite",
        ),
    ],
)
def test_another_number_or_a_denial_waits_for_a_person(
    group: GroupRepository, before: str, after: str
) -> None:
    group.commit(message(before))
    key = told(group)[before]
    group.orch("review", "--approve", key)
    push(group)
    amend(group, after)
    assert told(group) == {after: key}
    push(group)
    shared = [p.read_text() for p in (group.root.parent / "shared").rglob("*.md")]
    assert shared and not any(after in text for text in shared)


@pytest.mark.parametrize("hooks", [True, False])
def test_near_same_sentences_of_a_squash_keep_their_answers(
    auto: GroupRepository, hooks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both reworded in the squash's message. With hooks git tells what was melted; else a person is asked."""
    text = "o lote de {n} notas do {what} é o maior que a fila aguenta por minuto"
    said = [text.format(n=n, what=what) for n, what in ((200, "balcão"), (900, "site"))]
    for n, each in enumerate(said):
        auto.commit(message(each), {f"empresas/a/{n}.py": "1"}, date=f"2026-05-0{n + 1}T10:00:00Z")
    was = told(auto)
    auto.orch("review", "--refuse", was[said[1]])
    if hooks:
        auto.orch("hooks", "install")
    now = [each.replace("é o maior", "ainda é o maior") for each in said[::-1]]
    (auto.root.parent / "message").write_text(message(*now))
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", "sed -i 2s/pick/squash/")
    monkeypatch.setenv("GIT_EDITOR", f"cp {auto.root.parent / 'message'}")
    auto.git("rebase", "-q", "-i", "HEAD~2")
    push(auto)
    found = told(auto)
    assert found[now[1]] == was[said[0]]
    assert not hooks or found[now[0]] == was[said[1]]
    assert decisions(auto, found[now[0]])[-1] == ("refuse" if hooks else "ask")
    shared = [p.read_text() for p in (auto.root.parent / "shared").rglob("*.md")]
    assert not any("900 notas" in text for text in shared) and any("200 notas" in text for text in shared)


def test_a_commit_that_is_split_keeps_the_ids(group: GroupRepository) -> None:
    """One keeps the author's time, as `commit -c` does; the other is of its own."""
    group.commit(message(QUEUE, CACHE))
    was = told(group)
    when = group.git("log", "-1", "--format=%aI")
    group.git("reset", "-q", "--soft", "HEAD~1")
    group.git("commit", "-q", "-m", message(CACHE_AGAIN), date=when)
    group.commit(message(QUEUE), {"empresas/a/y.py": "1"})
    assert told(group) == {CACHE_AGAIN: was[CACHE], QUEUE: was[QUEUE]}


def test_another_companys_words_are_its_own(auto: GroupRepository) -> None:
    """Picked into the other's folder and reworded there: neither store has what the other was told."""
    auto.commit(message(QUEUE), {"empresas/a/x.py": "1"})
    key = told(auto)[QUEUE]
    auto.orch("review", "--refuse", key)
    when = auto.git("log", "-1", "--format=%aI")
    auto.write({"empresas/b/x.py": "1"})
    auto.git("add", "-A")
    auto.git("commit", "-q", "-m", message(LOCK), date=when)
    assert told(auto) == {QUEUE: key} and decisions(auto, key)[-1] == "refuse"
    (theirs,) = auto.insights("empresa-b")
    assert theirs["record"]["title"] == LOCK and theirs["id"] != key


def test_reworded_and_committed_anew_it_keeps_its_id(group: GroupRepository) -> None:
    """The very words are known, whoever said them when."""
    group.commit(message(QUEUE), {"empresas/a/x.py": "1"})
    was = told(group)
    amend(group, QUEUE_AGAIN)
    assert told(group) == {QUEUE_AGAIN: was[QUEUE]}
    group.git("reset", "-q", "--soft", "HEAD~1")
    group.git("commit", "-q", "-m", message(QUEUE_AGAIN), date=DAY)
    assert told(group) == {QUEUE_AGAIN: was[QUEUE]}


def test_what_a_person_put_other_words_for_goes_out_for_no_commit_that_says_it_again(
    auto: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its id is of words before: it was amended before the person edited it."""
    auto.commit(message(CACHE))
    auto.orch("drain")
    amend(auto, CACHE_AGAIN)
    (was,) = told(auto).values()
    monkeypatch.setattr("click.edit", lambda _text: "Guardar respostas\n\nMenos perguntas ao centro.")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    auto.orch("review", "--edit", was)
    push(auto)
    auto.commit(message(CACHE_AGAIN), {"empresas/a/y.py": "1"})
    assert push(auto) == {} and told(auto) == {"Guardar respostas": was}
