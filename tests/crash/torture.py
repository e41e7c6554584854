"""The long run: pushes killed at random points, campaign after campaign, until a number of kills is reached.

A campaign begins at one of two photographs: nothing is sent yet; or all was sent, and since then
rewritten, withdrawn, edited by a person, and more was learnt. Every push of it dies somewhere, in bad
weather, and now and then a person refuses some, until one has nothing left to send; then the clones push
until quiet and the servers are judged.
A line a campaign goes to a file, by which a run that was cut goes on where it was.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.children import Outcome
from tests.crash.mixed import since_then
from tests.crash.scene import MARIA, PUSH, Photograph, Scene, nothing_waits
from tests.crash.storm import calm, storm, struck
from tests.crash.truth import verdict

MOST = 60  # pushes of one clone in bad weather
REFUSING = 0.1  # share of the pauses in which a person says no to some of what was to be sent
FURTHER = 1.5  # how far beyond what a push passed the next ones may die
PAUSES = (0.0, 5.0, 60.0, 130.0)  # simulated seconds between two pushes


@dataclass(slots=True)
class Campaign:
    """What one campaign came to; `faults` are the verdict's, by sort."""

    seed: int
    kind: str
    kills: int = 0
    pushes: int = 0
    requests: int = 0
    weather: dict[str, int] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)  # where it died, how often
    faults: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0


class Torture:
    """`insights` a campaign in each of the scene's clones; `record` is the file of lines."""

    def __init__(self, scene: Scene, insights: int, folder: Path, record: Path) -> None:
        self._scene, self._record = scene, record
        scene.learn(range(insights))
        self._photos = {"new": Photograph(scene, folder / "new")}
        self._longest = len(scene.run(PUSH).points)
        self._reach = [0.0] * len(scene.clones)
        scene.push_until_quiet()
        since_then(scene, insights // 4)
        self._photos["mixed"] = Photograph(scene, folder / "mixed")

    def run(self, kills: int, until: float) -> Iterator[Campaign]:
        """Campaigns until so many kills are on record, or the time (of `time.monotonic`) is over."""
        before = recorded(self._record)
        seed, left = len(before), kills - sum(c["kills"] for c in before)
        while left > 0 and time.monotonic() < until:
            campaign = self._campaign(seed, until)
            with self._record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(campaign), ensure_ascii=False) + "\n")
            yield campaign
            seed, left = seed + 1, left - campaign.kills

    def _campaign(self, seed: int, until: float) -> Campaign:
        done, dice, began = Campaign(seed, ("new", "mixed")[seed % 2]), random.Random(seed), time.monotonic()
        self._photos[done.kind].restore()
        self._reach = [float(self._longest)] * len(self._scene.clones)
        storm(self._scene.rig, seed)
        for _round in range(MOST):
            if self._pushes(done, dice) or time.monotonic() > until:
                break
            self._scene.rig.clock.advance(dice.choice(PAUSES))
            if dice.random() < REFUSING:
                self._refuse(dice)
        done.weather, done.requests = struck(self._scene.rig), self._scene.requests()
        calm(self._scene.rig)
        for clone in range(len(self._scene.clones)):
            done.pushes += self._scene.push_until_quiet(clone=clone)
        done.pushes += self._scene.push_until_quiet()  # what another clone mended late is no news
        done.faults = {sort: found for sort, found in asdict(verdict(self._scene)).items() if found}
        done.seconds = round(time.monotonic() - began, 1)
        return done

    def _refuse(self, dice: random.Random) -> None:
        """No to a few, whatever became of them so far: never sent, in doubt, or there."""
        left = [key for key, words in self._scene.expected.items() if words not in ("", MARIA)]
        self._scene.withdraw(dice.sample(left, len(left) // 8), "refuse")

    def _pushes(self, done: Campaign, dice: random.Random) -> bool:
        """A push in every clone at once, each killed somewhere; True when all of them had nothing left."""
        scene = self._scene
        for clone, reach in zip(scene.clones, self._reach, strict=True):
            at = round(reach ** dice.random())  # as often among the first ten as the next ninety
            clone.children.ask(PUSH, clone.root, at=at, offset=scene.time, seed=dice.randrange(10**6))
        ended = [clone.children.answer() for clone in scene.clones]
        self._reach = [self._next(reach, o) for reach, o in zip(self._reach, ended, strict=True)]
        scene.rig.clock.advance(max(outcome.slept for outcome in ended))
        died = Counter(outcome.points[-1] for outcome in ended if outcome.killed)
        done.points = dict(Counter(done.points) + died)
        done.kills += sum(died.values())
        done.pushes += len(ended)
        return all(not outcome.killed and nothing_waits(outcome) for outcome in ended)

    def _next(self, reach: float, ended: Outcome) -> float:
        """Among how many points the next push dies: a parked remote makes one short, and it would live."""
        passed = reach if ended.killed else max(len(ended.points), 8)
        return min(passed * FURTHER, float(self._longest))


def recorded(record: Path) -> list[Any]:
    """The campaigns of earlier runs."""
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    return [json.loads(line) for line in lines]


def figures(record: Path) -> str:
    """A Markdown table of all campaigns on record."""
    found = recorded(record)
    points, weather, faults = Counter[str](), Counter[str](), Counter[str]()
    for campaign in found:
        points.update(campaign["points"])
        weather.update(campaign["weather"])
        faults.update({sort: len(each) for sort, each in campaign["faults"].items()})
    sums = {name: sum(c[name] for c in found) for name in ("kills", "pushes", "requests", "seconds")}
    rows = [
        ("campaigns", len(found)),
        ("pushes", sums["pushes"]),
        ("of them killed", sums["kills"]),
        ("different fault points that died", len(points)),
        ("requests in bad weather", sums["requests"]),
        *((f"of them {kind}", times) for kind, times in sorted(weather.items())),
        *((sort, faults[sort]) for sort in ("lost", "doubled", "overwritten", "wrong", "left")),
        ("seconds", round(sums["seconds"])),
    ]
    return "\n".join(["| what | figure |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows)])
