"""Where data may go: the remote sections of the group and of its companies, as RemoteConfig."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from orchestrator.config.group import RemoteConfig, Slot
from orchestrator.config.section import Section
from orchestrator.errors import ConfigError
from orchestrator.i18n import _

TABLE = "orchestrator_global_memory"
GLOBAL_SECTIONS = ("supabase", "jira", "confluence", "forge", "folder")
COMPANY_SECTIONS = ("supabase", "jira", "confluence", "folder")
FORGES = ("github",)

_PROJECT = r"[A-Z][A-Z0-9_]{1,79}"
_SPACE = r"~?[A-Za-z0-9_.-]{1,255}"
_REF = r"(?!.*(?:\.\.|//|@\{|\.lock$|/$|\.$))[A-Za-z0-9_][A-Za-z0-9_./@+-]{0,200}"


def group_remotes(section: Section | None) -> Mapping[Slot, RemoteConfig]:
    """The coordinator's remotes, from `[global.*]`. A folder fills every slot left over."""
    if section is None:
        return {}
    section.allow(GLOBAL_SECTIONS)
    remotes = _vendors(section, project="ORCH", space="ORCH")
    forge = section.section("forge")
    if forge is not None:
        remotes[Slot.FORGE] = _forge(forge)
    return _with_folder(section, remotes, tuple(Slot))


def company_remotes(section: Section) -> Mapping[Slot, RemoteConfig]:
    """A company's own remotes, from the tables below its `[[company]]`. It has no forge."""
    return _with_folder(section, _vendors(section), (Slot.MEMORY, Slot.ISSUES, Slot.PAGES))


def _vendors(
    section: Section, project: str | None = None, space: str | None = None
) -> dict[Slot, RemoteConfig]:
    remotes = {}
    if (supabase := section.section("supabase")) is not None:
        supabase.allow(("url", "table"))
        table = supabase.match("table", r"[a-z_][a-z0-9_]{0,62}", TABLE, TABLE)
        remotes[Slot.MEMORY] = RemoteConfig("supabase", url(supabase), table)
    if (jira := section.section("jira")) is not None:
        jira.allow(("url", "project", "issue_type"))
        key = jira.match("project", _PROJECT, "ORCH", project)
        options = {"issue_type": jira.match("issue_type", r".{1,60}", "Task", "Task")}
        remotes[Slot.ISSUES] = RemoteConfig("jira", url(jira), key, options)
    if (confluence := section.section("confluence")) is not None:
        confluence.allow(("url", "space", "parent"))
        key = confluence.match("space", _SPACE, "ORCH", space)
        options = {"parent": confluence.text("parent", "")}
        remotes[Slot.PAGES] = RemoteConfig("confluence", url(confluence), key, options)
    return remotes


def _forge(section: Section) -> RemoteConfig:
    section.allow(("kind", "url", "repository", "remote", "base"))
    return RemoteConfig(
        section.choice("kind", FORGES, "github"),
        url(section, "https://api.github.com"),
        section.match("repository", r"[A-Za-z0-9][\w.-]{0,99}/(?!\.\.?$)[\w.-]{1,100}", "acme/monorepo"),
        {
            "remote": section.match("remote", _REF, "origin", "origin"),
            "base": section.match("base", _REF, "main", "main"),
        },
    )


def url(section: Section, default: str | None = None, key: str = "url") -> str:
    """The section's `url` (or another key), without a trailing slash: https, or http on this machine only.

    Refused: userinfo (a credential), query and fragment (they would be lost or leak), other
    schemes, a missing host, a port out of range.
    """
    value = section.text(key, default)
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _bad_url(section, key, str(error)) from error
    if "@" in parts.netloc:
        raise _bad_url(section, key, _("user names and passwords do not belong in it"))
    if "?" in value or "#" in value:
        raise _bad_url(section, key, _("it may have no query and no fragment"))
    if not host or port == 0 or any(c.isspace() or c in "\\\"'<>" for c in value):
        raise _bad_url(section, key, _("it names no host, or has characters that no address has"))
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise _bad_url(section, key, _("only https, or http to this machine itself"))
    place = parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")
    return f"{parts.scheme}://{place}{parts.path.rstrip('/')}"


def _bad_url(section: Section, key: str, problem: str) -> ConfigError:
    return section.error(
        key, problem, _("for example {example}").format(example="https://acme.atlassian.net")
    )


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    if not host[:1].isdigit() and ":" not in host:  # no address: nothing to import for most configurations
        return host == "localhost"
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _with_folder(
    section: Section, remotes: dict[Slot, RemoteConfig], slots: tuple[Slot, ...]
) -> Mapping[Slot, RemoteConfig]:
    folder = section.section("folder")
    if folder is None:
        return remotes
    folder.allow(("path",))
    config = RemoteConfig("folder", str(_folder_path(folder)))
    return {slot: remotes.get(slot, config) for slot in slots}


def _folder_path(section: Section) -> Path:
    """The absolute path of a folder remote, with symbolic links followed as far as they exist."""
    written = section.match("path", r"\S(?:.*\S)?", "../orch-group")
    root = section.document.root.resolve()
    try:
        path = (root / Path(written).expanduser()).resolve()
    except (RuntimeError, OSError) as error:  # no home folder for `~name`; a loop of links
        raise section.error("path", str(error), _("write the whole path")) from error
    if path in (root, root / ".orch") or path.is_file():
        problem = _("{path} is no folder beside the repository").format(path=written)
        raise section.error("path", problem, _("choose a folder beside the repository"))
    for closed in (root / ".orch" / "companies", root / ".git"):
        if path == closed or closed in path.parents:
            problem = _("a folder that is shared may not lie inside {path}").format(
                path=closed.relative_to(root)
            )
            raise section.error("path", problem, _("choose a folder beside the repository"))
    return path
