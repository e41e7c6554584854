"""Where git pushes a remote to, and whose repository an address is, in each form that git takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from orchestrator.errors import UserError
from orchestrator.git.process import execute
from orchestrator.git.repository import Repository
from orchestrator.git.text import decoded, visible
from orchestrator.i18n import _

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ALIAS = re.compile(r"[a-z_][a-z0-9_-]*")  # no domain and no address: only ssh's configuration leads anywhere
_SCP = re.compile(r"(?:[^/:@]+@)?(\[[^]/]+\]|[^/:\[\]]+):(?!//)(.*)", re.DOTALL)  # git-fetch(1), "Git URLs"


@dataclass(frozen=True, slots=True)
class Address:
    """A repository as an address names it. `host` is '' for a path here; `ssh`: ssh resolves the host."""

    host: str
    path: str
    ssh: bool = False

    def is_at(self, host: str, repository: str) -> bool:
        """Whether this is `owner/name` at `host`, as far as the address tells.

        Hosts and names compare without case, as the forges do. A host that ssh resolves may be an alias of
        the user's own configuration (`github-work`, `github.com-work`) or the vendor's second door
        (`ssh.github.com`). A path on this machine ends in the repository's name.
        """
        wanted = repository.casefold().split("/")
        parts = [part.casefold() for part in self.path.split("/") if part]
        if not self.host:
            return parts[-2:] == wanted
        return parts == wanted and self._leads_to(host.casefold())

    def _leads_to(self, host: str) -> bool:
        own = self.host.casefold()
        alias = _ALIAS.fullmatch(own.removeprefix(f"{host}-")) or own == f"ssh.{host}"
        return (self.ssh and bool(alias)) or own.removeprefix("www.") == host.removeprefix("www.")


def parsed(address: str) -> Address:
    """Host and path (without `.git`) of a URL, an scp-like address or a path."""
    if _URL.match(address):
        scheme, _sep, _rest = address.partition("://")
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            return Address("?", address)
        file = scheme.casefold() == "file"
        return Address("" if file else host, _bare(unquote(parts.path)), "ssh" in scheme.casefold())
    scp = _SCP.fullmatch(address)
    if scp:
        return Address(scp[1].strip("[]"), _bare(scp[2]), ssh=True)
    return Address("", _bare(address))


def push_addresses(repo: Repository, remote: str) -> list[str]:
    """Every address that git pushes a remote to, with `pushurl` and `insteadOf` carried out.

    Raises UserError where there is no remote of that name.
    """
    done = execute(repo.root, ["remote", "get-url", "--push", "--all", "--", remote])
    if done.returncode:
        raise UserError(
            _("this clone has no remote {name}").format(name=visible(remote)),
            _("add it: git remote add {name} ADDRESS; or name another one in .orch/config.toml").format(
                name=visible(remote)
            ),
        )
    return [line for line in decoded(done.stdout).splitlines() if line]


def without_credentials(text: str) -> str:
    """The text without what stands before the last `@` of a URL's authority: a password may hold one."""
    return re.sub(r"://[^/?#\s]*@", "://", text)


def _bare(path: str) -> str:
    return str(PurePosixPath(path.removesuffix("/").removesuffix(".git"))) if path.strip("/") else ""
