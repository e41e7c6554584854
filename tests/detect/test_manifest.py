"""Manifests of every ecosystem, and those that try to do harm."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from orchestrator.detect import read_manifest


class Told(NamedTuple):
    """What detectors ask of a manifest."""

    name: str = ""
    version: str = ""
    description: str = ""
    runtime: tuple[str, ...] = ()
    partial: bool = False
    possible: tuple[str, ...] = ()


def told(path: str, text: str) -> Told | None:
    found = read_manifest(path, text)
    return found and Told(*(getattr(found, field) for field in Told._fields))


READ = {
    "package.json": (
        '{"name":"a","version":"1","description":"d","dependencies":{"x":"1"},"devDependencies":{"y":"1"}}',
        Told("a", "1", "d", ("x",)),
    ),
    "composer.json": (
        '{"name":"v/a","require":{"php":"8","ext-pdo":"*","predis/predis":"2"}}',
        Told("v/a", "", "", ("predis/predis",)),
    ),
    "pyproject.toml": (
        '[project]\nname="a"\nversion="1"\ndependencies=["Redis[hiredis]>=5", "x ; os_name==\'nt\'"]\n',
        Told("a", "1", "", ("redis", "x")),
    ),
    "p/pyproject.toml": (
        '[tool.poetry]\nname="a"\n[tool.poetry.dependencies]\npython="3"\nDjango="5"\n',
        Told("a", "", "", ("django",)),
    ),
    "Cargo.toml": (
        '[package]\nname="a"\n[dependencies]\nb="1"\nc={package="d",version="1"}\n',
        Told("a", "", "", ("b", "d")),
    ),
    "go.mod": (
        "module example.com/a/v2\n\nrequire github.com/x/y v1.0.0\n"
        "require (\n\tgo.z.io/q v1\n\tb.io/i v1 // indirect\n)\n"
        "replace (\n\tc.io/r v1 => ../r\n)\n",
        Told("example.com/a/v2", "", "", ("github.com/x/y", "go.z.io/q")),
    ),
    "pom.xml": (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><artifactId>a</artifactId><dependencies><dependency>'
        "<groupId>g</groupId><artifactId>b</artifactId></dependency><dependency><groupId>j</groupId><artifactId>t"
        "</artifactId><scope>test</scope></dependency></dependencies></project>",
        Told("a", "", "", ("g:b",)),
    ),
    "A.csproj": (
        '<Project Sdk="x"><PropertyGroup><PackageId>A</PackageId></PropertyGroup><ItemGroup>'
        '<PackageReference Include="Npgsql" Version="8"/></ItemGroup></Project>',
        Told("A", "", "", ("Npgsql",)),
    ),
    "Gemfile": (
        "gem 'rails', '~> 7'\ngem \"pg\"\ngroup :test do\n  gem 'rspec'\nend\n",
        Told("", "", "", ("pg", "rails")),
    ),
    "mix.exs": (
        '[app: :a, version: "0.1.0"]\n[\n  {:phoenix, "~> 1.7"},\n  {:credo, "~> 1.7", only: [:dev]}\n]',
        Told("a", "0.1.0", "", ("phoenix",)),
    ),
    "build.gradle.kts": (
        'dependencies {\n  implementation("io.ktor:ktor-server-core:2")\n  testImplementation("j:u:4")\n}',
        Told("", "", "", ("io.ktor:ktor-server-core",)),
    ),
    "pubspec.yaml": (
        "name: a\ndependencies:\n  http: ^1\ndev_dependencies:\n  lints: 1\n",
        Told("a", "", "", ("http",)),
    ),
    "Chart.yaml": (
        "name: a\nversion: 1.2.0\ndependencies:\n  - name: redis\n    version: 1\n",
        Told("a", "1.2.0", "", ("redis",)),
    ),
    "compose.yaml": (
        "services:\n  a: &x\n    image: ghcr.io/acme/a:1\n  b: *x\n"
        "  c:\n    image: ${IMG}\n  d:\n    build: .\n",
        Told("", "", "", ("acme/a",), partial=True, possible=("d",)),
    ),
    "Dockerfile": (
        "FROM --platform=linux/amd64 golang:1.22 AS build\n"
        "FROM build AS t\nFROM localhost:5000/redis@sha256:0\n",
        Told("", "", "", ("golang", "redis")),
    ),
    "requirements.txt": (
        "# c\n-r base.txt\nDjango==5 # x\nredis[hiredis]\ngit+https://h/x.git\n./local\n",
        Told("", "", "", ("django", "redis"), possible=("h/x.git",)),
    ),
    "setup.cfg": (
        "[metadata]\nname = a\nversion = 1\n[options]\ninstall_requires =\n    flask>=2\n",
        Told("a", "1", "", ("flask",)),
    ),
}


@pytest.mark.parametrize("path", READ)
def test_read(path: str) -> None:
    text, expected = READ[path]
    assert told(f"some/folder/{path}", text) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", "{"),
        ("package.json", "[]"),
        ("package.json", "[" * 100_000),
        ("pyproject.toml", "a = ["),
        ("pyproject.toml", "a = " + "[" * 50_000),
        ("pom.xml", "<project>"),
        ("pom.xml", "<html/>"),
        ("go.mod", "x"),
        ("compose.yaml", "a: [b"),
        ("compose.yaml", "- a"),
        ("compose.yaml", "\ud800: 1"),
        ("Dockerfile", "RUN x"),
        ("setup.cfg", "[tool]\nx=1"),
        ("setup.cfg", "x"),
        ("setup.py", "setup(name='a')"),
        ("README.md", "# a"),
        ("package.json", '{"name": "' + "a" * 200_000 + '"}'),
        ("pyproject.toml", "a." * 40_000 + "b = 1"),
        ("Chart.yaml", "name: a\nx: " + "[" * 40_000),
        ("Chart.yaml", "- " * 60_000),
    ],
)
def test_malformed_text_gives_none(path: str, text: str) -> None:
    assert read_manifest(path, text) is None


def test_entities_are_refused_and_aliases_do_not_multiply() -> None:
    laughs = '<!DOCTYPE project [<!ENTITY a "aaaa">]><project><artifactId>&a;</artifactId></project>'
    assert read_manifest("pom.xml", laughs) is None
    assert read_manifest("pom.xml", '<!DOCTYPE project SYSTEM "file:///etc/passwd"><project/>') is None
    levels = [f"l{i}: &l{i} {{<<: [{', '.join([f'*l{i - 1}'] * 9)}]}}" for i in range(1, 12)]
    bomb = "name: a\nl0: &l0 {k: v}\n" + "\n".join(levels)
    assert told("Chart.yaml", bomb) == Told("a")


def test_values_of_the_wrong_type_are_left_out() -> None:
    assert told("package.json", '{"name": 3, "version": [], "dependencies": ["x"]}') == Told()
    assert told("pyproject.toml", 'project = 3\n[tool]\npoetry = "x"') == Told()
    assert told("compose.yaml", "services: [a]") == Told()
