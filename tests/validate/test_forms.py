"""Hostile and accidental disguises: each is undone, and what is found covers the disguise."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from orchestrator.model import Outcome
from orchestrator.validate.decoding import decoded
from orchestrator.validate.view import joined, normalised

from .conftest import only
from .fakes import secret_examples

KEY = secret_examples()["secret.aws-access-token"]
GITHUB = secret_examples()["secret.github-token"]


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


DISGUISES = {
    "zero width": "\u200b".join(KEY),
    "bidi": f"\u202e{KEY[:7]}\u2066{KEY[7:]}\u2069\u202c",
    "soft hyphen": "\u00ad".join([KEY[:5], KEY[5:]]),
    "NUL": "\x00".join([KEY[:5], KEY[5:]]),
    "surrogate": "\ud800".join([KEY[:5], KEY[5:]]),
    "tag characters": "\U000e0041".join([KEY[:5], KEY[5:]]),
    "variation selector": "\ufe0f".join(KEY),
    "combining marks": "\u0336".join(KEY),
    "full width": full_width(KEY),
    "mathematical": "".join(chr(0x1D670 + ord(c) - 65) if c.isupper() else c for c in KEY),
    "line broken": f"{KEY[:10]}\n{KEY[10:]}",
    "line broken, indented": f"{KEY[:10]}\r\n    {KEY[10:]}",
    "line broken, quoted": f'{KEY[:10]}"\n  "{KEY[10:]}',
    "continuation": f"{KEY[:10]}\\\n{KEY[10:]}",
    "base64": b64(KEY),
    "base64 of a sentence": b64(f"chave {KEY} da conta"),
    "base64url": base64.urlsafe_b64encode(f"ÿþ?>{KEY}".encode()).decode(),
    "base64 twice": b64(b64(KEY)),
    "base64 three times": b64(b64(b64(KEY))),
    "hexadecimal": KEY.encode().hex(),
    "hexadecimal with prefix": "0x" + KEY.encode().hex().upper(),
    "percent": "".join(f"%{ord(c):02X}" for c in KEY),
    "percent, partly": f"x={KEY[:6]}%{ord(KEY[6]):02x}{KEY[7:]}",
    "percent of base64": quote(b64(f"{KEY}?")),
    "hexadecimal of base64": b64(KEY).encode().hex(),
    "zero width in base64": "\u200b".join(b64(KEY)),
}


@pytest.mark.parametrize("name", sorted(DISGUISES))
def test_a_disguised_secret_is_found_and_covered(name: str) -> None:
    hidden = DISGUISES[name]
    verdict = only(f"antes {hidden} depois")
    assert verdict.outcome is Outcome.BLOCK
    assert KEY not in verdict.redacted["gain"]
    assert hidden not in verdict.redacted["gain"]
    assert verdict.redacted["gain"].startswith("antes ")
    assert verdict.redacted["gain"].endswith(" depois")


def test_depth_is_three_and_no_more() -> None:
    four = b64(b64(b64(b64("uma frase comum"))))
    assert not any("uma frase" in plain for _, _, plain in decoded(four))
    assert any("uma frase" in plain for _, _, plain in decoded(b64(b64(b64("uma frase comum")))))


def test_binary_and_hashes_are_no_text() -> None:
    assert list(decoded("a94a8fe5ccb19ba61c4c0873d391e987982fbbd3")) == []
    assert list(decoded("src/main/java/com/acme/Pedido")) == []


def test_places_are_those_of_the_raw_text() -> None:
    text = "é\u200b ação: " + "\u200b".join(KEY) + " fim"
    (finding,) = only(text).findings
    assert text[finding.start : finding.end].replace("\u200b", "") == KEY


def test_prose_is_not_joined_over_lines() -> None:
    assert joined("primeira linha\nsegunda linha\nterceira") is None
    assert joined("item1\nitem2") is None


def test_ordinary_portuguese_has_no_second_form() -> None:
    assert normalised("Solução de cache: 50% mais rápido, às 14h") is None
    assert normalised("plain ASCII\n\ttext\r\n") is None


def test_a_decomposed_text_is_composed_and_mapped_back() -> None:
    view = normalised("a\u0301\u200bb")
    assert view is not None
    assert view.text == "áb"
    assert view.span(0, 1) == (0, 2)
    assert view.span(1, 2) == (3, 4)
