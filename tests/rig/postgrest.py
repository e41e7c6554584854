"""A PostgREST process in front of one database, and the keys that a Supabase project hands out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.rig.binaries import RigUnavailableError
from tests.rig.process import Child

Connecting = Callable[[float], http.client.HTTPConnection]  # a new one that waits so many seconds


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one project: the two of today, the two legacy JWTs, and the secret behind them."""

    secret: str
    publishable: str
    legacy_service: str
    legacy_anon: str
    jwt_secret: str


def keys_of(project: str) -> Keys:
    """Keys that are this project's own: another project's are refused."""
    tag = hashlib.sha256(project.encode()).hexdigest()
    secret = f"orch-rig-{tag}"
    service, anon = jwt("service_role", secret), jwt("anon", secret)
    return Keys(
        f"sb_secret_{tag[:22]}_{tag[22:30]}",
        f"sb_publishable_{tag[30:52]}_{tag[52:60]}",
        service,
        anon,
        secret,
    )


def jwt(role: str, secret: str, *, expires: int | None = None) -> str:
    """An HS256 token for a database role; `expires` is in Unix seconds."""
    claims: dict[str, Any] = {"role": role, "iss": "supabase"} | ({"exp": expires} if expires else {})
    message = _part({"alg": "HS256", "typ": "JWT"}) + b"." + _part(claims)
    signature = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return (message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def _part(content: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).rstrip(b"=")


class PostgREST:
    """The real program on a socket in `folder`; `wait()` returns when its schema cache is loaded.

    No port: one that is free now may be another's when the program comes to it.
    """

    def __init__(self, program: Path, database_uri: str, jwt_secret: str, folder: Path, name: str) -> None:
        self._socket = folder / f"{name}.sock"
        settings = {
            "PGRST_DB_URI": database_uri,
            "PGRST_DB_SCHEMAS": "public",
            "PGRST_DB_ANON_ROLE": "anon",
            "PGRST_JWT_SECRET": jwt_secret,
            "PGRST_SERVER_UNIX_SOCKET": str(self._socket),
            "PGRST_DB_MAX_ROWS": "1000",
            "PGRST_DB_EXTRA_SEARCH_PATH": "public, extensions",
            "PGRST_LOG_LEVEL": "warn",
            "PGRST_DB_POOL": "6",
        }
        self._process = Child([program], settings, folder / f"{name}.log", "TERM")

    def wait(self, seconds: float = 30) -> None:
        """Until ready. Raises RigUnavailableError when it died or takes too long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._process.running:
            if self._ready():
                return
            time.sleep(0.02)
        raise RigUnavailableError(f"PostgREST did not start: {self._process.log.read_text()[-1500:]}")

    def stop(self) -> None:
        """End the process."""
        self._process.stop()

    def connection(self, seconds: float) -> http.client.HTTPConnection:
        """A new connection that waits so long for an answer."""
        return _Local(self._socket, seconds)

    def _ready(self) -> bool:
        connection = self.connection(5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class _Local(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Reach the program."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
