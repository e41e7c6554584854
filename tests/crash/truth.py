"""What the servers hold in the end, compared with what they should: the only judge of a crash test."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.crash.scene import MARIA, Scene
from tests.rig.adf import text_of
from tests.rig.jira import Issue


@dataclass(slots=True)
class Verdict:
    """Faults by sort; a good run has none. Each is `insight at remote: what is there`."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    overwritten: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # withdrawn, and still there

    def __bool__(self) -> bool:
        """True when something is not as it should be."""
        return bool(self.lost or self.doubled or self.overwritten or self.wrong or self.left)


def verdict(scene: Scene) -> Verdict:
    """Compare every remote with `scene.expected`."""
    found = Verdict()
    for remote, texts in (("memory", _rows(scene)), ("issues", _issues(scene)), ("pages", _pages(scene))):
        for key, words in scene.expected.items():
            _judge(found, f"{key} at {remote}", words, texts.get(key, []))
        strangers = set(texts) - set(scene.expected)
        found.wrong += [f"{key} at {remote}: nobody wished for it" for key in strangers]
    return found


def _judge(found: Verdict, where: str, words: str, texts: list[str]) -> None:
    if not words:
        found.left += [f"{where}: {text}" for text in texts]
    elif not texts:
        found.lost.append(where)
    elif len(texts) > 1:
        found.doubled.append(f"{where}: {len(texts)}")
    elif words not in texts[0]:
        (found.overwritten if words == MARIA else found.wrong).append(f"{where}: {texts[0]}")


def _rows(scene: Scene) -> Mapping[str, list[str]]:
    return _grouped((r["orch_key"], str(r["content"])) for r in scene.rig.supabase.group.rows())


def _issues(scene: Scene) -> Mapping[str, list[str]]:
    living = [i for i in scene.rig.jira.all("ORCH") if not i.properties["orch"].get("withdrawn")]
    return _grouped((i.properties["orch"]["id"], _words(i)) for i in living)


def _words(issue: Issue) -> str:
    return f"{issue.fields['summary']}\n{text_of(issue.fields['description'])}"


def _pages(scene: Scene) -> Mapping[str, list[str]]:
    marked = ((re.findall(r"orch (i1-[0-9a-f]+) ", p.body), p.body) for p in scene.rig.confluence.all("ORCH"))
    return _grouped((marks[-1], body) for marks, body in marked if marks)


def _grouped(pairs: Iterator[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, text in pairs:
        found.setdefault(key, []).append(text)
    return found
