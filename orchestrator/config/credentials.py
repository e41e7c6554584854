"""Credentials: from the environment, git's credential helper, or the keyring; never from a file of ours.

What belongs to one owner (a company, or the group) is never tried for another: each has variables,
a credential path and a keyring entry of its own, and nothing falls back from one to the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from orchestrator.config.secret import Secret
from orchestrator.errors import CredentialsError
from orchestrator.i18n import _

Name = Literal["key", "token", "email", "db_url"]
Vendor = Literal["supabase", "jira", "confluence", "forge"]
Fill = Callable[[str], str | None]
"""Runs `git credential fill`: takes the request's lines, returns the answer's lines or None."""

_FAMILY: Mapping[str, tuple[str, ...]] = {
    "supabase": ("SUPABASE",),
    "jira": ("JIRA", "ATLASSIAN"),
    "confluence": ("CONFLUENCE", "ATLASSIAN"),
    "forge": ("FORGE",),
}


def variables(name: Name, vendor: Vendor, company: str | None, url: str = "") -> tuple[str, ...]:
    """The environment variables that hold a credential, in the order in which they are asked.

    A company's carry its id: `empresa-a` and Supabase give ORCH_EMPRESA_A_SUPABASE_KEY. The
    mapping is injective, since ids have no underscore and vendors are single words. GITHUB_TOKEN,
    which others set for GitHub, counts only where `url` is GitHub's.
    """
    prefix = f"ORCH_{company.upper().replace('-', '_')}_" if company else "ORCH_"
    own = tuple(f"{prefix}{family}_{name.upper()}" for family in _FAMILY[vendor])
    if (vendor, name, company) == ("forge", "token", None) and _is_github(url):
        return (*own, "GITHUB_TOKEN")
    return own


def variable_of(
    name: Name, vendor: Vendor, company: str | None, url: str = "", environ: Mapping[str, str] = os.environ
) -> str:
    """The variable that a credential is taken from; the first of them where none is set."""
    names = variables(name, vendor, company, url)
    return next((n for n in names if environ.get(n, "").strip()), names[0])


def _is_github(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "github.com" or host.endswith(".github.com")


def credential(
    name: Name,
    *,
    company: str | None,
    vendor: Vendor,
    url: str,
    username: str = "",
    fill: Fill | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Secret:
    """One credential of a remote. `company` None means the group's own.

    Asked in this order: environment, `fill` (git's helper; see `request` for what it is asked),
    keyring. `url` is the remote's address; a stored credential is only found for its host.
    Raises CredentialsError, naming the variable to set, when none of them knows it.
    """
    names = variables(name, vendor, company, url)
    found = (
        _from_environment(names, environ)
        or _from_git(name, company, vendor, url, username, fill)
        or _from_keyring(name, company, vendor, url)
    )
    if not found:
        what = {
            "key": _("key"),
            "token": _("token"),
            "email": _("e-mail address"),
            "db_url": _("database connection string"),
        }[name]
        owner = _("company {id}").format(id=company) if company else _("the group")
        problem = _("no {what} for {vendor} of {owner}").format(what=what, vendor=vendor, owner=owner)
        hint = _("set {variables} in your environment").format(variables=_(" or ").join(names))
        raise CredentialsError(problem, hint)
    return Secret(found)


def request(company: str | None, vendor: Vendor, url: str, username: str = "", name: Name = "key") -> str:
    """The lines for `git credential fill` (gitcredentials(7)); run it with credential.useHttpPath=true.

    The path says whose credential is wanted (`orch`, `orch/empresa-a`), because one host may know
    several; a database's connection string is another credential (`orch-database/empresa-a`). The
    forge's is the one that git itself pushes with, so it has the host only.
    """
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("api.") if vendor == "forge" else parts.netloc
    lines = [f"protocol={parts.scheme}", f"host={host}"]
    if vendor != "forge" or company:
        lines.append(f"path={_path(company, name)}")
    if username:
        lines.append(f"username={username}")
    if any("\n" in line or "\0" in line for line in lines):
        raise CredentialsError(
            _("a line break in a user name or address"), _("check {path}").format(path=url)
        )
    return "\n".join(lines) + "\n\n"


def _path(company: str | None, name: Name = "key") -> str:
    ours = "orch-database" if name == "db_url" else "orch"
    return f"{ours}/{company}" if company else ours


def _from_environment(names: tuple[str, ...], environ: Mapping[str, str]) -> str:
    return next((value for name in names if (value := environ.get(name, "").strip())), "")


def _from_git(
    name: Name, company: str | None, vendor: Vendor, url: str, username: str, fill: Fill | None
) -> str:
    """What git's helper answers, if it answers for this owner: a helper may ignore the path."""
    answer = fill(request(company, vendor, url, username, name)) if fill else None
    if not answer:
        return ""
    fields = dict(line.partition("=")[::2] for line in answer.splitlines() if "=" in line)
    if (vendor != "forge" or company) and fields.get("path") != _path(company, name):
        return ""
    return fields.get("username" if name == "email" else "password", "")


def _from_keyring(name: Name, company: str | None, vendor: Vendor, url: str) -> str:
    """What the desktop's keyring has under service `orch/empresa-a@host`, user `supabase-key`."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:  # an extra: `pip install orch[keyring]`
        return ""
    try:
        return keyring.get_password(f"{_path(company)}@{urlsplit(url).netloc}", f"{vendor}-{name}") or ""
    except KeyringError:  # no keyring on this machine, or locked: as good as empty
        return ""
