"""Detector: technologies adopted, dropped and replaced, read from manifests on both sides.

Judged against all that the company declares: what another manifest has is neither adopted nor dropped
(`Change.standing`). What cannot be read, or tells of a technology in another form, may have been it. What was
installed already because other packages wanted it (`locks`, go.mod's `// indirect`) is new only where the
message names it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace

from orchestrator.detect import locks, technologies
from orchestrator.detect.manifest import INDIRECT, Manifest
from orchestrator.detect.manifest_formats import read_manifest
from orchestrator.detect.manifest_paths import is_compose, is_dockerfile, is_for_tests, is_manifest
from orchestrator.detect.message import Message, is_bot, parse, speaks
from orchestrator.detect.prose import fold
from orchestrator.detect.scoring import MINIMUM_SCORE, Score
from orchestrator.detect.technologies import Technology
from orchestrator.detect.wording import any_of
from orchestrator.i18n import LANGUAGES, say
from orchestrator.model import Candidate, Change, Kind, Record, normalise

NAME = "adoption"
_REMOVAL = any_of(
    r"remov* drop* delet* get_rid retir* exclu* elimina* abandon* substitu* replac* migr* sem without",
    r"no_longer",
)  # one manifest may lose what others keep: the message has to speak of it
_PINS = any_of(
    r"fix(?:a|ei|ando|ar|acao) pin* trava* congela* freez* lock* vulnerab* cves?",
    r"(?:fix|corrig|ajust|arrum|atualiza|updat|upgrad|bump)*(?:_\w+){0,3}?"
    r"_(?:deps?|dependenc*|libs?|bibliotecas|requir*|pacotes|packages|vers(?:ao|oes|ions?))",
)
_TAKES_UP = any_of(
    r"adiciona* add* usa* use* migra* adot* adopt* introdu* troca* substitu* replac* passa* switch*"
)
_FROZEN = 8  # packages that come at once, each with its version: a list of all that is installed
_PINNED = re.compile(r"^[\w.\[\],-]+\s*(==)?", re.MULTILINE)
_LONGER = 3  # packages of a list of which some would stay
_MANY = 8  # more technologies at once are an import or a rewrite, not an adoption
_UNKNOWN_NAMED = 10
_WORD = re.compile(r"[a-z0-9@][a-z0-9@/.:_-]{1,100}")  # of a manifest that cannot be read


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
    """Packages of all manifests of a change; what one cannot tell is in neither `gained` nor `lost`.

    `known` and `kept` are the technologies of which other texts tell, before and after; `brought` are
    packages that were installed before because others wanted them.
    """

    had: set[str] = field(default_factory=set)
    has: set[str] = field(default_factory=set)
    gained: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    established: set[str] = field(default_factory=set)
    changed: dict[str, frozenset[str]] = field(default_factory=dict)
    known: set[Technology] = field(default_factory=set)
    kept: set[Technology] = field(default_factory=set)
    brought: set[str] = field(default_factory=set)

    def add(self, path: str, old: Manifest | None, new: Manifest | None) -> None:
        """A manifest before and after, None where there is none.

        One that goes may have moved: it loses nothing. An image behind a variable may have been
        the one that is named on the other side.
        """
        before, after = set(old.runtime if old else ()), set(new.runtime if new else ())
        self.had |= before | set(old.possible if old else ())
        self.has |= after | set(new.possible if new else ())
        if new is None:
            return
        self.brought |= set(old.named(INDIRECT) if old else ())
        if not (old and old.partial):
            self.gained |= after
            self.established |= after - before if old and not _is_another(before, after) else set()
        if not new.partial:
            self.lost |= before
        if before != after:
            self.changed[path] = frozenset(before ^ after)


def _is_another(before: set[str], after: set[str]) -> bool:
    """Whether nothing of a longer list stayed: another file took its name."""
    return len(before) >= _LONGER and not before & after


def is_judged_by_others(change: Change) -> bool:
    """Whether the company's other manifests decide what this change adopts or drops.

    They take technologies away: what is worth too little without them stays so.
    """
    return any(candidate.score >= MINIMUM_SCORE for candidate in find(change, LANGUAGES[0]))


def find(change: Change, language: str) -> Iterator[Candidate]:
    """One candidate a technology, and a low one for all packages that nobody knows."""
    if not _may_move(change):
        return
    move = _compare(change)
    if len(move.adopted) + len(move.dropped) > _MANY:
        return
    message = parse(change.commit.message) if speaks(change.commit) else parse("")
    if _PINS.search(fold(message.title)) and not _TAKES_UP.search(fold(message.title)):
        gone = {t.category for t in move.dropped}
        move = replace(move, established=frozenset(t for t in move.established if t.category in gone))
    for slot, candidate in enumerate(_candidates(move, message, language)):
        yield replace(candidate, paths=move.paths(candidate.record.technologies), slot=slot)


def _may_move(change: Change) -> bool:
    """Whether a change has a manifest, and is a person's own work on what was there before."""
    commit = change.commit
    return (
        any(map(is_manifest, change.texts))
        and bool(commit.parents)
        and not (commit.is_merge or is_bot(commit))
    )


