"""`orch push` dies by SIGKILL at each of its fault points, in bad weather; in the end all is as wished."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.mixed import mixed
from tests.crash.points import first_and_last
from tests.crash.scene import PUSH, Photograph, scene_of
from tests.crash.storm import calm, storm
from tests.crash.truth import verdict
from tests.rig.rig import Rig

SEEDS = 12  # of the weather: some storms end a push before it comes to a point
PARTS = 2  # so that two workers can share the work


@pytest.mark.rig
@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_fault_point_nothing_is_lost_doubled_or_overwritten(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    with scene_of(rig, tmp_path, monkeypatch) as scene:
        mixed(scene)
        photo = Photograph(scene, tmp_path / "photo")
        every = scene.run(PUSH).points
        mine = set(sorted(set(every))[part::PARTS])
        for seed in range(1, SEEDS):
            photo.restore()
            storm(rig, seed)
            died = set()
            for name, number in first_and_last(scene.run(PUSH, seed=seed).points, mine):
                photo.restore()
                storm(rig, seed)
                outcome = scene.run(PUSH, at=number, named=name, seed=seed)
                died |= {outcome.points[-1]} if outcome.killed else set()
                calm(rig)
                scene.push_until_quiet()
                assert not (found := verdict(scene)), (seed, name, number, found)
            mine -= died
            if not mine:
                return
        raise AssertionError(f"nothing died at {mine}")
