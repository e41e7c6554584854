"""What follows from a finding when policies speak of it: the nearest word, trust, and floors that hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.config.document import Document
from orchestrator.config.group import Company, Group
from orchestrator.config.policy_file import PolicyFile, Scope
from orchestrator.config.policy_layers import InForce, PolicyLayers
from orchestrator.config.policy_names import FINDING_KINDS, INSIGHT_KINDS
from orchestrator.model import Outcome
from orchestrator.scanning import wire
from orchestrator.validate import Policy
from orchestrator.validate.kinds import DEFAULT_OUTCOMES, KINDS, floor
from orchestrator.validate.outcomes import Layer, ruled
from orchestrator.validate.rules import OWN_RULES

from .conftest import only

NAMES = [*KINDS, *OWN_RULES]
outcomes = st.sampled_from(list(Outcome))
tables = st.dictionaries(st.sampled_from(NAMES), outcomes, max_size=8)
layers = st.lists(st.builds(Layer, tables, st.booleans(), st.just(0), st.just("")), max_size=4)
found = st.sampled_from(
    [*((kind, "") for kind in KINDS), *((kind, rule) for rule, kind in OWN_RULES.items())]
)


def written(
    by: Mapping[tuple[str, str], Mapping[str, Outcome]], *, loosens: bool = True, companies: int = 2
) -> Group:
    """A group with a policy of these tables, {(company, kind of insight): outcomes}."""
    scopes = tuple(
        Scope(company, kind, (), {name: (outcome, (name,)) for name, outcome in table.items()})
        for (company, kind), table in by.items()
    )
    file = PolicyFile("policy.toml", Document(Path("/r"), "", {}), scopes)
    group = Group(Path("/r"), "g", "pt-BR", tuple(Company(c, c, ("x/",)) for c in "ab"[:companies]))
    return replace(group, policy=PolicyLayers((InForce(file, loosens),), file, loosens))


@given(found, layers)
def test_no_policy_goes_below_the_floor(what: tuple[str, str], stack: list[Layer]) -> None:
    outcome = ruled(*what, stack).outcome
    assert outcome.severity >= floor(*what).severity
    if what[0] in ("engine", "size", "canary"):
        assert outcome is Outcome.BLOCK
    if what[0] in ("secret", "card"):
        assert outcome in (Outcome.REVIEW, Outcome.BLOCK)


@given(found, layers)
def test_what_may_not_loosen_never_does(what: tuple[str, str], stack: list[Layer]) -> None:
    only_tighten = [replace(layer, loosens=False) for layer in stack]
    outcome = ruled(*what, only_tighten).outcome
    assert outcome.severity >= DEFAULT_OUTCOMES[what[0]].severity
    for more in only_tighten:
        again = ruled(*what, [*only_tighten, more]).outcome
        assert again.severity >= outcome.severity


@given(found, tables, st.booleans())
def test_the_order_of_a_files_tables_does_not_matter(
    what: tuple[str, str], table: dict[str, Outcome], loosens: bool
) -> None:
    turned = dict(reversed(table.items()))
    assert ruled(*what, [Layer(table, loosens, 0, "")]) == ruled(*what, [Layer(turned, loosens, 0, "")])


def test_a_rules_name_wins_over_its_kind_in_one_file() -> None:
    group = written({("", ""): {"personal.email": Outcome.BLOCK}, ("a", ""): {"email": Outcome.ALLOW}})
    policy = Policy.for_company(group, "a")
    assert policy.outcome("email", "personal.email") is Outcome.BLOCK
    assert policy.outcome("email", "engine.other") is Outcome.ALLOW


def test_by_kind_of_insight() -> None:
    group = written({("a", "pattern"): {"email": Outcome.BLOCK}})
    policy = Policy.for_company(group, "a")
    text = "escreva para joana@acme.com.br"
    assert [only(text, policy.of(k)).outcome for k in ("pattern", "solution", "", "task")] == [
        Outcome.BLOCK,
        *[Outcome.REDACT] * 3,
    ]
    assert policy.of("solution") is policy
    assert {policy.of(k).hash for k in INSIGHT_KINDS} == {policy.hash}


def test_another_companys_word_is_not_ours() -> None:
    group = written({("b", ""): {"email": Outcome.ALLOW}})
    assert Policy.for_company(group, "a").outcome("email") is Outcome.REDACT
    assert Policy.for_company(group, "b").outcome("email") is Outcome.ALLOW


def test_the_coordinator_takes_the_strictest_of_all_companies() -> None:
    group = written(
        {("a", ""): {"email": Outcome.BLOCK, "phone": Outcome.ALLOW}, ("b", ""): {"ip": Outcome.ALLOW}}
    )
    policy = Policy.for_company(group, "")
    assert policy.outcome("email") is Outcome.BLOCK
    assert (policy.outcome("phone"), policy.outcome("ip")) == (Outcome.REDACT, Outcome.REDACT)
    everyone = Policy.for_company(written({("", ""): {"phone": Outcome.ALLOW}}), "")
    assert everyone.outcome("phone") is Outcome.ALLOW
    single = Policy.for_company(written({("a", ""): {"phone": Outcome.ALLOW}}, companies=1), "")
    assert single.outcome("phone") is Outcome.REDACT


@given(st.sampled_from(["cpf", "email", "secret", "personal.name"]), outcomes, outcomes, st.booleans())
def test_the_hash_follows_what_decides(name: str, one: Outcome, two: Outcome, loosens: bool) -> None:
    def policy(outcome: Outcome, kind: str = "pattern", *, loosens: bool = loosens) -> Policy:
        return Policy.for_company(written({("a", kind): {name: outcome}}, loosens=loosens), "a")

    assert (policy(one).hash == policy(two).hash) is (one is two)
    assert policy(one).hash != policy(one, loosens=not loosens).hash
    assert policy(one).hash != policy(one, "solution").hash


def test_a_policy_arrives_in_the_scanning_process_as_it_was_sent() -> None:
    policy = Policy.for_company(written({("a", "pattern"): {"email": Outcome.BLOCK}}), "a").of("pattern")
    arrived = wire.typed(Policy, wire.message(wire.frame({"p": wire.plain(policy)})[wire.HEAD :])["p"])
    assert arrived == policy and arrived.hash == policy.hash


def test_the_names_of_a_policy_file_are_those_of_the_checks() -> None:
    assert tuple(KINDS) == FINDING_KINDS
