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
def shipped() -> tuple[Migration, ...]:
    """All of them, oldest first. Raises UserError for an installation without them."""
    package = Path(__file__).resolve().parents[1]
    folders = (package / "_migrations", package.parent / "supabase" / "migrations")
    folder = next((f for f in folders if f.is_dir()), None)
    if folder is None:
        raise UserError(_("this installation of orch has no migrations"), _("install orch again"))
    return tuple(_read(path) for path in sorted(folder.glob("*.sql")))


def newest() -> str:
    """The version of a project that has all of them."""
    return shipped()[-1].version


def _read(path: Path) -> Migration:
    version, _underscore, name = path.stem.partition("_")
    return Migration(version, name, path.read_text(encoding="utf-8"))
