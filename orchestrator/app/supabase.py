"""`orch supabase`: the tables and functions that orch needs in the group's and the companies' projects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from orchestrator.app.credentials import git_fill
from orchestrator.app.workspace import Workspace
from orchestrator.config.credentials import credential, variables
from orchestrator.config.group import RemoteConfig, Slot
from orchestrator.config.secret import Secret
from orchestrator.errors import ConfigError, OrchError, UserError
from orchestrator.i18n import _
from orchestrator.reconcile.migrate import Database, has
from orchestrator.reconcile.migration_files import Migration, shipped

FOLDER = Path("supabase", "migrations")  # the official command line's own convention
OWN = "company"  # the folder for companies' projects: they have one migration more
TABLE = "orchestrator_global_memory"
APPLIED, MISSING, NOW = "applied", "missing", "now"
_REF = r"[a-z0-9]{16,32}"  # a project's name at Supabase


@dataclass(frozen=True, slots=True)
class Project:
    """A Supabase project of the configuration; `owner` is a company, or None for the group."""

    owner: str | None
    config: RemoteConfig

    @property
    def migrations(self) -> tuple[Migration, ...]:
        """Those that it is to have."""
        return shipped(own=self.owner is not None)

    @property
    def ref(self) -> str:
        """What Supabase calls it; '' for a server of one's own."""
        found = re.fullmatch(rf"({_REF})\.supabase\.(?:co|in|red)", urlsplit(self.config.url).hostname or "")
        return found[1] if found else ""


@dataclass(slots=True)
class ProjectState:
    """What a project has: {version: applied, missing or now}. `error` where it could not be asked."""

    owner: str | None
    url: str
    versions: dict[str, str] = field(default_factory=dict)
    error: OrchError | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        e = self.error
        names = {m.version: m.name for m in shipped(own=True)}
        return {
            "owner": self.owner or "group",
            "url": self.url,
            "migrations": [{"version": v, "name": names[v], "state": s} for v, s in self.versions.items()],
            "error": {"code": e.code, "message": e.message, "hint": e.hint} if e else None,
        }


def projects(
    workspace: Workspace, chosen: str | None, *, only_group: bool = False, required: bool = True
) -> list[Project]:
    """The projects in question: one company's, the group's alone, or all.

    Raises UsageError for an unknown company, ConfigError where a table has a name that the migrations do not
    make, and (where they are `required`) where none of them lies in Supabase.
    """
    owners: list[str | None] = [None] if only_group or not chosen else []
    if not only_group:
        owners += [workspace.company(chosen)] if chosen else [c.id for c in workspace.group.companies]
    found = []
    for owner in owners:
        remotes = workspace.group.company(owner).remotes if owner else workspace.group.remotes
        config = remotes.get(Slot.MEMORY)
        if config is not None and config.kind == "supabase":
            found.append(_checked(Project(owner, config)))
    if required and not found:
        raise ConfigError(
            _("no Supabase project is configured"),
            _("add [global.supabase] with its url to .orch/config.toml, then run `orch trust`"),
        )
    return found


def migrate_all(found: list[Project], *, dry_run: bool = False) -> Iterator[ProjectState]:
    """Bring each project up to date, one after the other; one that fails stops no other.

    `dry_run` writes nothing. What was applied before a failure stays, and the next run goes on from there.
    """
    for project in found:
        state = ProjectState(project.owner, project.config.url)
        try:
            _migrate(project, state, dry_run=dry_run)
        except OrchError as e:
            state.error = e
        yield state


def folder_for(owner: str | None, folder: Path) -> Path:
    """Below which folder the official command line finds the migrations of that owner's project."""
    return folder / OWN if owner else folder


def write_files(folder: Path, owners: Iterable[str | None], *, dry_run: bool = False) -> list[Path]:
    """Write the migrations of these owners' projects below `folder`; the files that were not there.

    Raises UserError for a file of the same name with another text: it is nobody's to overwrite.
    """
    missing = []
    for path, migration in _files(folder, owners).items():
        if not path.exists():
            missing.append((path, migration))
        elif path.read_text(encoding="utf-8") != migration.sql:
            raise UserError(
                _("{file} is there with another text").format(file=path),
                _("move it away, then run this again"),
            )
    for path, migration in missing if not dry_run else ():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(migration.sql, encoding="utf-8")
    return [path for path, _migration in missing]


def _files(folder: Path, owners: Iterable[str | None]) -> dict[Path, Migration]:
    return {
        folder_for(owner, folder) / FOLDER / migration.file: migration
        for owner in owners
        for migration in shipped(own=owner is not None)
    }


def _migrate(project: Project, state: ProjectState, *, dry_run: bool) -> None:
    wanted = project.migrations
    with Database(*_address(project)) as database:
        database.check()
        there = database.applied()
        missing = [m for m in wanted if not has(there, m, database.label)]
        state.versions = {m.version: MISSING if m in missing else APPLIED for m in wanted}
        if not dry_run:
            for migration, done in database.apply(missing):
                state.versions[migration.version] = NOW if done else APPLIED


def _address(project: Project) -> tuple[Secret, str]:
    """(the connection string, the variable that a message may name).

    Raises CredentialsError without one, UserError for that of another project: one company's tables must
    not be made in another's.
    """
    url = project.config.url
    variable = variables("db_url", "supabase", project.owner, url)[0]
    address = credential("db_url", company=project.owner, vendor="supabase", url=url, fill=git_fill())
    other = _ref_of(address.reveal())
    if project.ref and other and other != project.ref:
        raise UserError(
            _("{variable} is of the project {other}, not of {ref}").format(
                variable=variable, other=other, ref=project.ref
            ),
            _("copy it from the dashboard of {ref} (Connect)").format(ref=project.ref),
        )
    return address, variable


def _ref_of(address: str) -> str:
    """The project that a connection string of Supabase's leads to: in the host, or the pooler's user name."""
    try:
        parts = urlsplit(address)
        host, user = parts.hostname or "", unquote(parts.username or "")
    except ValueError:
        return ""
    direct = re.fullmatch(rf"db\.({_REF})\.supabase\.(?:co|in|red)", host)
    pooled = re.fullmatch(rf"[a-z_]+\.({_REF})", user) if host.endswith(".pooler.supabase.com") else None
    found = direct or pooled
    return found[1] if found else ""


def _checked(project: Project) -> Project:
    if project.config.where not in ("", TABLE):
        words = _("the migrations make the table {table}, not {other}")
        hint = _("leave out `table` in .orch/config.toml, or copy their SQL by hand")
        raise ConfigError(words.format(table=TABLE, other=project.config.where), hint)
    return project
