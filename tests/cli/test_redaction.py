"""What a reader sees: keys and personal data stay off the screen, out of documents and out of reports."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from orchestrator.app import insights
from tests.cli.conftest import CPF, KEY, on_terminal, run
from tests.flow.group import CONFIG, GroupRepository, Ran

HOSTILE = "\x1b]52;c;cm0gLXJm\x07\x1b[2J\u202egnp.exe\u200b\x9b31m\x7f"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def blocked(group: GroupRepository) -> str:
    """The id of the learning that validation blocks."""
    (found,) = [i["id"] for i in group.insights() if i["outcome"] == "block"]
    return str(found)


def clean(ran: Ran) -> None:
    """Neither value stands anywhere."""
    for value in (KEY, CPF, CPF.replace(".", "").replace("-", "")):
        assert value not in ran.out + ran.err


def test_no_reading_command_shows_what_validation_found(leaky: GroupRepository) -> None:
    insight = blocked(leaky)
    lines = (
        ("log",),
        ("log", "--all"),
        ("show", insight),
        ("review",),
        ("review", "--blocked"),
        ("status",),
        ("companies",),
        ("search", "reprocessar o cliente na conciliação", "--why"),
        ("search", KEY),
        ("search", CPF),
        ("push", "--dry-run"),
        ("push",),
        ("offers",),
        ("components",),
        ("doctor",),
    )
    for line in lines:
        clean(leaky.orch(*line, expect=None))
        clean(leaky.orch(*line, "--json", expect=None))
    told = leaky.orch("log").out
    assert "reprocessar o cliente [CPF] com a chave [segredo]" in told
    hit = leaky.orch("search", "reprocessar o cliente na conciliação", "--json").data["hits"][0]
    assert hit["id"] == insight and "[CPF]" in hit["text"] + hit["title"]


def test_refusals_and_hints_do_not_repeat_it_either(leaky: GroupRepository) -> None:
    insight = blocked(leaky)
    clean(leaky.orch("review", "--approve", insight, expect=4))
    clean(leaky.orch("review", "--approve", insight, "--json", expect=4))
    (leaky.root / "nota.txt").write_text(f"a chave do cliente {CPF} na conciliação é {KEY}\n")
    clean(leaky.orch("check", "nota.txt", expect=4))
    clean(leaky.orch("check", "nota.txt", "--json", expect=4))


def test_only_raw_shows_the_companys_own_words(leaky: GroupRepository) -> None:
    insight = blocked(leaky)
    told = leaky.orch("show", insight, "--raw").out
    assert KEY in told and CPF in told
    data = leaky.orch("show", insight, "--raw", "--json").data
    assert KEY in data["record"]["title"] and data["version"]
    assert data["version"] == leaky.orch("show", insight, "--json").data["version"]


def test_what_was_not_judged_yet_is_judged_before_it_is_shown(
    leaky: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaky.insights()
    monkeypatch.setattr("orchestrator.store.verdicts.Verdicts.of", lambda _self, _insight: None)
    for line in (("log",), ("show", leaky.insights()[0]["id"]), ("search", "chave do cliente")):
        clean(leaky.orch(*line))


def test_an_offer_that_its_origin_did_not_clean_is_cleaned_when_read(
    leaky: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = next(i["id"] for i in leaky.insights() if i["outcome"] == "allow")
    leaky.orch("review", "--approve", good)
    leaky.orch("push")
    (memory,) = (leaky.root.parent / "shared").glob("memory.db")
    import apsw

    connection = apsw.Connection(str(memory))
    (table,) = [
        str(n)
        for (n,) in connection.execute(
            "select m.name from sqlite_schema m, pragma_table_info(m.name) c where c.name = 'content'"
        )
    ]
    connection.execute(f"update {table} set content = content || ?", (f"\n\ncliente {CPF}, chave {KEY}",))
    connection.close()
    leaky.orch("pull", "--company", "empresa-b")
    listed = leaky.orch("offers", "--company", "empresa-b", "--json")
    assert "[CPF]" in listed.out
    clean(listed)
    clean(leaky.orch("show", good, "--company", "empresa-b"))
    clean(leaky.orch("accept", good, "--company", "empresa-b", "--json"))


def test_the_report_of_a_bug_holds_no_text_of_a_commit(
    leaky: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        try:
            raise KeyError(f"chave {KEY}")
        except KeyError as e:
            raise ValueError(f"cliente {CPF}") from e

    monkeypatch.setattr(insights, "drained", fail)
    ran = leaky.orch("log", expect=1)
    clean(ran)
    (name,) = re.findall(r"\S+orch-bug-\S+\.txt", ran.err)
    path = Path(name)
    report = path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    assert KEY not in report and CPF not in report
    assert "ValueError" in report and "KeyError" in report and "list_insights" in report


def test_a_crash_tells_neither_variables_nor_messages(
    leaky: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole process, as a user has it: stderr and the report, whatever was in hand."""
    import subprocess
    import sys

    program = (
        "import os, sys\n"
        "from orchestrator.app import insights\n"
        "from orchestrator.cli.root import run\n"
        "def fail(*a, **k):\n"
        "    token = os.environ['PLANTED']\n"
        "    {}[token]\n"
        "insights.drained = fail\n"
        "sys.exit(run(['log']))\n"
    )
    monkeypatch.setenv("PLANTED", f"{KEY} {CPF}")
    ran = subprocess.run([sys.executable, "-c", program], cwd=leaky.root, capture_output=True, text=True)
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    (name,) = re.findall(r"\S+orch-bug-\S+\.txt", ran.stderr)
    told = ran.stdout + ran.stderr + Path(name).read_text(encoding="utf-8")
    Path(name).unlink()
    assert KEY not in told and CPF not in told and "KeyError" in told


