"""`orch policy`: what the policy lets out, and why."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from orchestrator.app.policy import effective
from orchestrator.app.policy_check import check_policy
from orchestrator.app.policy_except import add_exception
from orchestrator.app.policy_explain import explain_insight, explain_text
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import (
    as_text,
    company_option,
    dry_run_option,
    examples,
    json_option,
    standard_input,
)
from orchestrator.cli.output import Output
from orchestrator.cli.policy_text import print_effective, print_explanations, print_remarks
from orchestrator.errors import Exit
from orchestrator.i18n import _, current


@click.group(
    short_help=_("What the policy lets out, and why"),
    help=_(
        "What may leave, and who is asked, stands in .orch/policy.toml: by company, kind of insight, and "
        "kind of finding or rule. Without that file the defaults hold."
    ),
    epilog=examples("orch policy show", "orch policy check", "orch policy explain 3f2a"),
)
def policy() -> None:
    """Group of commands."""


@policy.command(
    short_help=_("What is in force, and where each value comes from"),
    help=_("The effective policy of a company: each outcome and setting with the line that decided it."),
    epilog=examples("orch policy show", "orch policy show --company empresa-a --json"),
)
@company_option
@json_option
def show(company: str | None, as_json: bool) -> None:
    """Print the effective policy of each company in question."""
    output, workspace = Output.of(as_json), Workspace.open()
    found = [effective(workspace, c) for c in workspace.companies(company)]
    output.data([e.as_json() for e in found], lambda: print_effective(output, found))


@policy.command(
    short_help=_("Validate the policy files; for CI"),
    help=_(
        "Validate the policy files and list what they loosen. Exit code 1 for a file that is wrong, a line "
        "without effect, and an expired exception. Needs no trust and sends nothing."
    ),
    epilog=examples("orch policy check", "orch policy check --company empresa-a --json"),
)
@click.option("-c", "--company", metavar="ID", help=_("Only what is about this company"))
@json_option
def check(company: str | None, as_json: bool) -> int:
    """Print what is wrong, and what loosens."""
    output = Output.of(as_json)
    found = check_policy(Path.cwd(), company)
    wrong = any(r.level == "error" for r in found)
    data = {"ok": not wrong, "remarks": [{"level": r.level, "where": r.where, "text": r.text} for r in found]}
    output.data(data, lambda: print_remarks(output, found))
    return Exit.FAILURE if wrong else Exit.OK


@policy.command(
    short_help=_("Why one insight may leave or not, finding by finding"),
    help=_(
        "Each finding of an insight, or of standard input (`-`): rule, place, what follows, which line "
        "decided, and the fingerprint for an exception. The value itself is never printed."
    ),
    epilog=examples("orch policy explain 3f2a", "git log -1 --format=%B | orch policy explain -"),
)
@click.argument("insight")
@company_option
@json_option
def explain(insight: str, company: str | None, as_json: bool) -> None:
    """Explain an insight or a text."""
    output, workspace = Output.of(as_json), Workspace.open()
    if insight == "-":
        found = explain_text(workspace, company, standard_input())
    else:
        found = [explain_insight(workspace, company, insight)]
    output.data([e.as_json() for e in found], lambda: print_explanations(output, found))


@policy.command(
    "except",
    short_help=_("Let one exact value pass, by its fingerprint"),
    help=_(
        "Append an exception to .orch/policy.toml; the rest of the file stays byte for byte as it was. It "
        "ends on the day given, a year ahead at the most. A secret then no longer blocks, but still needs "
        "a person's look, and is still taken out."
    ),
    epilog=examples('orch policy except f1-3f9a1c-… --reason "on our site" --until 2027-03-01'),
)
@click.argument("fingerprint")
@click.option("--reason", type=as_text, required=True, help=_("Why it may be told; committed with the file"))
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    metavar=_("DATE"),
    help=_("Its last day, such as 2027-03-01"),
)
@click.option("--by", type=as_text, default="", help=_("Who answers for it (default: you)"))
@click.option("-c", "--company", metavar="ID", default="", help=_("Only for this company"))
@dry_run_option
@json_option
def except_(
    fingerprint: str,
    reason: str,
    until: datetime.datetime,
    by: str,
    company: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write an exception down."""
    output, workspace = Output.of(as_json), Workspace.open()
    done = add_exception(
        workspace, fingerprint, reason=reason, until=until.date(), company=company, by=by, dry_run=dry_run
    )
    data = {"toml": done.toml, "trusted": done.trusted, "written": not dry_run}
    output.data(data, lambda: output.lines(done.toml.rstrip()))
    if not done.trusted:
        output.note(_("this policy is not trusted here: the exception has no effect before `orch trust`"))
    if not dry_run:
        output.note(_("commit .orch/policy.toml; the others run `orch trust` after they pull it"))


@policy.command(
    short_help=_("A policy file with every setting explained"),
    help=_("Print a policy that changes nothing yet: every setting, explained and commented out."),
    epilog=examples("orch policy template > .orch/policy.toml"),
)
@json_option
def template(as_json: bool) -> None:
    """Print the template in the language in use."""
    from orchestrator.config.policy_template import policy_template

    output, text = Output.of(as_json), policy_template(current())
    output.data({"toml": text}, lambda: output.lines(text.rstrip("\n")))
