"""Another language model: search answers all the while, and no kill changes what comes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.memory.model_folder import MODEL_ID, ensure
from tests.cli.conftest import run
from tests.flow.group import GroupRepository, new_group
from tests.rig.binaries import REPOSITORY

REDIS = "Redis na frente do catálogo reduziu a latência pela metade"


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    made = new_group(tmp_path, monkeypatch, capsys)
    made.commit(f"perf: cache\n\nSolução: {REDIS}")
    made.commit("fix: fila\n\nSolução: filas por prioridade evitam que relatórios atrasem pagamentos")
    return made


@pytest.fixture
def other(tmp_path: Path) -> str:
    """The same weights in a folder: for the store another model, since it has another id."""
    return "fastembed:" + str(shutil.copytree(ensure(), tmp_path / "e5-elsewhere"))


def stores(group: GroupRepository) -> str:
    checks = group.orch("doctor", "--json", expect=1).data  # there are no hooks here
    return " ".join(c["detail"] for c in checks if "empresa-a" in c["name"] and "vetores" in c["detail"])


def test_search_goes_on_with_the_former_model_until_all_is_done(
    group: GroupRepository, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = ("--company", "empresa-a")
    assert group.orch("search", "latência do catálogo", *company, "--json").data["hits"][0]["title"] == REDIS
    assert f"vetores de {MODEL_ID}, faltam 0" in stores(group)

    monkeypatch.setenv("ORCH_EMBEDDER", other)
    asked = group.orch("search", "latência do catálogo", *company, "--why")
    assert "sentido: 0.8" in asked.out
    assert "orch reembed" in asked.err
    assert "a configuração indica outro modelo" in stores(group)
    group.commit("perf: lote\n\nSolução: gravação em lote baixou o tempo de importação")
    assert group.orch("search", "importar rápido", *company, "--json").data["hits"]  # what is new, too

    planned = group.orch("reembed", *company, "--dry-run", "--json").data["empresa-a"]
    assert (planned["former"], planned["texts"]) == (MODEL_ID, 3)
    assert group.orch("search", "cache", *company, "--json").data["hits"]
    done = group.orch("reembed", *company, "--json").data["empresa-a"]
    assert done == {**planned, "cut": 0}
    assert done["model"].startswith("e5-elsewhere@")
    assert f"vetores de {done['model']}, faltam 0" in stores(group)
    asked = group.orch("search", "latência do catálogo", *company, "--why")
    assert REDIS in asked.out.splitlines()[0]
    assert "orch reembed" not in asked.err
    assert "textos vetorizados: 0" in group.orch("reembed", *company).out

    monkeypatch.setenv("ORCH_EMBEDDER", "fastembed:/no/such/folder")
    asked = group.orch("search", "redis catálogo", *company, "--why")  # the store knows its own model
    assert "sentido: 0.8" in asked.out
    assert group.orch("reembed", expect=1).err


def test_a_model_that_is_gone_leaves_the_words(
    group: GroupRepository, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCH_EMBEDDER", other)
    group.orch("search", "cache", "--json")
    shutil.rmtree(other.partition(":")[2])
    asked = group.orch("search", "redis catálogo", "--company", "empresa-a")
    assert REDIS in asked.out
    assert "só por palavras" in asked.err
    monkeypatch.delenv("ORCH_EMBEDDER")
    assert group.orch("reembed", "--company", "empresa-a", "--json").data["empresa-a"]["model"] == MODEL_ID
    assert "só por palavras" not in group.orch("search", "redis catálogo", "--company", "empresa-a").err


def test_a_long_document_is_said_to_be_read_in_part(group: GroupRepository) -> None:
    page = (
        "Manual de conciliação\n\n" + "O relatório mensal de vendas passa pela conciliação bancária. " * 900
    )
    added = group.orch("add", page, "--company", "empresa-a")
    assert "só o começo e o fim" in added.err
    found = group.orch("search", "conciliação bancária", "--company", "empresa-a", "--json").data["hits"]
    assert found[0]["title"] == "Manual de conciliação"


def test_the_doctor_embeds_where_no_socket_opens(group: GroupRepository, tmp_path: Path) -> None:
    refused = tmp_path / "refused"
    refused.mkdir()
    (refused / "sitecustomize.py").write_text(
        "import socket, sys\n"
        "def refuse(*a, **k):\n"
        "    print('NETWORK', a, file=sys.stderr, flush=True)\n"
        "    raise OSError('no network here')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse\n"
    )
    told = run("doctor", "--json", cwd=group.root, env={"PYTHONPATH": str(refused), "LANGUAGE": "en"})
    assert "NETWORK" not in told.stderr
    (check,) = (c for c in json.loads(told.stdout)["data"] if MODEL_ID in c["detail"] and "/4" in c["detail"])
    assert check["ok"]
    control = subprocess.run(
        [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"],
        env={"PYTHONPATH": str(refused)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "NETWORK" in control.stderr  # the test would see it


def test_killed_ten_times_the_store_is_as_if_undisturbed() -> None:
    """2,000 texts and a cheap embedder; `python benchmarks/reembed.py` does it with 50,000."""
    script = REPOSITORY / "benchmarks" / "reembed.py"
    done = subprocess.run(
        [sys.executable, str(script), "--texts", "2000", "--kills", "10"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| 2000 | 10 |" in done.stdout
