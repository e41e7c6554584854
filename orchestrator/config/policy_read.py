"""`.orch/policy.toml` -> PolicyFile. Every error names file, line and key; unknown keys are refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from pathlib import Path

from orchestrator.config.document import Key, parse
from orchestrator.config.policy_file import NAME, PolicyException, PolicyFile, Scope
from orchestrator.config.policy_names import FINDING_KINDS, INSIGHT_KINDS, RULE
from orchestrator.config.section import Section
from orchestrator.i18n import _
from orchestrator.model import Kind, Outcome, Share

VERSION = 1
LONGEST = timedelta(days=366)  # an exception is looked at again at least once a year
FINGERPRINT = r"f1-[0-9a-f]{6}-[0-9a-f]{24}"
LICENCE = r"[A-Za-z0-9][A-Za-z0-9.+-]{0,80}"
_EVERYWHERE = ("findings", "reapprove")
_OUTCOMES = [outcome.value for outcome in Outcome]


def read_policy(
    root: Path, text: str, today: date, companies: Collection[str] | None, name: str = NAME
) -> PolicyFile:
    """The policy that a text describes. `companies` are the group's ids (None: any id will do).

    Raises ConfigError for whatever is wrong in it. What has expired is no error: it has no effect.
    """
    document = parse(root, text, name)
    if not document.data:
        return PolicyFile(name, document)
    top = Section(document, (), document.data)
    top.allow(("version", "licences", *_EVERYWHERE, "kind", "company", "exception"))
    top.require_version(VERSION)
    exceptions = tuple(_exceptions(top, today, companies))
    return PolicyFile(name, document, tuple(_scopes(top, companies)), exceptions)


def _scopes(top: Section, companies: Collection[str] | None) -> Iterator[Scope]:
    yield _scope(top, "", "")
    yield from _kinds(top, "")
    for company, section in _tables(top, "company"):
        _check_company(section, "", company, companies)
        section.allow(("licences", *_EVERYWHERE, "kind", "share"))
        if "share" in section.data:
            problem = _("how a company shares stands in .orch/config.toml, one place for one fact")
            hint = _("refine it here by kind: {example}").format(
                example=f'[company.{company}.kind.solution] share = "auto"'
            )
            raise section.error("share", problem, hint)
        yield _scope(section, company, "")
        yield from _kinds(section, company)


def _kinds(section: Section, company: str) -> Iterator[Scope]:
    for kind, named in _tables(section, "kind", INSIGHT_KINDS):
        named.allow((*_EVERYWHERE, "share"))
        if kind == Kind.DOCUMENT and ("share" in named.data or "reapprove" in named.data):
            problem = _("a document is never shared with the group, so nobody is asked")
            raise named.error("", problem, _("set only its findings"))
        yield _scope(named, company, kind)


def _tables(section: Section, key: str, names: Collection[str] = ()) -> Iterator[tuple[str, Section]]:
    """Each table below `key`, by name; `names` is a closed list of them."""
    tables = section.section(key)
    if tables is None:
        return
    if names:
        tables.allow(names)
    for name in tables.data:
        named = tables.section(name)
        if named is not None:
            yield name, named


def _scope(section: Section, company: str, kind: str) -> Scope:
    share = section.choice("share", [s.value for s in Share], "ask") if "share" in section.data else ""
    licences = section.texts("licences") if "licences" in section.data else None
    for index, licence in enumerate(licences or ()):
        if not re.fullmatch(LICENCE, licence):
            problem = _("not the short name of a licence: {value}").format(value=licence)
            hint = _("for example {example}").format(example="Apache-2.0")
            raise section.error(("licences", index), problem, hint)
    return Scope(
        company,
        kind,
        section.path,
        dict(_findings(section)),
        Share(share) if share else None,
        section.flag("reapprove"),
        licences,
    )


def _findings(section: Section) -> Iterator[tuple[str, tuple[Outcome, Key]]]:
    """Outcomes by name; `secret.jwt = "block"` without quotes is a table to TOML, and means the same."""
    table = section.section("findings")
    if table is None:
        return
    for name, value in table.data.items():
        inner = table.section(name) if isinstance(value, dict) else None
        place, last = (inner, inner.data) if inner else (table, (name,))
        for key in last:
            whole = f"{name}.{key}" if inner else name
            _check_finding(place, key, whole)
            yield whole, (Outcome(place.choice(key, _OUTCOMES, "")), (*place.path, key))


def _check_finding(table: Section, key: str, name: str) -> None:
    if name in FINDING_KINDS or re.fullmatch(RULE, name):
        return
    import difflib

    near = difflib.get_close_matches(name, FINDING_KINDS, n=1) if "." not in name else []
    known = _("kinds known here: {kinds}; or the name of a rule, such as {example}").format(
        kinds=", ".join(FINDING_KINDS), example="secret.jwt"
    )
    hint = _("did you mean `{key}`?").format(key=near[0]) if near else known
    raise table.error(key, _("unknown kind of finding"), hint)


def _exceptions(top: Section, today: date, companies: Collection[str] | None) -> Iterator[PolicyException]:
    for section in top.sections("exception"):
        section.allow(("fingerprint", "reason", "by", "until", "company"))
        company = section.text("company", "")
        if company:
            _check_company(section, "company", company, companies)
        until = section.day("until")
        if until > today + LONGEST:
            problem = _("an exception lasts one year at the most")
            hint = _("at the latest {day}").format(day=(today + LONGEST).isoformat())
            raise section.error("until", problem, hint)
        yield PolicyException(
            section.match("fingerprint", FINGERPRINT, "f1-3f9a1c-0123456789abcdef01234567"),
            _said(section, "reason"),
            _said(section, "by"),
            until,
            company,
            section.path,
        )


def _said(section: Section, key: str) -> str:
    value = section.text(key)
    if not value.strip():
        raise section.error(key, _("an empty text"), _("say why, and who answers for it"))
    return value


def _check_company(section: Section, key: str, company: str, companies: Collection[str] | None) -> None:
    if companies is None or company in companies:
        return
    import difflib

    near = difflib.get_close_matches(company, companies, n=1)
    hint = _("did you mean `{key}`?").format(key=near[0]) if near else ""
    known = _("one of: {choices}").format(choices=", ".join(companies))
    raise section.error(key, _("there is no company {id}").format(id=company), hint or known)
