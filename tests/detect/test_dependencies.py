"""What manifests depend on, in every scope, with the version that is written."""

from __future__ import annotations

import json
import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.detect import read_manifest
from orchestrator.detect.manifest_formats import TEXT_LIMIT
from orchestrator.detect.manifest_paths import MANIFEST, is_manifest

POM = """<project><artifactId>loja</artifactId><version>2</version><dependencies>
<dependency><groupId>g</groupId><artifactId>a</artifactId><version>1.0</version></dependency>
<dependency><groupId>g</groupId><artifactId>t</artifactId><version>${v}</version><scope>test</scope></dependency>
<dependency><groupId>g</groupId><artifactId>o</artifactId><optional>true</optional></dependency>
</dependencies></project>"""
GRADLE = """dependencies {
    implementation 'org.postgresql:postgresql:42.1'
    api(platform("com.acme:bom:1"))
    testImplementation("org.junit:junit")
    annotationProcessor "org.lombok:lombok:1.18"
    unrelated 'x:y:1'
}"""
GEMFILE = """gem 'rails', '~> 7.0'
gem "pg"
group :development, :test do
  gem 'rspec', '3'
end
"""
PYPROJECT = """[project]
name = "loja"
version = "1"
dependencies = ["Requests>=2,<3; python_version>'3'", "attrs"]
[project.optional-dependencies]
fast = ["orjson (>=3)"]
[dependency-groups]
test = ["pytest[x] ~= 8.0"]
dev = ["ruff", {include-group = "test"}]
[build-system]
requires = ["hatchling"]
[tool.poetry.dependencies]
python = "^3.11"
django = {version = "^5", extras = ["argon2"]}
[tool.poetry.group.tests.dependencies]
faker = "*"
"""
CASES = {
    "package.json": (
        '{"dependencies": {"react": "^18", "x": {"a": 1}}, "devDependencies": {"jest": "29"},'
        ' "peerDependencies": {"p": "1"}, "optionalDependencies": {"o": "2"}}',
        "npm",
        {("react", "^18", "runtime"), ("x", "", "runtime"), ("jest", "29", "development"), ("p", "1", "peer"),
         ("o", "2", "optional")},
    ),
    "composer.json": (
        '{"require": {"php": ">=8", "laravel/framework": "^11"}, "require-dev": {"phpunit/phpunit": "*"}}',
        "composer",
        {("laravel/framework", "^11", "runtime"), ("phpunit/phpunit", "*", "development")},
    ),
    "pyproject.toml": (
        PYPROJECT,
        "pypi",
        {("requests", ">=2,<3", "runtime"), ("attrs", "", "runtime"), ("orjson", ">=3", "optional"),
         ("pytest", "~= 8.0", "test"), ("ruff", "", "development"), ("hatchling", "", "build"),
         ("django", "^5", "runtime"), ("faker", "*", "test")},
    ),
    "requirements.txt": (
        "Flask==3.0  # web\n-r other.txt\nhttps://x/y.whl\n    # via x\n\nattrs\n"
        "click==8 \\\n    --hash=sha256:0\n    # via\n    #   -r requirements.in\n    #   flask\n"
        "jinja2==3\n    # via flask\n",
        "pypi",
        {("flask", "==3.0", "runtime"), ("attrs", "", "runtime"), ("click", "==8", "runtime"),
         ("jinja2", "==3", "indirect")},
    ),
    "Cargo.toml": (
        '[package]\nname="a"\n[dependencies]\nserde="1"\n'
        'r={package="rand",version="0.8",optional=true}\n'
        '[dev-dependencies]\nx={path="../x"}\n[build-dependencies]\ncc="1"\n',
        "cargo",
        {("serde", "1", "runtime"), ("rand", "0.8", "optional"), ("x", "", "development"),
         ("cc", "1", "build")},
    ),
    "go.mod": (
        "module example.com/loja\nrequire (\n\tgithub.com/a/b v1.2.0\n"
        "\tgithub.com/c/d v0.1.0 // indirect\n)\n",
        "go",
        {("github.com/a/b", "v1.2.0", "runtime"), ("github.com/c/d", "v0.1.0", "indirect")},
    ),
    "pom.xml": (POM, "maven", {("g:a", "1.0", "runtime"), ("g:t", "${v}", "test"), ("g:o", "", "optional")}),
    "build.gradle": (
        GRADLE,
        "maven",
        {("org.postgresql:postgresql", "42.1", "runtime"), ("com.acme:bom", "1", "runtime"),
         ("org.junit:junit", "", "test"), ("org.lombok:lombok", "1.18", "build")},
    ),
    "Gemfile": (
        GEMFILE,
        "rubygems",
        {("rails", "~> 7.0", "runtime"), ("pg", "", "runtime"), ("rspec", "3", "development")},
    ),
    "Dockerfile": (
        "FROM ghcr.io/acme/redis:7 AS base\nFROM base\nFROM node@sha256:ab\nFROM $X\nFROM acme/${Y}-slim\n",
        "docker",
        {("acme/redis", "7", "runtime"), ("node", "sha256:ab", "runtime")},
    ),
    "docker-compose.yml": (
        "services:\n  a: {image: 'redis:7'}\n  b: {image: '$X'}\n",
        "docker",
        {("redis", "7", "runtime")},
    ),
    "Chart.yaml": (
        "name: a\ndependencies:\n- {name: pg, version: 1.x}\n",
        "helm",
        {("pg", "1.x", "runtime")},
    ),
    "a.csproj": (
        '<Project><ItemGroup><PackageReference Include="A" Version="1"/>'
        '<PackageReference Include="B"><Version>2</Version><PrivateAssets>all</PrivateAssets>'
        "</PackageReference>"
        "</ItemGroup></Project>",
        "nuget",
        {("A", "1", "runtime"), ("B", "2", "build")},
    ),
    "mix.exs": (
        'app: :loja\n  {:phoenix, "~> 1.7"},\n  {:credo, "~> 1", only: [:dev, :test]},\n',
        "hex",
        {("phoenix", "~> 1.7", "runtime"), ("credo", "~> 1", "development")},
    ),
    "pubspec.yaml": (
        "name: a\ndependencies: {http: ^1}\ndev_dependencies: {test: any}\n",
        "pub",
        {("http", "^1", "runtime"), ("test", "any", "development")},
    ),
    "__manifest__.py": (
        "# licença\n{'name': 'Nota', 'depends': ['base', 'l10n_br_base'], 'data': [],"
        " 'external_dependencies': {'python': ['erpbrasil.base>=2'], 'bin': ['x']}}\n",
        "odoo",
        {("base", "", "runtime"), ("l10n_br_base", "", "runtime"), ("erpbrasil.base", ">=2", "runtime")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_scope_with_the_version_that_is_written(name: str) -> None:
    text, ecosystem, expected = CASES[name]
    found = read_manifest(f"services/loja/{name}", text)
    assert found is not None
    assert (found.ecosystem, set(found.dependencies)) == (ecosystem, expected)


def test_malformed_unknown_and_endless_manifests_say_nothing() -> None:
    assert read_manifest("package.json", "{") is None
    assert read_manifest("README.md", "{}") is None
    assert read_manifest("package.json", '{"name": "' + "x" * TEXT_LIMIT + '"}') is None
    long = read_manifest("package.json", json.dumps({"dependencies": {"x" * 999: "1", "ok": "1"}}))
    assert long is not None
    assert long.dependencies == (("ok", "1", "runtime"),)


@given(st.sampled_from(list(CASES)), st.data())
def test_whatever_the_text_it_is_total(name: str, data: st.DataObject) -> None:
    """Cut and mixed texts never raise, and every dependency that they give has a name."""
    text = CASES[name][0]
    at = data.draw(st.integers(0, len(text)))
    mixed = text[:at] + data.draw(st.text(max_size=20)) + text[at + data.draw(st.integers(0, 5)) :]
    found = read_manifest(name, mixed)
    assert found is None or all(d[0] and all(isinstance(part, str) for part in d) for d in found.dependencies)


@given(
    st.lists(st.sampled_from(("a", "requirements", "K8s", "test", "Docker", "{{x}}")), max_size=3),
    st.sampled_from((
        "package.json", "Package.JSON", "go.mod", "setup.py", "x.csproj", ".vbproj", "Dockerfile",
        "containerfile.api", "compose.yml", "docker-compose.prod-1.yaml", "requirements.txt",
        "requirements-prod.in", "base.txt", "requirements", "prod.txt", "compose.txt", "README.md",
        "conda_requirements.txt", "__manifest__.py",
    )),
)  # fmt: skip
def test_the_pattern_that_a_database_looks_for_misses_no_manifest(folders: list[str], name: str) -> None:
    """By Python's engine and by DuckDB's."""
    path = "/".join((*folders, name))
    found = re.search(MANIFEST, path.lower()) is not None
    assert found or not is_manifest(path)
    asked = "SELECT regexp_matches(lower($1), $2)"
    assert duckdb.execute(asked, [path, MANIFEST]).fetchone() == (found,)
