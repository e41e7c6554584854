"""No place has two owners: what one company keeps is open neither to another nor to the group."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from orchestrator.config.document import Document, Key
from orchestrator.config.group import Group, RemoteConfig, Slot
from orchestrator.config.place import is_loopback
from orchestrator.i18n import _

_GATEWAY = "api.atlassian.com"  # https://api.atlassian.com/ex/jira/<cloud id>


def check_isolation(document: Document, group: Group) -> None:
    """Raises ConfigError when two owners name the same Supabase or Jira project, space or nested folders."""
    owners: list[tuple[Key, str, Mapping[Slot, RemoteConfig]]] = [
        (("company", index), company.id, company.remotes) for index, company in enumerate(group.companies)
    ]
    for (_first, _name, ours), (key, other, theirs) in combinations(
        [(("global",), "", group.remotes), *owners], 2
    ):
        for remote in theirs.values():
            if any(_same_place(remote, known) for known in ours.values()):
                raise document.error(
                    (*key, remote.kind),
                    _("the place of company {id} is already used by the group or another company").format(
                        id=other
                    ),
                    _("each company needs a Supabase project, Jira project, space or folder of its own"),
                )


def _same_place(one: RemoteConfig, two: RemoteConfig) -> bool:
    if one.kind == two.kind == "folder":
        first, second = Path(one.url), Path(two.url)
        return first == second or first in second.parents or second in first.parents
    if one.kind != two.kind:
        return False
    if one.kind == "supabase":  # its secret key opens every table of the project
        return _place(one)[:3] == _place(two)[:3]
    # Atlassian's gateway names a site by a number: which of them it is cannot be told from the address.
    by_number = [urlsplit(remote.url).hostname == _GATEWAY for remote in (one, two)]
    if any(by_number) and not all(by_number):
        return one.where.casefold() == two.where.casefold()
    return _place(one) == _place(two)


def _place(remote: RemoteConfig) -> tuple[str, int | None, str, str]:
    """The same however one place is written: with `/wiki`, in other letters, by a name of this machine."""
    parts = urlsplit(remote.url)
    host = (parts.hostname or "").rstrip(".")
    path = parts.path.removesuffix("/wiki") if remote.kind == "confluence" else parts.path
    return "localhost" if is_loopback(host) else host, parts.port, path, remote.where.casefold()
