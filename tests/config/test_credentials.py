"""Where credentials come from, whose they are, and that they do not print."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import subprocess
import sys
import traceback
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.config.credentials import Fill, Name, Vendor, credential, request, variable_of, variables
from orchestrator.config.secret import Secret
from orchestrator.errors import CredentialsError, Exit

URL = "https://acme.atlassian.net"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """A keyring in memory in place of the desktop's."""
    stored: dict[tuple[str, str], str] = {}
    module, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    module.get_password = lambda service, user: stored.get((service, user))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return stored


def ask(
    company: str | None,
    vendor: Vendor,
    environ: dict[str, str],
    name: Name = "token",
    fill: Fill | None = None,
    url: str = URL,
) -> str:
    return credential(name, company=company, vendor=vendor, url=url, fill=fill, environ=environ).reveal()


@pytest.mark.parametrize(
    ("company", "vendor", "name", "names"),
    [
        ("empresa-a", "supabase", "key", ["ORCH_EMPRESA_A_SUPABASE_KEY"]),
        (None, "supabase", "key", ["ORCH_SUPABASE_KEY"]),
        (None, "jira", "email", ["ORCH_JIRA_EMAIL", "ORCH_ATLASSIAN_EMAIL"]),
        (None, "confluence", "token", ["ORCH_CONFLUENCE_TOKEN", "ORCH_ATLASSIAN_TOKEN"]),
        ("empresa-a", "jira", "token", ["ORCH_EMPRESA_A_JIRA_TOKEN", "ORCH_EMPRESA_A_ATLASSIAN_TOKEN"]),
        (None, "forge", "token", ["ORCH_FORGE_TOKEN", "GITHUB_TOKEN"]),
    ],
)
def test_variables_and_their_order(company: str | None, vendor: Vendor, name: Name, names: list[str]) -> None:
    url = "https://api.github.com"
    environ = {}
    with pytest.raises(CredentialsError) as caught:
        ask(company, vendor, environ, name, url=url)
    assert all(variable in caught.value.hint for variable in names)
    assert caught.value.exit_code is Exit.CREDENTIALS
    for variable in reversed(names):
        environ[variable] = f"value of {variable}"
        assert ask(company, vendor, environ, name, url=url) == f"value of {variable}"


COMPANIES = st.one_of(st.none(), st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True))
VENDORS = st.sampled_from(["supabase", "jira", "confluence", "forge"])
WANTED = st.tuples(COMPANIES, VENDORS, st.sampled_from(["key", "token", "email"]))


@given(WANTED, WANTED)
def test_no_owner_is_served_another_owners_variable(
    one: tuple[str | None, Vendor, Name], two: tuple[str | None, Vendor, Name]
) -> None:
    if one[0] != two[0]:
        assert not set(variables(one[2], one[1], one[0])) & set(variables(two[2], two[1], two[0]))


def test_companies_and_group_do_not_fall_back_on_each_other() -> None:
    group = {"ORCH_SUPABASE_KEY": "g", "ORCH_ATLASSIAN_TOKEN": "g", "ORCH_JIRA_TOKEN": "g"}
    company = {"ORCH_EMPRESA_A_SUPABASE_KEY": "a", "ORCH_EMPRESA_A_ATLASSIAN_TOKEN": "a"}
    for vendor, name in (("supabase", "key"), ("jira", "token")):
        with pytest.raises(CredentialsError):
            ask("empresa-a", vendor, group, name)
        with pytest.raises(CredentialsError):
            ask("empresa-b", vendor, company | group, name)
        with pytest.raises(CredentialsError):
            ask(None, vendor, company, name)


def test_an_empty_variable_is_none() -> None:
    assert ask(None, "jira", {"ORCH_JIRA_TOKEN": " ", "ORCH_ATLASSIAN_TOKEN": " t\n"}) == "t"


def test_githubs_own_variable_goes_to_github_only() -> None:
    with pytest.raises(CredentialsError) as caught:
        ask(None, "forge", {"GITHUB_TOKEN": "t"}, url="https://git.evil.example/api")
    assert "GITHUB_TOKEN" not in caught.value.hint
    with pytest.raises(CredentialsError):
        ask(None, "forge", {"GITHUB_TOKEN": "t"}, url="https://api.github.com.evil.example")


