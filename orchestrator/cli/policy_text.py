"""What `orch policy` prints for people."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.app.policy import DEFAULT, LICENCES, Effective
from orchestrator.app.policy_check import Remark
from orchestrator.app.policy_explain import Explained, Explanation, exception_toml
from orchestrator.cli.output import Output
from orchestrator.i18n import _
from orchestrator.words import short_id, word


def print_effective(output: Output, found: list[Effective]) -> None:
    """Each company's policy as tables: values, and exceptions; those whose policies say the same together."""
    alike: dict[object, list[Effective]] = {}
    for e in found:
        alike.setdefault((e.trusted, tuple(e.lines), tuple(e.exceptions)), []).append(e)
    for same in alike.values():
        for e in same:
            output.line(output.out.bold(e.company), output.out.dim(f"  {e.hash}"))
        _print_policy(output, same[0])


def _print_policy(output: Output, e: Effective) -> None:
    if not e.trusted:
        output.note(output.err.yellow(_("the policy changed since it was trusted: it only tightens")))
    wide = [line for line in e.lines if line.name == LICENCES]
    rows = [
        (x.insight or _("any"), x.name, x.value, _source(x.source)) for x in e.lines if x.name != LICENCES
    ]
    output.table(rows, (_("insight"), _("finding or setting"), _("value"), _("decided by")))
    for line in wide:
        output.line(f"{line.name}: {line.value} ", output.out.dim(f"({_source(line.source)})"))
    states = _states()
    exceptions = [
        (x.fingerprint, states[x.state], x.until, x.by, x.reason, _source(x.source)) for x in e.exceptions
    ]
    if exceptions:
        output.line()
        headers = (_("exception"), _("state"), _("until"), _("by"), _("reason"), _("where"))
        output.table(exceptions, headers)


def _source(source: str) -> str:
    return _("default") if source == DEFAULT else source


def _states() -> dict[str, str]:
    return {
        "live": _("holds"),
        "soon": _("ends soon"),
        "expired": _("expired"),
        "untrusted": _("not trusted here"),
        "foreign": _("made with another key"),
    }


def print_remarks(output: Output, found: list[Remark]) -> None:
    """A line a remark: how bad it is, where, what."""
    paint = {"error": output.out.red, "warning": output.out.yellow, "loosens": output.out.dim}
    words = {"error": _("error"), "warning": _("warning"), "loosens": _("loosens")}
    for r in found:
        output.line(paint[r.level](words[r.level]), f"  {r.where}: {r.text}")
    if not found:
        output.line(_("nothing loosens the defaults, and nothing is wrong"))


def print_explanations(output: Output, found: list[Explanation]) -> None:
    """Each finding with its place, who decided, and the exception to paste; then what would go where."""
    for e in found:
        _print_one(output, e)


def _print_one(output: Output, e: Explanation) -> None:
    head = f"{short_id(e.insight)}  {e.company}" if e.insight else e.company
    output.line(output.out.bold(head), f"  {word(e.outcome)}", output.out.dim(f"  {e.policy}"))
    print_findings(output, e.findings)
    if not e.findings:
        output.line("  ", _("nothing was found"))
    if not e.insight:
        return
    decided = word(e.consent) if e.consent else _("nobody decided yet")
    output.line(output.out.dim(_("sharing: ")), f"{word(e.share)}, {decided}")
    for s in e.sent:
        output.line(output.out.dim(_("would go to: ")), f"{s.remote}  {s.title}  ({s.target})")


def print_findings(output: Output, findings: Iterable[Explained]) -> None:
    """Each finding: where it is, which line decided, and the exception to paste."""
    told: set[str] = set()
    for f in findings:
        _print_finding(output, f, paste=f.fingerprint not in told)
        told.add(f.fingerprint)


def _print_finding(output: Output, f: Explained, *, paste: bool) -> None:
    """The finding, and once for each fingerprint the exception to paste."""
    output.line("  ", output.out.yellow(f.sentence))
    place = f.field
    if f.end > f.start:
        place = _("{field}, characters {start} to {end}").format(field=f.field, start=f.start, end=f.end)
    output.line("    ", output.out.dim(f"{f.rule} · {place} · "), _source(f.source))
    if f.fingerprint and paste:
        becomes = _("(it would then be: {outcome})").format(outcome=word(f.becomes))
        output.line("    ", output.out.dim(_("except it in .orch/policy.toml: ")), becomes)
        for line in exception_toml(f.fingerprint).splitlines():
            output.line("      ", line)