@pytest.fixture
def hostile(group: GroupRepository) -> GroupRepository:
    """A learning, a title and a path made of escape sequences, in a store, an outbox and an offer."""
    group.orch("add", f"Cache local {HOSTILE} na borda derrubou a latência", "--company", "empresa-a")
    group.commit(
        f"perf: fila {HOSTILE}\n\nSolução: índice parcial {HOSTILE} na fila resolveu a espera\nShare: yes",
        {f"empresas/a/{HOSTILE}/x.py": "n = 1\n"},
    )
    group.orch("review", "--approve-all")
    group.orch("push", expect=None)
    group.orch("pull")
    return group


def test_hostile_text_never_reaches_the_terminal_raw(hostile: GroupRepository) -> None:
    group = hostile
    first = group.insights()[0]["id"]
    group.commit(f"perf: y\n\nSolução: lotes {HOSTILE} menores na carga derrubaram o tempo")
    lines = (
        ("log",),
        ("show", first),
        ("show", first, "--raw"),
        ("status",),
        ("review",),
        ("review", "--blocked"),
        ("search", f"cache {HOSTILE}", "--why"),
        ("offers",),
        ("push", "--dry-run"),
        ("push",),
        ("components",),
        ("pull",),
        (f"nothing{HOSTILE}",),
        ("log", "--company", HOSTILE),
        ("show", HOSTILE),
        ("log", "--kind", HOSTILE),
        ("check", HOSTILE),
    )
    for line in lines:
        ran = group.orch(*line, expect=None)
        assert not RAW.search(ran.out + ran.err), (line, RAW.search(ran.out + ran.err))
        ran = group.orch(*line, "--json", expect=None)
        assert not RAW.search(ran.out + ran.err), (line, RAW.search(ran.out + ran.err))
    data = json.loads(group.orch("log", "--json").out)["data"]
    assert any("\u202e" in i["record"]["title"] or "202E" in i["record"]["title"] for i in data)


def test_on_a_real_terminal_only_our_own_colours_are_escapes(hostile: GroupRepository) -> None:
    for command in (["log"], ["status"], ["offers"], ["push", "--dry-run"]):
        terminal = on_terminal(command, hostile.root)
        assert terminal.end() == 0
        assert not RAW.search(re.sub(r"\x1b\[[0-9;]*m|\r", "", terminal.seen)), terminal.seen


def test_the_configurations_own_text_is_hostile_too(group: GroupRepository) -> None:
    text = (group.root / ".orch/config.toml").read_text()
    evil = text.replace('name = "Grupo"', 'name = "Grupo \\u001b]0;x\\u0007 \\u202e"')
    group.write({".orch/config.toml": evil.replace('"../shared"', '"../sh\\u001b[2Jared"')})
    for line in (["trust"], ["trust", "--yes"], ["status"], ["doctor"]):
        done = run(*line, cwd=group.root)
        assert not RAW.search(done.stdout + done.stderr), line


def test_checking_a_text_for_every_company_takes_the_strictest(group: GroupRepository) -> None:
    path = group.root / ".orch/companies/empresa-b/confidential.txt"
    path.write_text("Projeto Fênix\n")
    (group.root / "nota.txt").write_text(
        "O Projeto Fênix trocou a fila por lotes menores e a carga noturna caiu pela metade.\n"
    )
    found = group.orch("check", "nota.txt", "--json", expect=4).data
    assert found["findings"] and "Fênix" not in found["redacted"]
    assert "Fênix" not in group.orch("check", "nota.txt", expect=4).out
    own = group.orch("check", "nota.txt", "--company", "empresa-b", "--json", expect=4).data
    assert (own["outcome"], found["outcome"]) == ("redact", "review")  # a term of others weighs more


def test_a_push_to_the_companys_own_memory_does_not_show_its_own_words(group: GroupRepository) -> None:
    text = CONFIG.format(share="ask")
    own = text.replace('name = "Empresa A"', 'name = "Empresa A"\n[company.folder]\npath = "../own"', 1)
    lines = own.splitlines()
    place = lines.index("[company.folder]")
    table, rest = lines[place : place + 2], lines[:place] + lines[place + 2 :]
    place = rest.index("[[company]]", rest.index("[[company]]") + 1)
    group.write({".orch/config.toml": "\n".join([*rest[:place], *table, *rest[place:]]) + "\n"})
    group.orch("trust", "--yes")
    group.commit(f"fix: x\n\nSolução: reprocessar o cliente {CPF} em lotes menores durante a carga noturna")
    for line in (("push", "--dry-run", "--json"), ("push", "--dry-run"), ("push",)):
        ran = group.orch(*line, "--company", "empresa-a")
        assert "company.memory" in ran.out and "[CPF]" in ran.out
        clean(ran)


def test_status_tells_what_is_blocked_until_somebody_refuses_it(leaky: GroupRepository) -> None:
    assert "bloqueados pela validação: 1" in leaky.orch("status", "--company", "empresa-a").out
    (blocked,) = [i["id"] for i in leaky.insights() if i["outcome"] == "block"]
    leaky.orch("review", "--refuse", blocked)
    (status,) = leaky.orch("status", "--company", "empresa-a", "--json").data
    assert (status["blocked"], status["to_review"]) == (0, 1)
