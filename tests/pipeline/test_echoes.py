"""What a person withdrew goes out again in no words of the same sense, before a person says so of those."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.pipeline.test_departed import objects, push
from tests.pipeline.test_twins import AGAIN, FIRST, learn
from tests.pipeline.test_twins import twice as twice

YES = "Compartilhar: sim\n"


@pytest.fixture
def auto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """Companies that share by themselves."""
    return new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))


def waiting(group: GroupRepository) -> dict[str, str]:
    """What `orch review` asks about: id → the withdrawn insight that it says again."""
    found: list[Any] = group.orch("review", "--company", "empresa-a", "--json").data
    return {w["id"]: w["echoes"] for w in found}


def test_a_twin_of_what_was_withdrawn_is_passed_by_until_it_is_named(twice: GroupRepository) -> None:
    (first,) = twice.insights()
    (twin,) = first["twins"]
    twice.orch("review", "--approve-all")
    assert push(twice) == {"create": 3}
    withdrawn = twice.orch("withdraw", first["id"])
    assert "3 objetos" in withdrawn.out and f"orch review --approve {twin[3:11]}" in withdrawn.out
    assert push(twice) == {"retract": 3}
    assert waiting(twice) == {twin: first["id"]}
    ran = twice.orch("review", "--approve-all")
    assert ran.out.startswith("0 ") and f"orch review --approve {twin[3:11]}" in ran.err
    assert push(twice) == {} and objects(twice) == []
    assert first["id"][3:11] in twice.orch("review", "--company", "empresa-a").out
    twice.orch("review", "--approve", twin)
    assert push(twice) == {"create": 3} and waiting(twice) == {}


@pytest.mark.parametrize("last", ["", YES])
def test_what_is_said_again_later_is_shared_by_nobodys_automatic_yes(
    auto: GroupRepository, last: str
) -> None:
    learn(auto, FIRST, 1)
    assert push(auto) == {"create": 3}
    (first,) = auto.insights()
    auto.orch("withdraw", first["id"])
    push(auto)
    learn(auto, AGAIN + last, 2)
    assert push(auto) == {} and objects(auto) == []
    (again,) = auto.insights()
    assert waiting(auto) == {again["id"]: first["id"]}
    auto.orch("review", "--approve-all")
    assert push(auto) == {}
    learn(auto, FIRST.replace("fix: x", "fix: w"), 3)  # the very words: they stay withdrawn
    assert push(auto) == {}


def test_withdrawing_a_twin_takes_back_what_speaks_for_it(twice: GroupRepository) -> None:
    (first,) = twice.insights()
    (twin,) = first["twins"]
    twice.orch("review", "--approve-all")
    assert push(twice) == {"create": 3}
    done = twice.orch("withdraw", twin, "--json").data
    assert (done["objects"], done["same"]) == (3, [first["id"]])
    assert push(twice) == {"retract": 3}
    twice.orch("review", "--approve-all")
    assert push(twice) == {}
    twice.orch("review", "--approve", first["id"])
    assert push(twice) == {"create": 3}


@pytest.mark.parametrize("word", ["approve", "unlink", "edit"])
def test_a_persons_word_ends_it(twice: GroupRepository, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    (first,) = twice.insights()
    (twin,) = first["twins"]
    twice.orch("withdraw", first["id"])
    assert waiting(twice) == {twin: first["id"]}
    if word == "approve":  # of the one that was withdrawn: it speaks for both again
        twice.orch("review", "--approve", first["id"])
        assert waiting(twice) == {} and push(twice) == {"create": 3}
        return
    if word == "unlink":
        twice.orch("unlink", twin)
    else:
        monkeypatch.setattr("click.edit", lambda _text: "Lotes menores na carga noturna\n\nMetade da espera.")
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        twice.orch("review", "--edit", twin)
    assert waiting(twice) == {twin: ""}
    twice.orch("review", "--approve-all")
    assert push(twice) == {"create": 3}


def test_all_of_a_company_at_once_holds_for_twins_too(twice: GroupRepository) -> None:
    twice.orch("review", "--approve-all")
    assert push(twice) == {"create": 3}
    (first,) = twice.insights()
    done = twice.orch("withdraw", "--company", "empresa-a", "--all", "--json").data
    assert done["ids"] == [first["id"]] and done["same"] == first["twins"]
    twice.orch("review", "--approve-all")
    assert push(twice) == {"retract": 3} and objects(twice) == []


def test_no_suggestion_names_it(twice: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestrator import suggest_shareable_from_memory

    (first,) = twice.insights()
    monkeypatch.chdir(twice.root)
    assert [s["id"] for s in suggest_shareable_from_memory("empresa-a")] == [first["id"]]
    twice.orch("withdraw", first["id"])
    assert suggest_shareable_from_memory("empresa-a") == []


def test_no_later_word_of_its_commit_answers(auto: GroupRepository) -> None:
    learn(auto, FIRST, 1)
    push(auto)
    (first,) = auto.insights()
    auto.orch("withdraw", first["id"])
    push(auto)
    learn(auto, AGAIN + "Share: ask\n", 2)
    (again,) = auto.insights()
    auto.git("commit", "-q", "--amend", "-m", AGAIN + YES)
    assert push(auto) == {} and objects(auto) == []
    assert waiting(auto) == {again["id"]: first["id"]}


def test_a_no_to_what_says_the_same_stands(twice: GroupRepository) -> None:
    (first,) = twice.insights()
    (twin,) = first["twins"]
    twice.orch("review", "--refuse", first["id"])
    twice.orch("withdraw", twin)
    assert waiting(twice) == {} and twice.insights()[0]["decision"] == "refuse"
    learn(twice, AGAIN.replace("noturno", "noturno do balcão") + "Compartilhar: não\n", 3)
    assert waiting(twice) == {}
