"""A repository's configuration does nothing before somebody on this machine has trusted it.

The model is direnv's: what was trusted is recorded outside the repository, by a hash over the
work tree's real path and every byte of the file, so that a pull that changes one byte un-trusts it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.config.document import NAME, read
from orchestrator.config.group import Group, RemoteConfig
from orchestrator.errors import NotTrustedError, UserError
from orchestrator.i18n import _


def fingerprint(root: Path, text: str) -> str:
    """SHA-256 over the work tree's real path and the configuration's bytes, in hexadecimal."""
    place = os.fsencode(root.resolve())
    content = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(len(place).to_bytes(8, "big") + place + content).hexdigest()


def is_trusted(root: Path, text: str | None = None) -> bool:
    """Whether the file (or `text`, what was read of it) was trusted here, byte for byte."""
    folder = _records(root)
    return (folder / fingerprint(root, read(root) if text is None else text)).is_file()


def trust(root: Path, text: str | None = None) -> None:
    """Record that the file (or `text`, what the user saw of it) may act on this machine."""
    folder = _records(root)
    _make_private(folder)
    record = {"root": str(root.resolve()), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    content = json.dumps(record, ensure_ascii=True) + "\n"
    _write_private(folder / fingerprint(root, read(root) if text is None else text), content)


def revoke(root: Path) -> int:
    """Forget every version of this work tree's file that was ever trusted; how many there were."""
    real, forgotten = str(root.resolve()), 0
    for record in sorted(_records(root).glob("[0-9a-f]*")):
        if _recorded_root(record) == real:
            record.unlink(missing_ok=True)
            forgotten += 1
    return forgotten


def require_trust(root: Path, text: str | None = None) -> None:
    """Raise NotTrustedError unless the file is trusted; pass `group.source` to judge what was read."""
    if not is_trusted(root, text):
        raise NotTrustedError(
            _("{path} is not trusted on this machine, or has changed since").format(path=NAME),
            _("read the file, and if you agree with where it sends data, run `orch trust`"),
        )


def summary(group: Group) -> tuple[tuple[str, str], ...]:
    """What trusting allows: (owner, where data would go), for the user to read before consenting.

    The owner is a company's id, or '' for what all companies share.
    """
    owners = [("", group.remotes), *((company.id, company.remotes) for company in group.companies)]
    lines = ((owner, describe(remote)) for owner, remotes in owners for remote in remotes.values())
    return tuple(dict.fromkeys(lines))


def describe(remote: RemoteConfig) -> str:
    """One remote in a line: vendor, address, and the place there."""
    return " ".join(filter(None, (remote.kind, remote.url, remote.where)))


def _records(root: Path) -> Path:
    """Where trust is recorded: the user's state folder. Refused inside the repository it is about."""
    folder = (_state_folder() / "trust").resolve()
    real = root.resolve()
    if folder == real or real in folder.parents:
        raise UserError(
            _("trust may not be recorded inside the repository itself: {path}").format(path=folder),
            _("set ORCH_STATE_DIR to a folder outside of it"),
        )
    if folder.exists() and folder.stat().st_uid != os.geteuid():
        raise UserError(
            _("{path} belongs to another user").format(path=folder),
            _("set ORCH_STATE_DIR to a folder of your own"),
        )
    return folder


def _state_folder() -> Path:
    chosen = os.environ.get("ORCH_STATE_DIR", "")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_state_dir

    return Path(user_state_dir("orch", appauthor=False))


def _make_private(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def _write_private(path: Path, content: str) -> None:
    """Write a file of mode 0600, whole or not at all."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _recorded_root(record: Path) -> str:
    """The work tree that a record is about; '' for a record that is damaged."""
    try:
        content = json.loads(record.read_text("ascii"))
    except (OSError, ValueError):
        return ""
    return str(content.get("root", "")) if isinstance(content, dict) else ""
