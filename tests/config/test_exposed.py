"""A credential in the committed file is refused, wherever it stands, and never repeated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.config import exposed
from orchestrator.config.load import load
from orchestrator.config.template import render
from orchestrator.errors import ConfigError

Write = Callable[[str], Path]
HEAD = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
LOOKS = [
    ("sb_secret_" + "N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz", "ORCH_SUPABASE_KEY"),
    ("sb_publishable_" + "ACJWlzQHlZjBrEguHvfOxg", "ORCH_SUPABASE_KEY"),
    (HEAD + ".eyJyb2xlIjoic2VydmljZV9yb2xlIn0." + "c2lnbmF0dXJl", "ORCH_SUPABASE_KEY"),
    ("ATATT" + "3xFfGF0abcdefghijk=AB12CD34", "ORCH_ATLASSIAN_TOKEN"),
    ("ghp_" + "a" * 36, "ORCH_FORGE_TOKEN"),
    ("github_pat_" + "11AAAAAAA0" * 4, "ORCH_FORGE_TOKEN"),
    ("glpat-" + "x" * 20, "ORCH_FORGE_TOKEN"),
    ("AKIA" + "ABCDEFGHIJKLMNOP", "revoke"),
    ("https://" + "ana:senha123@x.supabase.co", "ORCH_"),
    ("-----BEGIN RSA " + "PRIVATE KEY-----", "revoke"),
]


@pytest.mark.parametrize(("value", "remedy"), LOOKS)
@pytest.mark.parametrize("where", ['confidential = ["{}"]', "# old: {}", "'{}' = 1", "x = {}"])
def test_by_its_looks(write: Write, value: str, remedy: str, where: str) -> None:
    text = "version = 1\n\n" + where.format(value) + '\n[[company]]\nid = "a"\npaths = ["a"]\n'
    with pytest.raises(ConfigError) as caught:
        load(write(text))
    said = caught.value.message + caught.value.hint
    assert caught.value.message.startswith(".orch/config.toml:3: this looks like a credential")
    assert remedy in said
    assert value not in said


@pytest.mark.parametrize(
    ("section", "key", "variable"),
    [
        ("[global.supabase]", "key", "ORCH_SUPABASE_KEY"),
        ("[global.supabase]", "service_role", "ORCH_SUPABASE_KEY"),
        ("[global.jira]", "apiToken", "ORCH_JIRA_TOKEN"),
        ("[global.confluence]", "password", "ORCH_CONFLUENCE_TOKEN"),
        ("[global.forge]", "github-token", "ORCH_FORGE_TOKEN"),
        ('[[company]]\nid = "loja-1"\npaths = ["a"]\n[company.jira]', "senha", "ORCH_LOJA_1_JIRA_TOKEN"),
        (
            '[[company]]\nid = "loja-1"\npaths = ["a"]\n[company.supabase]',
            "anon_key",
            "ORCH_LOJA_1_SUPABASE_KEY",
        ),
        ("[group]", "secret", "ORCH_<REMOTE>_TOKEN"),
    ],
)
def test_by_its_name(write: Write, section: str, key: str, variable: str) -> None:
    text = f'version = 1\n{section}\n{key} = "hunter2 hunter2"\n'
    with pytest.raises(ConfigError) as caught:
        load(write(text))
    line = text.count("\n")
    assert f".orch/config.toml:{line}: " in caught.value.message
    assert "credentials do not belong" in caught.value.message
    assert variable in caught.value.hint
    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "ORCH_SUPABASE_KEY goes into the environment",
        "see https://acme.atlassian.net:443/wiki/@home and git@github.com:acme/x.git",
        "sb_secret_… and ghp_… and ATATT… are refused",
        "eyJub3Q.eyJub3Q.x",
        "keyboard monkey tokens",
    ],
)
def test_words_about_credentials_are_no_credentials(text: str) -> None:
    assert exposed.find(text) is None


def test_the_template_contains_none() -> None:
    assert all(exposed.find(render("x", [], language=language)) is None for language in ("en", "pt-BR"))


@pytest.mark.parametrize(
    "key", ["keys_known", "tokenizer", "monkey", "space", "project", "path", "documents"]
)
def test_names_that_only_resemble(key: str) -> None:
    assert not exposed.names_credential(key)


@given(st.text(), st.sampled_from([value for value, _ in LOOKS]), st.text())
def test_found_inside_any_text(before: str, value: str, after: str) -> None:
    found = exposed.find(f"{before}\n {value} \n{after}")
    assert found is not None
    assert found[0] == before.count("\n") + 2 or exposed.find(before) is not None
