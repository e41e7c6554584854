"""Two clones of one company push the same insights at once, in bad weather, and die on the way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crash.mixed import mixed
from tests.crash.scene import PUSH, Photograph, Scene, scene_of
from tests.crash.storm import calm, storm
from tests.crash.truth import verdict
from tests.rig.rig import Rig

FURTHEST = 110  # the place of a kill is at most that: some pushes come to their end


def push_at_once(scene: Scene, dice: random.Random) -> list[str]:
    """Both clones push in the same moment, each killed somewhere; how each ended."""
    for clone in scene.clones:
        clone.children.ask(
            PUSH, clone.root, at=dice.randint(1, FURTHEST), offset=scene.time, seed=dice.randrange(10**6)
        )
    ended = [clone.children.answer() for clone in scene.clones]
    scene.rig.clock.advance(max(outcome.slept for outcome in ended))
    return [outcome.points[-1] for outcome in ended]


@pytest.mark.rig
@pytest.mark.slow
def test_two_clones_at_once_leave_one_object_on_each_remote(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene_of(rig, tmp_path, monkeypatch, clones=2) as scene:
        mixed(scene)
        photo = Photograph(scene, tmp_path / "photo")
        for seed in range(8):
            photo.restore()
            storm(rig, seed)
            dice = random.Random(seed)
            ends = [push_at_once(scene, dice) for _round in range(dice.randint(1, 3))]
            calm(rig)
            for clone in (0, 1, 0):  # what one mends late must be no news to the other
                scene.push_until_quiet(clone=clone)
            assert not (found := verdict(scene)), (seed, ends, found)
