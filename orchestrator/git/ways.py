"""By which ways git may reach a server from here: a repository's own configuration decides none of them.

It came with the repository, as its files did. By one of its keys a password would go through somebody's
proxy, unencrypted or to another address, or a program of its choosing would run. What a remote's plain
`url` is may stand there, as `git clone` writes it; where that leads is looked at before a push.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from orchestrator.errors import UserError
from orchestrator.git.address import parsed
from orchestrator.git.process import execute, failure
from orchestrator.git.repository import Repository
from orchestrator.git.text import decoded, visible
from orchestrator.i18n import _

OWN_SCOPES = ("local", "worktree")  # what came with the repository; `global` and `system` are the user's
# Whole sections, without what only says how long, how large and for whom: git-config(1).
_REACHING = re.compile(
    r"(?:https?|credential|url|ssh|protocol)\..*|core\.(?:sshcommand|askpass|gitproxy|alternaterefscommand)"
    r"|remote\..*\.(?:proxy|proxyauthmethod|pushurl|receivepack|uploadpack|vcs|serveroption)",
    re.IGNORECASE | re.DOTALL,
)
_HARMLESS = re.compile(
    r"http\.(?:.*\.)?(?:postbuffer|lowspeedlimit|lowspeedtime|version|maxrequests|minsessions)"
    r"|credential\.(?:.*\.)?(?:username|usehttppath)",
    re.IGNORECASE | re.DOTALL,
)
_RUNNING = re.compile(r"hook\..*|core\.(?:alternaterefscommand|fsmonitor)", re.IGNORECASE | re.DOTALL)


def require_own_ways(repo: Repository) -> None:
    """Raise UserError where the repository's own configuration, or what it includes, names such a key."""
    for scope, file, key in _settings(repo.root):
        if scope in OWN_SCOPES and _REACHING.fullmatch(key) and not _HARMLESS.fullmatch(key):
            raise UserError(
                _("{file} sets {key}: a repository's own file does not say how git reaches a server").format(
                    file=visible(file), key=visible(key)
                ),
                _(
                    "if you set it yourself, move it to your own configuration: git config --global; an "
                    "address goes into the remote's url, or into a remote of its own"
                ),
            )


def refuse_running_here(repo: Repository, address: str) -> None:
    """Refuse a path on this machine to which a push would run what this repository may have brought along.

    Raises UserError for a path in this repository, and for a repository with hooks: they are neither run
    nor passed by.
    """
    place = _local_path(repo, address)
    if place is None:
        return
    inside = (repo.root, repo.common_dir)
    if any(place.is_relative_to(folder.resolve()) for folder in inside):
        raise UserError(
            _("git pushes to {path}, which lies in this repository").format(path=visible(str(place))),
            _("set the remote's address: git remote set-url NAME ADDRESS"),
        )
    running = next(_running_at(place), "")
    if running:
        raise UserError(
            _("a push to {path} would run {what}").format(path=visible(str(place)), what=visible(running)),
            _("push the branch yourself, if you know what that does; or use an address of a server"),
        )


def _settings(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(scope, file, key) of everything that git reads there, what is included too."""
    asked = ["config", "--null", "--show-scope", "--show-origin", "--list"]
    done = execute(folder, asked, hardened=False)
    if done.returncode:
        raise failure(["config"], done.stderr)
    tokens = map(decoded, done.stdout.split(b"\0"))
    for scope, origin, pair in zip(tokens, tokens, tokens, strict=False):
        yield scope, origin.removeprefix("file:"), pair.partition("\n")[0]


def _local_path(repo: Repository, address: str) -> Path | None:
    if parsed(address).host:
        return None
    path = unquote(urlsplit(address).path) if address.casefold().startswith("file:") else address
    # Which of these git takes does not matter for where it is, and only a repository has hooks.
    named = (repo.root / f"{path}{end}" for end in ("", ".git", "/.git"))
    return next((p for p in named if p.exists()), repo.root / path).resolve()


def _running_at(place: Path) -> Iterator[str]:
    """What a repository on this machine would run when something is pushed to it."""
    if not place.is_dir():
        return
    done = execute(place, ["rev-parse", "--path-format=absolute", "--git-path", "hooks"], hardened=False)
    if done.returncode:
        return  # no repository: git will say so
    hooks = Path(os.fsdecode(done.stdout.removesuffix(b"\n")))
    settings = list(_settings(place))
    named = [scope for scope, _file, key in settings if key == "core.hookspath"]
    if hooks.is_dir() and (not named or named[-1] in OWN_SCOPES):  # else it is the user's own folder of hooks
        yield from (
            str(h) for h in sorted(hooks.iterdir()) if h.suffix != ".sample" and os.access(h, os.X_OK)
        )
    yield from (key for scope, _file, key in settings if scope in OWN_SCOPES and _RUNNING.fullmatch(key))
