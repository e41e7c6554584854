"""Detector: new components: the first manifest of a folder."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import NamedTuple

from orchestrator.detect import technologies
from orchestrator.detect.component_topic import topic_of
from orchestrator.detect.manifest import Manifest
from orchestrator.detect.manifest_formats import read_manifest
from orchestrator.detect.manifest_paths import PACKAGE_MANIFESTS, component_of, is_dockerfile
from orchestrator.detect.message import parse, speaks
from orchestrator.detect.prose import one_line
from orchestrator.detect.scoring import Score
from orchestrator.i18n import say
from orchestrator.model import Candidate, Change, Commit, FileChange, Kind, Record
from orchestrator.plain_name import bare_name, plain_name

NAME = "components"
_MANY = 6  # more births in one commit are an import of code that exists elsewhere
_PARTS = frozenset(["src", "lib", "app", "android", "ios", "macos", "linux", "windows", "cmd", "main", "web"])
_SKELETONS = frozenset(
    ["my-app", "app", "example", "demo", "project", "starter", "symfony/skeleton", "untitled"]
)
_WORD = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-Z]+")  # of a name in any case: NFe.AppTeste, dados_de_teste
_TRIALS = frozenset({
    "test", "tests", "teste", "testes", "testing", "sample", "samples", "example", "examples", "exemplo",
    "exemplos", "demo", "demos",
})  # fmt: skip
_SOURCES = frozenset({
    ".py", ".js", ".mjs", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java", ".kt", ".cs", ".fs", ".rb", ".php",
    ".ex", ".exs", ".dart", ".scala", ".swift", ".c", ".cc", ".cpp", ".vue", ".svelte", ".sh", ".lua",
})  # fmt: skip


def find(change: Change, language: str) -> Iterator[Candidate]:
    """One candidate a folder that became a component; none on root commits, moves and imports."""
    if not change.commit.parents:  # the initial import of a history, or the edge of a shallow one
        return
    for slot, (folder, found) in enumerate(_named(change).items()):
        yield replace(_candidate(change, language, folder, found), slot=slot)


def topics(change: Change) -> dict[str, str]:
    """Folder -> topic of the components that a change makes, or moves: they keep the one that they had."""
    if not change.components or has_arrived(change.commit):
        return {}
    moved = {new: change.topics[old] for new, old in _moves(change).items() if old in change.topics}
    born = _named(change) if change.commit.parents else {}
    return moved | {folder: found.topic for folder, found in born.items()}


def has_arrived(commit: Commit) -> bool:
    """Whether it carries the trailer of a component that another company shared."""
    return "\nOrch-Origin-Tree:" in commit.message


class _Found(NamedTuple):
    """A component that is new: its best manifest, as it was read, its bare name, and what tells it apart.

    `part` is the last folder around it that another component of that name has not; '' for the first.
    """

    path: str
    manifest: Manifest
    name: str
    part: str
    topic: str


def _named(change: Change) -> dict[str, _Found]:
    """Folder -> what is new there, in a fixed order; none of an import."""
    births = _births(change)
    if len(births) > _MANY:
        return {}
    found: dict[str, _Found] = {}
    taken = dict(change.topics)
    for folder, path in sorted(births.items()):
        if (manifest := _manifest(change, path)) is not None:
            name = bare_name(manifest.name) or plain_name(PurePosixPath(folder).name)
            topic, part = topic_of(folder, name, taken)
            found[folder] = _Found(path, manifest, name, part and plain_name(part), topic)
            taken[folder] = topic
    return found


def _births(change: Change) -> dict[str, str]:
    """Folder -> its best manifest, for folders that no earlier commit, move or parent explains."""
    births = _manifests(change, "A")
    known = change.known_components | births.keys()
    moved = _moves(change)
    return {f: p for f, p in births.items() if not (_is_part(f, births, known) or f in moved)}


def _manifests(change: Change, statuses: str) -> dict[str, str]:
    """Folder -> the best manifest that came into it, of folders that were no components."""
    found: dict[str, str] = {}
    for file in change.files:
        folder = component_of(file.path)
        if file.status in statuses and folder and folder not in change.known_components:
            found[folder] = min(found.get(folder, file.path), file.path, key=_rank)
    return found


def _moves(change: Change) -> dict[str, str]:
    """Folder -> the one from which its component came in the same commit."""
    found = ((f, _moved_from(change, f, path)) for f, path in _manifests(change, "AR").items())
    return {folder: old for folder, old in found if old is not None}


def _rank(path: str) -> tuple[bool, bool, str]:
    name = path.rpartition("/")[2].lower()
    return is_dockerfile(path), name not in PACKAGE_MANIFESTS, path


def _is_part(folder: str, births: Container[str], known: Container[str]) -> bool:
    """Born together with a component around it, or a folder such as `src` inside of one."""
    around = [str(parent) for parent in PurePosixPath(folder).parents]
    inner = PurePosixPath(folder).name.lower() in _PARTS and any(parent in known for parent in around)
    return inner or any(parent in births for parent in around)


def _moved_from(change: Change, folder: str, path: str) -> str | None:
    """Another component's manifest left in the same commit, and it or its files came here."""
    gone = {_origin(f): old for f in change.files if f.status in "DR" and (old := component_of(_origin(f)))}
    arrived = [f for f in change.files if f.status == "R" and f.path.startswith(folder + "/")]
    for old in gone.values():
        if any(f.old_path.startswith(f"{old}/") for f in arrived):
            return old
    alike = (old for p, old in gone.items() if _rank(p)[:2] == _rank(path)[:2] and _alike(change, p, path))
    return next(alike, None)


