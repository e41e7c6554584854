"""One `[[company]]`: its paths, its consent mode, its terms and its own remotes."""

from __future__ import annotations

import re
from pathlib import Path

from orchestrator.config.document import read_regular
from orchestrator.config.group import Company
from orchestrator.config.match import compile_globs
from orchestrator.config.place import COMPANY_SECTIONS, company_remotes
from orchestrator.config.section import Section
from orchestrator.errors import ConfigError
from orchestrator.i18n import _
from orchestrator.model import Share

_KEYS = (
    *("id", "name", "paths", "share", "technologies", "documents"),
    *("confidential", "confidential_files", "internal_hosts"),
)
ID_PATTERN = r"[a-z0-9][a-z0-9-]{0,62}"
_HOST = r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?|[0-9A-Fa-f:.]+(?:/\d{1,3})?"


def read_company(section: Section) -> Company:
    """The company that a section describes, with its uncommitted confidential terms.

    Where these cannot be read, the company cannot be worked for (`unread`); the others can.
    """
    identity = section.data.get("id", "")
    named = Section(
        section.document, section.path, section.data, identity if isinstance(identity, str) else ""
    )
    named.allow((*_KEYS, *COMPANY_SECTIONS))
    company_id = named.match("id", ID_PATTERN, "empresa-a")
    local, unread = _local_terms(section.document.root, company_id)
    return Company(
        id=company_id,
        name=named.name("name", company_id),
        paths=globs(named, "paths", required=True),
        share=Share(named.choice("share", [mode.value for mode in Share], Share.ASK.value)),
        technologies=named.texts("technologies"),
        documents=globs(named, "documents"),
        confidential=tuple(dict.fromkeys((*named.texts("confidential"), *local))),
        confidential_files=confidential_files(named),
        internal_hosts=hosts(named),
        remotes=company_remotes(named),
        unread=unread,
    )


def globs(section: Section, key: str, *, required: bool = False) -> tuple[str, ...]:
    """The section's gitignore-style globs under that key."""
    found = section.texts(key)
    if required and all(glob.startswith("!") for glob in found):
        problem = _("a company needs at least one path")
        raise section.error(
            key, problem, _("for example {example}").format(example='paths = ["empresa-a/**"]')
        )
    for glob in found:
        wrong = glob.startswith("#") or glob.strip("!") == "" or glob.endswith("\\")
        if wrong or ".." in glob.split("/") or _is_open(glob):
            problem = _("not a glob from the repository's top: {glob}").format(glob=glob)
            index = section.data[key].index(glob)
            raise section.error(
                (key, index), problem, _("for example {example}").format(example="empresa-a/**")
            )
    return found


def _is_open(glob: str) -> bool:
    """Whether a bracket is never closed: such a glob matches nothing."""
    try:
        return "[" in glob and compile_globs((glob,)).patterns[0].include is None
    except (ValueError, re.error):
        return False  # said where it is matched, with what is wrong


def confidential_files(section: Section, *, of_group: bool = False) -> tuple[str, ...]:
    """The section's `confidential_files`, each a glob that can be matched: a typo must not let a file out.

    A company's may take back what the group's say; the group's have nothing to take back (`of_group`).
    """
    found = globs(section, "confidential_files")
    if of_group and found and all(glob.startswith("!") for glob in found):
        problem = _("these only take back, and nothing stands before them")
        hint = _("for example {example}").format(example='confidential_files = ["clientes/**", "*.pem"]')
        raise section.error("confidential_files", problem, hint)
    for index, glob in enumerate(found):
        try:
            compile_globs((glob,))
        except (ValueError, re.error) as error:
            problem = _("not a glob that git would understand: {problem}").format(problem=str(error))
            hint = _("for example {example}").format(example='confidential_files = ["clientes/**", "*.pem"]')
            raise section.error(("confidential_files", index), problem, hint) from error
    return found


def hosts(section: Section) -> tuple[str, ...]:
    """The section's `internal_hosts`: names, domains (`*.corp`, `.corp`), addresses, networks."""
    found = section.texts("internal_hosts")
    for host in found:
        if re.fullmatch(_HOST, host.removeprefix(".")) is None:
            index = section.data["internal_hosts"].index(host)
            problem = _("not a host name, domain or address: {host}").format(host=host)
            hint = _("for example {example}").format(example="*.acme.internal")
            raise section.error(("internal_hosts", index), problem, hint)
    return found


def _local_terms(root: Path, company_id: str) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """The terms that stay local; else why they cannot be read, and what to do."""
    _refuse_link(root, root / ".orch" / "companies")  # of all companies
    try:
        return _read_terms(root, company_id), None
    except ConfigError as error:
        return (), (error.message, error.hint)


def _read_terms(root: Path, company_id: str) -> tuple[str, ...]:
    """Terms that are themselves confidential: `.orch/companies/<id>/confidential.txt`, never committed."""
    name = f".orch/companies/{company_id}/confidential.txt"
    _refuse_link(root, root / ".orch" / "companies" / company_id)
    raw = read_regular(root / name, name)
    try:
        lines = (raw or b"").decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = (raw or b"").count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}:{line}: " + _("not valid UTF-8"), _("save the file as UTF-8")) from error
    terms = (line.strip() for line in lines)
    return tuple(term for term in terms if term and not term.startswith("#"))


def _refuse_link(root: Path, folder: Path) -> None:
    if folder.is_symlink():
        raise ConfigError(
            _("{path} is a symbolic link, which orch does not follow").format(
                path=folder.relative_to(root).as_posix()
            ),
            _("put a real folder in its place"),
        )