def _compare(change: Change) -> _Move:
    sides = _Sides()
    for file in change.files:
        pair = change.texts.get(file.path)
        if pair is None or not is_manifest(file.path) or _is_compiled(change, file.path):
            continue
        old, new = _read(file.path, pair.before), _read(file.path, pair.after)
        sides.known |= _told_by(file.path, pair.before)
        sides.kept |= _told_by(file.path, pair.after)
        if pair.before is None or old is not None:
            sides.add(file.path, old, new)
            if old and new and _is_frozen(pair.after or "", old, new):
                sides.established -= set(new.runtime)
    for path, text in change.standing.items():
        if locks.is_lock(path):
            sides.brought |= locks.held(text, sides.established)
        elif not (_is_compiled(change, path) or is_for_tests(path)):
            told = _stands(path, text)
            sides.known |= told
            sides.kept |= told
    sides.established -= sides.brought
    came = sides.established - sides.had
    return _Move(
        _known(sides.gained, without=sides.had, there=sides.known),
        _known(sides.lost, without=sides.has, there=sides.kept),
        tuple(sorted(d for d in came if technologies.of_package(d) is None)),
        frozenset(_known(sides.established, without=sides.had, there=sides.known)),
        sides.changed,
    )


def _told_by(path: str, text: str | None) -> set[Technology]:
    """The technologies of which a manifest tells in another form than a dependency.

    A container file by what is commented out or set for its services, one that cannot be read by its words.
    """
    manifest = _read(path, text)
    if not text or (manifest and not (is_dockerfile(path) or is_compose(path))):
        return set()
    return {t for word in set(_WORD.findall(text.lower())) for t in technologies.about(word)}


def _stands(path: str, text: str) -> set[Technology]:
    """All technologies of which a manifest that did not change tells."""
    manifest = read_manifest(path, text)
    packages = (*manifest.runtime, *manifest.possible) if manifest else ()
    return {t for package in packages for t in technologies.about(package)} | _told_by(path, text)


def _is_compiled(change: Change, path: str) -> bool:
    """A list of requirements that is made of the one beside it, which has the direct ones."""
    source = f"{path.removesuffix('.txt')}.in"
    pair = change.texts.get(source)
    return path.endswith(".txt") and (source in change.standing or bool(pair and pair.after))


def _is_frozen(text: str, old: Manifest, new: Manifest) -> bool:
    """Whether a list became that of all that is installed: many came at once, and most lines are pinned."""
    pins = _PINNED.findall(text)
    many = len(set(new.runtime) - set(old.runtime)) > _FROZEN
    return many and sum(map(bool, pins)) * 5 >= len(pins) * 4


def _read(path: str, text: str | None) -> Manifest | None:
    return read_manifest(path, text) if text is not None else None


def _name(package: str) -> str:
    technology = technologies.of_package(package)
    return technology.name if technology else package


def _known(packages: set[str], *, without: set[str], there: set[Technology]) -> tuple[Technology, ...]:
    """Technologies that the packages bring, none of the others is about and none is there, by name."""
    brought = {t for p in packages if (t := technologies.of_package(p))}
    besides = {t for p in without for t in technologies.about(p)}
    return tuple(sorted(brought - besides - there, key=lambda t: t.name))


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
