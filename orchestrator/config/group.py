"""The configuration as frozen values: what `.orch/config.toml` says, checked and complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from orchestrator.config.policy_layers import PolicyLayers
from orchestrator.model import Kind, Share


class Slot(StrEnum):
    """The place that a remote fills; a folder can stand in for any of them."""

    MEMORY = "memory"
    ISSUES = "issues"
    PAGES = "pages"
    FORGE = "forge"


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """One remote: its vendor, its address, and what it is called there. Never a credential.

    `kind` is supabase, jira, confluence, github or folder. `where` is the vendor's own name of
    the place: Supabase table, Jira project key, Confluence space key, `owner/repository`, ''.
    `options` are the remaining keys of the section (issue_type, parent, base, remote, ...).
    """

    kind: str
    url: str
    where: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    """The language model that is wanted; nothing: orch's own, which needs no download.

    `model` is a name of fastembed's, `folder` an absolute path; at most one of them is given.
    `mirror` is the address that a model is fetched from instead of the hub.
    """

    model: str = ""
    folder: str = ""
    mirror: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant. `paths`, `documents` and `confidential_files` are gitignore-style globs from the
    repository's top. `unread`: why its local confidential terms cannot be read, and what to do.
    """

    id: str
    name: str
    paths: tuple[str, ...]
    share: Share = Share.ASK
    technologies: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    confidential: tuple[str, ...] = ()
    confidential_files: tuple[str, ...] = ()
    internal_hosts: tuple[str, ...] = ()
    remotes: Mapping[Slot, RemoteConfig] = field(default_factory=dict)
    unread: tuple[str, str] | None = None


# DESIGN section 6. A document's slots are those of its own company, never the group's.
DEFAULT_ROUTES: Mapping[Kind, frozenset[Slot]] = {
    Kind.SOLUTION: frozenset({Slot.MEMORY, Slot.ISSUES, Slot.PAGES}),
    Kind.INSIGHT: frozenset({Slot.MEMORY, Slot.PAGES}),
    Kind.PATTERN: frozenset({Slot.MEMORY, Slot.ISSUES}),
    Kind.BEST_PRACTICE: frozenset({Slot.MEMORY, Slot.PAGES}),
    Kind.COMPONENT: frozenset({Slot.MEMORY, Slot.ISSUES, Slot.PAGES}),
    Kind.DOCUMENT: frozenset({Slot.MEMORY, Slot.PAGES}),
}


@dataclass(frozen=True, slots=True)
class Group:
    """All companies and the coordinator.

    `root` is the top of the work tree that the configuration was read from, `home` the folder that
    all work trees of the clone share (`git.repository.home`; None: `root` itself).
    """

    root: Path
    name: str
    language: str
    companies: tuple[Company, ...]
    remotes: Mapping[Slot, RemoteConfig] = field(default_factory=dict)
    routes: Mapping[Kind, frozenset[Slot]] = field(default_factory=lambda: DEFAULT_ROUTES)
    default_company: str = ""
    confidential: tuple[str, ...] = ()
    confidential_files: tuple[str, ...] = ()
    internal_hosts: tuple[str, ...] = ()
    source: str = ""  # the file's text, for trust and for the audit trail
    home: Path | None = None
    policy: PolicyLayers = field(default_factory=PolicyLayers)
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)

    @property
    def clone(self) -> Path:
        """The folder that stands for the clone, whichever work tree a command runs in."""
        return self.home or self.root

    @property
    def folder(self) -> Path:
        """The clone's one `.orch/`: stores, history and locks."""
        return self.clone / ".orch"

    def company(self, company_id: str) -> Company:
        """The company of that id. Raises KeyError; `load` and the CLI turn it into words."""
        return {c.id: c for c in self.companies}[company_id]

    def company_folder(self, company_id: str) -> Path:
        """Where that company's store lives: `.orch/companies/<id>/`."""
        return self.folder / "companies" / company_id
