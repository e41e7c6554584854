"""Words for people: gettext, Portuguese unless told otherwise.

Message ids are English; `locale/pt_BR` holds the translation. JSON keys, exit codes and
machine-readable values are never translated. `use` also answers for click's own words (`Usage`,
`Options`), whatever the machine's LANG says.
"""

from __future__ import annotations

import gettext as _gettext
import os
from pathlib import Path

from orchestrator.catalogue import Catalogue

LOCALE_DIR = Path(__file__).parent / "locale"
LANGUAGES = ("pt-BR", "en")
DEFAULT_LANGUAGE = "pt-BR"
DOMAIN = "orch"

_current = DEFAULT_LANGUAGE
_catalogues: dict[str, _gettext.NullTranslations] = {}


def catalogue(language: str) -> _gettext.NullTranslations:
    """The message catalogue of a language; English ids pass through unchanged."""
    if language not in _catalogues:
        _catalogues[language] = _gettext.translation(
            DOMAIN, LOCALE_DIR, [language.replace("-", "_")], class_=Catalogue, fallback=True
        )
    return _catalogues[language]


def use(language: str, *, globally: bool = True) -> None:
    """Choose the language of this process; ORCH_LANG wins over the argument.

    `globally` makes stdlib gettext's global domain ours too, so that click speaks the same language,
    whether it is imported before or after. A program that has set a domain of its own keeps it.
    """
    global _current
    chosen = os.environ.get("ORCH_LANG", "") or language
    _current = "en" if chosen.lower().startswith("en") else DEFAULT_LANGUAGE
    if globally and _gettext.textdomain() == "messages":  # the default: nobody has chosen
        _bind_global_domain()


def current() -> str:
    """The language in use: one of LANGUAGES."""
    return _current


def _(message: str) -> str:
    """Translate a message id into the language in use."""
    return catalogue(_current).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate a counted message into the language in use."""
    return catalogue(_current).ngettext(singular, plural, n)


def say(language: str, message: str) -> str:
    """Translate into an explicit language, for text that is stored or sent."""
    return catalogue(language).gettext(message)


def _bind_global_domain() -> None:
    """Answer `gettext.gettext` for our domain from the language in use instead of from LANG.

    click calls `gettext.gettext`, which asks `gettext.dgettext(current domain, …)`, which looks at
    LANGUAGE, LC_ALL and LANG. Setting those would reach every child process (git would answer in
    Portuguese), so `dgettext` and `dngettext` are wrapped for this one domain.
    """
    _gettext.bindtextdomain(DOMAIN, LOCALE_DIR)
    _gettext.textdomain(DOMAIN)
    others, others_plural = _gettext.dgettext, _gettext.dngettext

    def dgettext(domain: str, message: str) -> str:
        return _(message) if domain == DOMAIN else others(domain, message)

    def dngettext(domain: str, msgid1: str, msgid2: str, n: int) -> str:
        return ngettext(msgid1, msgid2, n) if domain == DOMAIN else others_plural(domain, msgid1, msgid2, n)

    _gettext.dgettext, _gettext.dngettext = dgettext, dngettext
