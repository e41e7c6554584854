"""Opening a company's store: in the clone's one place, out of git's sight, and only one of our own.

A store holds consent and what is queued to leave. One that came with a clone could send data away by
decisions that nobody here made, so a store is used only when this machine made it, or when a person
took it over with `orch trust`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orchestrator.config import heads
from orchestrator.config.group import Group
from orchestrator.config.ownership import claim, is_ours
from orchestrator.errors import StoreError
from orchestrator.git.process import execute
from orchestrator.i18n import _
from orchestrator.store.company import FILE_NAME, CompanyStore, Keep
from orchestrator.store.database import Recognise, make_private_folder, refuse_link
from orchestrator.store.decisions import Decisions

EVERYTHING = "*\n"  # of a .gitignore that ignores itself too: git replaces it by a branch's own


class ForeignStoreError(StoreError):
    """The store was not made on this machine. `committed`: it is tracked by git."""

    def __init__(self, path: Path, committed: bool) -> None:
        self.committed = committed
        if committed:
            super().__init__(
                _("{path} is committed to git: who pushed it decided what would leave from here").format(
                    path=path
                ),
                _("run `git rm --cached {path}`, move the file away, and run the command again").format(
                    path=path
                ),
            )
        else:
            super().__init__(
                _("{path} was not made on this machine").format(path=path),
                _("move it away; or, if you brought it here yourself, run `orch trust`"),
            )


def open_store(group: Group, company: str) -> CompanyStore:
    """The company's store, made when there is none. Raises ForeignStoreError for one of others."""
    stores_folder(group)
    recognise = only_ours(group, company)
    return CompanyStore(group.company_folder(company), company, recognise, head_keeper(group, company))


def head_keeper(group: Group, company: str) -> Keep:
    """What remembers, outside of the repository, how far the company's trail of decisions goes."""

    def keep(identity: str, decisions: Decisions) -> None:
        known, head = heads.kept(identity, _home(group)), decisions.head()
        # What was cut off must not be grown over: the head moves on only with the trail that has it.
        if head and (known is None or decisions.hash_at(known.number) == known.hash):
            heads.keep(identity, company, _home(group), *head)

    return keep


def stores_folder(group: Group) -> Path:
    """Where the stores and locks are: private, and ignored by git on whatever branch.

    A branch without our `.orch/.gitignore` would otherwise show them to `git add -A`.
    """
    folder = group.folder / "companies"
    for place in (group.folder, folder):
        refuse_link(place)
        refuse_link(place / ".gitignore")
        if not (place / ".gitignore").exists():
            make_private_folder(folder)
            (place / ".gitignore").write_text(EVERYTHING, encoding="ascii")
    return folder


def strangers(group: Group) -> Iterator[str]:
    """Whose stores were not made here and did not come by git: a person may take them over."""
    for path in sorted((group.folder / "companies").glob(f"*/{FILE_NAME}")):
        company = path.parent.name
        try:
            open_store(group, company).close()
        except ForeignStoreError as e:
            if not e.committed:
                yield company


def adopt(group: Group) -> None:
    """Take over the stores that `strangers` names."""
    for company in strangers(group):

        def take_over(_identity: str, _new: bool, company: str = company) -> str:
            return claim(company, _home(group))

        CompanyStore(group.company_folder(company), company, take_over).close()


def only_ours(group: Group, company: str) -> Recognise:
    """What claims a new store for this machine, and refuses those of others."""

    def recognise(identity: str, new: bool) -> str:
        if new:
            return claim(company, _home(group))
        if is_ours(identity, company, _home(group)):
            return identity
        path = group.company_folder(company) / FILE_NAME
        raise ForeignStoreError(path, _committed(group, path))

    return recognise


def _committed(group: Group, path: Path) -> bool:
    home = _home(group)
    asked = ["ls-files", "-z", "--", path.relative_to(home).as_posix()]
    return bool(execute(home, asked).stdout)


def _home(group: Group) -> Path:
    return group.home or group.root
