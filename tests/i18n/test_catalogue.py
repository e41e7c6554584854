"""A catalogue that is looked up says what the standard library's says."""

from __future__ import annotations

import gettext
import io
import subprocess
import sys

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.catalogue import Catalogue
from orchestrator.i18n import DOMAIN, LOCALE_DIR

OURS = LOCALE_DIR / "pt_BR" / "LC_MESSAGES" / f"{DOMAIN}.mo"
NUMBERS = (0, 1, 2, 5, 11, 100)
# Without what has a meaning of its own in the format.
WORDS = st.text(st.characters(exclude_characters="\0\x04", exclude_categories=["Cs"]), max_size=4)
TWO = st.tuples(WORDS, WORDS)
ENTRIES = st.one_of(TWO, st.tuples(TWO, TWO))


def said(translations: gettext.NullTranslations, singular: str, plural: str) -> list[str]:
    counted = [translations.ngettext(singular, plural, n) for n in NUMBERS]
    return [translations.gettext(singular), translations.gettext(plural), *counted]


def test_every_message_of_ours_is_the_same() -> None:
    with OURS.open("rb") as file:
        messages = [message.id for message in read_mo(file)]
    with OURS.open("rb") as ours, OURS.open("rb") as standard:
        found, wanted = Catalogue(ours), gettext.GNUTranslations(standard)
    assert len(messages) > 1_000
    for message in messages:
        pair = (message, "") if isinstance(message, str) else message
        assert said(found, *pair) == said(wanted, *pair)


@pytest.mark.parametrize("locale", ["pt_BR", "en", "ru", "ja", "ar"])
@given(entries=st.lists(ENTRIES, max_size=12), asked=st.lists(WORDS, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_catalogue_is_the_same(
    locale: str, entries: list[tuple[object, object]], asked: list[str]
) -> None:
    catalogue = Catalog(locale=locale)
    for message, text in entries:
        if (message[0] if isinstance(message, tuple) else message) and message not in catalogue:
            forms = (text * catalogue.num_plurals)[: catalogue.num_plurals]
            catalogue.add(message, forms if isinstance(message, tuple) else text)
    file = io.BytesIO()
    write_mo(file, catalogue)
    found, wanted = (kind(io.BytesIO(file.getvalue())) for kind in (Catalogue, gettext.GNUTranslations))
    ids = [m.id if isinstance(m.id, tuple) else (m.id, "none") for m in catalogue]
    for pair in (*ids, *((word, f"{word}s") for word in asked)):
        assert said(found, *pair) == said(wanted, *pair)


@pytest.mark.parametrize("content", [b"", b"no catalogue of messages", b"\xde\x12\x04\x95" + bytes(10)])
def test_what_is_no_catalogue_is_refused(content: bytes) -> None:
    with pytest.raises(OSError):
        Catalogue(io.BytesIO(content))


def test_a_command_does_not_read_the_whole() -> None:
    code = (
        "from orchestrator import i18n; i18n.use('pt-BR'); i18n._('nothing found');"
        " print(len(i18n.catalogue('pt-BR')._known))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
