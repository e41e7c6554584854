"""Running the git program: the only place of orch that does."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from orchestrator.errors import NotInitialisedError, OrchError, TransientError
from orchestrator.git.text import decoded
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.git.repository import Repository

# What a repository's own configuration could make git run, switched off one by one.
HARDENED = (
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "log.showSignature=false",
    "-c", "protocol.ext.allow=never",
    # git 2.54 runs hooks from the configuration too, whatever core.hooksPath says.
    "-c", "hook.reference-transaction.enabled=false",
    "-c", "hook.post-index-change.enabled=false",
    "-c", "hook.post-checkout.enabled=false",
    "-c", "hook.pre-auto-gc.enabled=false",
    "-c", "hook.pre-push.enabled=false",
)  # fmt: skip
# The caller's settings for reaching servers; every other GIT_* variable is dropped, among them
# all of `git rev-parse --local-env-vars`, which would point git at another repository.
_KEPT = frozenset({
    "GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM",
})  # fmt: skip
_KEPT_PREFIXES = ("GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_")
_CREDENTIAL = re.compile(r"ORCH_\w+_(?:KEY|TOKEN|EMAIL|DB_URL)")
_CHUNK = 1 << 16  # what a pipe holds
# git writes 4 kB at a time: who waits for each is woken for each, 14,000 times for the history of git/git.
_PAUSE_SECONDS = 0.003  # in which it writes more
_HURRIED = 1 << 15  # bytes in a pipe at which its writer is not kept waiting


def environment(extra: Mapping[str, str] | None = None, *, network: bool = False) -> dict[str, str]:
    """The environment of this process, cleaned for git. Without `network` every transport is refused.

    GIT_ALLOW_PROTOCOL does what GIT_NO_LAZY_FETCH asks for, on the git versions before it too:
    a missing object of a partial clone is an absence, not a download. Replacements and grafts are
    one clone's own view of history: without them it is the same for everybody. Orch's own credentials
    are not git's business, nor that of what git starts.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if (not name.startswith("GIT_") or name in _KEPT or name.startswith(_KEPT_PREFIXES))
        and not _CREDENTIAL.fullmatch(name)
    }
    kept.pop("LANGUAGE", None)
    return kept | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_FLUSH": "0",  # `git log` into a pipe would flush, and wake its reader, after each commit
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_ALLOW_PROTOCOL": "file:ssh:https:http" if network else "",
        "LC_ALL": "C",
        **(extra or {}),
    }


def execute(
    root: Path,
    args: Sequence[str],
    *,
    stdin: bytes | None = None,
    extra: Mapping[str, str] | None = None,
    hardened: bool = True,
    network: bool = False,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in `root` to its end. `hardened=False` only to read configuration as it is.

    Raises NotInitialisedError when git is missing, TransientError after `timeout` seconds.
    """
    try:
        return subprocess.run(
            command(args, hardened=hardened),
            cwd=root,
            env=environment(extra, network=network),
            input=b"" if stdin is None else stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise missing(root) from error
    except subprocess.TimeoutExpired as error:
        from orchestrator.git.diagnosis import subcommand

        raise TransientError(
            _("git {command} did not answer within {seconds} s").format(
                command=subcommand(args), seconds=int(timeout or 0)
            ),
            in_doubt=True,
        ) from error


def run(
    repo: Repository,
    *args: str,
    input: bytes | None = None,  # noqa: A002 - subprocess's own word
    check: bool = True,
    extra: Mapping[str, str] | None = None,
) -> bytes:
    """Git's standard output. Raises OrchError with git's own words when it fails and `check`."""
    done = execute(repo.root, args, stdin=input, extra=extra)
    if check and done.returncode:
        raise failure(args, done.stderr)
    return done.stdout


def as_lines(items: Iterable[str]) -> bytes:
    """What a command reads with `--stdin`: one item a line."""
    return "".join(f"{item}\n" for item in items).encode()


def stream(repo: Repository, *args: str, input: bytes = b"") -> Generator[bytes, None, None]:  # noqa: A002
    """Git's standard output in chunks, as it comes. Raises OrchError at the end when git failed.

    Input and errors go through files: neither side can block the other on a full pipe.
    """
    import tempfile

    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
        stdin.write(input)
        stdin.seek(0)
        process = _started(repo.root, args, stdin, stderr)
        try:
            yield from _chunks(process)
        finally:
            process.kill()  # harmless when it has ended; the reader may have stopped early
            process.communicate()
        if process.returncode:
            stderr.seek(0)
            raise failure(args, stderr.read())


def command(args: Sequence[str], *, hardened: bool = True) -> list[str]:
    """The full argument list of a git call."""
    return ["git", "--no-pager", *(HARDENED if hardened else ()), *args]


def failure(args: Sequence[str], stderr: bytes) -> OrchError:
    """What git said, as an error of ours: in our words, with the mend, where we know what it means."""
    from orchestrator.git.diagnosis import diagnosed, spoken, subcommand

    known = diagnosed(decoded(stderr))
    if known:
        return known
    told = _("git {command} failed: {reason}")
    return OrchError(told.format(command=subcommand(args), reason=spoken(stderr)))


def missing(root: Path) -> OrchError:
    """Why the program could not be started: no such folder, or no git."""
    if not root.is_dir():
        return NotInitialisedError(_("There is no folder {path}.").format(path=root))
    return NotInitialisedError(
        _("The program git was not found."), _("Install git 2.31 or newer and see that it is in your PATH.")
    )


def _started(root: Path, args: Sequence[str], stdin: IO[bytes], stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command(args),
            bufsize=0,
            cwd=root,
            env=environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    except FileNotFoundError as error:
        raise missing(root) from error


def _chunks(process: subprocess.Popen[bytes]) -> Generator[bytes, None, None]:
    """What git has written meanwhile; in a long answer a pause lets more of it gather."""
    told = 0
    while process.stdout is not None and (chunk := process.stdout.read(_CHUNK)):
        yield chunk
        told += len(chunk)
        if told > _CHUNK and len(chunk) < _HURRIED:
            time.sleep(_PAUSE_SECONDS)
    process.wait()
