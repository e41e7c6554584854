"""A repository with its configuration, and what can be opened from there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator import git
from orchestrator.config.group import Group
from orchestrator.config.load import load
from orchestrator.config.match import match_company
from orchestrator.config.trust import require_trust
from orchestrator.errors import OrchError, StoreError, UsageError
from orchestrator.git.repository import home as clone_home
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.desk import Desk
    from orchestrator.store.company import CompanyStore

Say = Callable[[str], None]
EVERYONE = ""  # in the place of a company's id: it is so for all of them
PATIENCE = 30.0  # seconds that a command waits for another one


def silent(_message: str) -> None:
    """Says nothing: the default of everything that may report progress."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where a command works: the repository and the trusted configuration in it.

    `behind`: company → what its last drain could not read because of a mistake of orch's own; EVERYONE →
    which refs git could not read.
    """

    repository: git.Repository
    group: Group
    behind: dict[str, OrchError] = field(default_factory=dict, compare=False)

    @classmethod
    def open(cls, start: Path | None = None) -> Workspace:
        """The workspace around `start` (default: here).

        Raises NotInitialisedError, ConfigError or NotTrustedError.
        """
        repository = git.open_repository(start or Path.cwd())
        home = clone_home(repository)
        group = load(repository.root, home)
        require_trust(repository.root, group.source, home)
        return cls(repository, group)

    # ---------------------------------------------------------------- companies

    def companies(self, chosen: str | None) -> tuple[str, ...]:
        """The companies a command is about: the chosen one, or the one that the folder implies, or all."""
        ids = tuple(c.id for c in self.group.companies)
        implied = chosen or os.environ.get("ORCH_COMPANY") or git.config_get(self.repository, "orch.company")
        if implied:
            return (self._known(implied, ids),)
        here = self._company_here(Path.cwd())
        return (here,) if here else ids

    def company(self, chosen: str | None) -> str:
        """The one company a command is about. Raises UsageError when that is not clear."""
        found = self.companies(chosen)
        if len(found) == 1:
            return found[0]
        raise UsageError(
            _("which company? This group has {ids}").format(ids=", ".join(found)),
            _("add `--company ID`, or run `git config orch.company ID` once"),
        )

    def _known(self, company: str, ids: Sequence[str]) -> str:
        if company in ids:
            return company
        raise UsageError(
            _("there is no company {id} in .orch/config.toml").format(id=company),
            _("it has {ids}").format(ids=", ".join(ids)),
        )

    def _company_here(self, start: Path) -> str | None:
        try:
            relative = start.resolve().relative_to(self.repository.root.resolve())
        except ValueError:
            return None
        found = match_company(self.group, f"{relative.as_posix()}/x") if relative.parts else ()
        return found[0] if len(found) == 1 else None

    # ---------------------------------------------------------------- stores and locks

    def desk(self, company: str) -> Desk:
        """Open one company's store with its policy; close it with `with desk.store:`."""
        return self.desk_of(self.store(company))

    def desk_of(self, store: CompanyStore) -> Desk:
        """The same of a store that is open: for what only sometimes has to judge or write."""
        from orchestrator.desk import Desk
        from orchestrator.refusing import refused_now
        from orchestrator.validate import Policy

        policy = Policy.for_company(self.group, store.company, store.people())
        return Desk(self.group, policy, store, refused_now(self.group, store))

    def store(self, company: str) -> CompanyStore:
        """Open one company's store, the same one in every work tree; close it with `with`.

        Raises ForeignStoreError for one that this machine did not make, StoreError where the company's
        local confidential terms cannot be read: nothing of it could be judged.
        """
        from orchestrator.app.stores import open_store

        unread = next((c.unread for c in self.group.companies if c.id == company), None)
        if unread:
            raise StoreError(*unread)
        return open_store(self.group, company)

    @contextmanager
    def lock(self, name: str, wait: float | None = None) -> Iterator[None]:
        """One process at a time for `name`, `wait` in seconds. The kernel frees it when a process dies."""
        from orchestrator.app.locking import exclusive
        from orchestrator.app.stores import stores_folder

        with exclusive(stores_folder(self.group) / f"{name}.lock", PATIENCE if wait is None else wait):
            yield


def person() -> str:
    """Who decides at this terminal, for the audit trail: the operating system's user name."""
    if told := os.environ.get("ORCH_WHO"):
        return told
    import getpass

    return getpass.getuser()
