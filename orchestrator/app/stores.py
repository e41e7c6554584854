"""Opening a company's store: in the clone's one place, out of git's sight, and only one of our own.

A store holds consent and what is queued to leave. One that came with a clone could send data away by
decisions that nobody here made, so a store is used only when this machine made it, or when a person
took it over with `orch trust`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from orchestrator.app.locking import exclusive, share
from orchestrator.config import heads
from orchestrator.config.group import Company, Group
from orchestrator.config.ownership import claim, home_of, move_in
from orchestrator.errors import StoreError
from orchestrator.git.process import execute
from orchestrator.i18n import _
from orchestrator.landmark import same_file
from orchestrator.relocation import leave_to_original
from orchestrator.store.company import FILE_NAME, CompanyStore, Keep
from orchestrator.store.database import Recognise, identity_at, make_private_folder, refuse_link
from orchestrator.store.decisions import Decisions
from orchestrator.wishes import targets_of

OPENED_WITHIN = 10.0  # seconds, as long as SQLite waits for another writer
T = TypeVar("T")
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


class CopiedStoreError(ForeignStoreError):
    """The store is a copy of one that is there still: two trails of decisions would bear one name."""

    def __init__(self, path: Path, original: Path) -> None:
        super().__init__(path, committed=False)
        self.original = original
        self.message = _("{path} is a copy of {original}").format(path=path, original=original)
        self.hint = _("run `orch trust`: it makes this one a store of its own, and leaves the other alone")


def open_store(group: Group, company: str) -> CompanyStore:
    """The company's store, made when there is none, and kept from a repair until it is closed.

    Raises ForeignStoreError for one of others, StoreError where a repair was cut off, LockedError for one
    that is being repaired.
    """
    held = share(_lock_file(group, company), OPENED_WITHIN)
    try:
        folder = group.company_folder(company)
        if being_repaired(folder):
            raise StoreError(
                _("a repair of {path} was cut off").format(path=folder / FILE_NAME),
                _("`orch doctor --repair` goes on with it"),
            )
        recognise, keep = only_ours(group, company), head_keeper(group, company)
        return CompanyStore(folder, company, recognise, keep, held.close)
    except BaseException:
        held.close()
        raise


@contextmanager
def alone_with(group: Group, company: str) -> Iterator[None]:
    """Nobody has the company's store open, nor opens it. Raises LockedError where somebody stays."""
    with exclusive(_lock_file(group, company), OPENED_WITHIN):
        yield


def _lock_file(group: Group, company: str) -> Path:
    return stores_folder(group) / f"store-{company}.lock"


def head_keeper(group: Group, company: str) -> Keep:
    """What remembers, outside of the repository, how far the company's trail of decisions goes."""

    def keep(identity: str, decisions: Decisions) -> None:
        known, head = heads.kept(identity, group.clone), decisions.head()
        # What was cut off must not be grown over: the head moves on only with the trail that has it.
        if head and (known is None or decisions.hash_at(known.number) == known.hash):
            heads.keep(identity, company, group.clone, *head)

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


def of_stores(group: Group, read: Callable[[Company, CompanyStore], T]) -> Iterator[tuple[Company, T]]:
    """What `read` gives for each company that has a store here which can be used."""
    for company in group.companies:
        if not (group.company_folder(company.id) / FILE_NAME).exists():
            continue
        try:
            with open_store(group, company.id) as store:
                found = read(company, store)
        except StoreError:
            continue
        yield company, found


def strangers(group: Group) -> Iterator[tuple[str, ForeignStoreError]]:
    """(whose, why) of stores that are not this clone's, nor came by git: a person may take them over."""
    for path in sorted((group.folder / "companies").glob(f"*/{FILE_NAME}")):
        company = path.parent.name
        try:
            open_store(group, company).close()
        except ForeignStoreError as e:
            if not e.committed:
                yield company, e
        except StoreError:
            continue  # one that cannot be used is the doctor's matter


def adopt(group: Group) -> None:
    """Take over the stores that `strangers` names, and leave to where they came from what was theirs.

    The new identity comes last: killed before it, the store is still a stranger.
    """
    for company, _why in strangers(group):
        known = company in {c.id for c in group.companies}
        targets = targets_of(group.company(company), group) if known else {}
        as_it_is = CompanyStore(group.company_folder(company), company, lambda identity, _new: identity)
        with as_it_is as store, store.transaction():
            leave_to_original(store, targets)

        def take_over(_identity: str, _new: bool, company: str = company) -> str:
            return claim(company, group.clone)

        CompanyStore(group.company_folder(company), company, take_over).close()


def being_repaired(folder: Path) -> bool:
    """True while a repair (`repair_files`) is between its first change and its last."""
    return (folder / "damaged").exists() or (folder / "whole").exists()


def only_ours(group: Group, company: str) -> Recognise:
    """What claims a new store for this machine, and refuses those of others."""

    def recognise(identity: str, new: bool) -> str:
        if new:
            return claim(company, group.clone)
        path = group.company_folder(company) / FILE_NAME
        home = home_of(identity, company, group.clone)
        if home is None:
            raise ForeignStoreError(path, _committed(group, path))
        if home != str(group.clone.resolve()):
            _moved_here(group, company, identity, home)
        return identity

    return recognise


def _moved_here(group: Group, company: str, identity: str, before: str) -> None:
    """Take note that the clone was moved here. Raises CopiedStoreError where it is there still, too."""
    path = group.company_folder(company) / FILE_NAME
    original = Path(before) / path.relative_to(group.clone)
    if before and same_file(path, original):
        return  # another path of this clone
    if before and identity_at(original) in (identity, None):
        raise ForeignStoreError(path, True) if _committed(group, path) else CopiedStoreError(path, original)
    move_in(identity, company, group.clone)


def _committed(group: Group, path: Path) -> bool:
    asked = ["ls-files", "-z", "--", path.relative_to(group.clone).as_posix()]
    return bool(execute(group.clone, asked).stdout)
