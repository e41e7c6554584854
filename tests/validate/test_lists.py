"""Numbers in lists, CSV and SQL: what stands beside a number never hides it."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from orchestrator.model import Outcome

from .conftest import kinds, only
from .fakes import card, cnpj, cpf, dotted_cnpj, dotted_cpf, grouped_card

quick = settings(max_examples=200, deadline=None)
MAKERS = {"cpf": (cpf, dotted_cpf), "cnpj": (cnpj, dotted_cnpj), "card": (card, grouped_card)}
COLUMNS = ["7", "Ana", "10.5", "100,00", "1985-03-12", "12/28", "'SP'", "2", "ativo", "-1"]
FRAMES = ["{}", "IN ({})", "[{}]", "VALUES ({})", "linhas {}.", "f({})", "{}\n", '{{"ids": [{}]}}']


def written(rng: random.Random, kind: str, dotted: bool) -> str:
    make, form = MAKERS[kind]
    return form(make(rng)) if dotted else make(rng)


@quick
@given(
    seed=st.integers(0, 2**32),
    wanted=st.lists(st.tuples(st.sampled_from(sorted(MAKERS)), st.booleans()), min_size=1, max_size=4),
    joint=st.sampled_from([",", ", ", ";", "\t", "|", " - ", "/", ":"]),
    before=st.sampled_from(["", *COLUMNS]),
    after=st.sampled_from(["", *COLUMNS]),
    frame=st.sampled_from(FRAMES),
)
@example(1, [("card", False)] * 2, ",", "", "", "IN ({})")
@example(1, [("cpf", False)] * 2, ",", "7", "", "linhas {}.")
@example(1, [("cpf", True)], ",", "", "100,00", "linhas {}.")
def test_every_number_of_a_list_is_found(
    seed: int, wanted: list[tuple[str, bool]], joint: str, before: str, after: str, frame: str
) -> None:
    rng = random.Random(seed)
    numbers = [written(rng, kind, dotted) for kind, dotted in wanted]
    assume(not any(number.startswith(("19", "20")) for number in numbers))  # may be a time in an id
    verdict = only("corrige " + frame.format(joint.join(filter(None, [before, *numbers, after]))))
    assert not [n for n in numbers if n in verdict.redacted["gain"]]
    if any(kind == "card" for kind, _ in wanted):
        assert verdict.outcome is Outcome.BLOCK


@quick
@given(
    st.integers(0, 2**32),
    st.sampled_from(sorted(MAKERS)),
    st.booleans(),
    st.sampled_from([",", ".", "-", ", ", "-0", ".0"]),
    st.integers(0, 10**6),
)
def test_a_digit_behind_a_sign_hides_no_number(
    seed: int, kind: str, dotted: bool, sign: str, more: int
) -> None:
    number = written(random.Random(seed), kind, dotted)
    assume(not number.startswith(("19", "20")))  # with a date and a time behind it, it is a part of an id
    assert number not in only(f"linha {number}{sign}{more} lida").redacted["gain"]


@pytest.mark.parametrize("number", ["11-222-333-0001-81", "11.222.333/0001.81", "11_222_333_0001_81"])
def test_a_cnpj_with_other_separators(number: str) -> None:
    assert "cnpj" in kinds(f"a empresa {number} caiu")


@pytest.mark.parametrize(
    "text",
    [
        "acerto de 0.4111111111111111 no teste",
        "em 12.52998224725 segundos",
        "[project @ robey@git-20060220005934-58d0df2920e799b5]",
        "os ids 529,982,247,25,30 e 1,529,982,247,25",
        "OID 1.529.982.247.25 e 529.982.247.25.3",
        "versões 4111.1111.1111.1111.2",
    ],
)
def test_a_part_of_another_number_is_none(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW
