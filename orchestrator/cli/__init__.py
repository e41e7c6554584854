"""The command line: parse, call one function, print.

`main` is the one place that turns errors into words and exit codes. Nothing heavy is imported
before the command that needs it.
"""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from orchestrator import i18n

HEAD_BYTES = 64 * 1024  # the top-level keys stand before the first table


def main() -> None:
    """Entry point of `orch`."""
    try:
        i18n.use(_configured_language())
        from orchestrator.cli.root import run  # once the language is known: click translates its own words

        code = run(sys.argv[1:])
        if "duckdb" not in sys.modules:  # which prints what is left of its objects, were they not collected
            gc.freeze()  # else the collector walks all modules again at the end: a tenth of a search
        sys.exit(code)
    except KeyboardInterrupt:  # while modules were still being read
        sys.exit(130)


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
