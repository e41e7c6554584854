"""What a hook of ours says: one text, as an executable file or as the command of a configuration hook."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from orchestrator.errors import UserError
from orchestrator.i18n import _

NAMES = ("post-commit", "post-merge", "post-rewrite", "post-checkout", "post-applypatch")
MARK = b"# orch-hook "
SOURCE = "post-commit"  # the one file that is shipped
PROBE = "ORCH_HOOK_PROBE"  # a hook of ours that finds it set prints it and does nothing else

_OURS = re.compile(rb"#!/bin/sh\n# orch-hook \d+\n")
_SWITCH = "orch_background="
_SHARED = re.compile(r"^# nudge: begin.*?\n(.*)^# nudge: end$", re.DOTALL | re.MULTILINE)
# Git tells a configuration hook its arguments only. `git am` runs post-applypatch as post-commit is run.
_BY_ARGUMENTS = """\
orch_background={background}
[ $# = 0 ] && [ -d "${{GIT_DIR:-.git}}/rebase-merge" ] && [ -z "$ORCH_HOOK_PROBE" ] && exit 0
case $#:$1 in
0:*) orch_hook=post-commit ;;
1:amend | 1:rebase) orch_hook=post-rewrite ;;
1:*) orch_hook=post-merge ;;
*) orch_hook=post-checkout ;;
esac
"""


def hook_source() -> Path:
    """The folder of the hook that orch ships: inside the wheel, or at the top of the sources."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_hooks", package.parent / "hooks"):
        if (folder / SOURCE).is_file():
            return folder
    raise UserError(_("This installation of orch has no hooks."), _("Install it again."))


@cache
def file_text(background: bool) -> bytes:
    """The hook as a file, the same for every event; with `background` it starts a drainer too."""
    text = (hook_source() / SOURCE).read_text("utf-8")
    return _switched(text, background).encode()


@cache
def command_text(background: bool) -> str:
    """The hook as the value of `hook.orch.command`: sh runs it with the hook's arguments.

    Nothing of it lies in a file, so that a repository that is moved or an orch that is removed
    leaves no hook that fails. Git puts `"$@"` behind the text, an argument of the last `:`.
    """
    found = _SHARED.search((hook_source() / SOURCE).read_text("utf-8"))
    if found is None:
        raise UserError(_("This installation of orch has no hooks."), _("Install it again."))
    lines = [line.lstrip("\t") for line in found[1].splitlines()]
    shared = "\n".join(line for line in lines if line and not line.startswith("#"))
    return _BY_ARGUMENTS.format(background=_value(background)) + shared + "\n:"


@cache
def version() -> str:
    """The version of the hooks that this orch ships."""
    lines = file_text(False).splitlines()
    return next(line.removeprefix(MARK).decode() for line in lines if line.startswith(MARK))


def is_ours(content: bytes) -> bool:
    """True for a hook file that some version of orch wrote: its first two lines say so."""
    return _OURS.match(content) is not None


def _switched(text: str, background: bool) -> str:
    return text.replace(f"\n{_SWITCH}\n", f"\n{_SWITCH}{_value(background)}\n", 1)


def _value(background: bool) -> str:
    return "yes" if background else ""
