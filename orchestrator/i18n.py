"""Words for people: gettext, Portuguese unless told otherwise.

Message ids are English; `locale/pt_BR` holds the translation. JSON keys, exit codes and
machine-readable values are never translated. Import this before click: the same domain then
translates click's own words (`Usage`, `Options`) too.
"""

from __future__ import annotations

import gettext as _gettext
import os
from pathlib import Path

LOCALE_DIR = Path(__file__).parent / "locale"
LANGUAGES = ("pt-BR", "en")
DEFAULT_LANGUAGE = "pt-BR"

_current = DEFAULT_LANGUAGE
_catalogues: dict[str, _gettext.NullTranslations] = {}


def catalogue(language: str) -> _gettext.NullTranslations:
    """The message catalogue of a language; English ids pass through unchanged."""
    if language not in _catalogues:
        _catalogues[language] = _gettext.translation(
            "orch", LOCALE_DIR, [language.replace("-", "_")], fallback=True
        )
    return _catalogues[language]


def use(language: str) -> None:
    """Choose the language of this process; ORCH_LANG wins over the argument."""
    global _current
    chosen = os.environ.get("ORCH_LANG", "") or language
    _current = "en" if chosen.lower().startswith("en") else DEFAULT_LANGUAGE


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
