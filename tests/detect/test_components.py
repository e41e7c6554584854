"""New components: births, and what only looks like one."""

from __future__ import annotations

import json

import pytest

from orchestrator.detect import component_of, detect, read_manifest
from orchestrator.model import Candidate, Kind
from tests.detect.conftest import build

PACKAGE = json.dumps(
    {"name": "@acme/auth", "description": "Login e sessões", "dependencies": {"ioredis": "5"}}
)


def born(*args: object, **kwargs: object) -> list[Candidate]:
    found = detect(build(*args, **kwargs), "en")  # type: ignore[arg-type]
    return [c for c in found if c.record.kind is Kind.COMPONENT]


def test_a_birth() -> None:
    files = {"services/auth/package.json": (None, PACKAGE), "services/auth/src/index.ts": (None, "x")}
    (found,) = born("feat: autenticação única", files)
    assert found.record.title == "auth — Login e sessões"
    assert (found.record.component, found.record.technologies, found.topic) == ("auth", ("Redis",), "auth")
    assert "Autenticação única" in found.record.content
    assert found.paths == ("services/auth/package.json",)
    assert found.score == 0.9


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("svc/a/go.mod", "svc/a"),
        ("a/Cargo.toml", "a"),
        ("a/Api.csproj", "a"),
        ("pyproject.toml", ""),
        ("a/build.gradle.kts", "a"),
        ("a/Dockerfile", "a"),
        ("a/Chart.yaml", "a"),
        ("a/pubspec.yaml", "a"),
        ("a/tests/package.json", None),
        ("examples/a/go.mod", None),
        ("vendor/x/composer.json", None),
        ("a/fixtures/pom.xml", None),
        ("docs/package.json", None),
        ("a/main.py", None),
        ("a/requirements.txt", None),
        ("{{cookiecutter.name}}/pyproject.toml", None),
        ("a/Api.Tests.csproj", None),
    ],
)
def test_component_of(path: str, folder: str | None) -> None:
    assert component_of(path) == folder


def test_what_is_no_birth() -> None:
    new = {"auth/package.json": (None, PACKAGE), "auth/i.ts": (None, "x")}
    assert len(born("feat: x", new)) == 1
    assert born("initial import", new, parents=()) == []
    assert born("feat: x", new, known=frozenset({"auth"})) == []
    assert born("feat: x", {"auth/package.json": (PACKAGE, PACKAGE + " ")}) == []
    assert born("feat: x", {f"tests/{p}": t for p, t in new.items()}) == []
    assert born("feat: x", dict.fromkeys(new, (None, '{"type": "module"}'))) == []
    assert born("import", {f"s{i}/{p}": t for i in range(7) for p, t in new.items()}) == []


def test_moves_are_no_births() -> None:
    moved = {
        "old/package.json": (PACKAGE, None),
        "new/package.json": (None, PACKAGE),
        "new/i.ts": (None, "x"),
    }
    assert born("refactor: move", moved) == []
    edited = "FROM python:3\nCOPY . .\nRUN make\nCMD run"
    renamed = {
        "old/Dockerfile": (edited, None),
        "new/Dockerfile": (None, edited + "\n# new"),
        "new/a.py": (None, "x"),
    }
    assert born("refactor: rename", renamed) == []
    other = {
        "old/Dockerfile": (edited, None),
        "new/go.mod": (None, "module acme/new\n"),
        "new/a.go": (None, "x"),
    }
    assert len(born("rewrite in Go", other)) == 1
    files_came_along = {
        "old/pom.xml": ("<project/>", None),
        "new/go.mod": (None, "module a/new\n"),
        "new/a.go": (None, ""),
    }
    assert born("rename", files_came_along, renames={"new/README.md": "old/README.md"}) == []


def test_a_part_of_a_component_is_none() -> None:
    pod = "implementation 'a.b:c'"
    files = {
        "app1/package.json": (None, PACKAGE),
        "app1/android/build.gradle": (None, pod),
        "app1/x.ts": (None, "x"),
    }
    assert [c.topic for c in born("feat: app", files)] == ["auth"]
    inner = {"cart/src/Cart.csproj": (None, "<Project/>"), "cart/src/a.cs": (None, "x")}
    assert born("feat: x", inner, known=frozenset({"cart"})) == []


def test_a_container_file_alone_is_too_little() -> None:
    assert born("feat: db", {"db/Dockerfile": (None, "FROM postgres")}) == []
    assert len(born("feat: api", {"api/Dockerfile": (None, "FROM python"), "api/a.py": (None, "x")})) == 1


def test_a_bots_component_keeps_the_bots_words_out() -> None:
    files = {"auth/package.json": (None, PACKAGE), "auth/i.ts": (None, "x")}
    (found,) = born("chore(deps): scaffold everything", files, author="renovate[bot]")
    assert "scaffold" not in found.record.content


def test_the_name_that_a_generator_left_is_no_name() -> None:
    skeleton = json.dumps({"name": "laravel/laravel", "description": "The Laravel Framework."})
    (found,) = born(
        "feat: novo portal", {"portal/composer.json": (None, skeleton), "portal/a.php": (None, "x")}
    )
    assert found.record.title == "portal"


def test_a_module_named_setup_is_no_component() -> None:
    code = {"a/cli/x.py": (None, "x = 1\n")}
    assert not born("feat: cli", {"a/cli/setup.py": (None, "def init() -> None: ...\n"), **code})
    assert born("feat: lib", {"a/cli/setup.py": (None, "from setuptools import setup\n"), **code})


@pytest.mark.parametrize(
    ("folder", "is_born"),
    [
        ("DadosDeTestes", False),
        ("NFe.Classes.Testes", False),
        ("NFe.Danfe.AppTeste.NetCore", False),
        ("nfe-demo", False),
        ("contest-latest", True),
        ("NFe.Classes", True),
    ],
)
def test_trials_are_no_components_of_the_group(folder: str, is_born: bool) -> None:
    project = "<Project><PropertyGroup><Description>Notas</Description></PropertyGroup></Project>"
    files = {f"a/{folder}/{folder}.csproj": (None, project), f"a/{folder}/A.cs": (None, "")}
    assert bool(born("feat: notas", files)) is is_born


ODOO = (
    "# licença\n{'name': 'Nota fiscal', 'summary': 'Emite NF-e', 'depends': ['base'], 'version': '16.0.1'}\n"
)
STUB = "import setuptools\n\nsetuptools.setup(setup_requires=['setuptools-odoo'], odoo_addon=True)\n"


def test_an_odoo_add_on_lies_where_its_manifest_is_and_not_in_the_stub_that_packs_it() -> None:
    files: dict[str, tuple[str | None, str | None]] = {
        "l10n_br_nfe/__manifest__.py": (None, ODOO),
        "l10n_br_nfe/models/nfe.py": (None, "a = 1\n"),
        "setup/l10n_br_nfe/setup.py": (None, STUB),
    }
    (found,) = (c for c in detect(build("[ADD] l10n_br_nfe", files), "pt-BR") if c.detector == "components")
    assert (found.record.title, found.record.component) == ("l10n_br_nfe — Emite NF-e", "l10n_br_nfe")
    assert found.paths == ("l10n_br_nfe/__manifest__.py",)


@pytest.mark.parametrize(
    "text", ["{'name': __import__('os').getcwd()}", "{" * 90_000, "[1]", "{'name': 1, 'summary': [2]}"]
)
def test_an_odoo_manifest_is_read_and_never_run(text: str) -> None:
    found = read_manifest("a/__manifest__.py", text)
    assert found is None or found.description == ""
