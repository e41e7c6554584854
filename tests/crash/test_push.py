"""`orch push` dies by SIGKILL at each of its fault points, in bad weather; in the end all is as wished."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.crash.mixed import mixed
from tests.crash.points import first_and_last
from tests.crash.scene import PUSH, Photograph, scene_of
from tests.crash.storm import calm, storm
from tests.crash.truth import verdict
from tests.rig.rig import Rig

PARTS = 2  # so that two workers can share the work


@pytest.mark.rig
@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_fault_point_nothing_is_lost_doubled_or_overwritten(
    rig: Rig, fast: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    with scene_of(rig, fast, monkeypatch) as scene:
        mixed(scene)
        photo = Photograph(scene, fast / "photo")
        every = scene.run(PUSH).points
        mine = set(sorted(set(every))[part::PARTS])
        kills = 0
        for seed in count(1):
            photo.restore()
            storm(rig, seed)
            points = scene.run(PUSH, seed=seed).points
            for place in first_and_last(points, mine):
                photo.restore()
                storm(rig, seed)
                outcome = scene.run(PUSH, at=place, seed=seed)
                assert outcome.killed and outcome.points == points[:place]
                calm(rig)
                scene.push_until_quiet()
                assert not (found := verdict(scene)), (seed, place, points[place - 1], found)
                kills += 1
            mine -= set(points)
            if not mine:
                break
        assert kills >= len(set(every)) // PARTS
