"""`.orch/config.toml` -> Group: READ FIRST. Every error names file, line and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from orchestrator.config.company import confidential_files, hosts, read_company
from orchestrator.config.document import parse, read
from orchestrator.config.embedding import read_embedding
from orchestrator.config.group import DEFAULT_ROUTES, Company, Group, Slot
from orchestrator.config.isolation import check_isolation
from orchestrator.config.match import match_company
from orchestrator.config.place import group_remotes
from orchestrator.config.policy_load import load_policy
from orchestrator.config.section import Section
from orchestrator.i18n import LANGUAGES, _
from orchestrator.model import Kind

__all__ = ["load", "match_company", "parse_group"]

VERSION = 1
_TOP = ("version", "language", "default_company", "confidential", "confidential_files", "internal_hosts")
_TABLES = ("group", "routes", "embedding", "global", "company")
_ROUTED = (Slot.MEMORY, Slot.ISSUES, Slot.PAGES)


def load(root: Path, home: Path | None = None) -> Group:
    """The group that the work tree at `root` configures; `home` is what the clone's work trees share.

    Raises NotInitialisedError without `.orch/config.toml`, ConfigError for anything wrong in it or in
    a policy file. Says nothing about trust: see `trust.require_trust`; a policy that is not trusted
    only tightens.
    """
    group = parse_group(root, read(root), home)
    return replace(group, policy=load_policy(root, home or root, [c.id for c in group.companies]))


def parse_group(root: Path, text: str, home: Path | None = None) -> Group:
    """The group that a text of that file describes.

    The companies' local terms are read from `home` (default `root`), and relative paths of folder
    remotes start there: in every work tree of a clone they mean the same place.
    """
    document = parse(home or root, text)
    top = Section(document, (), document.data).allow((*_TOP, *_TABLES))
    top.require_version(VERSION)
    about = top.section("group")
    companies = _companies(top)
    group = Group(
        root=root,
        name=about.allow(("name",)).name("name", root.resolve().name) if about else root.resolve().name,
        language=top.choice("language", LANGUAGES, LANGUAGES[0]),
        companies=companies,
        remotes=group_remotes(top.section("global")),
        routes=_routes(top.section("routes")),
        default_company=_default_company(top, companies),
        confidential=top.texts("confidential"),
        confidential_files=confidential_files(top, of_group=True),
        internal_hosts=hosts(top),
        source=text,
        home=home,
        embedding=read_embedding(top.section("embedding"), home or root),
    )
    check_isolation(document, group)
    return group


def _companies(top: Section) -> tuple[Company, ...]:
    companies: list[Company] = []
    for section in top.sections("company"):
        company = read_company(section)
        if any(known.id == company.id for known in companies):
            problem = _("a second company with the id {id}").format(id=company.id)
            raise section.error("id", problem, _("every company has an id of its own"))
        companies.append(company)
    return tuple(companies)


def _routes(section: Section | None) -> Mapping[Kind, frozenset[Slot]]:
    if section is None:
        return dict(DEFAULT_ROUTES)
    section.allow([kind.value for kind in Kind])
    written = {Kind(key): section.texts(key, [slot.value for slot in _ROUTED]) for key in section.data}
    return {**DEFAULT_ROUTES, **{kind: frozenset(map(Slot, slots)) for kind, slots in written.items()}}


def _default_company(top: Section, companies: tuple[Company, ...]) -> str:
    chosen = top.text("default_company", "")
    if chosen and chosen not in {company.id for company in companies}:
        problem = _("there is no company {id}").format(id=chosen)
        known = ", ".join(company.id for company in companies)
        raise top.error("default_company", problem, _("one of: {choices}").format(choices=known))
    return chosen
