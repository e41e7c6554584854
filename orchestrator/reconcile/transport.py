"""How bytes go to a server and come back: by the proxy of the person's environment, and within a time."""

from __future__ import annotations

import io
import os
import time
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.retry import Retry

from orchestrator.reconcile.address import is_loopback

WHOLE_ANSWER = 120.0  # seconds: an answer that drips in, headers or body, is given up after this


class DrippingError(OSError):
    """An answer came in so slowly that nobody waits for its end."""


def opened() -> requests.Session:
    """A session that sends nothing but what it is told: no `.netrc`, which would replace our Authorization.

    Certificates of a company's own are named by the usual variables.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or True
    adapter = _Adapter(max_retries=_connect_retries())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def proxies_for(url: str) -> dict[str, str]:
    """The proxies that the environment has for an address; none for this machine itself.

    No repository can set them, and what goes through is encrypted to its end: plain http is for loopback.
    """
    return {} if is_loopback(urlsplit(url).hostname or "") else dict(get_environ_proxies(url))


def proxy_of(url: str) -> str:
    """`host:port` of the proxy that leads to an address, without its password; '' for none."""
    return urlsplit(select_proxy(url, proxies_for(url)) or "").netloc.rpartition("@")[2]


class _Within(io.RawIOBase):
    """The bytes of a connection, until a time of `time.monotonic`."""

    def __init__(self, raw: Any, until: float) -> None:
        super().__init__()
        self._raw, self._until = raw, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if time.monotonic() > self._until:
            raise DrippingError
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that must be whole within `WHOLE_ANSWER`, its headers included."""

    def __init__(self, sock: Any, *arguments: Any, **more: Any) -> None:
        super().__init__(sock, *arguments, **more)
        until = time.monotonic() + WHOLE_ANSWER
        self.fp = io.BufferedReader(_Within(self.fp.detach(), until))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        super().init_poolmanager(*arguments, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **more)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager


def _connect_retries() -> Retry:
    """Only failures to connect are tried again down here: nothing was sent then."""
    return Retry(
        total=None, connect=2, read=0, redirect=0, status=0, other=0, backoff_factor=0.2, backoff_jitter=0.2
    )
