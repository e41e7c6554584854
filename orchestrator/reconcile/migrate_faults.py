"""What Postgres and its driver say when they refuse, in our words. Passwords and rows are never quoted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.errors import (
    CredentialsError,
    LockedError,
    OrchError,
    PermanentError,
    TransientError,
    UserError,
)
from orchestrator.i18n import _


def driver() -> Any:
    """Psycopg. Raises UserError where it is not installed."""
    try:
        import psycopg
        import psycopg.conninfo
    except ImportError as e:
        raise UserError(
            _("applying migrations needs the Postgres driver"),
            _("pip install 'orch[supabase]'; or `orch supabase migrate --to DIR` and Supabase's own program"),
        ) from e
    return psycopg


@contextmanager
def explained(variable: str) -> Iterator[None]:
    """Turn the driver's errors into ours; `variable` holds the connection string."""
    psycopg = driver()
    try:
        yield
    except psycopg.Error as error:
        raise _translated(error, variable) from None  # the driver's own text may quote the address


def _translated(error: Any, variable: str) -> OrchError:
    if error.sqlstate is None:
        return _unconnected(str(error), variable)
    said = " ".join(str(error.diag.message_primary or "").split())[:300]
    if error.sqlstate == "55P03":
        return LockedError(
            _("another process migrates this database, or holds its table"), _("try again later")
        )
    if error.sqlstate[:2] in ("08", "53", "57"):
        return TransientError(_("the database gave up: {reason}").format(reason=said), _("try again later"))
    hint = _hints().get(
        error.sqlstate, _("nothing was changed by this migration; mend that and run it again")
    )
    return PermanentError(_("the database refuses: {reason}").format(reason=said), hint)


def _hints() -> dict[str, str]:
    """By SQLSTATE: no privilege, no such object, no such feature."""
    return {
        "42501": _("use the connection string of the user `postgres` (dashboard, Connect)"),
        "42704": _(
            "Supabase's roles anon, authenticated and service_role must exist; a plain Postgres lacks them"
        ),
        "0A000": _("enable the extension `vector` (dashboard, Database > Extensions)"),
    }


def _unconnected(said: str, variable: str) -> OrchError:
    """Libpq gives no code for a connection that failed, only English words."""
    low = said.lower()
    if "password" in low or "sasl" in low or "authentication" in low:
        return CredentialsError(
            _("the database refuses the user or the password"),
            _("check {variable} (dashboard, Connect; special characters as %XX)").format(variable=variable),
        )
    if "tenant or user not found" in low:
        return CredentialsError(
            _("the pooler knows no such project or user"),
            _("check {variable}: user postgres.<project-ref>, and the region in the host").format(
                variable=variable
            ),
        )
    if "ssl" in low or "certificate" in low:
        return PermanentError(
            _("no safe connection to the database: its TLS is missing or not trusted"),
            _("for a certificate of your own add sslmode=verify-full&sslrootcert=FILE to {variable}").format(
                variable=variable
            ),
        )
    if 'missing "="' in low or ("invalid" in low and "connection" in low) or "uri" in low:
        return UserError(
            _("{variable} is no connection string").format(variable=variable),
            _("it looks like postgresql://postgres:…@db.<project-ref>.supabase.co:5432/postgres"),
        )
    return TransientError(
        _("the database cannot be reached"),
        _("check the network, and that the project is not paused; without IPv6 use the pooler's address"),
    )
