"""What is kept to open the model at once gives the model's own bits, and is never in the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import filelock
import numpy as np
import pytest

from orchestrator.memory import opened_model, whole_folder
from orchestrator.memory.embedder import PACKED_AFTER, OnnxEmbedder
from orchestrator.memory.model_folder import MODEL_ID
from orchestrator.memory.opened_model import (
    damaged_opened,
    ensure_opened,
    facts_of,
    open_opened,
    opened_folder,
)

KILLED = """
import os, pathlib, signal, sys
from orchestrator.memory import opened_model
opened_model.write_pieces = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
opened_model.ensure_opened(pathlib.Path(sys.argv[1]))
"""

FULL = """
import pathlib, resource, signal, sys
from orchestrator.memory.embedder import OnnxEmbedder
from orchestrator.memory.opened_model import ensure_opened
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, 20_000_000))
model = pathlib.Path(sys.argv[1])
print(ensure_opened(model), OnnxEmbedder(model, "m").query("fila lenta")[0])
"""


@pytest.fixture
def model(model_path: Path, tmp_path: Path) -> Path:
    """The model in a folder of its own, with nothing beside it."""
    folder = tmp_path / "models" / model_path.name
    folder.mkdir(parents=True)
    for file in model_path.iterdir():
        (folder / file.name).symlink_to(file)
    return folder


@pytest.fixture
def read_only(model: Path) -> Iterator[Path]:
    """The model where nothing can be written: a file lies where the lock would."""
    (model.parent / f".{opened_folder(model).name}.lock").mkdir()
    return model


@pytest.mark.parametrize("tokens", [1, 7, 63, 512])
def test_the_same_bits_as_the_model_itself(model_path: Path, tokens: int) -> None:
    ids = np.random.default_rng(tokens).integers(4, 47_000, tokens).tolist()
    opened = ensure_opened(model_path)
    networks = [
        open_opened(model_path, where, 1, packed=packed)
        for where, packed in ((None, True), (opened, False), (opened, True))
    ]
    plain, mapped, packed = (network.hidden(ids).tobytes() for network in networks)
    assert opened is not None
    assert mapped == plain
    assert packed == plain


def test_one_text_has_one_vector_before_and_after_the_weights_are_rearranged(model_path: Path) -> None:
    embedder = OnnxEmbedder(model_path, MODEL_ID)
    vectors = {embedder.query("fila lenta").tobytes() for _ in range(PACKED_AFTER + 2)}
    assert len(vectors) == 1


def test_where_nothing_can_be_written_the_model_itself_answers(
    read_only: Path, embedder: OnnxEmbedder
) -> None:
    assert ensure_opened(read_only) is None
    assert OnnxEmbedder(read_only, MODEL_ID).query("fila lenta") == embedder.query("fila lenta")


def test_a_process_that_writes_it_is_not_waited_for(model: Path) -> None:
    with filelock.FileLock(model.parent / f".{opened_folder(model).name}.lock"):
        assert ensure_opened(model) is None
    assert ensure_opened(model) == opened_folder(model)


@pytest.mark.parametrize("other", ["model", "onnxruntime", "cut short"])
def test_of_another_model_or_version_or_cut_short_it_is_made_anew(model: Path, other: str) -> None:
    folder = ensure_opened(model)
    assert folder is not None
    manifest = folder / "manifest.json"
    if other == "cut short":
        with (folder / "graph.ort").open("r+b") as file:
            file.truncate(1000)
    elif other == "onnxruntime":
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"onnxruntime": "0.1"}))
    else:
        said = (model / "manifest.json").read_text()
        (model / "manifest.json").unlink()
        (model / "manifest.json").write_text(said + " ")
    assert not whole_folder.is_whole(folder, facts_of(model))
    assert ensure_opened(model) == folder
    assert whole_folder.damaged_files(folder, facts_of(model)) == []


def test_damage_is_seen(model: Path) -> None:
    assert damaged_opened(model) == []
    folder = ensure_opened(model)
    assert folder is not None
    assert damaged_opened(model) == []
    with (folder / "graph.ort").open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([byte[0] ^ 1]))
    assert damaged_opened(model) == ["graph.ort"]


def test_no_vector_that_is_kept_is_of_damaged_files(model: Path, embedder: OnnxEmbedder) -> None:
    """Of the right size and well formed, so that nothing but their hash tells."""
    folder = ensure_opened(model)
    assert folder is not None
    whole = open_opened(model, folder, 1, packed=False).hidden(range(4, 20))
    with (folder / "graph.ort").open("r+b") as file:
        file.seek(25_000_000)
        file.write(b"\x07" * 100_000)
    assert open_opened(model, folder, 1, packed=False).hidden(range(4, 20)) != whole
    assert OnnxEmbedder(model, MODEL_ID).embed("fila lenta") == embedder.embed("fila lenta")
    assert not whole_folder.is_whole(folder, facts_of(model))
    assert ensure_opened(model) == folder
    assert damaged_opened(model) == []


def test_killed_while_it_is_written_there_is_none_and_the_next_makes_it(model: Path) -> None:
    """Whole or none at any other moment: tests/memory/test_model_folder.py."""
    folder = opened_folder(model)
    assert (
        subprocess.run([sys.executable, "-c", KILLED, str(model)], check=False).returncode == -signal.SIGKILL
    )
    (part,) = model.parent.glob(f".{folder.name}.*.part")
    assert (part / "graph.ort").stat().st_size > 20_000_000 and not folder.exists()
    assert ensure_opened(model) == folder
    assert whole_folder.damaged_files(folder, facts_of(model)) == []
    left = {name for name in os.listdir(model.parent) if not name.endswith(".lock")}
    assert left == {model.name, folder.name}


@pytest.mark.parametrize(
    "when", ["before it is opened", "before the vocabulary is", "before it is rearranged"]
)
def test_what_another_process_takes_away_meanwhile_is_not_missed(
    model: Path, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """One with another version of ONNX Runtime puts its own in that place."""
    folder = ensure_opened(model)
    assert folder is not None
    if when == "before it is opened":
        shutil.rmtree(folder)
        monkeypatch.setattr("orchestrator.memory.embedder.ensure_opened", lambda _model: folder)
    mine = OnnxEmbedder(model, MODEL_ID)
    if when == "before it is rearranged":
        mine.query("fila lenta")
    shutil.rmtree(folder, ignore_errors=True)
    vectors = {mine.query("fila lenta").tobytes() for _ in range(PACKED_AFTER + 2)}
    assert vectors == {embedder.query("fila lenta").tobytes()}


def test_what_cannot_be_opened_is_made_anew_by_the_next(model: Path, embedder: OnnxEmbedder) -> None:
    folder = ensure_opened(model)
    assert folder is not None
    (folder / "graph.ort").write_bytes(b"\x07" * (folder / "graph.ort").stat().st_size)
    assert OnnxEmbedder(model, MODEL_ID).query("fila lenta") == embedder.query("fila lenta")
    assert not whole_folder.is_whole(folder, facts_of(model))


@pytest.mark.parametrize("name", ["graph.ort", "pieces.db"])
def test_a_file_of_nothing_is_passed_by(model: Path, embedder: OnnxEmbedder, name: str) -> None:
    """Of the right size, so that it passes for whole."""
    folder = ensure_opened(model)
    assert folder is not None
    (folder / name).write_bytes(bytes((folder / name).stat().st_size))
    assert ensure_opened(model) == folder
    assert OnnxEmbedder(model, MODEL_ID).query("fila lenta") == embedder.query("fila lenta")


@pytest.mark.parametrize("bits", [b"other", None])
def test_other_bits_or_a_failure_of_a_library_leave_nothing(
    model: Path, monkeypatch: pytest.MonkeyPatch, bits: bytes | None
) -> None:
    if bits is None:
        monkeypatch.setattr(opened_model, "write_pieces", _fail)
    else:
        answers = iter((bits, b"bits"))
        monkeypatch.setattr(opened_model, "_answer", lambda _session: next(answers))
    assert ensure_opened(model) is None
    assert {name for name in os.listdir(model.parent) if not name.endswith(".lock")} == {model.name}


def test_on_a_full_disk_the_model_itself_answers(model: Path, embedder: OnnxEmbedder) -> None:
    """A limit on the size of files stands for the disk: SIGXFSZ is ignored, writing fails."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(model)], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["None", str(embedder.query("fila lenta")[0])], done.stderr
    assert {name for name in os.listdir(model.parent) if not name.endswith(".lock")} == {model.name}


def _fail(*_values: object) -> None:
    raise RuntimeError
