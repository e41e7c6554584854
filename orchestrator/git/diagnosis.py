"""What git's complaint means here, in one sentence, and what mends it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from orchestrator.errors import UnreadableError, UserError
from orchestrator.git.text import decoded
from orchestrator.i18n import _

_MAX = 500  # characters of git's own words
_ID = r"\(?([0-9a-f]{40,64})\b"
# git speaks English here: its environment says LC_ALL=C.
_OWNER = re.compile(
    r"(?:dubious ownership in repository at|unsafe repository \()\s*'(.+?)'(?:\n|$| is)", re.S
)
_EXTENSION = re.compile(
    r"unknown repository extensions? found:\s*(?:\\t)?([\w.-]+)|invalid value for 'extensions\.(\w+)'"
    r"|(?:Expected git repo version)",
    re.IGNORECASE,
)
_ALTERNATE = re.compile(
    r"unable to normalize alternate object path: ([^\n]+)|object directory (.+?) does not exist"
)
_PROMISED = re.compile(rf"could not fetch {_ID} from promisor remote")
_OBJECT = re.compile(
    rf"(?:could not read|unable to read (?:tree|sha1 file of \S+)|(?:bad|missing|corrupt) (?:\w+ )?object"
    rf"|(?:loose|packed) object|cannot read \w+ object|unable to unpack|unable to parse commit"
    rf"|parents of commit|bad tree object) '?{_ID}"
    rf"|object file \S*?\b([0-9a-f]{{2}}/[0-9a-f]{{38,62}}) is empty|(packfile \S+) (?:does not match|cannot)"
    rf"|fatal: bad object (\S+)",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"(bad config (?:line|value|variable)[^\n]*|bad (?:numeric|boolean) config value[^\n]*)"
)


def diagnosed(reason: str) -> UserError | None:
    """A failure of git that people meet, in our words; None for any other. `reason`: git's words."""
    for known in (_ownership, _extension, _alternates, _promised, _objects, _settings):
        if found := known(reason):
            return (UnreadableError if known is _objects else UserError)(*found)
    return None


def spoken(stderr: bytes) -> str:
    """Git's own words as one line, without its advice and with control characters visible."""
    lines = (line.strip() for line in decoded(stderr).splitlines())
    return "; ".join(line for line in lines if line and not line.startswith(("hint:", "warning:")))[:_MAX]


def subcommand(args: Sequence[str]) -> str:
    """The name of the command in a list of git's arguments: what follows `-c key=value` and options."""
    rest = list(args)
    while len(rest) > 1 and rest[0].startswith("-"):
        del rest[: 2 if rest[0] in ("-c", "-C") else 1]
    return rest[0]


def _ownership(reason: str) -> tuple[str, str] | None:
    found = _OWNER.search(reason)
    if not found:
        return None
    told = _("{path} belongs to another user of this machine, so git reads nothing there.")
    hint = _("If you trust its owner: `git config --global --add safe.directory {path}`.")
    return told.format(path=found[1]), hint.format(path=shlex.quote(found[1]))


def _extension(reason: str) -> tuple[str, str] | None:
    found = _EXTENSION.search(reason)
    if not found:
        return None
    name = (found[1] or found[2] or "").lower()
    if name == "refstorage":
        told = _("This repository keeps its references as a reftable, which the installed git cannot read.")
        hint = _("Install git 2.45 or newer; or, with one: `git refs migrate --ref-format=files` (2.48).")
        return told, hint
    told = _("This repository uses a format that the installed git cannot read: {reason}.")
    return told.format(reason=name or _one_line(reason)), _("Install a newer git.")


def _alternates(reason: str) -> tuple[str, str] | None:
    found = _ALTERNATE.search(reason)
    if not found:
        return None
    told = _("This clone borrows git objects from {path}, which is not there.")
    hint = _(
        "Bring that folder back, then run the command again: nothing is lost. "
        "`git repack -a -d` after that makes the clone independent."
    )
    return told.format(path=(found[1] or found[2]).strip()), hint


def _promised(reason: str) -> tuple[str, str] | None:
    found = _PROMISED.search(reason)
    return _no_trees(found[1]) if found else None


def _no_trees(missing: str) -> tuple[str, str]:
    told = _("This partial clone lacks the git object {id}, and orch downloads nothing by itself.")
    hint = _(
        "`git fetch --refetch --filter=blob:none` brings all commits and folders, with `--no-filter` instead "
        "all files too; then run the command again."
    )
    return told.format(id=missing[:12]), hint


def _objects(reason: str) -> tuple[str, str] | None:
    found = _OBJECT.search(reason)
    if not found:
        return None
    name = next(filter(None, found.groups()))
    told = _("Git cannot read {object} in this repository: it is missing or damaged.")
    hint = _(
        "`git fsck` lists what is broken; `git fetch --refetch`, or the same object of another clone, "
        "brings it back. Then run the command again: nothing that was read is lost."
    )
    return told.format(
        object=name.replace("/", "")[:12] if len(name) >= 40 and " " not in name else name
    ), hint


def _settings(reason: str) -> tuple[str, str] | None:
    found = _SETTING.search(reason)
    if not found:
        return None
    told = _("Git's own configuration is wrong: {reason}.").format(reason=found[1].strip())
    return told, _("Mend that line: `git config --show-origin --list` says where each setting is from.")


def _one_line(reason: str) -> str:
    return " ".join(reason.split())[:_MAX]
