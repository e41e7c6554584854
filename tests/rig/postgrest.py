"""A PostgREST process in front of one database, and the keys that a Supabase project hands out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.rig.binaries import RigUnavailableError
from tests.rig.process import Child


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
    """The real program on a free port; `wait()` returns when its schema cache is loaded."""

    def __init__(self, program: Path, database_uri: str, jwt_secret: str, log: Path) -> None:
        (self.port, self._admin) = _free_ports()
        settings = {
            "PGRST_DB_URI": database_uri,
            "PGRST_DB_SCHEMAS": "public",
            "PGRST_DB_ANON_ROLE": "anon",
            "PGRST_JWT_SECRET": jwt_secret,
            "PGRST_SERVER_HOST": "127.0.0.1",
            "PGRST_SERVER_PORT": str(self.port),
            "PGRST_ADMIN_SERVER_PORT": str(self._admin),
            "PGRST_DB_MAX_ROWS": "1000",
            "PGRST_DB_EXTRA_SEARCH_PATH": "public, extensions",
            "PGRST_LOG_LEVEL": "warn",
            "PGRST_DB_POOL": "6",
        }
        self._process = Child([program], settings, log, "TERM")

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

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._admin}/ready", timeout=1) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]
