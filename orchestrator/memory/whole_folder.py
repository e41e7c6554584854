"""A folder of derived files that is there whole or not at all, whoever writes and whenever they are killed.

Everything is written into a temporary folder beside the final one, flushed to the disk, and renamed
under a lock. `manifest.json`, with size and SHA-256 of each file and the facts that the files follow
from, is the last file: a folder of other facts is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from orchestrator.durable import flush

MANIFEST = "manifest.json"

Facts = Mapping[str, str]


def is_whole(folder: Path, facts: Facts) -> bool:
    """True when every file that the manifest names is there with its size (a cheap check)."""
    try:
        return all((folder / name).stat().st_size == size for name, size, _hash in _entries(folder, facts))
    except (OSError, ValueError, TypeError, KeyError):
        return False


def damaged_files(folder: Path, facts: Facts) -> list[str]:
    """Names of files that are missing or whose SHA-256 differs (reads everything; for doctor)."""
    try:
        entries = _entries(folder, facts)
    except (OSError, ValueError, TypeError, KeyError):
        return [MANIFEST]
    return [name for name, _size, wanted in entries if _hash_of(folder / name) != wanted]


def write_once(folder: Path, facts: Facts, fill: Callable[[Path], None], wait: float) -> bool:
    """Have `fill` write the files into a folder, unless another process did; True when it was this one.

    Raises OSError, `filelock.Timeout` after `wait` seconds for another writer, and what `fill` raises.
    """
    import filelock

    _make_own(folder.parent)
    with filelock.FileLock(folder.parent / f".{folder.name}.lock", timeout=wait):
        if is_whole(folder, facts):
            return False
        _write(folder, facts, fill)
        return True


def _write(folder: Path, facts: Facts, fill: Callable[[Path], None]) -> None:
    """Build beside, then rename; the caller holds the lock, so leftovers here are dead."""
    import tempfile

    _sweep(folder)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        fill(part)
        _seal(part, facts)
        if folder.exists():  # incomplete or damaged: move it aside, it may be open elsewhere
            folder.replace(part.with_name(part.name.removesuffix(".part") + ".old.part"))
        part.replace(folder)
        _flush(folder.parent)
    finally:
        _sweep(folder)


def _seal(part: Path, facts: Facts) -> None:
    """Flush every file and write the manifest."""
    files = sorted(part.iterdir())
    entries = {file.name: {"size": file.stat().st_size, "sha256": _hash_of(file)} for file in files}
    manifest = part / MANIFEST
    manifest.write_text(json.dumps({**facts, "files": entries}, indent=1), encoding="utf-8")
    for file in (*files, manifest):
        file.chmod(0o600)
    for file in (*files, manifest, part):
        _flush(file)


def _make_own(folder: Path) -> None:
    """A folder in which nobody else can put another model in the place of this one, whatever the umask."""
    if not folder.is_dir():
        _make_own(folder.parent)
        folder.mkdir(mode=0o755, exist_ok=True)


def _sweep(folder: Path) -> None:
    import shutil

    for leftover in folder.parent.glob(f".{folder.name}.*.part"):
        shutil.rmtree(leftover, ignore_errors=True)


def _entries(folder: Path, facts: Facts) -> list[tuple[str, int, str]]:
    document = json.loads((folder / MANIFEST).read_text("utf-8"))
    if any(document[name] != value for name, value in facts.items()):
        raise ValueError("manifest of other files")
    return [(name, entry["size"], entry["sha256"]) for name, entry in document["files"].items()]


def _hash_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _flush(path: Path) -> None:
    """Make a file, or the names in a folder, durable; not every platform can open a folder."""
    with suppress(PermissionError):
        flush(path)
