"""Taking objects to another repository on this machine, and branches to a remote."""

from __future__ import annotations

import re

from orchestrator import faultpoint
from orchestrator.errors import (
    CredentialsError,
    OrchError,
    PermanentError,
    TransientError,
    UsageError,
    UserError,
)
from orchestrator.git.address import push_addresses, without_credentials
from orchestrator.git.process import execute
from orchestrator.git.refs import check_ref_name
from orchestrator.git.repository import Repository
from orchestrator.git.text import decoded, visible
from orchestrator.git.ways import refuse_running_here, require_own_ways
from orchestrator.i18n import _

PUSH_SECONDS = 300.0
_DENIED = re.compile(
    r"authentication failed|could not read (username|password)|permission denied|terminal prompts disabled"
    r"|invalid username|invalid credentials|access denied|error: 40[13]|host key verification failed",
    re.IGNORECASE,
)
_OFFLINE = re.compile(
    r"could not resolve|couldn't resolve|connection (refused|reset)|timed out|network is unreachable"
    r"|no route to host|couldn't connect|failed to connect|early eof|hung up unexpectedly|connection closed"
    r"|error: (429|5\d\d)|temporary failure|gnutls|ssl_|ssl connection|http/2 stream",
    re.IGNORECASE,
)


def push(
    repo: Repository, remote: str, branch: str, *, expected: str | None = None, commit: str = ""
) -> bool:
    """Push one branch to a remote (name, URL or path). True if the remote changed, False if it had it.

    `commit` (an id) is what goes there, whatever our branch of that name has become meanwhile. With
    `expected`, the remote's branch is replaced if it is still at that commit ('' for: does
    not exist). Neither repository's hooks are run. Raises CredentialsError, TransientError (the
    network; `in_doubt` after a time-out), PermanentError (refused), UserError (configuration).
    """
    require_sound(repo, remote)
    ref = f"refs/heads/{check_ref_name(branch)}"
    return not any(line.startswith(b"=") for line in _sent(repo, remote, commit or ref, ref, expected))


def delete_branch(repo: Repository, remote: str, branch: str, *, expected: str) -> bool:
    """Delete a remote's branch that is still at commit `expected`. True if it was there.

    Raises PermanentError where it is at another commit, and what `push` raises.
    """
    there = _tip(repo, remote, ref := f"refs/heads/{check_ref_name(branch)}")
    if not there:
        return False
    if there != expected:
        raise PermanentError(
            _(
                "the branch {branch} at {remote} holds commits that were not fetched; it was left there"
            ).format(branch=branch, remote=without_credentials(remote))
        )
    _sent(repo, remote, "", ref, expected)
    return True


def has_branch(repo: Repository, remote: str, branch: str) -> bool:
    """Whether a remote has that branch. Raises what `push` raises."""
    return bool(_tip(repo, remote, f"refs/heads/{check_ref_name(branch)}"))


def _tip(repo: Repository, remote: str, ref: str) -> str:
    """The commit of a remote's ref; '' where there is none."""
    require_sound(repo, remote)
    there = _asked(repo, remote, ["ls-remote", "--end-of-options", remote, ref])
    return there[0].split()[0].decode() if there else ""


def _sent(repo: Repository, remote: str, source: str, ref: str, expected: str | None) -> list[bytes]:
    """Push `source` ('' to delete) to a ref; the lines that say what became of it."""
    lease = [] if expected is None else [f"--force-with-lease={ref}:{expected}"]
    options = ["--porcelain", "--no-follow-tags", "--no-signed", "--recurse-submodules=no", *lease]
    with faultpoint.around("git push"):
        return _asked(repo, remote, ["push", *options, "--end-of-options", remote, f"{source}:{ref}"])


def _asked(repo: Repository, remote: str, args: list[str]) -> list[bytes]:
    done = execute(repo.root, args, network=True, timeout=PUSH_SECONDS)
    if done.returncode:
        raise _translated(decoded(done.stderr + done.stdout), remote)
    return done.stdout.splitlines()


def require_sound(repo: Repository, remote: str) -> list[str]:
    """The addresses to which a push to a remote (name, URL or path) goes; nothing is asked of a server.

    Raises UsageError for what is no remote, and UserError where a push would go by ways that the repository's
    own configuration chose, or run what it may have brought along.
    """
    if remote.startswith("-") or visible(remote) != remote:
        raise UsageError(_("{name} is not a valid remote.").format(name=visible(remote)))
    require_own_ways(repo)
    addresses = _addresses(repo, remote)
    for address in addresses:
        refuse_running_here(repo, address)
    return addresses


def _addresses(repo: Repository, remote: str) -> list[str]:
    """Those of a remote of that name, else what is given: a URL or a path."""
    try:
        return push_addresses(repo, remote)
    except UserError:
        if "/" in remote or ":" in remote:
            return [remote]
        raise


def _translated(words: str, remote: str) -> OrchError:
    said, remote = _spoken(words), without_credentials(remote)
    if _DENIED.search(words):
        return CredentialsError(
            _("{remote} refused the credentials: {reason}").format(remote=remote, reason=said),
            _("Sign in as `git push` would: credential helper, ssh agent or token."),
        )
    if _OFFLINE.search(words):
        return TransientError(
            _("{remote} cannot be reached: {reason}").format(remote=remote, reason=said),
            _("The queue stays; try again when you are online."),
        )
    return PermanentError(_("{remote} refused the branch: {reason}").format(remote=remote, reason=said))


def _spoken(words: str) -> str:
    """The lines that say why, without advice and without credentials in URLs."""
    lines = [
        s for line in words.splitlines() if (s := line.strip()) and not s.startswith(("hint:", "To ", "Done"))
    ]
    return without_credentials("; ".join(lines))[:500]
