"""`orch trust`: what trusting a repository's configuration and policy would allow, and recording it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator import git
from orchestrator.app.group_folders import committed_folders, missing_folders
from orchestrator.app.liberal import more_liberal
from orchestrator.app.orphans import told_at_trust
from orchestrator.app.outside import outside
from orchestrator.app.policy_check import loosening_lines
from orchestrator.app.stores import CopiedStoreError, ForeignStoreError, adopt, of_stores, strangers
from orchestrator.config import policy_load, policy_trust
from orchestrator.config import trust as trusting
from orchestrator.config.document import read, read_text
from orchestrator.config.group import Company, EmbeddingConfig, Group
from orchestrator.config.load import parse_group
from orchestrator.config.policy_file import NAME
from orchestrator.config.policy_read import read_policy
from orchestrator.git.repository import home as clone_home
from orchestrator.i18n import _, ngettext
from orchestrator.relocation import moves
from orchestrator.store.company import TENANT
from orchestrator.wishes import place_shown, targets_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person should read before trusting: where data would go, what moves, what the policy loosens.

    `fetches` says which language model would be run, and from where. `makes` are folders that are not
    there yet, `commits` those that git would take up, `owners` stores that would be nobody's, or another
    company's, `outside` tells what was learnt outside of the paths, `shares` of whom less is asked before
    something is shared. `text` and `policy` ('': no file) are the very texts that this was read from.
    `already`: all of it was trusted here before, and no store was brought here since.
    """

    root: Path
    text: str
    policy: str
    sends_to: tuple[str, ...]
    fetches: tuple[str, ...]
    makes: tuple[str, ...]
    commits: tuple[str, ...]
    moves: tuple[str, ...]
    owners: tuple[str, ...]
    outside: tuple[str, ...]
    loosens: tuple[str, ...]
    shares: tuple[str, ...] = ()
    already: bool = False

    def as_json(self) -> dict[str, object]:
        """Plain values, without the texts."""
        lists = ("sends_to", "fetches", "makes", "commits", "moves", "owners", "outside", "loosens", "shares")
        found = {name: getattr(self, name) for name in lists}
        return {"trusted": str(self.root), "already": self.already, **found}


def describe_trust(start: Path) -> Asked:
    """What trusting would allow around `start`. Raises ConfigError for a file that is wrong."""
    repository = git.open_repository(start)
    root, home = repository.root, clone_home(repository)
    group = parse_group(root, read(root), home)
    text = read_text(root / NAME, NAME) or ""
    file = read_policy(root, text, policy_load.today(), [c.id for c in group.companies]) if text else None
    lines = [f"{owner or group.name}: {where}" for owner, where in trusting.summary(group)]
    brought = list(strangers(group))
    lines += [_taken_over(group, company, why) for company, why in brought]
    loosens = tuple(loosening_lines(group, file))
    owners = (*told_at_trust(group), *_other_owners(group))
    made, taken_up = missing_folders(group), committed_folders(repository, group)
    models = tuple(_models(group.embedding))
    moved, left = tuple(_moves(group)), tuple(outside(group))
    trusted = trusting.is_trusted(root, group.source, home) and policy_trust.is_trusted(home, text)
    already = trusted and not brought
    return Asked(
        root,
        group.source,
        text,
        sends_to=tuple(lines),
        fetches=models,
        makes=made,
        commits=taken_up,
        moves=moved,
        owners=owners,
        outside=left,
        loosens=loosens,
        shares=tuple(more_liberal(group, file)),
        already=already,
    )


def _models(wanted: EmbeddingConfig) -> Iterator[str]:
    """The language model that `orch reembed` would fetch and run; orch's own comes with it."""
    if wanted.folder:
        yield wanted.folder
    elif wanted.model:
        yield _("{model} from {place}").format(
            model=wanted.model, place=wanted.mirror or "https://huggingface.co"
        )


def _moves(group: Group) -> Iterator[str]:
    """What would be put at another place than the one where it lies now; a mistyped name looks like that."""
    for company, found in of_stores(group, lambda company, store: moves(store, targets_of(company, group))):
        for (before, now), n in found.items():
            text = ngettext("{id}: {n} text of {before} to {now}", "{id}: {n} texts of {before} to {now}", n)
            yield text.format(id=company.id, n=n, before=place_shown(before), now=place_shown(now))


def _other_owners(group: Group) -> Iterator[str]:
    """Stores that an id would hand to somebody else: none of the paths is the one that it was used for."""
    for company, tenant in of_stores(group, lambda _company, store: store.setting(TENANT)):
        before = json.loads(tenant or "{}")
        paths = before.get("paths", [])
        if paths and not set(paths) & set(company.paths):
            yield _handed_over(company, before["name"], ", ".join(paths))


def _handed_over(company: Company, former: str, paths: str) -> str:
    if former == company.name:
        told = _(
            "{id}: what was learnt, decided and offered for {paths} stays with it, at {now} now. If that is "
            "another company, choose another id"
        )
        return told.format(id=company.id, paths=paths, now=", ".join(company.paths))
    told = _(
        "{id}: what was learnt, decided and offered for {former} ({paths}) would be {name}'s. If "
        "that is somebody else, choose another id"
    )
    return told.format(id=company.id, former=former, paths=paths, name=company.name)


def _taken_over(group: Group, company: str, why: ForeignStoreError) -> str:
    if isinstance(why, CopiedStoreError):
        text = _("{id}: what was decided and queued in {path}, of which this is a copy from now on its own")
        return text.format(id=company, path=why.original.parent)
    text = _("{id}: what others decided and queued in {path}, a store that came from elsewhere")
    return text.format(id=company, path=group.company_folder(company))


def record_trust(asked: Asked) -> None:
    """Trust exactly these texts, on this machine, for this user.

    Stores that were brought here (a backup, another machine) are taken over with it, unless they
    came by git.
    """
    home = clone_home(git.open_repository(asked.root))
    trusting.trust(asked.root, asked.text, home)
    policy_trust.trust(home, asked.policy)
    adopt(parse_group(asked.root, asked.text, home))


def revoke_trust(start: Path) -> int:
    """Forget every trust in this repository's configuration and policy; how many configurations."""
    home = clone_home(git.open_repository(start))
    policy_trust.revoke(home)
    return trusting.revoke(home)
