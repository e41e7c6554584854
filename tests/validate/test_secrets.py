from __future__ import annotations

import pytest

from orchestrator.model import Outcome

from .conftest import only, rules
from .fakes import HEX, jwt, secret_examples, token


@pytest.mark.parametrize(("rule", "value"), sorted(secret_examples().items()))
def test_each_format_blocks_and_is_cut_out(rule: str, value: str) -> None:
    verdict = only(f"antes {value} depois")
    assert verdict.outcome is Outcome.BLOCK
    assert all(finding.rule.startswith("secret.") for finding in verdict.findings)
    assert verdict.redacted["gain"] == "antes [segredo] depois"


@pytest.mark.parametrize(("rule", "value"), sorted(secret_examples().items()))
def test_our_own_rule_alone_knows_the_format(rule: str, value: str) -> None:
    from orchestrator.validate import Policy, secrets

    assert rule in {hit.rule for hit in secrets.check(f"x {value} y", Policy())}


def test_service_role_is_told_from_other_jwts() -> None:
    assert rules("chave " + jwt("service_role")) == {"secret.supabase-service-role"}
    assert rules("chave " + jwt("authenticated")) != {"secret.supabase-service-role"}


def test_a_key_after_which_the_text_ends_is_covered() -> None:
    broken = secret_examples()["secret.private-key"].rpartition("\n")[0]
    assert only(f"chave:\n{broken}").redacted["gain"] == "chave:\n[segredo]"


@pytest.mark.parametrize(
    "text",
    [
        "postgres://app:" + "Tr0ub4dor" + "@db.exemplo.com:5432/loja",
        "redis://:" + "s3nh4forte" + "@cache.exemplo.com/0",
        "Authorization: Basic " + "YWRtaW46c2VuaGFmb3J0ZQ==",
        "Authorization: Bearer " + token(32),
        "pagseguro token " + token(32, "0123456789ABCDEF"),
    ],
)
def test_logins_and_headers_block(text: str) -> None:
    assert only(text).outcome is Outcome.BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "commit " + token(40, HEX) + " de ontem",
        "sha256:" + token(64, HEX),
        "postgres://${USER}:${PASSWORD}@db.exemplo.com/loja",
        "https://user:<senha>@exemplo.com",
        "o cabeçalho Authorization usa Bearer tokens",
        "basic authentication foi removida",
        "sb_publishable_" + token(20) + " é pública",
        "veja https://github.com/org/repo/pull/1234",
        "id 8e557245-73e2-4286-969a-ff57fe326336 da linha",
    ],
)
def test_ordinary_text_passes(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


def test_a_comment_cannot_switch_the_engine_off() -> None:
    for word in ("gitleaks:allow", "betterleaks:allow", "GitLeaks:Allow"):
        value = "AI" + "zaSyA" + token(34)
        assert only(f"key={value} # {word}").outcome is Outcome.BLOCK


def test_the_engine_is_not_switched_off_by_a_comment() -> None:
    """Of a provider that only the engine knows."""
    from orchestrator.validate import Policy, leaks

    value = "SG." + token(22) + "." + token(43)
    assert list(leaks.check(f"x={value} # gitleaks:allow", Policy()))


def test_a_short_value_is_covered_where_it_is_a_secret_only() -> None:
    login = "loja:" + "loja9@localhost/loja"
    verdict = only(f"o loja9 usa postgresql://{login} no loja9")
    assert verdict.outcome is Outcome.BLOCK
    assert verdict.redacted["gain"].startswith("o loja9 usa postgresql://[segredo]")
    assert verdict.redacted["gain"].endswith(" no loja9")