def _origin(file: FileChange) -> str:
    return file.old_path if file.status == "R" else file.path


def _alike(change: Change, old: str, new: str) -> bool:
    """Two manifests share half of their lines (a rename that git's exact detection misses)."""
    before, after = change.texts.get(old), change.texts.get(new)
    one = set(((before and before.before) or "").split("\n")) - {""}
    two = set(((after and after.after) or "").split("\n")) - {""}
    return bool(one) and len(one & two) * 2 >= len(one | two)


def _manifest(change: Change, path: str) -> Manifest | None:
    """The manifest as it is told, without a generator's name; None where it makes no component."""
    manifest = _read(change, path)
    if path.endswith("package.json") and (manifest is None or not manifest.name):
        return None  # npm's marker of a module type or of a workspace, not a package
    if path.endswith("setup.py") and manifest is None:
        return None  # a module of that name, not a package's
    if manifest is None or _is_skeleton(manifest.name):
        return Manifest(dependencies=manifest.dependencies if manifest else ())
    return manifest


def _candidate(change: Change, language: str, folder: str, found: _Found) -> Candidate:
    path, manifest, name, part, topic = found
    shown = f"{name} ({part})" if part else name
    score = _score(change, folder, path, manifest, Score(language))
    title = f"{shown} — {one_line(manifest.description, 120)}" if manifest.description else shown
    opening = say(language, "New component: {name}").format(name=title)
    named = [t.name for d in manifest.runtime if (t := technologies.of_package(d))]
    record = Record(
        Kind.COMPONENT, title, _content(change, opening), tuple(dict.fromkeys(named)), component=name
    )
    paths = tuple(
        f.path for f in change.files if f.path.startswith(folder + "/") and component_of(f.path) == folder
    )
    return Candidate(NAME, topic, record, score.total, tuple(score.reasons), paths)


def _content(change: Change, opening: str) -> str:
    message = parse(change.commit.message)
    told = message.prose if speaks(change.commit) else ""
    return "\n\n".join(t for t in (opening, told) if t)


def _score(change: Change, folder: str, path: str, manifest: Manifest, score: Score) -> Score:
    if is_dockerfile(path):
        score.add(0.3, "the first container file of a folder")
    else:
        score.add(0.5, "the first package manifest of a folder")
    if manifest.name:
        score.add(0.1, "the manifest names it")
    if manifest.description:
        score.add(0.1, "the manifest describes it")
    inside = (f for f in change.files if f.status == "A" and f.path.startswith(folder + "/"))
    if any(PurePosixPath(f.path).suffix.lower() in _SOURCES for f in inside):
        score.add(0.2, "source code came with it")
    else:
        score.add(-0.1, "no source code came with it")
    if _is_trial(manifest.name) or _is_trial(PurePosixPath(folder).name):
        score.add(-0.5, "it is named as a test, an example or a demonstration")
    return score


def _is_trial(name: str) -> bool:
    """A name with such a word in it; `contest` and `latest` are other words."""
    return any(word.lower() in _TRIALS for word in _WORD.findall(name))


def _read(change: Change, path: str) -> Manifest | None:
    text = change.texts.get(path)
    return read_manifest(path, text.after) if text and text.after else None


def _is_skeleton(name: str) -> bool:
    """The name that a generator left behind (`laravel/laravel`, `my-app`), not one that people chose."""
    return name.lower() in _SKELETONS or name.lower().startswith("laravel/")
