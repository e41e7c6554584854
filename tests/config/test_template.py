"""What `orch init` writes is read back as it was meant, in both languages, for any folder name."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.config.discover import slug
from orchestrator.config.group import DEFAULT_ROUTES, Slot
from orchestrator.config.load import parse_group
from orchestrator.config.match import match_company
from orchestrator.config.template import find_companies, gitignore, render

ROOT = Path("/nowhere/repo")
LANGUAGES = ("pt-BR", "en")
FOLDERS = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=12).filter(
    lambda name: name not in (".", "..")
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_written_is_read_back(language: str) -> None:
    found = [("empresa-a", "Empresa A", "empresas/a/**"), ("b", 'B "2" \\', ["b/**", "libs/b/**"])]
    text = render("Grupo 1", found, language=language, folder="../g", default_company="b")
    group = parse_group(ROOT, text)
    assert (group.name, group.language, group.default_company) == ("Grupo 1", language, "b")
    assert [(c.id, c.name, c.paths) for c in group.companies] == [
        ("empresa-a", "Empresa A", ("empresas/a/**",)),
        ("b", 'B "2" \\', ("b/**", "libs/b/**")),
    ]
    assert group.remotes[Slot.PAGES].url == "/nowhere/g"
    assert text.isprintable() or "\n" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_commented_section_works_when_it_is_uncommented(language: str) -> None:
    text = render("G", [], language=language)
    assert parse_group(ROOT, text).companies == ()
    sections = re.compile(r"^(?:# )+(?=\[|[a-z_]+ = |version)", re.M)
    filled = sections.sub("", text).replace("<project>", "p").replace("<site>", "s")
    filled = re.sub(r"(\[company\.supabase\]\nurl = \"https://)p", r"\1q", filled)
    assert set(tomllib.loads(filled)) >= {"routes", "global", "company"}
    group = parse_group(ROOT, filled)
    assert group.routes == DEFAULT_ROUTES
    assert {remote.kind for remote in group.remotes.values()} == {"supabase", "jira", "confluence", "github"}
    assert {remote.kind for remote in group.companies[0].remotes.values()} == {
        "supabase",
        "jira",
        "confluence",
    }


def test_comments_speak_the_chosen_language() -> None:
    assert "Este arquivo vai para o git" in render("G", [], language="pt-BR")
    assert "It is committed" in render("G", [], language="en")


@given(st.text(max_size=30), st.lists(FOLDERS, max_size=4), st.sampled_from(LANGUAGES))
def test_any_name_and_any_folder_round_trip(name: str, folders: list[str], language: str) -> None:
    found = find_companies([f"empresas/{folder}/x" for folder in folders])
    group = parse_group(ROOT, render(name, found, language=language))
    assert [company.id for company in group.companies] == [company_id for company_id, _, _ in found]
    known = {company.paths[0] for company in group.companies}
    assert len(known) == len(group.companies)


@given(st.lists(FOLDERS.filter(str.isprintable), min_size=1, max_size=4, unique=True))
def test_a_folders_glob_matches_that_folder_and_no_other(folders: list[str]) -> None:
    found = find_companies([f"apps/{folder}/x" for folder in folders])
    group = parse_group(ROOT, render("g", found))
    for folder in folders:
        owners = match_company(group, f"apps/{folder}/src/deep/y.py")
        assert len(owners) == (0 if folder.startswith(".") or not slug(folder) else 1)
        assert match_company(group, f"libs/apps/{folder}/x") == ()


@given(st.text())
def test_slugs_are_ids(text: str) -> None:
    assert re.fullmatch(r"(?:[a-z0-9][a-z0-9-]{0,62})?", slug(text))


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["empresas/a/x", "companies/b/x", "apps/c/x"], [("b", "companies/b/**"), ("a", "empresas/a/**")]),
        (["apps/web/x", "packages/ui/x", "services/api/x", "auth/go.mod"], ["web", "ui", "api"]),
        (["auth/go.mod", "web/package.json", "docs/index.md", "package.json", "x/y/go.mod"], ["auth", "web"]),
        (["empresas/README.md", "auth/go.mod"], ["auth"]),
        (["empresas/Loja São João/x", "empresas/loja-sao-joao/x"], ["loja-sao-joao", "loja-sao-joao-2"]),
        (["empresas/\udcff/x", "empresas/a\nb/x", "empresas/.git/x", "empresas/日本/x"], []),
        ([], []),
    ],
)
def test_companies_are_guessed(paths: list[str], found: list[object]) -> None:
    guessed = [(i, g) if isinstance((found or [""])[0], tuple) else i for i, _, g in find_companies(paths)]
    assert guessed == found


@pytest.mark.parametrize(
    "hostile", ["a\x7f/**", 'a"\\/**', "a\n[global.folder]\npath = '/'", "\u2028", "\x00"]
)
def test_globs_cannot_break_out_of_their_text(hostile: str) -> None:
    written = tomllib.loads(render("g", [("a", "A", [hostile])]))
    assert written["company"][0]["paths"] == [hostile]
    assert "global" not in written


def test_names_are_made_for_people() -> None:
    names = {i: n for i, n, _ in find_companies(["empresas/loja_do-centro/x", "empresas/ACME/x"])}
    assert names == {"loja-do-centro": "Loja Do Centro", "acme": "ACME"}


def test_git_ignores_the_stores_and_keeps_what_is_shared(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    orch = tmp_path / ".orch"
    (orch / "companies/a").mkdir(parents=True)
    (orch / ".gitignore").write_text(gitignore())
    for name in (
        "config.toml",
        "policy.toml",
        "history.duckdb",
        "companies/a/orch.db",
        "companies/a/config.toml",
    ):
        (orch / name).write_text("x")
    listed = ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"]
    kept = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    assert kept == [".orch/.gitignore", ".orch/config.toml", ".orch/policy.toml"]
