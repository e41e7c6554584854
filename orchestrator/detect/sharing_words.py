"""Words that speak of sharing in other forms than our trailer's, and withhold: who wrote them is asked.

Looked for are words that stand by themselves: between signs or the ends of a line there is none that speaks
of anything else. "Do not share with the group" does, "do not share the session" is about a session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from orchestrator.detect.prose import fold, printable

YES = frozenset({"yes", "y", "sim", "s", "true", "auto"})
NO = frozenset({"no", "n", "nao", "false", "never", "nunca", "nothing", "nada"})
ASK = frozenset({"ask", "pergunta", "perguntar", "pergunte"})

_NEAR = re.compile(
    r"shar(?:e|ing)|com?par?t?[il]{0,3}h|compartil|divulg|disclos|publi[cqs]|confiden|sigil|intern|restri[ct]"
    r"|privad|private|\b(?:n[oó]s|us|our|noss[oa])\b",
    re.I,
)
_SHARING = re.compile(
    r"(?:nao|no|not|dont|un)?(?:share[ds]?|sharing|com?par?t?[il]{0,3}h\w+|compartil\w+|divulg\w+|disclos\w+"
    r"|publish(?:ed|ing)?|publi(?:car|cad[oa]|que))"
)
_REFUSED = re.compile(r"(?:nao|no|not|dont|un)(?:[cdp]|sh)\w+")  # written together: `no-share` is two words
_SECRET = re.compile(r"confiden[ct]ia(?:l|is|lmente|lly|lidade|lity)|sigilo(?:s[oa]s?)?")
_INTERNAL = re.compile(r"intern(?:o|a|al|ally|amente)")
_RESTRICTED = re.compile(r"restrit[oa]|restricted|private|privad[oa]")
_NEVER = NO | {
    "not", "dont", "cannot", "cant", "nobody", "ninguem", "sem", "without",
    "proibido", "proibida", "vedado", "vedada", "forbidden", "prohibited", "off", "jamais",
}  # fmt: skip
_LIMITS = frozenset({"only", "just", "so", "somente", "apenas", "keep", "mantenha", "manter", "strictly"})
_US = frozenset({"nos", "us", "our", "nosso", "nossa"})
_USE = frozenset({"uso", "use"})
_ANSWERS = YES | ASK | _NEVER | _LIMITS | _USE | _US
_BESIDES = frozenset({
    "a", "ainda", "all", "among", "and", "any", "anybody", "anyone", "aprendizado", "as", "be",
    "between", "by", "com", "commit", "companies", "company", "da", "de", "deve", "devem", "do", "does",
    "e", "empresa", "empresas", "entre", "essa", "esse", "esta", "este", "estritamente", "ever",
    "externally", "externamente", "favor", "fica", "for", "fora", "from", "group", "grupo", "in",
    "insight", "is", "isso", "isto", "it", "learning", "may", "must", "o", "of", "ok", "orch", "os",
    "other", "others", "outra", "outras", "outro", "outros", "outside", "para", "please", "pode",
    "podem", "por", "pra", "que", "se", "ser", "sera", "should", "solucao", "solution", "the", "this",
    "to", "we", "with", "yet",
})  # fmt: skip
_PIECE = re.compile(r"[^\W_]+|\n+|(?<!\w)[(\[]|(?<!\w)-|-(?!\w)|[^\w\s(\[-]")
"""Words and the signs that part phrases: no `(` at a word's end (a scope, a call), no hyphen within one."""
_SHORT = 160  # characters of a line that may be about sharing; a longer one is prose


def withholds(message: str) -> bool:
    """Whether a message says anywhere, in whatever form, that something is not to be shared.

    `Shared: no`, `Compartilhar = não`, "Não compartilhar com o grupo.", `[confidencial]`, a table's row.
    """
    return any(map(_against, _by_themselves(fold(printable(_near(message))).replace("'", ""))))


def _near(message: str) -> str:
    """The short lines that may speak of sharing with the two below each, an empty line for the others."""
    lines = [line if len(line) <= _SHORT else "" for line in message.split("\n")]
    near = {n + below for n, line in enumerate(lines) if _is_near(line) for below in range(3)}
    return "\n".join(line if n in near else "" for n, line in enumerate(lines))


def _is_near(line: str) -> bool:
    """Whether it may speak of sharing, also with signs in its words that nobody sees."""
    return bool(_NEAR.search(line) or (not line.isascii() and _NEAR.search(fold(printable(line)))))


def _by_themselves(text: str) -> Iterator[Sequence[str]]:
    """The words of neighbouring phrases that speak of nothing else; a key without an answer goes on below."""
    found: list[str] = []
    phrase: list[str] = []
    for piece in (*_PIECE.findall(text), "\n"):
        if piece[0].isalnum():
            phrase.append(piece)
            continue
        belongs = all(map(_belongs, phrase))
        found += phrase if belongs else ()
        phrase = []
        if not belongs or (piece[0] == "\n" and not _waits(found)):
            yield found
            found = []
    yield found


def _belongs(word: str) -> bool:
    return (
        word in _ANSWERS
        or word in _BESIDES
        or any(form.fullmatch(word) for form in (_SHARING, _SECRET, _INTERNAL, _RESTRICTED))
    )


def _waits(words: Sequence[str]) -> bool:
    """Whether these are a key of which the answer may stand below."""
    return any(_SHARING.fullmatch(w) or _SECRET.fullmatch(w) for w in words) and _ANSWERS.isdisjoint(words)


def _against(words: Sequence[str]) -> bool:
    refused = not _NEVER.isdisjoint(words) or any(map(_REFUSED.fullmatch, words))
    secret = any(map(_SECRET.fullmatch, words))
    internal = any(map(_INTERNAL.fullmatch, words))
    limited = not (_LIMITS | ASK).isdisjoint(words)
    among_us = not _LIMITS.isdisjoint(words) and not _US.isdisjoint(words)
    if any(map(_SHARING.fullmatch, words)):
        return refused or limited or secret or internal
    kept = limited or not _USE.isdisjoint(words)
    inside = internal or any(map(_RESTRICTED.fullmatch, words))
    return not refused and (
        secret or among_us or (inside and kept) or (internal and not YES.isdisjoint(words))
    )
