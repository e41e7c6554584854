"""The key of this user's fingerprints: a value is named in a committed file without being told.

A plain hash of a CPF, a name or a telephone number is found by trying them all; so is one with a salt
that stands beside it. The key is therefore secret and long, and never in the repository: made once on
this machine, or given by ORCH_POLICY_KEY to a team (and its CI) that shares exceptions.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from orchestrator.config.state import records, write_private
from orchestrator.errors import UserError
from orchestrator.i18n import _

VARIABLE = "ORCH_POLICY_KEY"
SHORTEST = 32  # characters: 128 bits, even when they are hexadecimal digits


def policy_key(home: Path) -> str:
    """The key: of the environment, else this user's own, made when there is none.

    Raises UserError for one that could be guessed, or that is damaged.
    """
    given = os.environ.get(VARIABLE, "")
    if given:
        return _checked(given, VARIABLE)
    path = records("policy-key", home) / "key"
    try:
        return _checked(path.read_text("ascii").strip(), str(path))
    except FileNotFoundError:
        write_private(path, os.urandom(32).hex() + "\n")
    except UnicodeDecodeError as error:
        raise _weak(str(path)) from error
    return _checked(path.read_text("ascii").strip(), str(path))  # whichever process wrote it last


def key_id(key: str) -> str:
    """Six hexadecimal digits that tell keys apart: a fingerprint names the key that made it."""
    return hashlib.sha256(b"orch-policy-key" + key.encode()).hexdigest()[:6]


def _checked(text: str, where: str) -> str:
    if len(text) < SHORTEST or len(set(text)) < 8:
        raise _weak(where)
    return text


def _weak(where: str) -> UserError:
    return UserError(
        _("{where} is no key: it needs at least {n} characters drawn at random").format(
            where=where, n=SHORTEST
        ),
        _("make one with `openssl rand -hex 32`, or delete the file to have a new one made"),
    )
