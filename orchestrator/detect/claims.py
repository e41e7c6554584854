"""Measured claims in prose, Portuguese and English: "50% mais rápido", "from 200ms to 20ms".

A number alone is no claim. Asked for are a number with %, a factor, a half, or two measures of one
dimension, and near it (facts/git-capture.md, section 5) a word of performance; for
verbs that reduce anything (reduce, cortar, melhorar) also a noun of performance in the sentence.
Timeouts, versions, retries, thresholds, coverage and layout are no performance. A claim is quoted,
never verified.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.detect.claim_words import (
    DOUBT,
    FAST,
    HALVE,
    MACHINE,
    NOT_PERFORMANCE,
    NOUN,
    PERFORMANCE,
    PLANNED,
    RAISE,
    RATE_NOUN,
    REDUCE,
    RUNS,
    SETTING,
    TAX,
)
from orchestrator.detect.prose import fold

NEAR = 60
"""Characters between number and word of performance; a change of clause counts for 25 of them.

The facts propose 40; read on prometheus, 40 loses "improved the total query time for a demanding
graph by 20%" (44), and counting clauses keeps what the wider reach would let in."""
QUOTE_LIMIT = 120
SENTENCE_LIMIT = 600  # a longer "sentence" is data

_NUMBER = r"\d{1,9}(?:[.,]\d{1,9}){0,2}"
_ABOUT = (
    r"(?:(?:cerca de|aproximadamente|quase|menos de|mais de|em torno de|ate|apenas|about|around|roughly"
    r"|nearly|under|over|less than|more than|up to|only|just|~|≈|>|<)\s*)?"
)
_TIME = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "milissegundos": 1e-3, "milliseconds": 1e-3,
    "s": 1.0, "seg": 1.0, "sec": 1.0, "secs": 1.0,
    "segundo": 1.0, "segundos": 1.0, "second": 1.0, "seconds": 1.0,
    "m": 60.0, "min": 60.0, "mins": 60.0,
    "minuto": 60.0, "minutos": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": 3600.0, "hora": 3600.0, "horas": 3600.0, "hour": 3600.0, "hours": 3600.0,
    "dias": 86400.0, "days": 86400.0,
}  # fmt: skip
_SIZE = {
    "b": 1.0, "bytes": 1.0, "kb": 1e3, "kib": 1024.0,
    "mb": 1e6, "mib": 2.0**20, "gb": 1e9, "gib": 2.0**30, "tb": 1e12,
}  # fmt: skip
_COUNTED = (
    "%", "queries", "query", "consultas", "consulta", "requests", "request", "requisicoes", "requisicao",
    "allocs", "allocations", "alocacoes", "chamadas", "calls", "round trips", "lookups",
)  # fmt: skip
_RATES = ("rps", "qps", "tps", "req/s", "reqs/s", "ops/s", "msgs/s", "mb/s", "rows/s", "linhas/s", "fps")
_UNITS = {unit: ("time", factor) for unit, factor in _TIME.items()}
_UNITS |= {unit: ("size", factor) for unit, factor in _SIZE.items()}
_UNITS |= dict.fromkeys(_COUNTED, ("count", 1.0)) | dict.fromkeys(_RATES, ("rate", 1.0))
_UNIT = "(?:" + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True)) + r")(?![\w/])"

