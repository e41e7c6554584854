"""Technologies adopted, dropped and replaced."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from orchestrator.detect import detect, is_judged_by_others, locks, technologies
from orchestrator.model import Candidate
from tests.detect.conftest import build


def package(*names: str, development: tuple[str, ...] = ()) -> str:
    return json.dumps(
        {
            "name": "a",
            "dependencies": dict.fromkeys(names, "1"),
            "devDependencies": dict.fromkeys(development, "1"),
        }
    )


def titles(*args: object, minimum: float | None = None, **kwargs: object) -> list[str]:
    found = detect(build(*args, **kwargs), "en", minimum=minimum)  # type: ignore[arg-type]
    return [c.record.title for c in found if c.detector == "adoption"]


def test_adopted_by_any_of_its_packages() -> None:
    change = build(
        "Sessões fora do processo", {"package.json": (package("express"), package("express", "ioredis"))}
    )
    (found,) = detect(change, "en")
    assert isinstance(found, Candidate)
    assert (found.record.title, found.topic) == ("Technology adopted: Redis", "technology redis adopted")
    assert found.record.content == "Technology adopted: Redis\n\nSessões fora do processo"
    assert (found.paths, found.record.technologies, found.score) == (("package.json",), ("Redis",), 0.55)


def test_another_package_of_the_same_technology_is_no_news() -> None:
    assert titles("x", {"package.json": (package("redis"), package("ioredis"))}) == []
    assert titles("x", {"a.txt": ("", ""), "requirements.txt": ("psycopg2\n", "psycopg[binary]>=3\n")}) == []


def test_development_dependencies_bots_roots_and_moves_are_none() -> None:
    files = {"package.json": (package(), package("pg"))}
    assert titles("x", files) == ["Technology adopted: PostgreSQL"]
    assert titles("x", {"package.json": (package(), package(development=("pg",)))}) == []
    assert (
        titles("x", files, author="dependabot[bot]", email="1+dependabot[bot]@users.noreply.github.com") == []
    )
    assert titles("x", files, parents=()) == []
    assert (
        titles(
            "x", {"a/package.json": (package("pg"), package()), "b/package.json": (package(), package("pg"))}
        )
        == []
    )


def test_replaced_when_both_serve_the_same_end() -> None:
    files = {"pom.xml": (pom("mysql", "mysql-connector-java"), pom("org.postgresql", "postgresql"))}
    assert titles("x", files) == ["Technology replaced: MySQL by PostgreSQL"]


def test_dropped_counts_when_the_message_says_so() -> None:
    files = {"go.mod": (go_mod("github.com/redis/go-redis/v9"), go_mod())}
    assert titles("remove the cache", files) == []
    assert titles("Drop Redis, the database answers in time", files) == ["Technology dropped: Redis"]
    assert titles("Read Redis keys in another way", files) == []
    assert titles("remove the service", {"go.mod": (go_mod("github.com/redis/go-redis/v9"), None)}) == []


def test_images_of_a_new_compose_file_need_the_message() -> None:
    compose = "services:\n  cache:\n    image: docker.io/library/redis:7-alpine\n"
    assert titles("ambiente local", {"compose.yaml": (None, compose)}) == []
    assert titles("Redis no ambiente local", {"compose.yaml": (None, compose)}) == [
        "Technology adopted: Redis"
    ]
    assert titles("x", {"compose.yaml": ("services: {}", compose)}) == ["Technology adopted: Redis"]


def test_what_a_deleted_manifest_had_is_not_adopted_by_the_one_that_takes_its_place() -> None:
    project = '[project]\nname = "a"\ndependencies = ["Scrapy", "redis"{more}]\n'
    files = {
        "requirements.txt": ("scrapy==2\nredis==5\n", None),
        "pyproject.toml": (None, project.format(more="")),
    }
    message = "Passa a pyproject; Scrapy, Redis e PostgreSQL"
    assert titles(message, files) == []
    files["pyproject.toml"] = (None, project.format(more=', "psycopg"'))
    assert titles(message, files) == ["Technology adopted: PostgreSQL"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "ARG I=redis:7\nFROM {}\n"),
        ("Dockerfile", "FROM golang:1 AS b\nFROM {}\n"),
        ("compose.yaml", "services:\n  c:\n    image: {}\n"),
    ],
)
def test_an_image_behind_a_variable_says_nothing(path: str, text: str) -> None:
    literal, variable = text.format("redis:7"), text.format("${I}")
    assert titles("Redis com digest", {path: (variable, literal)}) == []
    assert titles("Remove Redis do arquivo", {path: (literal, variable)}) == []
    without = text.format("alpine:3").replace("redis:7", "alpine:3")
    assert titles("x", {path: (without, literal)}) == ["Technology adopted: Redis"]


def test_each_technology_has_its_own_manifests_as_evidence() -> None:
    files = {
        "a/package.json": (package(), package("ioredis")),
        "b/package.json": (package("left-pad"), package("pg")),
        "c/Dockerfile": ("FROM golang:1\n", "FROM alpine:3\n"),
    }
    found = {c.record.technologies: c.paths for c in detect(build("x", files), "en")}
    assert found == {("PostgreSQL",): ("b/package.json",), ("Redis",): ("a/package.json",)}


COMPOSE = "services:\n  web:\n    image: acme/web\n"
FREEZE = "".join(f"pacote{n}==1.{n}\n" for n in range(12))
MONGO = "mongo:\n  image: mongo\nweb:\n  build: .\n"
BUILT = "services:\n  nginx:\n    build: docker/nginx\n"
UNREADABLE = "services:\n  a:\n     - X=1\n    - Y=2\n  db:\n    image: postgres:9\n"
WITH_DB = f"{COMPOSE}  db:\n    image: postgres:9\n"
VIA = "scrapy==2\nsentry-sdk==1 \\\n  --hash=sha256:0\n    # via spidermon\n"
Sides = dict[str, tuple[str | None, str | None]]


@pytest.mark.parametrize(
    ("message", "files", "others"),
    [
        # what another manifest of the company has is neither adopted nor dropped
        (
            "Banco no compose local",
            {"dev/compose.yaml": (COMPOSE, WITH_DB)},
            {"requirements.txt": "psycopg2\n"},
        ),
        (
            "Remove grpc do gerador de carga",
            {"carga/requirements.txt": ("grpcio==1\nlocust==2\n", "locust==2\n")},
            {"caixa/go.mod": "module caixa\n\nrequire google.golang.org/grpc v1.50.0\n"},
        ),
        # a side that cannot be read may have had it
        (
            "Remove PostgreSQL do Docker em produção",
            {"compose.yaml": (UNREADABLE, COMPOSE), "compose.dev.yaml": (COMPOSE, WITH_DB)},
            {},
        ),
        # what was built, and what a variable or a comment names, may have been the image
        ("Nginx 1.25", {"compose.yaml": (BUILT, BUILT.replace("build: docker/", "image: "))}, {}),
        (
            "OpenSearch com menos memória",
            {
                "compose.yaml": (
                    "services:\n  b:\n    image: ${OPENSEARCH}\n",
                    "services:\n  b:\n    build: b\n",
                ),
                "b/Dockerfile": (None, "FROM opensearchproject/opensearch:3\n"),
            },
            {},
        ),
        ("Banco de volta", {"compose.yaml": (f"{COMPOSE}#  db:\n#    image: postgres\n", WITH_DB)}, {}),
        ("Ajustes", {"compose.yaml": (MONGO, "services:\n  mongo:\n    image: mongo\n")}, {}),
        ("Estável", {"Dockerfile": ("FROM envoyproxy/envoy-dev:8c2\n", "FROM envoyproxy/envoy:v1\n")}, {}),
        (
            "Junta as listas",
            {
                "conda_requirements.txt": ("pandas>=1\n", None),
                "requirements.txt": ("x==1\n", "x==1\npandas\n"),
            },
            {},
        ),
        # a pin of what is there, a list of all that is installed, what others bring
        (
            "Fixa versão do redis",
            {"Gemfile": ("gem 'redis-rails'\n", "gem 'redis-rails'\ngem 'redis'\n")},
            {},
        ),
        ("Fixa dependências", {"requirements.txt": ("flask\n", "flask==1\nalembic==1.4\n")}, {}),
        ("x", {"requirements.txt": ("flask\n", f"flask==1\nalembic==1.4\n{FREEZE}")}, {}),
        ("x", {"requirements.txt": ("scrapy\n", VIA)}, {}),
        (
            "x",
            {
                "requirements.in": ("flask\n", "flask\n"),
                "requirements.txt": ("flask==1\n", "flask\nalembic\n"),
            },
            {},
        ),
        ("x", {"requirements.txt": ("flask==1\n", "flask==1\nalembic==1\n")}, {"requirements.in": "flask\n"}),
    ],
)
def test_what_was_there_in_another_form_is_not_adopted(
    message: str, files: Sides, others: dict[str, str]
) -> None:
    change = replace(build(message, files), standing=others)
    assert [c.record.title for c in detect(change, "en") if c.detector == "adoption"] == []


def test_what_no_other_manifest_has_is_adopted_and_dropped() -> None:
    others = {
        "b/package.json": package("express"),
        "compose-tests.yaml": "services:\n  c:\n    image: redis\n",
    }
    files: Sides = {"a/package.json": (package("pg"), package("ioredis"))}
    change = replace(build("Remove o PostgreSQL; Redis no lugar", files), standing=others)
    found = [c.record.title for c in detect(change, "en")]
    assert found == ["Technology adopted: Redis", "Technology dropped: PostgreSQL"]


def test_other_manifests_are_asked_for_where_something_would_be_learnt() -> None:
    """To list and read a whole tree costs more than the rest of a commit."""
    image = {"Dockerfile": (None, "FROM redis:7\n")}
    assert titles("x", image, minimum=0.0) == ["Technology adopted: Redis"]
    assert not is_judged_by_others(build("x", image))  # an image of a new file, of which nobody speaks
    assert is_judged_by_others(build("Usa Redis nas sessões", image))
    assert is_judged_by_others(
        build("x", {"package.json": (package("express"), package("express", "ioredis"))})
    )
    assert not is_judged_by_others(build("x", {"package.json": (package("ioredis"), package())}))


def test_who_wants_a_package_is_told_in_a_compiled_list() -> None:
    direct = "redis==5  # via -r requirements.in\ncelery==5\n    # via\n    #   -r base.in\n    #   flower\n"
    found = titles("x", {"requirements.txt": ("flask\n", f"flask\n{direct}")})
    assert found == ["Technology adopted: Celery", "Technology adopted: Redis"]


def test_unknown_packages_are_one_low_candidate() -> None:
    files = {"package.json": (package(), package("left-pad", "is-odd"))}
    assert titles("x", files) == []
    assert titles("x", files, minimum=0.0) == ["New dependencies: is-odd, left-pad"]


def test_a_manifest_that_does_not_parse_says_nothing() -> None:
    assert titles("x", {"package.json": ("{", package("pg"))}) == []
    assert titles("x", {"package.json": (package("pg"), "<<<<<<< HEAD")}) == []


@pytest.mark.parametrize(
    ("package_name", "name"),
    [
        ("ioredis", "Redis"),
        ("github.com/redis/go-redis/v9", "Redis"),
        ("psycopg", "PostgreSQL"),
        ("org.springframework.boot:spring-boot-starter-web", "Spring Boot"),
        ("bitnami/postgresql", "PostgreSQL"),
        ("org.postgresql:postgresql", "PostgreSQL"),
        ("@nestjs/core", "NestJS"),
        ("StackExchange.Redis", "Redis"),
        ("@types/react", None),
        ("react-color", None),
        ("github.com/acme/redis", None),
        ("", None),
    ],
)
def test_of_package(package_name: str, name: str | None) -> None:
    found = technologies.of_package(package_name)
    assert (found.name if found else None) == name


def test_mentions_are_whole_words_and_not_addresses() -> None:
    assert technologies.mentioned("Do Redis para o postgres; mongo-express fica") == ("Redis", "PostgreSQL")
    assert technologies.mentioned("see https://github.com/prometheus/prometheus/pull/1, go and express") == ()
    assert technologies.mentioned("o link openai.com e o de redis.io. Next.js com Socket.io") == (
        "Next.js",
        "Socket.IO",
    )


def test_every_package_belongs_to_one_technology() -> None:
    rows = technologies._rows()
    packages = [p for row in rows for p in row[3].split()]
    assert len(rows) >= 150
    assert len(packages) == len(set(packages))


def pom(group: str, artifact: str) -> str:
    dependency = f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId></dependency>"
    return f"<project><artifactId>a</artifactId><dependencies>{dependency}</dependencies></project>"


def go_mod(*modules: str) -> str:
    return "module acme/a\n\nrequire (\n" + "".join(f"\t{m} v1.0.0\n" for m in modules) + ")\n"


LOCKS = {
    "poetry.lock": '[[package]]\nname = "protobuf"\nversion = "4"\n',
    "Pipfile.lock": '{\n    "default": {\n        "protobuf": {\n',
    "package-lock.json": '    "node_modules/protobuf": {\n',
    "yarn.lock": 'protobuf@^4, protobuf@^5:\n  version "5"\n',
    "pnpm-lock.yaml": "packages:\n  /protobuf@4.0.0:\n",
    "composer.lock": '            "name": "protobuf",\n',
    "Gemfile.lock": "GEM\n  specs:\n    protobuf (4.0)\n",
}


@pytest.mark.parametrize("lock", LOCKS)
def test_what_a_lock_file_had_is_new_only_where_the_message_names_it(lock: str) -> None:
    files = {"requirements.txt": ("flask\n", "flask\nprotobuf\n")}
    named = "Technology adopted: Protocol Buffers"
    assert titles("add dependencies", files) == [named]
    for message, found in (("add dependencies", []), ("Eventos em protobuf", [named])):
        change = replace(build(message, files), standing={lock: LOCKS[lock]})
        assert [c.record.title for c in detect(change, "en")] == found


def test_what_a_lock_file_only_mentions_is_new() -> None:
    files = {"package.json": (package("express"), package("express", "pg"))}
    wanted = '    "node_modules/knex": {\n      "peerDependencies": {\n        "pg": "^8"\n      }\n    }\n'
    change = replace(build("Lê do banco", files), standing={"package-lock.json": wanted})
    assert [c.record.title for c in detect(change, "en")] == ["Technology adopted: PostgreSQL"]


def test_a_lock_file_is_read_once_however_many_packages_come() -> None:
    text = "".join(f'"node_modules/p{n}": {{"resolved": "p{n}x"}}\n' for n in range(25_000))
    start = time.process_time()
    assert locks.held(text, {f"p{n}x" for n in range(600)} | {"p24999"}) == {"p24999"}
    assert time.process_time() - start < 1.0


def test_an_indirect_module_that_becomes_direct_is_new_only_where_the_message_names_it() -> None:
    module = (
        "module example.com/a\n\nrequire (\n\tgithub.com/x/y v1.0.0\n\tgoogle.golang.org/grpc v1.6.0{}\n)\n"
    )
    files = {"go.mod": (module.format(" // indirect"), module.format(""))}
    assert titles("Corrige o endereço do coletor", files) == []
    assert titles("Coletor por gRPC", files) == ["Technology adopted: gRPC"]


@pytest.mark.parametrize(
    "title",
    ["Atualiza as versões das dependências", "chore: update storage dependencies", "still fixing deps"],
)
def test_an_update_of_dependencies_adopts_only_what_it_names(title: str) -> None:
    assert titles(title, {"requirements.txt": ("flask==1\n", "flask==2\nredis==5\n")}) == []
    assert titles(
        title, {"requirements.txt": ("flask==1\nelasticsearch==7\n", "flask==2\nopensearch-py==2\n")}
    )


def test_a_list_that_took_anothers_name_adopts_nothing_unnamed() -> None:
    tests, code = "pytest\nmock\nipdb\n", "pandas\nrequests\n"
    assert titles("add requirements.txt, rename the tests' own", {"requirements.txt": (tests, code)}) == []
    assert titles("reads it with pandas", {"requirements.txt": (tests, code)})


def test_what_a_link_led_to_is_not_adopted_by_its_name() -> None:
    link = "https://github.com/explosion/spacy-models/releases/pt_core_news_sm-3.3.0.whl\n"
    assert titles("Fixa o spaCy", {"requirements.txt": (f"flask\n{link}", "flask\nspacy==3\n")}) == []
