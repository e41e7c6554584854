"""A commit message taken apart: what kind it is, what it says, and who or what wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from orchestrator.detect.forms import without_forms
from orchestrator.detect.prose import MESSAGE_LIMIT, READ_LIMIT, blocks, fold, items, one_line, printable
from orchestrator.detect.trailer_block import KEYS, Trailer, split_trailers
from orchestrator.model import Commit, normalise

FIX_TYPES = frozenset({"fix", "bugfix", "hotfix", "correcao"})
PERFORMANCE_TYPES = frozenset({"perf", "performance", "desempenho", "otimizacao"})

_TYPE = re.compile(r"(?:\[([a-z]+)\]|([a-z][a-z-]*)(\([^()\n]{1,60}\))?!?:)\s+", re.IGNORECASE)
_TYPES = FIX_TYPES | PERFORMANCE_TYPES | {
    "feat", "feature", "refactor", "docs", "doc", "test", "tests", "chore", "build", "ci", "style",
    "revert", "melhoria", "enhancement", "change", "security", "deps", "release", "ajuste", "ops",
}  # fmt: skip
_ISSUE = r"(?:[A-Z][A-Z0-9]{1,9}-\d+|(?:[a-z]+\s)?#\d+)"
_LEADING = re.compile(
    rf"^(?:[\[(]{_ISSUE}[\])]|{_ISSUE})(?:\s*[,/&]\s*{_ISSUE})*\s*[-–:|.]*\s+"
    r"|^:[a-z0-9_+-]+:\s*|^[^\w\s\"'`(\[<@#]+\s+"
)
# No text may match in two ways below a `+`, nor two loops that follow each other: their number grows with it.
_TRAILING = re.compile(rf"\s*[\[(]\s*(?:{_ISSUE}|\s|,|![0-9]+)++[\])]\s*$")
_REFERENCE = r"(?:(?:[\w.-]+/[\w.-]+)?#\d+|https?://\S+|[A-Z][A-Z0-9]+-\d+)"
_MACHINE_LINE = re.compile(
    r"(?:\(cherry picked from commit .*"
    r"|\(?(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|see|related to|part of|issue|pr|fecha|corrige"
    rf"|resolve)\s*+:?\s*+{_REFERENCE}[\s.,)]*+(?:(?:and|e|,)?\s*+#\d+)*+[\s.,)]*"
    r"|(?:[A-Za-z]+-)+by: .*|change-id: .*|git-svn-id: .*|cc:? @?.*|(?:share|compartilhar)\s*:\s*\w+\W*|\W+)",
    re.IGNORECASE,
)
_BOT = re.compile(
    r"\[bot\]|\b(?:dependabot|renovate|greenkeeper|pre-commit-ci|github[- ]actions?|snyk|mergify|weblate"
    r"|crowdin|pyup|allcontributors|imgbot|semantic-release|codecov|gitlocalize|transifex|prombot|travis)\b"
    r"|(?:^|[-_ .])bot(?:$|[-_ @.])",
    re.IGNORECASE,
)
_REVERT = re.compile(
    r"^(?:revert\b|reapply\b|desfaz\b|reverte\b|revertendo\b)|^this reverts commit [0-9a-f]{7,}", re.I | re.M
)
_UNFINISHED = re.compile(
    r"^(?:fixup!|squash!|amend!|\[?wip\b|tmp\b|temp\b|em andamento|draft\b)", re.IGNORECASE
)
_CHORE = re.compile(
    r"(?:!\[|update changelog|changelog$|fix(?:es|ed)? (?:lint|typo|tests?|ci|review)|fix qa|lint\b|wip\b"
    r"|rebase|address(?:es|ed)? (?:review|comments?|feedback)|code review|review comments?|merge branch"
    r"|merge conflict|ajustes?$|correcoes$)"
)
_REWRITTEN = ("fixup!", "squash!", "amend!")
_LINKED = re.compile(
    r"\b(?:fix(?:e[sd])?|resolve[sd]?|corrige|corrigid[oa]s?|resolvid[oa]s?)\b:?\s*(?:(?:[\w.-]{1,100}/[\w.-]{1,100})?#\d+|https?://\S+/\d+|[A-Z][A-Z0-9]+-\d+|[0-9a-f]{7,40}\b)",
    re.IGNORECASE,
)
_FIX_WORD = re.compile(
    r"\b(?:fix\w*|bug\w*|corrig\w*|correcao|conserta\w*|resolve\w*|evita\w*|prevents?|avoids?)\b"
)


@dataclass(frozen=True, slots=True)
class Message:
    """`title` is the subject without type, issue key and emoji; `type` its conventional type or ''.

    `blocks` is the prose of the body (paragraphs, list items) without trailers and links, `items` how many
    items there are;
    `trailers` holds (folded key, value).
    """

    title: str
    type: str
    blocks: tuple[str, ...]
    trailers: tuple[Trailer, ...]
    linked_fix: bool
    items: int

    @property
    def body(self) -> str:
        """The prose of the body, a blank line between blocks."""
        return "\n\n".join(self.blocks)

    @property
    def prose(self) -> str:
        """Title and body, without what repeats the title and what tells of the work, not of the code."""
        said = {normalise(self.title)}
        kept = [self.title]
        for block in self.blocks:
            text, _ = clean_subject(block)
            if normalise(text) not in said and not _CHORE.match(fold(text)):
                kept.append(block)
                said.add(normalise(text))
        return "\n\n".join(kept)

    @property
    def is_fix(self) -> bool:
        """Typed as a fix, or linked to what it fixes (a bare keyword marks up to 62 % of all commits)."""
        return self.type in FIX_TYPES or self.linked_fix

    def values(self, meaning: str) -> tuple[str, ...]:
        """The values of all trailers of one meaning (a value of `trailer_block.KEYS`)."""
        return tuple(v for k, v in self.trailers if KEYS.get(k) == meaning and v)


@lru_cache(maxsize=16)
def parse(message: str) -> Message:
    """Take a message apart. Total: any text gives a Message.

    Trailers stand at the end: they are split off before the prose is cut.
    """
    text, trailers = split_trailers(printable(message[:MESSAGE_LIMIT]))
    text = text[:READ_LIMIT]
    first, _, rest = text.partition("\n")
    title, kind = clean_subject(first)
    prose = "\n".join(
        line for line in without_forms(rest).split("\n") if not _MACHINE_LINE.fullmatch(line.strip())
    )
    linked = bool(_LINKED.search(text) and _FIX_WORD.search(fold(first)))
    linked = linked or (any(k == "fixes" for k, _ in trailers) and kind in {"", *FIX_TYPES})
    return Message(title, kind, tuple(blocks(prose)), trailers, linked, items(prose))


def clean_subject(subject: str) -> tuple[str, str]:
    """A subject without issue keys, emoji and type, and its conventional type (folded) or ''."""
    kind = ""
    rest = one_line(subject, 1_000)
    for _ in range(4):  # key, emoji and type come in any order
        rest = _LEADING.sub("", rest)
        match = _TYPE.match(rest)
        name = fold(match[1] or match[2]).replace("-", "") if match else ""
        if match and (name in _TYPES or match[3]):  # a scope makes any word a type
            kind = kind or name
            rest = rest[match.end() :]
    rest = _TRAILING.sub("", rest).strip()
    first = rest.partition(" ")[0]
    return (rest[:1].upper() + rest[1:] if first.islower() and first.isalpha() else rest), kind


def is_bot(commit: Commit) -> bool:
    """True when a program wrote the commit (renovate, dependabot, any `[bot]`)."""
    return bool(_BOT.search(commit.author) or _BOT.search(commit.email.partition("@")[0]))


def is_rewritten(commit: Commit) -> bool:
    """True for a commit that a rebase will melt into another (`fixup!`, `squash!`, `amend!`)."""
    return commit.subject.startswith(_REWRITTEN)


def speaks(commit: Commit) -> bool:
    """True when the message may hold a learning that nobody marked: no bot, merge, revert or draft."""
    return not (
        is_bot(commit)
        or commit.is_merge
        or _UNFINISHED.match(commit.subject)
        or _REVERT.search(commit.message[:READ_LIMIT])
        or commit.subject.startswith("Merge ")
    )
