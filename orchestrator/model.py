"""The central types: plain frozen values that every other module speaks.

Nothing here knows a database, git or the network. Identity is by content: an
`Insight.id` says *what it is about*, an `Insight.version` says *what it says now*.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

VECTOR_DIMENSIONS = 384


class Kind(StrEnum):
    """What sort of learning an insight is; the `category` column of the memory tables."""

    INSIGHT = "insight"
    SOLUTION = "solution"
    PATTERN = "pattern"
    COMPONENT = "component"
    BEST_PRACTICE = "best_practice"
    DOCUMENT = "document"


class Outcome(StrEnum):
    """What validation says of a text, from the mildest to the strictest."""

    ALLOW = "allow"
    REDACT = "redact"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 (allow) to 3 (block), so that `max(..., key=severity)` finds the strictest."""
        return list(Outcome).index(self)


class Share(StrEnum):
    """A company's consent mode."""

    AUTO = "auto"
    ASK = "ask"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that a commit touched.

    `status` is git's letter (A, M, D, R, T); `blob` the new blob id ('' when deleted);
    `old_path` the former path of a rename, else ''.
    """

    path: str
    status: str
    blob: str = ""
    old_blob: str = ""
    old_path: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git tells it; times are UTC ISO 8601, texts are printable Unicode."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    authored_at: str
    committed_at: str
    message: str
    files: tuple[FileChange, ...] = ()

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def is_merge(self) -> bool:
        """True for a commit with two or more parents."""
        return len(self.parents) > 1

    @property
    def anchor(self) -> str:
        """What amend, rebase and cherry-pick keep of a commit: its author and author time."""
        return digest(self.email, self.authored_at, size=16)


@dataclass(frozen=True, slots=True)
class TextPair:
    """A file's text before and after a commit; None where it did not exist (or is binary)."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A captured fact, seen for one company: a commit cut down to that company's paths.

    `texts` holds the files a detector asked for (`detect.wants_text(path)`), keyed by path.
    `known_components` are the component folders that existed before: a move is not a birth. `topics`: folder
    → what its learning is about, also of those that left; `left`: those that this commit took away.
    """

    company: str
    commit: Commit
    files: tuple[FileChange, ...]
    texts: Mapping[str, TextPair] = field(default_factory=dict)
    known_components: frozenset[str] = frozenset()
    topics: Mapping[str, str] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    components: Mapping[str, str] = field(default_factory=dict)  # folder → name, of those it touched
    absent: frozenset[str] = frozenset()  # blobs that this partial clone has not, so that texts are missing
    standing: Mapping[str, str] = field(default_factory=dict)  # path → text: other manifests, former locks


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an insight was seen: a commit and, when it is about files, their paths.

    `said_at` is the commit's author time; `says` the version of the words that it gives; `anchor` what the
    same commit's learning has in another company, too (author, time, detector, slot).
    """

    commit: str
    paths: tuple[str, ...] = ()
    seen_at: str = ""
    said_at: str = ""
    says: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The small typed record that may leave a company: never a diff, author, branch or path.

    `gain` quotes a measured claim ("de 200ms para 20ms"); `component` is a bare name.
    """

    kind: Kind
    title: str
    content: str
    technologies: tuple[str, ...] = ()
    gain: str = ""
    component: str = ""

    def texts(self) -> dict[str, str]:
        """Every text field by name, as validation wants it."""
        return {
            "title": self.title,
            "content": self.content,
            "gain": self.gain,
            "component": self.component,
            "technologies": ", ".join(self.technologies),
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a detector found: a record, what it is about, and why it is thought to matter.

    `topic` is the identity (normalised; the same learning gives the same topic whatever the
    commit); `slot` orders several candidates of one detector in one commit.
    `score` lies in 0..1; each of `reasons` explains a part of it in the group's language.
    """

    detector: str
    topic: str
    record: Record
    score: float
    reasons: tuple[str, ...]
    paths: tuple[str, ...] = ()
    slot: int = 0
    share: str = ""  # the author's own word: yes, ask, no, or '' when the commit says nothing


@dataclass(frozen=True, slots=True)
class Insight:
    """A learning of one company. `id` survives rewriting of history; `version` follows the text."""

    id: str
    company: str
    record: Record
    score: float
    reasons: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    anchor: str
    detector: str = ""
    state: str = "active"  # active | superseded | withdrawn
    share: str = ""  # yes, ask, no or '': what the commit's trailer says
    created_at: str = ""
    updated_at: str = ""

    @property
    def version(self) -> str:
        """Hash of what the insight says (its record), not of where it was seen."""
        return record_version(self.record)

    @property
    def anchors(self) -> frozenset[str]:
        """Where it was said, each time: its own anchor and those of its evidence."""
        return frozenset({self.anchor, *(e.anchor for e in self.evidence)} - {""})


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason of a verdict. Names rule, field and place; never repeats the value."""

    rule: str
    kind: str
    field: str
    start: int
    end: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """What validation says of a set of named texts.

    `redacted` holds the same names with typed placeholders such as `[CPF]` in place of what
    was found; equal to the input where nothing was found.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    redacted: Mapping[str, str]
    policy: str  # hash of rules and policy that judged

    @property
    def may_leave(self) -> bool:
        """True when the (redacted) text may leave without a person's look."""
        return self.outcome in (Outcome.ALLOW, Outcome.REDACT)


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's or a policy's answer; rows are appended and chained, never changed.

    `version` is the hash of the very texts that would leave (`leaving_version`), `record` that of
    the insight's own words, `texts` those texts; `action` is one of approve, refuse, edit, withdraw, ask.
    `scope` is "version" (said of this version only), "good" (of every later one too) or "" (not said).
    """

    insight: str
    version: str
    action: str
    who: str
    at: str
    reason: str = ""
    policy: str = ""
    record: str = ""
    texts: str = ""  # JSON of the very texts that were agreed to leave
    scope: str = ""


def digest(*parts: str, size: int = 40) -> str:
    """SHA-256 over length-delimited parts, as `size` hexadecimal digits."""
    h = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        h.update(len(data).to_bytes(8, "big") + data)
    return h.hexdigest()[:size]


def normalise(text: str) -> str:
    """Fold case, accents, punctuation and spacing away: the form in which topics compare."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    return " ".join(kept.split())


def insight_id(company: str, kind: Kind, topic: str) -> str:
    """The stable id of a learning: `i1-` and 16 hexadecimal digits (recipe 1)."""
    return "i1-" + digest(company, kind.value, topic, size=16)


def record_version(record: Record) -> str:
    """Hash of a record's canonical JSON: 16 hexadecimal digits."""
    canonical = json.dumps([record.kind.value, *sorted(record.texts().items())], ensure_ascii=False)
    return digest(canonical, size=16)


def strictest(findings: Iterable[Finding]) -> Outcome:
    """The strictest outcome among findings, ALLOW when there are none."""
    return max((f.outcome for f in findings), key=lambda o: o.severity, default=Outcome.ALLOW)
