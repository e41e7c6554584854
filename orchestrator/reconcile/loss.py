"""What became of a request to which no answer came."""

from __future__ import annotations

from dataclasses import dataclass

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError

from orchestrator.i18n import _
from orchestrator.reconcile.transport import DrippingError

# Of a proxy that is away, refuses, or is of a sort that is not installed (SOCKS): nothing came to the host.
_NO_WAY = (
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidProxyURL,
)


@dataclass(frozen=True, slots=True)
class Loss:
    """A request without an answer; `sent` is True when the server may have seen it."""

    words: str
    sent: bool
    large: bool = False  # an answer came, of more than is read


def too_large(host: str) -> Loss:
    """An answer that is not read to its end."""
    words = _("{host} sends an answer that is too large, or nested too deep")
    return Loss(words.format(host=host), sent=True, large=True)


def loss_of(error: requests.RequestException, host: str, patience: float, proxy: str = "") -> Loss:
    """What an error of the connection means; `patience` is the wait for one byte, in seconds.

    `proxy` is the one that leads to the host, without its password.
    """
    if isinstance(error, _NO_WAY):
        words = _("{host} cannot be reached through the proxy {proxy} of the environment")
        return Loss(words.format(host=host, proxy=proxy), sent=False)
    if _is_dripping(error):
        return Loss(_("{host} sends its answer too slowly").format(host=host), sent=True)
    if _is_certificate(error):
        return Loss(_("the certificate of {host} cannot be verified").format(host=host), sent=False)
    if _never_sent(error):
        return Loss(_("{host} cannot be reached").format(host=host), sent=False)
    if _is_silence(error):
        words = _("{host} was silent for {n} s")
        return Loss(words.format(host=host, n=round(patience, 1)), sent=True)
    return Loss(_("the answer of {host} was lost").format(host=host), sent=True)


def _cause(error: requests.RequestException) -> object:
    """What urllib3 met; for methods that it may repeat it packs that once more."""
    cause = error.args[0] if error.args else None
    return cause.reason if isinstance(cause, MaxRetryError) else cause


def _is_dripping(error: requests.RequestException) -> bool:
    cause = _cause(error)
    return isinstance(cause, ProtocolError) and isinstance(cause.args[-1], DrippingError)


def _never_sent(error: requests.RequestException) -> bool:
    return isinstance(error, requests.ConnectTimeout) or isinstance(_cause(error), NewConnectionError)


def _is_silence(error: requests.RequestException) -> bool:
    """True where the connection stood and nothing came, before the answer or in the middle of it."""
    return isinstance(error, requests.ReadTimeout) or isinstance(_cause(error), ReadTimeoutError)


def _is_certificate(error: requests.RequestException) -> bool:
    return isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY" in str(error)
