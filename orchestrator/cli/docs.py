"""`orch docs publish`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace

import click

from orchestrator.app.documents import record_documents
from orchestrator.app.syncing import DOCUMENT_PAGES, push_all
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import company_option, dry_run_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.cli.push_report import SHOWN, exit_code, print_reports, print_step, report_json
from orchestrator.config.group import Slot
from orchestrator.documents.collect import Collected
from orchestrator.errors import Exit
from orchestrator.i18n import _
from orchestrator.reconcile.report import RemoteReport


@click.group(
    short_help=_("The company's documents in its Confluence space"),
    help=_("The Markdown documents that `documents` in .orch/config.toml names."),
)
def docs() -> None:
    """Documents."""


@docs.command(
    help=_(
        "Bring the documents into the company's own Confluence space: a page a file, under its folder's page."
    ),
    epilog=examples("orch docs publish --dry-run", "orch docs publish --company empresa-a"),
)
@company_option
@click.option("--prune", is_flag=True, help=_("Take away the pages of documents that are not there any more"))
@dry_run_option
@json_option
def publish(company: str | None, prune: bool, dry_run: bool, as_json: bool) -> int:
    """Record the documents as they are, then push the company's pages."""
    output, workspace = Output.of(as_json), Workspace.open()
    found = record_documents(workspace, company, output.note, prune=prune, dry_run=dry_run)
    reports = push_all(workspace, company, output.note, remotes=(DOCUMENT_PAGES,), dry_run=dry_run)
    if dry_run:  # what was recorded before and is due is sent as well
        reports = {
            c: [_besides(r, found[c].ids if c in found else ()) for r in rs] for c, rs in reports.items()
        }
    data = {
        c: {"documents": asdict(d), "push": [report_json(r) for r in reports.get(c, ())]}
        for c, d in found.items()
    }

    def text() -> None:
        for name, collected in found.items():
            _print(output, name, collected)
            if dry_run:
                _plan(output, collected)
        for name, listed in reports.items() if dry_run else ():
            for r in listed:
                for step in (s for s in r.steps if s.action in SHOWN):
                    print_step(output, name, r.name, step)
        print_reports(output, {c: found for c, found in reports.items() if found}, dry_run=dry_run)

    output.data(data, text)
    group = workspace.group
    if not found:
        nothing = _('no documents are named; add `documents = ["docs/**/*.md"]` to a [[company]] in {path}')
        output.note(nothing.format(path=".orch/config.toml"))
    for name in (c for c in found if Slot.PAGES not in group.company(c).remotes):
        output.note(
            _(
                "{company}: no place for documents; add [company.confluence] or [company.folder] to "
                ".orch/config.toml"
            ).format(company=name)
        )
    code = exit_code([r for listed in reports.values() for r in listed])
    return code or (Exit.REFUSED if any(d.blocked for d in found.values()) else Exit.OK)


def _besides(report: RemoteReport, ids: Collection[str]) -> RemoteReport:
    """What a push would do with pages of other documents than these: theirs are planned from the files."""
    return replace(report, steps=[s for s in report.steps if s.key not in ids])


def _plan(output: Output, found: Collected) -> None:
    for path in found.new:
        output.line("  ", output.out.green(_("create")), f"  {path}")
    for path in found.changed:
        output.line("  ", output.out.yellow(_("update")), f"  {path}")
    for path in found.removed:
        output.line("  ", output.out.red(_("retract")), f"  {path}")


def _print(output: Output, company: str, found: Collected) -> None:
    text = _("{new} new, {changed} changed, {unchanged} unchanged, {removed} removed")
    counts = text.format(
        new=len(found.new),
        changed=len(found.changed),
        unchanged=len(found.unchanged),
        removed=len(found.removed),
    )
    output.line(output.out.bold(f"{company}: "), counts)
    if found.missing:
        names = ", ".join(found.missing[:5])
        output.note(
            "  ", _("not here now, pages kept (--prune takes them away): {names}").format(names=names)
        )
    for path, reason in found.refused.items():
        output.line("  ", output.out.red(path), f": {reason}")
    for path, reason in found.blocked.items():
        output.line("  ", output.out.red(_("blocked")), f"  {path}: {reason}")
    if found.blocked:
        output.note("  ", _("what is blocked goes nowhere; a page that is there keeps its last good text"))
