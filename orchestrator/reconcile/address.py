"""Which addresses orch may send to: https anywhere public, http only to this machine."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from orchestrator.errors import ConfigError
from orchestrator.i18n import _

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked_url(url: str, *, private: bool = True) -> str:
    """The URL without a trailing slash, if it may carry credentials.

    Refused: other schemes than https (http: loopback only), user names, passwords, queries,
    control characters, and with `private=False` addresses of private networks.
    Raises ConfigError.
    """
    shown = url.split("@")[-1]
    hint = _("correct the remote's url in .orch/config.toml")
    try:
        parts = urlsplit(url)
        host, sound = parts.hostname or "", parts.port is None or parts.port > 0
    except ValueError:
        host, sound = "", False
    if not host or not sound or not url.isprintable() or " " in url or "\\" in url:
        raise ConfigError(_("{url} is not an address").format(url=shown), hint)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(_("{url} must hold neither user name nor query").format(url=shown), hint)
    local = is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ConfigError(_("{url} must begin with https://").format(url=shown), hint)
    if not private and not local and is_private(host):
        raise ConfigError(_("{url} lies in a private network").format(url=shown), hint)
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """True for `localhost` and the addresses of this machine, in any notation."""
    address = _address(host)
    return address.is_loopback if address else host.rstrip(".").lower() == "localhost"


def is_private(host: str) -> bool:
    """True for addresses that are not public, and names that only a private network resolves."""
    address = _address(host)
    if address:
        return not address.is_global
    name = host.rstrip(".").lower()
    return "." not in name or name.endswith((".local", ".internal", ".lan", ".home.arpa", ".localhost"))


def _address(host: str) -> IPAddress | None:
    """The IP address that a resolver would read: `127.1` and `0x7f000001` are addresses too."""
    try:
        address: IPAddress = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
