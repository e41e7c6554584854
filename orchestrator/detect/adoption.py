"""Detector: technologies adopted, dropped and replaced, read from manifests on both sides."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace

from orchestrator.detect import technologies
from orchestrator.detect.manifest import Manifest, read_manifest
from orchestrator.detect.manifest_paths import is_manifest
from orchestrator.detect.message import Message, is_bot, parse, speaks
from orchestrator.detect.prose import fold
from orchestrator.detect.scoring import Score
from orchestrator.detect.technologies import Technology
from orchestrator.detect.wording import any_of
from orchestrator.i18n import say
from orchestrator.model import Candidate, Change, Kind, Record, normalise

NAME = "adoption"
_REMOVAL = any_of(
    r"remov* drop* delet* get_rid retir* exclu* elimina* abandon* substitu* replac* migr* sem without",
    r"no_longer",
)  # one manifest may lose what others keep: the message has to speak of it
_MANY = 8  # more technologies at once are an import or a rewrite, not an adoption
_UNKNOWN_NAMED = 10


@dataclass(frozen=True, slots=True)
class _Move:
    """Technologies and unknown packages that came and went.

    `established` holds the technologies that came into a manifest which existed before; `changed`
    the packages that came into and went from each manifest, by its path.
    """

    adopted: tuple[Technology, ...]
    dropped: tuple[Technology, ...]
    unknown: tuple[str, ...]
    established: frozenset[Technology]
    changed: Mapping[str, frozenset[str]]

    def paths(self, names: Container[str]) -> tuple[str, ...]:
        """The manifests in which one of these technologies or unknown packages came or went."""
        return tuple(p for p, packages in self.changed.items() if any(_name(x) in names for x in packages))


@dataclass(slots=True)
class _Sides:
    """Packages of all manifests of a change; what one cannot tell is in neither `gained` nor `lost`."""

    had: set[str] = field(default_factory=set)
    has: set[str] = field(default_factory=set)
    gained: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    established: set[str] = field(default_factory=set)
    changed: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, path: str, old: Manifest | None, new: Manifest | None) -> None:
        """A manifest before and after, None where there is none.

        One that goes may have moved: it loses nothing. An image behind a variable may have been
        the one that is named on the other side.
        """
        before, after = set(old.dependencies if old else ()), set(new.dependencies if new else ())
        self.had |= before
        self.has |= after
        if new is None:
            return
        if not (old and old.partial):
            self.gained |= after
            self.established |= after - before if old else set()
        if not new.partial:
            self.lost |= before
        if before != after:
            self.changed[path] = frozenset(before ^ after)


def find(change: Change, language: str) -> Iterator[Candidate]:
    """One candidate a technology, and a low one for all packages that nobody knows."""
    if is_bot(change.commit) or change.commit.is_merge or not change.commit.parents:
        return
    move = _compare(change)
    if len(move.adopted) + len(move.dropped) > _MANY:
        return
    message = parse(change.commit.message) if speaks(change.commit) else parse("")
    for slot, candidate in enumerate(_candidates(move, message, language)):
        yield replace(candidate, paths=move.paths(candidate.record.technologies), slot=slot)


def _compare(change: Change) -> _Move:
    sides = _Sides()
    for file in change.files:
        pair = change.texts.get(file.path)
        if pair is None or not is_manifest(file.path):
            continue
        old, new = _read(file.path, pair.before), _read(file.path, pair.after)
        if pair.before is None or old is not None:  # one that was unreadable says nothing
            sides.add(file.path, old, new)
    came = sides.established - sides.had
    return _Move(
        _known(sides.gained, without=sides.had),
        _known(sides.lost, without=sides.has),
        tuple(sorted(d for d in came if technologies.of_package(d) is None)),
        frozenset(_known(sides.established, without=sides.had)),
        sides.changed,
    )


def _read(path: str, text: str | None) -> Manifest | None:
    return read_manifest(path, text) if text is not None else None


def _name(package: str) -> str:
    technology = technologies.of_package(package)
    return technology.name if technology else package


def _known(packages: set[str], *, without: set[str]) -> tuple[Technology, ...]:
    """Technologies that the packages bring and none of the others brings, in order of their names."""
    brought = {t for p in packages if (t := technologies.of_package(p))}
    there = {t for p in without if (t := technologies.of_package(p))}
    return tuple(sorted(brought - there, key=lambda t: t.name))


def _candidates(move: _Move, message: Message, language: str) -> Iterator[Candidate]:
    dropped = list(move.dropped)
    for technology in move.adopted:
        former = next((d for d in dropped if d.category == technology.category), None)
        if former and technology in move.established:
            dropped.remove(former)
            yield _replaced(technology, former, message, language)
        else:
            yield _adopted(technology, technology in move.established, message, language)
    for technology in dropped:
        yield _dropped(technology, message, language)
    if move.unknown:
        yield _unknown(move.unknown, message, language)


def _adopted(technology: Technology, established: bool, message: Message, language: str) -> Candidate:
    score = Score(language).add(
        0.35, "{technology} is a well-known technology ({category})", **_words(technology, language)
    )
    if established:
        score.add(0.2, "it became a direct dependency of code that existed before")
    _mention(technology, message, score)
    title = say(language, "Technology adopted: {technology}").format(technology=technology.name)
    return _candidate("adopted", title, (technology,), message, score)


def _replaced(new: Technology, old: Technology, message: Message, language: str) -> Candidate:
    score = Score(language).add(
        0.35, "{technology} is a well-known technology ({category})", **_words(new, language)
    )
    score.add(0.3, "it took the place of {technology}", technology=old.name)
    _mention(new, message, score)
    title = say(language, "Technology replaced: {old} by {new}").format(old=old.name, new=new.name)
    return _candidate("replaced", title, (new, old), message, score)


def _dropped(technology: Technology, message: Message, language: str) -> Candidate:
    score = Score(language).add(0.35, "{technology} is no longer a dependency", technology=technology.name)
    if _REMOVAL.search(fold(message.prose)):
        _mention(technology, message, score)
    title = say(language, "Technology dropped: {technology}").format(technology=technology.name)
    return _candidate("dropped", title, (technology,), message, score)


def _unknown(packages: tuple[str, ...], message: Message, language: str) -> Candidate:
    named = ", ".join(packages[:_UNKNOWN_NAMED])
    score = Score(language).add(0.2, "new dependencies, none of them well known")
    title = say(language, "New dependencies: {names}").format(names=named)
    record = Record(Kind.INSIGHT, title, _content(title, message), packages[:_UNKNOWN_NAMED])
    return Candidate(NAME, normalise(f"dependencies {named}"), record, score.total, tuple(score.reasons))


def _candidate(
    what: str, title: str, subjects: tuple[Technology, ...], message: Message, score: Score
) -> Candidate:
    names = tuple(t.name for t in subjects)
    record = Record(Kind.INSIGHT, title, _content(title, message), names)
    topic = normalise(f"technology {' '.join(names)} {what}")
    return Candidate(NAME, topic, record, score.total, tuple(score.reasons))


def _content(title: str, message: Message) -> str:
    return "\n\n".join(t for t in (title, message.prose) if t)


def _mention(technology: Technology, message: Message, score: Score) -> None:
    named = f" {normalise(technology.name)} " in f" {normalise(message.prose)} "
    if named or technology.name in technologies.mentioned(message.prose):
        score.add(0.2, "the message names it")


def _words(technology: Technology, language: str) -> dict[str, str]:
    return {"technology": technology.name, "category": say(language, technology.category)}