_FROM_TO = re.compile(
    rf"(?<![\w.,])(?:(?:de|from)\s+)?{_ABOUT}(?P<a>{_NUMBER})\s*(?P<ua>{_UNIT})?\s*"
    rf"(?:para|pra|to|down to|->|=>|→)\s*{_ABOUT}(?P<b>{_NUMBER})\s*(?P<ub>{_UNIT})"
)
_FELL_TO = re.compile(
    rf"(?<![\w.,])de\s+{_ABOUT}(?P<a>{_NUMBER})\s*(?P<ua>{_UNIT})\s*a\s+{_ABOUT}(?P<b>{_NUMBER})\s*(?P<ub>{_UNIT})"
)  # with both units: "de 2 a 5 minutos" is a range
_TOOK = re.compile(
    rf"(?<!\w)(?:levava[m]?|demorava[m]?|gastava[m]?|tardava[m]?|took|used to take|was taking)\s+{_ABOUT}"
    rf"(?P<a>{_NUMBER})\s*(?P<ua>{_UNIT})[^.;\d]{{0,60}}?(?<!\w)(?:agora|hoje|passou|passa|leva[m]?|demora[m]?|now|takes?)"
    rf"(?!\w)[^.;\d]{{0,20}}?(?P<b>{_NUMBER})\s*(?P<ub>{_UNIT})"
)
_INSTEAD = re.compile(
    rf"(?<!\w)(?:em|in|leva[m]?|demora[m]?|takes?)\s+{_ABOUT}(?P<b>{_NUMBER})\s*(?P<ub>{_UNIT}),?\s*"
    rf"(?:em vez d[eo]s?|ao inves d[eo]s?|em lugar d[eo]s?|instead of|rather than)(?:\s+(?:the|os))?\s+"
    rf"{_ABOUT}(?P<a>{_NUMBER})(?![\w.,]*\d)\s*(?P<ua>{_UNIT})?"
)
_COMPLEXITY = re.compile(r"(?:de|from)\s+o\([^()\n]{1,20}\)\s*(?:para|to|->|→)\s*o\([^()\n]{1,20}\)")
_AMOUNT = re.compile(
    rf"(?<![\w.,±])(?<!±\s)(?:{_NUMBER}\s?%?\s?[-–]\s?)?(?:{_NUMBER}\s?%|(?P<times>{_NUMBER})(?:\s?±\s?(?P<error>{_NUMBER}))?"
    rf"(?:\s?[x×](?!\w)|\s(?:times|vezes|fold)\b)"
    r"|(?:two|three|four|five|ten|duas|tres|quatro|cinco|dez) (?:times|vezes|fold)\b"
    r"|(?:pela|na|a) metade\b|(?:by|in) half\b|(?:um|dois) tercos?\b|(?:two|a) thirds?\b"
    rf"|(?:por|em) um fator de {_NUMBER}|by a factor of {_NUMBER})"
    r"(?!\s+(?:increase|larger|bigger|higher|more|aumento|maior|mais (?!rapid|veloz)))"
)
_BYTES = re.compile(rf"(?<!\w)(?:by|em)\s+{_ABOUT}{_NUMBER}\s*(?:[kmgt]i?b|bytes)(?![\w/])")
_CLAUSE = re.compile(r"[,;:()]|\b(?:and|but|e|mas|while|enquanto)\b")
_CLAUSE_COST = 25  # characters that a change of clause counts for in the distance


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim: the words as written, and where they stand in the sentence."""

    quote: str
    start: int
    end: int


def find_claim(sentence: str, *, performance: bool = False) -> Claim | None:
    """The first measured claim of one sentence of NFC text, or None.

    `performance`: the commit is typed `perf:`, so two measures need no further word.
    """
    if len(sentence) > SENTENCE_LIMIT:
        return None
    folded = fold(sentence).replace("_", " ")  # the words of a name: execution_timeout
    if NOT_PERFORMANCE.search(folded):
        return None
    for start, end in _spans(folded, performance):
        if PLANNED.search(folded):
            return None
        if not DOUBT.search(folded[:start][-60:]) and end - start <= QUOTE_LIMIT:
            return Claim(sentence[start:end].strip(" ,;:.()"), start, end)
    return None


def _spans(folded: str, performance: bool) -> Iterator[tuple[int, int]]:
    for match in _COMPLEXITY.finditer(folded):
        yield match.span()
    for pattern in (_FROM_TO, _FELL_TO, _TOOK, _INSTEAD):
        for match in pattern.finditer(folded):
            if _is_improvement(match, folded, performance or _tells_speed(match, folded)):
                yield match.span()
    yield from _shrunk(folded)
    for match in _AMOUNT.finditer(folded):
        if match[0].lstrip().startswith("0%") or not _is_gain(match):
            continue
        if (word := _nearest(folded, match)) is not None:
            yield min(match.start(), word.start()), max(match.end(), word.end())
    if NOUN.search(folded):
        for match in HALVE.finditer(folded):
            yield match.start(), _up_to_noun(folded, match.end())


def _shrunk(folded: str) -> Iterator[tuple[int, int]]:
    """A verb of shrinking and "by 300 MB" behind it, in a sentence on what a machine holds."""
    if SETTING.search(folded) or not NOUN.search(folded):
        return
    for amount in _BYTES.finditer(folded):
        verb = REDUCE.search(folded, max(0, amount.start() - NEAR), amount.start())
        if verb:
            yield verb.start(), amount.end()


def _is_gain(match: re.Match[str]) -> bool:
    """False for a factor that its error, as hyperfine tells it, cannot tell from none: 1.01 ± 0.02 times."""
    return not match["error"] or _value(match["times"]) - _value(match["error"]) > 1.0


def _is_improvement(match: re.Match[str], folded: str, about_speed: bool) -> bool:
    """Two measures of one dimension in the good direction, in a sentence about performance."""
    unit, first_unit = match["ub"], match["ua"] or match["ub"]
    (dimension, factor), (first_dimension, first_factor) = _UNITS[unit], _UNITS[first_unit]
    if dimension != first_dimension or (unit == "%") != (first_unit == "%"):
        return False
    if dimension in {"size", "count"} and SETTING.search(folded):
        return False
    if dimension == "size" and not (NOUN.search(folded) or FAST.search(folded)):
        return False  # of anything that is kept short: a prompt, a document
    before, after = _value(match["a"]) * first_factor, _value(match["b"]) * factor
    if unit == "%":
        about_speed = _is_of_machines(folded)
    elif not about_speed:
        about_speed = bool(FAST.search(folded) or NOUN.search(folded) or REDUCE.search(folded))
    rising = dimension == "rate" or bool(RATE_NOUN.search(folded))
    return about_speed and before != after and (after > before if rising else after < before)


def _tells_speed(match: re.Match[str], folded: str) -> bool:
    """Whether the form itself is of running: "levava … agora leva", "abre em 1 s em vez de 8"."""
    if match.re is _FELL_TO:
        return _TIME.get(match["ub"], 60.0) <= 1.0  # people meet for hours, programs run for seconds
    return match.re is _TOOK or (match.re is _INSTEAD and bool(RUNS.search(folded)))


def _is_of_machines(folded: str) -> bool:
    """Percentages are of anything (taxes, prices), also in a commit typed `perf:`."""
    if FAST.search(folded):
        return True
    return bool(MACHINE.search(folded) or RATE_NOUN.search(folded)) and not TAX.search(folded)


def _nearest(folded: str, amount: re.Match[str]) -> re.Match[str] | None:
    """The word of performance nearest to an amount, within NEAR characters, that fits it."""
    start, end = max(0, amount.start() - NEAR - 20), amount.end() + NEAR + 20
    fitting = list(FAST.finditer(folded, start, end))
    machine = not (TAX.search(folded) or SETTING.search(folded))
    if machine and NOUN.search(folded):
        fitting += REDUCE.finditer(folded, start, end)
    if machine and (RATE_NOUN.search(folded) or PERFORMANCE.search(folded)):
        fitting += RAISE.finditer(folded, start, end)
    near = [(distance, m.start(), m) for m in fitting if (distance := _distance(folded, m, amount)) <= NEAR]
    return min(near, key=lambda found: found[:2])[2] if near else None


def _distance(folded: str, word: re.Match[str], amount: re.Match[str]) -> int:
    first, second = sorted((word.span(), amount.span()))
    between = folded[first[1] : second[0]]
    return len(between) + _CLAUSE_COST * len(_CLAUSE.findall(between))


def _up_to_noun(folded: str, end: int) -> int:
    noun = NOUN.search(folded, end, end + NEAR)
    return noun.end() if noun else end


def _value(number: str) -> float:
    """`1.500`, `1,5`, `1,024.5` as a number: the last mark is decimal unless three digits follow it."""
    whole, mark, fraction = number.replace(",", ".").rpartition(".")
    if not mark:
        return float(fraction)
    joined = whole.replace(".", "")
    return float(joined + fraction) if len(fraction) == 3 else float(f"{joined}.{fraction}")
