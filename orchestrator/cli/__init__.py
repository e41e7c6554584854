"""The command line: parse, call one function, print.

`main` is the one place that turns errors into words and exit codes. Nothing heavy is imported
before the command that needs it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from orchestrator import i18n


def main() -> None:
    """Entry point of `orch`."""
    i18n.use(_configured_language())
    from orchestrator.cli.root import run  # after the language is known: click translates its own words

    sys.exit(run(sys.argv[1:]))


def _configured_language() -> str:
    """The language of the nearest `.orch/config.toml`, read without checking anything else."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        config = folder / ".orch" / "config.toml"
        if config.is_file():
            return _language_of(config)
    return i18n.DEFAULT_LANGUAGE


def _language_of(config: Path) -> str:
    import tomllib

    try:
        language = tomllib.loads(config.read_text(encoding="utf-8")).get("language")
    except (OSError, ValueError):
        return i18n.DEFAULT_LANGUAGE  # the command itself will say what is wrong with the file
    return language if isinstance(language, str) else i18n.DEFAULT_LANGUAGE
