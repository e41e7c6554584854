"""Names and addresses of machines that only the company's own network knows."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

_INTERNAL = re.compile(
    r"(?i)(?:(?<=//)|(?<=@)|(?<![\w./@$#-]))(?P<host>(?P<first>[a-z0-9_][\w-]{0,62})(?:\.[a-z0-9_][\w-]{0,62}){0,8}"
    r"\.(?:internal|local|localdomain|corp|intra|intranet|lan|home\.arpa|svc))(?::\d{1,5})?(?![\w-]|\.\w|\()"
)
# A part of the name that says so, in an address or before a public ending: `jenkins.intranet.acme.com.br`.
_INSIDE = ("intranet", "interno", "interna", "internal", "intra", "corp", "vpn", "lan")
_INSIDE_OF = re.compile(
    rf"(?i)(?:(?<=//)|(?<=@)|(?<![\w./@$#-]))(?P<host>(?:[a-z0-9_][\w-]{{0,62}}\.){{0,6}}(?:{'|'.join(_INSIDE)})(?:\.[a-z0-9][\w-]{{0,62}}){{1,6}})"
    r"(?::\d{1,5})?(?![\w-]|\.\w|\()"
)
_PUBLIC_END = re.compile(r"(?i)\.(?:com|net|org|gov|edu|ind|adv|jus|leg|mil|io|dev)(?:\.br)?$|\.br$")
_UNC = re.compile(r"(?<![\\\w])\\\\(?P<host>[A-Za-z][\w.-]{2,62})\\(?![\\\s])[\w$.-]{2,}")
# Names of configuration files and of packages that end like an internal host.
_FILES = "env settings setting config conf rc docker-compose compose application app appsettings values"
_CODE = "this self window com org net io br dev java javax kotlin sun jdk android androidx gradle local vite"
_NO_HOST = frozenset(f"{_FILES} {_CODE}".split())
_IMPORTED = re.compile(r"(?i)(?<![a-z])(?:from|import|module|package|m[oó]dulo|pacote)[ `'\"]{1,3}$")
_URL_HOST = re.compile(
    r"(?i)(?<!\w)(?:https?|wss?|ftp|ssh|git|redis|amqps?|mongodb|postgres(?:ql)?|mysql|jdbc:\w+|tcp|ldaps?|smb|nfs)://"
    r"(?:[^\s/@\"'<>]{1,128}@)?(?P<host>[a-z0-9][a-z0-9_-]{0,62}(?::\d{1,5})?)(?=[/?#\s\"'`<>)\],;]|\.?$|\.\s)"
)
_STANDS_FOR_A_HOST = (
    "localhost host hostname example exemplo domain dominio server servidor site url user username usuario "
    "your-host myhost my-host seu-host foo bar baz test teste api www"
)
_NOBODY = frozenset(_STANDS_FOR_A_HOST.split())
_IPV4 = re.compile(
    r"(?P<lead>//|@)?(?<![\w.-])(?P<ip>(?:\d{1,3}\.){3}\d{1,3})(?P<port>:\d{1,5})?(?P<mask>/\d{1,2})?"
    r"(?!\w|\.\d|-[A-Za-z])"
)
_DEFANGED = re.compile(
    r"(?<![\w.-])\d{1,3}(?:(?:\[\.\]|\(\.\)|\[dot\])\d{1,3}){3}(?!\w)|(?<![\w.-])ip-\d{1,3}(?:-\d{1,3}){3}(?![\w-])"
)
_DEFANGED_MARK = re.compile(r"\d[\[(](?:\.|dot)[\])]\d|ip-\d")
_VERSION = re.compile(
    r"(?i)(?:vers(?:ão|ao|ões|ion|ions?)|release|driver|build|firmware|patch)(?:\s+(?:para|to|de|do|da|of))?\s*[:=]?\s*[\"'`v]{0,2}$"
)
_IPV6 = re.compile(r"(?i)(?<![\w:.])(?P<ip>f[cd][0-9a-f]{2}:[0-9a-f:]{2,40})(?![\w:])")
_PRIVATE = tuple(
    ipaddress.ip_network(net)
    for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
_WELL_KNOWN = frozenset({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"})


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Internal host names, hosts of the configuration's globs, and addresses of private networks."""
    for found in _INTERNAL.finditer(text):
        imported = _IMPORTED.search(text[max(0, found.start() - 24) : found.start()])
        if found["first"].lower() not in _NO_HOST and not imported:
            yield policy.hit(*found.span(), "network.internal-host", "host")
    lowered = text.lower()
    for found in _INSIDE_OF.finditer(text) if any(f"{part}." in lowered for part in _INSIDE) else ():
        in_address = text[found.start() - 1 : found.start()] in ("/", "@")
        if _PUBLIC_END.search(found["host"]) or in_address:
            yield policy.hit(*found.span(), "network.internal-host", "host")
    for found in _UNC.finditer(text) if "\\\\" in text else ():
        yield policy.hit(*found.span(), "network.share", "host")
    for found in _URL_HOST.finditer(text):
        if found["host"].partition(":")[0].lower() not in _NOBODY and not found["host"].isdigit():
            yield policy.hit(*found.span("host"), "network.private-url", "host")
    for found in _glob(policy.hosts).finditer(text) if policy.hosts else ():
        yield policy.hit(*found.span(), "network.configured-host", "host")
    yield from _addresses(text, policy)


def _addresses(text: str, policy: Policy) -> Iterator[Hit]:
    for found in _IPV4.finditer(text):
        start, end = found.start("ip"), found.end()
        if _private(found["ip"]):
            version = not (found["lead"] or found["port"] or found["mask"]) and _VERSION.search(
                text[max(0, start - 24) : start]
            )
            if found["ip"] + (found["mask"] or "") not in _WELL_KNOWN and not version:
                yield policy.hit(start, end, "network.private-ip", "ip")
        elif (found["lead"] or found["port"]) and _public(found["ip"]):
            yield policy.hit(start, end, "network.public-ip", "ip")
    for found in _DEFANGED.finditer(text) if _DEFANGED_MARK.search(text) else ():
        if _private(".".join(re.findall(r"\d+", found.group()))):
            yield policy.hit(*found.span(), "network.private-ip", "ip")
    for found in _IPV6.finditer(text):
        if _private(found["ip"]):
            yield policy.hit(*found.span(), "network.private-ip", "ip")


def _private(address: str) -> bool:
    """True for RFC 1918, RFC 6598 and RFC 4193 addresses."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in _PRIVATE)


def _public(address: str) -> bool:
    """True for an address of the Internet: neither loopback, nor reserved for documentation."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


@lru_cache(maxsize=8)
def _glob(hosts: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all globs: `*` is any part of a host name, `?` one character of it."""
    parts = []
    for host in hosts:
        escaped = re.escape(host).replace(r"\*", r"[A-Za-z0-9_.-]{0,253}").replace(r"\?", "[A-Za-z0-9_-]")
        parts.append(escaped)
    return re.compile(rf"(?i)(?<![\w.-])(?:{'|'.join(parts)})(?::\d{{1,5}})?(?![\w-]|\.[A-Za-z0-9])")
