"""A person's words as a full-text question that no text can break.

Only folded words made of letters and digits, each in double quotes, ever reach FTS5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass

from orchestrator.lexical import STOP_WORDS, Phrase, fold, parts, stem, words
from orchestrator.memory.glossary import related

MAX_TERMS = 64
MAX_LITERALS = 16
MAX_CHARACTERS = 4_000  # of a question

# A question, by its mark or its first words; folded. "quando" and "when" tell a symptom, too.
_ASKED = re.compile(
    r".*\?(?!\S)"
    r"|(?:(?:o|em|de|para|por) que|quais|qual|como|onde|aonde|quem|quant[oa]s?"
    r"|what|which|how|where|who|why)\b"
)
# Of what use: in a question it says nothing ("quem usa react?"), in the name of a commit it does (ADR 0054).
_USES = frozenset(["usa", "usam", "usamos", "usando", "usar", "use", "used", "uses", "using"])
# What a person copies from a tool: hashes, paths, file names, ids, snake_case and camelCase.
_HASH = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{7,40}")
_LITERAL = re.compile(
    r"[A-Za-z]\w*-[0-9a-f]*\d[0-9a-f]*"  # ORCH-12, i1-0a1b2c
    r"|[\w.@+-]*(?:[/\\_.:#][\w.@+-]+)+"  # src/auth/login.py, zona_localizacao, Foo::bar, #123
    r"|[^\W_]*[a-z0-9][A-Z]\w*"  # RedisCache
)


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed question. `terms` maps each content word's stem to the word as it was written.

    `literals` are the identifiers in it, folded; `phrases` are what a text may have of it, none when
    there is nothing to look for. `related` maps the stems of the same fields to the question's stems,
    `related_phrases` are theirs. `asked` tells a question from words that name something.
    """

    text: str
    terms: dict[str, str]
    literals: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    related: dict[str, frozenset[str]]
    related_phrases: tuple[Phrase, ...]

    @property
    def is_named(self) -> bool:
        """Whether it is made of identifiers alone."""
        return bool(self.literals) and all(fold(token) in self.literals for token in self.text.split())

    asked: bool

    @property
    def is_one_word(self) -> bool:
        """Whether one word is all that it asks for."""
        return len(set(self.terms.values())) == 1

    @property
    def written(self) -> dict[str, str]:
        """Of each stem the folded word, as far as it is one."""
        folded = {key: fold(word) for key, word in self.terms.items()}
        return {key: word for key, word in folded.items() if words(word) == [word]}


def parse(text: str) -> Question:
    """Parse any text. Common words are left out unless there are no others."""
    text = " ".join(text[:MAX_CHARACTERS].split())
    literals = _literals(text)
    asked = bool(_ASKED.match(fold(text)))
    terms = _terms(text, STOP_WORDS | _USES if asked else STOP_WORDS)
    others = related(terms)
    return Question(
        text,
        terms,
        tuple(literals),
        _phrases(terms, literals, map(fold, terms.values())),
        others,
        _phrases(others, []),
        asked,
    )


def _terms(text: str, common: Set[str]) -> dict[str, str]:
    written = [(fold(word), word) for word in re.findall(r"[^\W_]+", text)]
    content = [(folded, word) for folded, word in written if folded not in common]
    terms: dict[str, str] = {}
    for _folded, word in content or written:
        for part in parts(word):
            terms.setdefault(stem(part), word)
    return dict(list(terms.items())[:MAX_TERMS])


def _literals(text: str) -> list[str]:
    found = dict.fromkeys(
        fold(token) for token in text.split() if _HASH.fullmatch(token.lower()) or _LITERAL.fullmatch(token)
    )
    return [literal for literal in found if words(literal)][:MAX_LITERALS]


def also(question: Question, text: str) -> tuple[str, ...]:
    """Words of the text that are related to the question's words, each once, as the text first writes it."""
    found: dict[str, str] = {}
    for word in re.findall(r"[^\W_]+", text):
        if any(stem(part) in question.related for part in parts(word)):
            found.setdefault(fold(word), word)
    return tuple(found.values())


def _phrases(
    terms: Iterable[str], literals: Iterable[str], written: Iterable[str] = ()
) -> tuple[Phrase, ...]:
    """Any stem, any identifier as a phrase, any word as written ("redis" and "rede" share a stem)."""
    stems = [Phrase("stems", key) for key in terms]
    # A hash may be abbreviated; anything else is meant as it stands.
    named = [Phrase("words", " ".join(words(one)), bool(_HASH.fullmatch(one))) for one in literals]
    as_written = [Phrase("words", word) for word in dict.fromkeys(written) if words(word) == [word]]
    return tuple(dict.fromkeys([*stems, *named, *as_written]))
