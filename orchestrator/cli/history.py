"""`orch history`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.options import (
    ROWS,
    as_text,
    dry_run_option,
    examples,
    json_option,
    number,
    since_option,
    standard_input,
)
from orchestrator.cli.output import Output
from orchestrator.errors import UsageError
from orchestrator.i18n import _, ngettext

if TYPE_CHECKING:
    from orchestrator.app.history_backfill import Completed
    from orchestrator.store.history_answers import Answer

SHOWN = 1_000  # rows of a table, unless --limit says otherwise


@click.group(
    short_help=_("What git knows, as tables: SQL and export"),
    help=_(
        "What git knows of this repository, as tables for SQL: commits, files, lines, trailers, issue "
        "keys, dependencies. It is a cache, made from the clone alone: whoever has the clone can read the "
        "same, and nothing of a company's store is in it."
    ),
    epilog=examples(
        "orch history schema",
        'orch history query "select author, count(*) from commits group by all"',
    ),
)
def history() -> None:
    """The history."""


@history.command(
    short_help=_("Ask in SQL"),
    help=_(
        "Ask a question in DuckDB's SQL. It can only read, and only the history. `-` reads it from stdin."
    ),
    epilog=examples(
        'orch history query "select path, sum(added) from file_changes group by all"',
        'orch history query "from issue_keys" --csv',
        "orch history query - --json < question.sql",
    ),
)
@click.argument("sql", type=as_text)
@click.option(
    "--csv",
    "as_csv",
    is_flag=True,
    help=_("Print comma-separated values with a head line, unchanged: in a spreadsheet, import them as text"),
)
@click.option("--limit", type=ROWS, help=_("At most so many rows (a table: 1000)"))
@json_option
def query(sql: str, as_csv: bool, limit: int | None, as_json: bool) -> None:
    """Ask and print the answer."""
    from orchestrator.app.history_answers import ask
    from orchestrator.app.workspace import Workspace

    output = Output.of(as_json)
    if as_csv and as_json:
        raise UsageError(_("--csv and --json exclude each other"), _("choose one of them"))
    if limit is None and not (as_csv or as_json):
        limit = SHOWN
    question = standard_input() if sql == "-" else sql
    answer = ask(Workspace.open(), question, output.note, limit=limit)
    if as_csv:
        output.lines(_as_csv(answer).rstrip("\n"))
    else:
        names = _distinct(answer.columns)
        rows = [dict(zip(names, map(_plain, row), strict=True)) for row in answer.rows]
        output.data(rows, lambda: output.table(([_cell(v) for v in r] for r in answer.rows), answer.columns))
    if answer.more:
        output.note(_("there are more rows: use --limit, or --csv for all of them"))


@history.command(
    short_help=_("The tables and their columns"),
    help=_("List the tables with their columns and what they mean."),
    epilog=examples("orch history schema", "orch history schema --json"),
)
@json_option
def schema(as_json: bool) -> None:
    """Print the tables."""
    from orchestrator.app.history_answers import tables
    from orchestrator.app.workspace import Workspace
    from orchestrator.store.history_words import meanings

    output, words = Output.of(as_json), meanings()
    found = [
        {
            "table": name,
            "meaning": words[name][0],
            "columns": [{"name": c, "type": kind, "meaning": words[name][1][c]} for c, kind in columns],
        }
        for name, columns in tables(Workspace.open()).items()
    ]

    def show() -> None:
        for table in found:
            output.line(output.out.bold(str(table["table"])), f"  {table['meaning']}")
            columns: Any = table["columns"]
            output.table((("  " + c["name"], c["type"], c["meaning"]) for c in columns), ())
            output.line("")

    output.data(found, show)


@history.command(
    short_help=_("Write the tables as Parquet files"),
    help=_(
        "Write each table to a Parquet file in a folder, readable by you alone. The files say what the "
        "clone says: names and addresses of authors, messages, paths."
    ),
    epilog=examples("orch history export --parquet out", "orch history export --parquet out --force"),
)
@click.option(
    "--parquet", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, metavar=_("DIR"),
    help=_("The folder; it is made, or must be empty"),
)  # fmt: skip
@click.option(
    "--force", is_flag=True, help=_("Replace files of the same names in a folder that is not empty")
)
@dry_run_option
@json_option
def export(folder: Path, force: bool, dry_run: bool, as_json: bool) -> None:
    """Write Parquet files."""
    from orchestrator.app import history_answers as app
    from orchestrator.app.workspace import Workspace

    output = Output.of(as_json)
    files = app.export(Workspace.open(), folder, output.note, force=force, dry_run=dry_run)
    output.data({"files": list(map(str, files)), "dry_run": dry_run}, lambda: output.each(map(str, files)))


@history.command(
    short_help=_("Count lines and read manifests of all commits"),
    help=_(
        "Complete what a first reading leaves out: the added and deleted lines of each commit, newest "
        "first, and the dependencies in manifests. It takes about ten times as long as the first reading. "
        "Stopped at any moment, it goes on the next time. What is committed from now on needs none of this."
    ),
    epilog=examples("orch history backfill", "orch history backfill --since 2025-01-01 --limit 5000"),
)
@click.option("--limit", type=ROWS, help=_("At most so many commits"))
@since_option(_("Only since this date (2026-01-31)"))
@click.option("--jobs", type=number(64), default=1, show_default=True, help=_("How many git processes"))
@dry_run_option
@json_option
def backfill(limit: int | None, since: str, jobs: int, dry_run: bool, as_json: bool) -> None:
    """Complete the tables."""
    from orchestrator.app.history_backfill import complete
    from orchestrator.app.workspace import Workspace

    output = Output.of(as_json)
    workspace = Workspace.open()
    done = complete(workspace, output.note, limit=limit, since=since, jobs=jobs, dry_run=dry_run)
    output.data(done.as_json(), lambda: output.each(_lines(done, dry_run)))


def _lines(done: Completed, dry_run: bool) -> Sequence[str]:
    lines, manifests = _lines_of(done.commits_left), _manifests(done.manifests_left)
    left = _("left: {lines}, {manifests}").format(lines=lines, manifests=manifests)
    if dry_run:
        return [left]
    counted = _("counted: {lines} ({unknown} without contents); read: {manifests}").format(
        lines=_lines_of(done.commits), unknown=done.unknown, manifests=_manifests(done.manifests)
    )
    return [counted, left]


def _lines_of(n: int) -> str:
    return ngettext("lines of {n} commit", "lines of {n} commits", n).format(n=n)


def _manifests(n: int) -> str:
    return ngettext("{n} manifest", "{n} manifests", n).format(n=n)


def _as_csv(answer: Answer) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([_plain(value) for value in row] for row in answer.rows)
    return text.getvalue()


def _distinct(names: Sequence[str]) -> list[str]:
    """Columns of the same name, told apart: `id`, `id_2`."""
    counts = dict.fromkeys(names, 0)
    found = []
    for name in names:
        counts[name] += 1
        found.append(name if counts[name] == 1 else f"{name}_{counts[name]}")
    return found


def _plain(value: Any) -> Any:
    """A value as JSON and CSV have it: numbers and truth as they are, the rest as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such number
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cell(value: Any) -> Any:
    """A value of a table: '' for NULL."""
    return "" if value is None else value if isinstance(value, int | float) else str(_plain(value))
