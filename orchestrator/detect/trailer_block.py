"""The trailers of a commit message by git's own rules, plus our accented keys.

Git's rules (trailer.c, `find_trailer_block_start`): the block is the last paragraph, never the
first; every line is a trailer, or one is recognised (Git's own, or ours) and at most three lines
in four are not; a line that starts with white space continues the one before.
We go beyond git in what hosting services make of a message: our Portuguese keys may carry accents;
blocks that stand one after another at the end are all read, whatever line is drawn between them
(`Co-authored-by` gets a block of its own); each commit of a squash has its own; and what lies in a
Markdown fence is an example. A line that follows what we are taught, and is nothing by itself, continues it:
editors wrap at 72 columns and do not indent. A paragraph that only tells ("Causa: o pool fechava antes…") is
no block, whatever git calls it: with `git commit -m` sentences begin so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from orchestrator.detect.paragraphs import Paragraph, commits, joined

Trailer = tuple[str, str]  # folded key, unfolded value

KEYS = {
    "insight": "insight",
    "solution": "solution",
    "solucao": "solution",
    "pattern": "pattern",
    "padrao": "pattern",
    "best-practice": "best_practice",
    "boa-pratica": "best_practice",
    "melhor-pratica": "best_practice",
    "technology": "technology",
    "tecnologia": "technology",
    "component": "component",
    "componente": "component",
    "supersedes": "supersedes",
    "substitui": "supersedes",
    "share": "share",
    "compartilhar": "share",
}
"""Our keys, folded, and what they mean."""

SHARE_LINE = re.compile(
    r"^(?:[^\w\n]|_){0,20}(?:share|compartilhar)[ \t*_]{0,8}[:：]"
    r"(?P<value>[^\w\n]{0,20}(?:\n[ \t]+)?[^\n]{0,40})",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that looks like the trailer for sharing, also in a list, a quotation or emphasis."""

_TOKEN = re.compile(r"([A-Za-z0-9-]+)[ \t]*:(.*)", re.DOTALL)
_OURS = re.compile(r"([^\W_]+(?:-[^\W_]+)?)[ \t]*:(.*)", re.DOTALL)
_TEACHING = frozenset({"insight", "solution", "pattern", "best_practice"})
_OWN_LINE = re.compile(
    r"[-*+•>#|=(]|\d{1,3}[.)]\s|https?://"
    r"|(?:close|fix(?:e)?|resolve|ref|see|fecha|corrige|relacionad|issue|pr)\w?:?\s+\S{0,80}(?:#|/|[A-Z]-)\d",
    re.IGNORECASE,
)  # what stands on a line of its own, below a trailer too: list items, links, what a commit closes
_ITEM = re.compile(r"[-*+•] +|\d{1,3}[.)] +")
_TELLING = frozenset({
    "causa", "motivo", "problema", "sintoma", "contexto", "correcao", "efeito", "resultado", "impacto",
    "antes", "depois", "agora", "detalhe", "detalhes", "nota", "obs", "porque", "cause", "reason", "problem",
    "symptom", "context", "effect", "result", "impact", "before", "after", "now", "details", "note", "why",
})  # fmt: skip
_SENTENCE = 4  # words of a value that tells; fewer are an entry in a form
_GENERATED = ("Signed-off-by: ", "(cherry picked from commit ")


def fold_key(key: str) -> str:
    """A key without case and accents: `Solução` becomes `solucao`."""
    decomposed = unicodedata.normalize("NFD", key).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def split_trailers(message: str) -> tuple[str, tuple[Trailer, ...]]:
    """Split a message into its text without trailer blocks, and the trailers in their order."""
    kept: list[Sequence[str]] = []
    trailers: list[Trailer] = []
    for commit in commits(message):
        found: list[Trailer] = []
        while len(commit) > 1 and (block := _trailers_of(commit[-1])) is not None:
            found[:0] = block
            commit.pop()
        kept += [paragraph.lines for paragraph in commit]
        trailers += found
    return joined(kept), tuple(trailers)


def squashed(message: str) -> tuple[str, ...]:
    """The message of each commit of a squash, what stands before them first; of others the message itself."""
    each = commits(message)
    if len(each) == 1:
        return (message,)
    return tuple(joined(p.lines for p in commit).removeprefix("* ") for commit in each)


def _trailers_of(paragraph: Paragraph) -> list[Trailer] | None:
    """The trailers at the end of a commit's message; none of a line drawn there, None of all else."""
    if paragraph.fenced:
        return None
    if paragraph.is_separator:
        return []
    found = _parse_block(paragraph.lines)
    return None if found is None else _parse_block(_unwrapped(paragraph.lines))


def _unwrapped(lines: Sequence[str]) -> list[str]:
    """Lines of which one that an editor broke off what we are taught is indented, as git has it continue.

    So are the items of a list that what we are taught announces with a colon.
    """
    found: list[str] = []
    taught = lists = False
    for line in lines:
        trailer, said = _parse_line(line), line
        if trailer is not None:
            taught = KEYS.get(trailer[0]) in _TEACHING
            lists = taught and line.endswith(":")
        elif lists and (item := _ITEM.match(line)):
            found[-1] = found[-1] if found[-1].endswith(":") else f"{found[-1]};"
            said = line[item.end() :]
        else:
            taught = taught and (line[0].isspace() or not _OWN_LINE.match(line))
            lists = taught and (lists or line.endswith(":"))
        found.append(f" {said}" if taught and trailer is None else line)
    return found


def _parse_block(lines: Sequence[str]) -> list[Trailer] | None:
    """The trailers of one paragraph, or None when git would not call it a trailer block."""
    trailers: list[Trailer] = []
    others = 0
    recognised = False
    counted = 0
    after_trailer = False
    trailer: Trailer | None = None
    for line in lines:
        if line[0].isspace():
            others += not after_trailer
            if trailer is not None:
                trailers[-1] = (trailers[-1][0], f"{trailers[-1][1]} {line.strip()}".strip())
            continue
        generated = line.startswith(_GENERATED)
        trailer = _parse_line(line)
        after_trailer = generated or trailer is not None
        if not after_trailer:
            others += 1
            continue
        counted += 1
        if trailer is not None:
            trailers.append(trailer)
        recognised = recognised or generated or (trailer is not None and trailer[0] in KEYS)
    if not recognised and any(_tells(trailer) for trailer in trailers):
        return None
    is_block = counted > 0 and (others == 0 or (recognised and counted * 3 >= others))
    return trailers if is_block else None


def _tells(trailer: Trailer) -> bool:
    key, value = trailer
    return key in _TELLING and len(value.split()) >= _SENTENCE


def _parse_line(line: str) -> Trailer | None:
    if match := _TOKEN.match(line):
        return fold_key(match[1]), match[2].strip()
    match = _OURS.match(line)
    if match and fold_key(match[1]) in KEYS:
        return fold_key(match[1]), match[2].strip()
    return None
