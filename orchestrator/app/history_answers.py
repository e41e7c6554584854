"""The history asked in SQL, described, and written as Parquet files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.app.history import bring_up_to_date, open_history
from orchestrator.app.reporting import require_hidden
from orchestrator.app.workspace import Say, Workspace, silent
from orchestrator.durable import flush
from orchestrator.errors import UsageError
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.store.history_answers import Answer


def ask(
    workspace: Workspace,
    sql: str,
    say: Say = silent,
    *,
    limit: int | None = None,
) -> Answer:
    """The answer to a question in SQL, after what is new in git was read. Raises UsageError."""
    bring_up_to_date(workspace, say)
    return open_history(workspace).answers.query(sql, limit=limit)


def tables(workspace: Workspace) -> dict[str, list[tuple[str, str]]]:
    """(column, type) by table."""
    return open_history(workspace).answers.columns()


def export(
    workspace: Workspace,
    folder: Path,
    say: Say = silent,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> list[Path]:
    """Write each table to a Parquet file of the folder; each is whole or not there.

    The folder is made when there is none (0700; the files 0600). Raises UsageError when it is not
    empty, unless `force`: then files of the same names are replaced and others are left alone; UserError
    where git would take the files up.
    """
    from orchestrator.store.history_schema import PUBLIC

    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise UsageError(
            _("{path} is not empty").format(path=folder),
            _("name another folder, or add --force to replace files of the same names"),
        )
    wanted = [folder / f"{table}.parquet" for table in PUBLIC]
    require_hidden(wanted[0])
    if dry_run:
        return wanted
    bring_up_to_date(workspace, say)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".orch-", dir=folder) as scratch:
        for made in open_history(workspace).answers.export(Path(scratch)):
            flush(made)
            made.replace(folder / made.name)
    flush(folder)
    return wanted
