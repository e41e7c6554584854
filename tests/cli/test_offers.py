"""Offers as the company that is offered to meets them: answered, and the answers proved by its trail."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.cli.conftest import CPF
from tests.flow.group import GroupRepository

B = ("--company", "empresa-b")
REASON = "usamos outro cache"


@pytest.fixture
def offered(leaky: GroupRepository) -> str:
    """The id of the one offer of empresa-a that reached empresa-b."""
    (good,) = [i["id"] for i in leaky.insights() if "Redis" in i["record"]["title"]]
    leaky.orch("review", "--approve", good)
    leaky.orch("push", "--only", good)
    leaky.orch("pull", *B)
    return str(good)


def test_answers_to_offers_stand_in_the_trail_of_who_answered(leaky: GroupRepository, offered: str) -> None:
    for _again in range(2):  # the same again is one entry
        leaky.orch("decline", offered[3:9], "--reason", REASON, *B)
    leaky.orch("accept", offered, *B)
    trail = leaky.orch("audit", "--insight", offered[3:9], *B, "--json").data
    assert [(d["action"], d["reason"]) for d in trail] == [("approve", ""), ("refuse", REASON)]
    assert all(d["who"] and d["version"] and d["insight"].endswith(f":{offered}") for d in trail)
    told = leaky.orch("audit", *B).out
    assert "aceito" in told and "recusado" in told and REASON in told
    assert f"{offered[3:11]} ← empresa-a" in told
    assert REASON not in leaky.orch("audit", "--company", "empresa-a").out
    assert leaky.orch("audit", "verify").code == 0


def test_an_offer_can_be_read_before_and_after_it_is_answered(leaky: GroupRepository, offered: str) -> None:
    short = offered[3:9]
    told = leaky.orch("show", short, *B)
    for words in ("Redis na frente do catálogo", "empresa-a → empresa-b", "afinidade: ", "aberto"):
        assert words in told.out
    assert f"orch accept {offered[3:11]} --company empresa-b" in told.err and "orch decline" in told.err
    (listed,) = leaky.orch("offers", *B, "--json").data["empresa-b"]
    shown = leaky.orch("show", short, *B, "--json").data
    assert shown["offered_to"] == "empresa-b" and listed.items() <= shown.items()
    assert leaky.orch("show", short, "--json").data["record"]  # who learnt it comes first
    leaky.orch("decline", short, "--reason", REASON, *B)
    told = leaky.orch("show", short, *B)
    assert REASON in told.out and "orch accept" in told.err and "orch decline" not in told.err
    assert "--raw" in leaky.orch("show", short, "--raw", *B, expect=2).err
    assert "orch offers" in leaky.orch("show", "i1-0000", *B, expect=1).err


def test_the_task_of_an_accepted_offer_names_its_company_on_every_screen(
    leaky: GroupRepository, offered: str
) -> None:
    config = leaky.root / ".orch/config.toml"
    config.write_text(config.read_text() + '[company.folder]\npath = "../own"\n')  # of the last, empresa-b
    leaky.orch("trust", "--yes")
    leaky.orch("accept", offered, *B)
    planned = leaky.orch("push", "--dry-run", *B).out
    assert "company.issues  Adotar de empresa-a: Redis na frente do catálogo" in planned, planned
    leaky.orch("push", *B)
    assert list((leaky.root.parent / "own").rglob("*Adotar de empresa-a*.md"))


def test_rows_that_other_programs_wrote_are_shown_and_sent_as_they_may_be_read(
    leaky: GroupRepository, offered: str
) -> None:
    odd = {"title": f"Cliente de CPF {CPF} e joao@padaria-lua.com.br", "technologies": ["\ud800", "redis"]}
    (memory,) = (leaky.root.parent / "shared").rglob("memory.db")
    with closing(sqlite3.connect(memory)) as db, db:
        db.execute(
            "update memory set metadata = ?, orch_key = 'row-77', content = 'fila rápida', "
            "revision = revision + 1 where orch_key = ?",
            (json.dumps(odd), offered),
        )
    config = leaky.root / ".orch/config.toml"
    config.write_text(config.read_text() + '[company.folder]\npath = "../own"\n')
    leaky.orch("trust", "--yes")
    leaky.orch("pull", *B)
    leaky.orch("accept", "row-77", *B)
    for line in (("push", "--dry-run", *B), ("push", "--dry-run", "--json", *B), ("push", *B)):
        told = leaky.orch(*line).out
        assert CPF not in told and "joao@" not in told and "Adotar de empresa-a" in told, told


@pytest.mark.parametrize("command", ["drop", "retry"])
def test_what_has_nothing_set_aside_is_named_once(leaky: GroupRepository, offered: str, command: str) -> None:
    told = leaky.orch(command, offered[3:9], offered, expect=1).err
    assert told.count(offered) == 1, told
