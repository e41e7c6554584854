"""The tree of errors and the table of exit codes.

Raise a `UserError` with a hint that says what to do next; remotes translate their vendor's
answers into `TransientError` or `PermanentError` in one place. Anything else is a bug.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, a contract for scripts (restic's numbering)."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    INCOMPLETE = 3
    REFUSED = 4
    NOT_INITIALISED = 10
    LOCKED = 11
    CREDENTIALS = 12
    INTERRUPTED = 130


class OrchError(Exception):
    """Base of all expected failures: a message, a hint, and the exit code that says it.

    `in_doubt` is true when a request before it may have been carried out, so that the remote has to be
    asked before anything is created again.
    """

    exit_code: Exit = Exit.FAILURE
    code = "failure"
    in_doubt = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UserError(OrchError):
    """Something the user can mend: wrong input, wrong place, wrong configuration."""

    code = "user_error"


class UsageError(UserError):
    """Wrong arguments, or a question that orch cannot answer as it was put."""

    exit_code = Exit.USAGE
    code = "usage"


class NotInitialisedError(UserError):
    """No `.orch/config.toml` here, or no git repository."""

    exit_code = Exit.NOT_INITIALISED
    code = "not_initialised"


class ConfigError(UserError):
    """`.orch/config.toml` is wrong; the message names file, line and key."""

    code = "config"


class NotTrustedError(UserError):
    """The repository's configuration has not been trusted on this machine, or has changed."""

    code = "not_trusted"


class StoreError(UserError):
    """One company's store cannot be used: damaged, of another machine, a link. The others' can."""

    code = "store"


class UnreadableError(UserError):
    """Git cannot read some of its objects or references: they are missing or damaged."""


class RefusedError(UserError):
    """Validation said no."""

    exit_code = Exit.REFUSED
    code = "refused"


class LockedError(UserError):
    """Another orch process holds the lock."""

    exit_code = Exit.LOCKED
    code = "locked"


class CredentialsError(UserError):
    """A credential is missing or was refused; the hint names the variable to set."""

    exit_code = Exit.CREDENTIALS
    code = "credentials"


class TransientError(OrchError):
    """A remote cannot answer now. `retry_after` is in seconds (None: unknown).

    `in_doubt` is true when the request may have been carried out (its answer was lost), so
    that the remote has to be asked before anything is created again.
    """

    exit_code = Exit.INCOMPLETE
    code = "transient"

    def __init__(
        self, message: str, hint: str = "", *, retry_after: float | None = None, in_doubt: bool = False
    ) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after
        self.in_doubt = in_doubt


class AbsentError(TransientError):
    """A remote's place is not there: a share that is not mounted, or that nobody has written to yet."""


class PermanentError(OrchError):
    """A remote refuses this for good; trying again changes nothing. `reason` quotes the vendor."""

    code = "permanent"
