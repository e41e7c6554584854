"""`orch companies`."""

from __future__ import annotations

import click

from orchestrator.app.companies import CompanyExtent, Counted, GroupExtent, count_companies
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import examples, json_option
from orchestrator.cli.output import Output, ended, tell_failures, terminal_width
from orchestrator.errors import Exit
from orchestrator.i18n import _, current
from orchestrator.terminal import table
from orchestrator.words import kind_name, unheard, word

_UNITS = ("B", "KiB", "MiB", "GiB")
_STEP = 1024
_INDENT = "  "


@click.command(
    short_help=_("The companies and what is in their stores"),
    help=_(
        "Every company of the group: its paths, the commits that touched them, what was learnt, the last "
        "change, the queue, open offers and the size of its store; then the code that all share.\n\n"
        "A commit counts for every company whose paths it touches. A store that cannot be used is named "
        "in its row, the others are listed all the same, and the exit code is 1."
    ),
    epilog=examples("orch companies", "orch companies --json"),
)
@json_option
def companies(as_json: bool) -> int:
    """List the companies with their counts."""
    output, workspace = Output.of(as_json), Workspace.open()
    found = count_companies(workspace, output.note)
    output.data(found.as_json(), lambda: _print(output, found))
    failures = [c.failure for c in found.companies if c.failure]
    tell_failures(output, failures)
    return ended(output, workspace.behind, Exit.FAILURE if failures else Exit.OK)


def _print(output: Output, found: GroupExtent) -> None:
    """A row of numbers a company, and below it what has no fixed width: paths, kinds, the last change."""
    headers = [_("company"), _("sharing"), _("commits"), _("insights"), _("queued"), _("set aside")]
    headers += [_("offers"), _("store")]
    rows = [_row(c) for c in found.companies]
    if not found.default:
        rows.append([_("(shared)"), "", found.shared.extent.commits])
    heading, *lines = table(rows, headers, terminal_width()).split("\n")
    output.line(output.out.dim(heading))
    below = [_details(c) for c in found.companies] + [
        [_("what no company's paths match"), *_last(found.shared)]
    ]
    for line, details in zip(lines, below, strict=False):
        output.line(line)
        for detail in details:
            output.row(output.out.dim(_INDENT + detail))
    if found.unheard.commits:
        output.line(output.out.yellow(unheard(found.unheard.commits, found.unheard.last)))


def _row(company: CompanyExtent) -> list[object]:
    if company.failure:
        return [company.id, word(company.share), *["–"] * 6]
    queue = (company.due, company.set_aside, company.open_offers)
    return [
        company.id,
        word(company.share),
        company.changes.extent.commits,
        company.insights,
        *queue,
        _bytes(company.size),
    ]


def _details(company: CompanyExtent) -> list[str]:
    named = company.name if company.name != company.id else ""
    paths = ", ".join(company.paths)
    first = f"{named}: {paths}" if named else paths
    if company.failure:
        return [first, _("its store cannot be used")]
    kinds = ", ".join(f"{kind_name(k, current()).lower()} {n}" for k, n in company.kinds)
    idle = [] if company.changes.extent.commits else [_("no commit touches these paths")]
    return [first, *idle, *([kinds] if kinds else []), *_last(company.changes)]


def _last(counted: Counted) -> list[str]:
    extent = counted.extent
    if not extent.last:
        return []
    told = _("last change {time}: {subject}")
    return [told.format(time=extent.at[:16].replace("T", " "), subject=counted.subject or extent.last[:12])]


def _bytes(size: int) -> str:
    """1,234,567 as `1.2 MiB`: with one decimal from KiB on."""
    number, unit = float(size), 0
    while number >= _STEP and unit < len(_UNITS) - 1:
        number, unit = number / _STEP, unit + 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{size} {_UNITS[0]}"
