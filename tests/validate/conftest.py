"""Fakes are put together at run time, so that no scanner trips over these files."""

from __future__ import annotations

import random

import pytest

from orchestrator.model import Outcome, Verdict
from orchestrator.validate import Policy, judge
from orchestrator.validate.kinds import DEFAULT_OUTCOMES

from .fakes import secret_examples


def only(text: str, policy: Policy | None = None) -> Verdict:
    """The verdict of one text in a field that quality does not judge."""
    return judge({"gain": text}, policy or Policy())


def rules(text: str, policy: Policy | None = None) -> set[str]:
    return {finding.rule for finding in only(text, policy).findings}


def kinds(text: str, policy: Policy | None = None) -> set[str]:
    return {finding.kind for finding in only(text, policy).findings}


@pytest.fixture
def rng() -> random.Random:
    return random.Random(20261122)


@pytest.fixture(params=sorted(secret_examples()))
def secret(request: pytest.FixtureRequest) -> str:
    return secret_examples()[request.param]


@pytest.fixture
def quiet() -> Policy:
    """A policy in which every kind is switched off."""
    return Policy(outcomes=dict.fromkeys(DEFAULT_OUTCOMES, Outcome.ALLOW))
