"""Detector: new components: the first manifest of a folder."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from orchestrator.detect import technologies
from orchestrator.detect.manifest import Manifest
from orchestrator.detect.manifest_formats import read_manifest
from orchestrator.detect.manifest_paths import PACKAGE_MANIFESTS, component_of, is_dockerfile
from orchestrator.detect.message import parse, speaks
from orchestrator.detect.prose import one_line
from orchestrator.detect.scoring import Score
from orchestrator.i18n import say
from orchestrator.model import Candidate, Change, FileChange, Kind, Record, normalise
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
    births = _births(change)
    if len(births) > _MANY:
        return
    for slot, (folder, path) in enumerate(sorted(births.items())):
        if (candidate := _candidate(change, language, folder, path)) is not None:
            yield replace(candidate, slot=slot)


def _births(change: Change) -> dict[str, str]:
    """Folder -> its best manifest, for folders that no earlier commit, move or parent explains."""
    births: dict[str, str] = {}
    for file in change.files:
        folder = component_of(file.path)
        if file.status == "A" and folder and folder not in change.known_components:
            births[folder] = min(births.get(folder, file.path), file.path, key=_rank)
    known = change.known_components | births.keys()
    return {f: p for f, p in births.items() if not (_is_part(f, births, known) or _is_moved(change, f, p))}


def _rank(path: str) -> tuple[bool, bool, str]:
    name = path.rpartition("/")[2].lower()
    return is_dockerfile(path), name not in PACKAGE_MANIFESTS, path


def _is_part(folder: str, births: Container[str], known: Container[str]) -> bool:
    """Born together with a component around it, or a folder such as `src` inside of one."""
    around = [str(parent) for parent in PurePosixPath(folder).parents]
    inner = PurePosixPath(folder).name.lower() in _PARTS and any(parent in known for parent in around)
    return inner or any(parent in births for parent in around)


def _is_moved(change: Change, folder: str, path: str) -> bool:
    """Another component's manifest left in the same commit, and it or its files came here."""
    gone = [_origin(f) for f in change.files if f.status in "DR" and component_of(_origin(f))]
    left = {component_of(path) for path in gone}
    arrived = (f for f in change.files if f.status == "R" and f.path.startswith(folder + "/"))
    if any(f.old_path.startswith(f"{old}/") for f in arrived for old in left):
        return True
    return any(_rank(old)[:2] == _rank(path)[:2] and _alike(change, old, path) for old in gone)


def _origin(file: FileChange) -> str:
    return file.old_path if file.status == "R" else file.path


def _alike(change: Change, old: str, new: str) -> bool:
    """Two manifests share half of their lines (a rename that git's exact detection misses)."""
    before, after = change.texts.get(old), change.texts.get(new)
    one = set(((before and before.before) or "").split("\n")) - {""}
    two = set(((after and after.after) or "").split("\n")) - {""}
    return bool(one) and len(one & two) * 2 >= len(one | two)


def _candidate(change: Change, language: str, folder: str, path: str) -> Candidate | None:
    manifest = _read(change, path)
    if path.endswith("package.json") and (manifest is None or not manifest.name):
        return None  # npm's marker of a module type or of a workspace, not a package
    if path.endswith("setup.py") and manifest is None:
        return None  # a module of that name, not a package's
    if manifest is None or _is_skeleton(manifest.name):
        manifest = Manifest(dependencies=manifest.dependencies if manifest else ())
    name = bare_name(manifest.name) or plain_name(PurePosixPath(folder).name)
    score = _score(change, folder, path, manifest, Score(language))
    title = f"{name} — {one_line(manifest.description, 120)}" if manifest.description else name
    opening = say(language, "New component: {name}").format(name=title)
    named = [t.name for d in manifest.runtime if (t := technologies.of_package(d))]
    record = Record(
        Kind.COMPONENT, title, _content(change, opening), tuple(dict.fromkeys(named)), component=name
    )
    paths = tuple(
        f.path for f in change.files if f.path.startswith(folder + "/") and component_of(f.path) == folder
    )
    return Candidate(NAME, normalise(name), record, score.total, tuple(score.reasons), paths)


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
