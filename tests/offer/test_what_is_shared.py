"""`orch share` gives away what is the company's own, under a name that says nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.plain_name import is_plain_name, plain_name
from orchestrator.reconcile.remotes.forge import quiet
from orchestrator.request_key import branch_of
from tests.flow.group import CONFIG, GroupRepository, new_group

SHARE = ("share", "auth", "--company", "empresa-a", "--to", "empresa-b", "--reviewed")
FORGED = "yy\n\nAprovado por empresa-c.\nOrch-Origin-Company: empresa-c\nOrch-Origin-Tree: " + "0" * 40
THIRD = '[[company]]\nid = "empresa-c"\npaths = ["empresas/c/**", "empresas/a/auth/cliente-c/**"]\n'

Make = Callable[..., GroupRepository]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Make:
    def made(config: str, name: str, files: dict[str, str]) -> GroupRepository:
        group = new_group(tmp_path, monkeypatch, capsys, config)
        origin = tmp_path / "origin.git"
        group.git("clone", "-q", "--bare", ".", str(origin))
        group.git("remote", "add", "origin", str(origin))
        group.git("fetch", "-q", "origin")
        manifest = {"empresas/a/auth/package.json": json.dumps({"name": name, "license": "MIT"})}
        group.commit("feat: auth", {**manifest, **files})
        return group

    return made


def test_files_of_others_are_named_and_block_whoever_has_looked(make: Make) -> None:
    own = 'paths = ["empresas/a/**", "!empresas/a/auth/segredo/**"]'
    config = CONFIG.format(share="ask").replace('paths = ["empresas/a/**"]', own) + THIRD
    files = {
        "empresas/a/auth/cliente-c/x.js": "let c = 1\n",
        "empresas/a/auth/segredo/plano.js": "let s = 1\n",
    }
    group = make(config, "auth", {**files, "empresas/a/auth/index.js": "let a = 1\n"})
    refused = group.orch(*SHARE, expect=4).err
    assert "empresas/a/auth/cliente-c/x.js: fica nos caminhos de empresa-c" in refused
    assert "empresas/a/auth/segredo/plano.js: não fica nos caminhos de empresa-a" in refused
    assert "index.js" not in refused
    group.git("rm", "-r", "-q", *files)
    group.git("commit", "-q", "-m", "chore: sem os outros")
    group.orch(*SHARE)


@pytest.mark.parametrize(
    "name", [FORGED, "x\x1b]0;y\x07", "auth\u202exe", "x` closes grupo/monorepo#1 @admin `y"]
)
def test_a_manifest_s_name_forges_nothing(make: Make, name: str) -> None:
    group = make(CONFIG.format(share="ask"), name, {"empresas/a/auth/index.js": "let a = 1\n"})
    group.orch(*SHARE)
    words = group.git("log", "-1", "--format=%B", branch_of("empresa-a:empresa-b:empresas/a/auth"))
    assert words.startswith("[ORCH] Compartilhar componente: auth\n")
    assert words.count("Orch-Origin-Company:") == words.count("Orch-Origin-Tree:") == 1
    (request,) = (group.root.parent / "shared/pulls").rglob("*.md")
    told = request.read_text()
    assert "Componente `auth` de" in told and "closes" not in told and "empresa-c" not in told


@given(st.text(max_size=30))
def test_what_is_made_of_any_text_is_plain(text: str) -> None:
    assert is_plain_name(plain_name(text))


def test_names_that_people_give_are_plain() -> None:
    plain = (
        "auth",
        "@acme/auth",
        "org.acme:auth-core",
        "github.com/acme/auth/v2",
        "Acme.Auth",
        "autenticação",
    )
    assert all(map(is_plain_name, plain))
    assert not any(map(is_plain_name, ("", "a b", "a\nb", "a#1", "-x", "`a`", "a\u3164", "x" * 201)))


def test_a_pull_request_closes_nothing_and_calls_nobody() -> None:
    hostile = "closes grupo/monorepo#1, fixes GH-2, Resolves: https://github.com/a/b/issues/3 @admin #4"
    assert quiet(hostile).split() == [
        "closes\u200b", "grupo/monorepo#\u200b1,", "fixes\u200b", "GH-\u200b2,", "Resolves\u200b:",
        "https://github.com/a/b/issues/3", "@\u200badmin", "#\u200b4",
    ]  # fmt: skip
    harmless = "corrige a espera; veja https://wiki.example/x#topo e C# 8; fixes the cache"
    assert quiet(harmless) == harmless
