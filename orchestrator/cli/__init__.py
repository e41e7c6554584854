"""The command line: parse, call one function, print.

`main` is the one place that turns errors into words and exit codes. Nothing heavy is imported
before the command that needs it.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from orchestrator import i18n

# Objects more than before that make the collector look for cycles. At Python's 700 it looks 50 times while
# modules are read, in vain, for a twentieth of a search; a command that runs on has its cycles collected.
COLLECT_AFTER = 50_000
HEAD_BYTES = 64 * 1024  # the top-level keys stand before the first table


_code: int | None = None  # of the command that came to its end


def main() -> None:
    """Entry point of `orch`."""
    gc.set_threshold(COLLECT_AFTER)
    _open_closed_streams()
    atexit.register(_leave)  # the first one registered runs last: after those of scanners and libraries
    try:
        i18n.use(_configured_language())
        from orchestrator.cli.root import run  # once the language is known: click translates its own words

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules were still being read
        code = 130
    _end(code)


def _open_closed_streams() -> None:
    """Whoever closed a standard stream (`orch status >&-`) wants nothing of it: it is /dev/null then.

    Left closed, the next file that is opened, a store, would be what is printed to.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            os.set_inheritable(descriptor, True)  # git's, too
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _end(code: int) -> NoReturn:
    global _code
    _code = code
    if code == 130:  # once more would only leave a traceback behind the words
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _leave() -> None:
    """End the process as it stands: taking modules and libraries apart is a tenth of a search.

    Not under a debugger or a tracer, which has more to do.
    """
    if _code is None or sys.gettrace() is not None:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # closed, or never open: the interpreter knows what to say
        return
    os._exit(_code)


def _configured_language() -> str:
    """The language of the nearest `.orch/config.toml`, read without checking anything else."""
    if os.environ.get("ORCH_LANG"):
        return i18n.DEFAULT_LANGUAGE  # `i18n.use` asks the variable
    try:
        here = _folder(sys.argv[1:])
        found = (folder / ".orch" / "config.toml" for folder in (here, *here.parents))
        config = next((path for path in found if path.is_file()), None)
        return _language_of(config) if config else i18n.DEFAULT_LANGUAGE
    except (OSError, ValueError):
        return i18n.DEFAULT_LANGUAGE  # the command itself will say what is wrong


def _folder(arguments: Sequence[str]) -> Path:
    """Where the command will work: `-C FOLDER` in front of the command, else here."""
    chosen = arguments[1] if arguments[:1] == ["-C"] and len(arguments) > 1 else ""
    return Path(chosen).resolve() if chosen else Path.cwd()


def _language_of(config: Path) -> str:
    """The top-level `language`. A line's form tells it: a TOML parser costs a tenth of `orch --help`."""
    with config.open("rb") as f:
        head = ("\n" + f.read(HEAD_BYTES).decode("utf-8", "replace")).partition("\n[")[0]
    found = re.search(r"""^language\s*=\s*["'](pt-BR|en)["']""", head, re.MULTILINE)
    return found[1] if found else i18n.DEFAULT_LANGUAGE
