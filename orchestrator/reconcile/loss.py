"""What became of a request to which no answer came."""

from __future__ import annotations

from dataclasses import dataclass

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ReadTimeoutError

from orchestrator.i18n import _


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


def too_slow(host: str) -> Loss:
    """An answer that drips in."""
    return Loss(_("{host} sends its answer too slowly").format(host=host), sent=True)


def loss_of(error: requests.RequestException, host: str, patience: float) -> Loss:
    """What an error of the connection means; `patience` is the wait for one byte, in seconds."""
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


def _never_sent(error: requests.RequestException) -> bool:
    return isinstance(error, requests.ConnectTimeout) or isinstance(_cause(error), NewConnectionError)


def _is_silence(error: requests.RequestException) -> bool:
    """True where the connection stood and nothing came, before the answer or in the middle of it."""
    return isinstance(error, requests.ReadTimeout) or isinstance(_cause(error), ReadTimeoutError)


def _is_certificate(error: requests.RequestException) -> bool:
    return isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY" in str(error)
