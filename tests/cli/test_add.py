"""`orch add`: what it says is what happens next; the same words in another spelling change nothing."""

from __future__ import annotations

import pytest

from tests.flow.group import GroupRepository

WORDS = "Usar COPY em vez de INSERT deixou a carga dez vezes mais rápida"
SPELT = [
    "usar copy em vez de insert deixou a carga dez vezes mais rápida!!",
    f"  {WORDS.replace(' de ', '  de ')}.",
]
PUSH = ("push", "--company", "empresa-a")


def add(group: GroupRepository, words: str) -> str:
    return group.orch("add", words, "--company", "empresa-a").out


@pytest.mark.parametrize("spelt", SPELT)
def test_another_spelling_changes_nothing_and_says_what_was_decided(
    group: GroupRepository, spelt: str
) -> None:
    assert "espera `orch review`" in add(group, WORDS)
    before = group.insights()
    assert "espera `orch review`" in add(group, spelt)
    group.orch("review", "--approve-all")
    assert "está aprovado: o próximo `orch push` o envia" in add(group, spelt)
    group.orch(*PUSH)
    assert "já está compartilhado" in add(group, spelt)
    ((now,), (then,)) = (group.insights(), before)
    assert (now["record"], now["version"]) == (then["record"], then["version"])
    report = group.orch(*PUSH, "--json").data["empresa-a"]
    assert not any(n for r in report for action, n in r["counts"].items() if action != "noop" and n)


def test_what_was_refused_is_said_to_be(group: GroupRepository) -> None:
    add(group, WORDS)
    (insight,) = group.insights()
    group.orch("review", "--refuse", insight["id"])
    assert f"`orch review --approve {insight['id'][3:11]}`" in add(group, SPELT[0])


def test_other_words_under_the_same_title_wait_again(group: GroupRepository) -> None:
    """C++ and C# are one topic and two texts: what was agreed to was the first."""
    add(group, "Reescrever o cálculo em C++ deixou a carga rápida")
    group.orch("review", "--approve-all")
    group.orch(*PUSH)
    assert "espera `orch review`" in add(group, "Reescrever o cálculo em C# deixou a carga rápida")
    (insight,) = group.insights()
    assert "C#" in insight["record"]["title"]
