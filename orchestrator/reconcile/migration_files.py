"""The migrations that orch ships: SQL files in Supabase's own folder convention."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from orchestrator.errors import UserError
from orchestrator.i18n import _


@dataclass(frozen=True, slots=True)
class Migration:
    """`<version>_<name>.sql`; the version is a UTC time, 14 digits."""

    version: str
    name: str
    sql: str

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.version}_{self.name}.sql"


@cache
def shipped(*, own: bool = False) -> tuple[Migration, ...]:
    """Those of the group's project, or of a company's `own`, oldest first.

    Raises UserError for an installation without them.
    """
    package = Path(__file__).resolve().parents[1]
    source = package.parent / "supabase"
    folders = [_there(package / "_migrations", source / "migrations")]
    if own:
        folders.append(_there(package / "_company_migrations", source / "company" / "migrations"))
    files = [path for folder in folders for path in folder.glob("*.sql")]
    return tuple(_read(path) for path in sorted(files, key=lambda path: path.name))


def newest(*, own: bool = False) -> str:
    """The version of a project that has all of them."""
    return shipped(own=own)[-1].version


def _there(*folders: Path) -> Path:
    found = next((f for f in folders if f.is_dir()), None)
    if found is None:
        raise UserError(_("this installation of orch has no migrations"), _("install orch again"))
    return found


def _read(path: Path) -> Migration:
    version, _underscore, name = path.stem.partition("_")
    return Migration(version, name, path.read_text(encoding="utf-8"))