def git_fill(tmp_path: Path, *options: str) -> Fill:
    """The real `git credential fill` with a `store` helper, as orchestrator/git runs it."""
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    helper = f"credential.helper=store --file={tmp_path}/credentials"

    def run(text: str) -> str | None:
        command = ["git", "-c", helper, *options, "credential", "fill"]
        done = subprocess.run(
            command, input=text, text=True, capture_output=True, env=environ, timeout=20, check=False
        )
        return done.stdout if done.returncode == 0 else None

    return run


def test_gits_credential_helper_answers_for_the_owner_that_was_asked(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(
        "https://ana%40acme.com:tok-a@acme.atlassian.net/orch/empresa-a\n"
        "https://bia%40acme.com:tok-g@acme.atlassian.net/orch\n"
        "https://x:tok-hub@github.com\n"
    )
    fill = git_fill(tmp_path, "-c", "credential.useHttpPath=true")
    assert ask("empresa-a", "jira", {}, fill=fill) == "tok-a"
    assert ask("empresa-a", "jira", {}, "email", fill) == "ana@acme.com"
    assert ask(None, "jira", {}, fill=fill) == "tok-g"
    assert ask(None, "forge", {}, fill=fill, url="https://api.github.com") == "tok-hub"
    assert ask("empresa-a", "jira", {"ORCH_EMPRESA_A_JIRA_TOKEN": "env"}, fill=fill) == "env"
    with pytest.raises(CredentialsError):
        ask("empresa-b", "jira", {}, fill=fill)


def test_a_helper_that_ignores_the_path_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("https://ana:tok-a@acme.atlassian.net/orch/empresa-a\n")
    with pytest.raises(CredentialsError):
        ask("empresa-b", "jira", {}, fill=git_fill(tmp_path))
    with pytest.raises(CredentialsError):
        ask(None, "jira", {}, fill=lambda text: "username=ana\npassword=tok-a\npath=orch/empresa-a\n")


def test_requests_cannot_be_broken_open() -> None:
    assert request("empresa-a", "jira", URL, "ana") == (
        "protocol=https\nhost=acme.atlassian.net\npath=orch/empresa-a\nusername=ana\n\n"
    )
    with pytest.raises(CredentialsError):
        request(None, "jira", URL, "ana\nhost=evil.example")


def test_the_keyring_is_asked_last_by_owner_host_and_vendor(keys: dict[tuple[str, str], str]) -> None:
    keys["orch/empresa-a@acme.atlassian.net", "jira-token"] = "k"
    assert ask("empresa-a", "jira", {}) == "k"
    others: tuple[tuple[str | None, Vendor, str], ...] = (
        ("empresa-b", "jira", URL),
        (None, "jira", URL),
        ("empresa-a", "confluence", URL),
        ("empresa-a", "jira", "https://evil.example"),
    )
    for company, vendor, url in others:
        with pytest.raises(CredentialsError):
            ask(company, vendor, {}, url=url)
    assert ask("empresa-a", "jira", {"ORCH_EMPRESA_A_JIRA_TOKEN": "env"}) == "env"


def test_no_keyring_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(service: str, user: str) -> str:
        raise sys.modules["keyring.errors"].KeyringError("locked")

    monkeypatch.setattr(sys.modules["keyring"], "get_password", locked)
    with pytest.raises(CredentialsError):
        ask(None, "jira", {})
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(CredentialsError):
        ask(None, "jira", {})


@given(st.text(min_size=4))
def test_a_secret_does_not_print_itself(text: str) -> None:
    secret = Secret("planted-" + text)
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>9}",
        "%s" % secret,  # noqa: UP031 -- this way of formatting too
        str([secret]),
        str({"k": secret}),
    ]
    assert not any("planted" in line for line in shown)
    assert secret.reveal() == "planted-" + text
    assert secret == Secret("planted-" + text)
    assert secret != Secret("other")
    assert len({secret, Secret("planted-" + text)}) == 1
    for leak in (json.dumps, pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(secret)


def test_a_secret_stays_out_of_logs_and_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("planted-9f2c")
    logging.getLogger("orch").warning("using %s", secret)
    try:
        raise ValueError(secret)
    except ValueError as error:
        text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "planted" not in caplog.text + text.replace('Secret("planted-9f2c")', "")


def test_a_message_names_the_variable_that_holds_the_secret() -> None:
    found = variable_of("token", "confluence", None, environ={"ORCH_ATLASSIAN_TOKEN": "x"})
    assert found == "ORCH_ATLASSIAN_TOKEN"
    assert variable_of("token", "confluence", None, environ={}) == "ORCH_CONFLUENCE_TOKEN"
