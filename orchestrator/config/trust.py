"""A repository's configuration does nothing before somebody on this machine has trusted it.

The model is direnv's: what was trusted is recorded outside the repository, by a hash over the
clone's real path (the main work tree's top) and every byte of the file, so that a pull that
changes one byte un-trusts it.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.config.document import NAME, read
from orchestrator.config.group import Group, RemoteConfig
from orchestrator.config.state import records, write_private
from orchestrator.errors import NotTrustedError
from orchestrator.i18n import _


def fingerprint(home: Path, text: str) -> str:
    r"""SHA-256 over the clone's real path and the configuration's bytes, in hexadecimal.

    Line ends count as `\n`, as they do for TOML: `core.autocrlf` may rewrite them at any checkout.
    """
    place = os.fsencode(home.resolve())
    content = text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")
    return hashlib.sha256(len(place).to_bytes(8, "big") + place + content).hexdigest()


def is_trusted(root: Path, text: str | None = None, home: Path | None = None) -> bool:
    """Whether the file (or `text`, what was read of it) was trusted here, byte for byte.

    `home` (default `root`) is what all work trees of the clone share: what was trusted in one of
    them is trusted in each.
    """
    content = read(root) if text is None else text
    return (records("trust", root, home or root) / fingerprint(home or root, content)).is_file()


def trust(root: Path, text: str | None = None, home: Path | None = None) -> None:
    """Record that the file (or `text`, what the user saw of it) may act on this machine."""
    content = read(root) if text is None else text
    place = (home or root).resolve()
    record = {"root": str(place), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    path = records("trust", root, place) / fingerprint(place, content)
    write_private(path, json.dumps(record, ensure_ascii=True) + "\n")


def revoke(home: Path) -> int:
    """Forget every version of this clone's file that was ever trusted; how many there were."""
    real, forgotten = str(home.resolve()), 0
    for record in sorted(records("trust", home).glob("[0-9a-f]*")):
        if _recorded_root(record) == real:
            record.unlink(missing_ok=True)
            forgotten += 1
    return forgotten


def require_trust(root: Path, text: str | None = None, home: Path | None = None) -> None:
    """Raise NotTrustedError unless the file is trusted; pass `group.source` to judge what was read."""
    if not is_trusted(root, text, home):
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
    kind = _("folder") if remote.kind == "folder" else remote.kind
    return " ".join(filter(None, (kind, remote.url, remote.where)))


def _recorded_root(record: Path) -> str:
    """The clone that a record is about; '' for a record that is damaged."""
    try:
        content = json.loads(record.read_text("ascii"))
    except (OSError, ValueError):
        return ""
    return str(content.get("root", "")) if isinstance(content, dict) else ""
