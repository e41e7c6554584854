"""Texts with valid Brazilian numbers and cards among noise, and look-alikes with wrong check digits.

Check digits: CPF modulo 11 with weights 10..2 and 11..2; CNPJ modulo 11 with weights 2..9 from the
right over ord(character) - 48 (IN RFB 2.229/2024 for letters); cards by Luhn (ISO/IEC 7812-1). They are
computed here, not by the library that validation uses.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

_NOISE = (
    "corrige o cálculo do frete quando cliente muda endereço pedido nota fiscal cadastro fix the cache retry "
    "deploy build 2026 v1.4.2 #1234 commit erro 500 linha 42 tabela usuário boleto contrato teste produção "
    "10:32:07 2026-11-22T10:32:07Z 0x7ffe ORCH-1234 3f786850e387550fdab836ed7e6dc881de23001b R$ 1.234,56 99%"
)
WORDS = _NOISE.split()
BORDERS = (" ", ": ", "=", " (", ", ", "\n", "\t", ' "', " '", "; ", " | ", ">", " [", " - ", ".\n", "/ ")


def check_digit(values: list[int], weights: list[int]) -> int:
    rest = sum(v * w for v, w in zip(values, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def cpf(rng: random.Random) -> str:
    digits = [rng.randrange(10) for _ in range(9)]
    if len(set(digits)) == 1:
        return cpf(rng)
    digits.append(check_digit(digits, list(range(10, 1, -1))))
    digits.append(check_digit(digits, list(range(11, 1, -1))))
    return "".join(map(str, digits))


def cnpj(rng: random.Random) -> str:
    letters = rng.random() < 0.3
    alphabet = string.digits + string.ascii_uppercase if letters else string.digits
    chars = [rng.choice(alphabet) for _ in range(8)] + list(f"{rng.randrange(1, 60):04}")
    for _ in range(2):
        weights = [2 + i % 8 for i in range(len(chars))][::-1]
        chars.append(str(check_digit([ord(c) - 48 for c in chars], weights)))
    return "".join(chars)


def card(rng: random.Random) -> str:
    prefix, size = rng.choice([("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("636368", 16)])
    body = prefix + "".join(rng.choice(string.digits) for _ in range(size - 1 - len(prefix)))
    doubled = [int(c) * (2 - i % 2) for i, c in enumerate(reversed(body))]
    return body + str(-sum(v - 9 if v > 9 else v for v in doubled) % 10)


def written(rng: random.Random, kind: str, value: str) -> str:
    """The number in one of the ways in which people write it."""
    if kind == "cpf":
        forms = [value, f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}", f"{value[:9]}-{value[9:]}"]
        return rng.choice([*forms, f"{value[:3]} {value[3:6]} {value[6:9]} {value[9:]}"])
    if kind == "cnpj":
        dotted = f"{value[:2]}.{value[2:5]}.{value[5:8]}/{value[8:12]}-{value[12:]}"
        return rng.choice([value, dotted, dotted.replace(".", "")] if value.isdigit() else [value, dotted])
    sizes = (4, 4, 4, 4) if len(value) == 16 else (4, 6, 5)
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    parts = [value[a : a + n] for a, n in zip(starts, sizes, strict=True)]
    return rng.choice([value, " ".join(parts), "-".join(parts)])


def disguised(rng: random.Random, text: str) -> str:
    """Full-width digits, a zero-width space, a soft hyphen: what pasting brings along; mostly nothing."""
    disguise = rng.randrange(12)
    if disguise == 0:
        return text.translate(str.maketrans(string.digits, "０１２３４５６７８９"))
    if disguise in (1, 2):
        at = rng.randrange(1, len(text))
        return text[:at] + ("\u200b", "\u00ad")[disguise - 1] + text[at:]
    return text


def noisy(rng: random.Random, value: str) -> str:
    before = " ".join(rng.choices(WORDS, k=rng.randrange(12)))
    after = " ".join(rng.choices(WORDS, k=rng.randrange(12)))
    return f"{before}{rng.choice(BORDERS)}{value}{rng.choice(BORDERS)}{after}"


MAKERS = {"cpf": cpf, "cnpj": cnpj, "card": card}


def generated(count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """(kind, the number as it stands in the text, the text)."""
    rng = random.Random(seed)
    for _ in range(count):
        kind = rng.choice(sorted(MAKERS))
        value = disguised(rng, written(rng, kind, MAKERS[kind](rng)))
        yield kind, value, noisy(rng, value)


def lookalikes(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """(kind, a text with a number of that form whose last digit is wrong)."""
    rng = random.Random(seed + 1)
    for _ in range(count):
        kind = rng.choice(sorted(MAKERS))
        right = MAKERS[kind](rng)
        wrong = right[:-1] + str((int(right[-1]) + rng.randrange(1, 10)) % 10)
        yield kind, noisy(rng, written(rng, kind, wrong))
