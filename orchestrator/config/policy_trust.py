"""Which policy of a clone somebody on this machine trusted: its text, kept outside the repository.

The text is kept and not only its hash, for what was tightened stays tightened when the file changes
or disappears: a repository that could undo its own strictness would loosen the policy. For the same
reason only the text that was trusted last may loosen: an older one is an exception taken back, put back.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.config.state import records, write_private
from orchestrator.config.trust import fingerprint
from orchestrator.errors import UserError
from orchestrator.i18n import _

_FOLDER = "policy"


def is_trusted(home: Path, text: str) -> bool:
    """Whether exactly this text was trusted for the clone at `home`; no text needs no trust."""
    if not text and not trusted_text(home):
        return True
    return (records(_FOLDER, home) / fingerprint(home, text)).is_file()


def trust(home: Path, text: str) -> None:
    """Record that this text ('': no file) may loosen what the defaults ask for, on this machine.

    The texts that were trusted before it loosen nothing any more.
    """
    if not text and not trusted_text(home):
        return
    path = records(_FOLDER, home) / fingerprint(home, text)
    record = {"root": str(home.resolve()), "at": datetime.now(UTC).isoformat(), "text": text}
    write_private(path, json.dumps(record) + "\n")
    _forget(home, keep=path)


def trusted_text(home: Path) -> str:
    """The text that was trusted last for this clone, '' when none was.

    Raises UserError for a record that is damaged: what it tightened is not known any more.
    """
    newest = max(_of(home), default=("", ""))
    return newest[1]


def revoke(home: Path) -> int:
    """Forget every policy that was trusted for this clone; how many there were.

    With them goes what they tightened: the defaults hold again, and the file itself may tighten them.
    """
    return _forget(home)


def _forget(home: Path, keep: Path | None = None) -> int:
    """Delete the records of this clone but one; how many there were."""
    real, forgotten = str(home.resolve()), 0
    for path in sorted(records(_FOLDER, home).glob("[0-9a-f]*")):
        if path != keep and _read(path)["root"] == real:
            path.unlink(missing_ok=True)
            forgotten += 1
    return forgotten


def _of(home: Path) -> list[tuple[str, str]]:
    """(when, text) of each text that was trusted for this clone.

    A record that goes while they are read was replaced by one that may not have been listed yet.
    """
    real = str(home.resolve())
    while True:
        try:
            found = [_read(path) for path in records(_FOLDER, home).glob("[0-9a-f]*")]
        except FileNotFoundError:
            continue
        return [(record["at"], record["text"]) for record in found if record["root"] == real]


def _read(path: Path) -> dict[str, str]:
    try:
        record = json.loads(path.read_text("ascii"))
        return {name: str(record[name]) for name in ("root", "at", "text")}
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            _("{path} is damaged: which policy was trusted is not known").format(path=path),
            _("delete that file, then run `orch trust` in each repository"),
        ) from error
