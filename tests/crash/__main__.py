"""`python -m tests.crash list`: the fault points of `orch push`, found by running it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.mixed import mixed
from tests.crash.points import listing
from tests.crash.scene import PUSH, Scene, scene_of
from tests.rig.binaries import RigUnavailableError
from tests.rig.hermetic import guard, isolate
from tests.rig.rig import Rig


@contextmanager
def stage() -> Iterator[Scene]:
    """A rig and a scene of one clone, outside of pytest; nothing of them stays."""
    rig = Rig()
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="orch-crash-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        isolate(patch, folder / "home")
        guard(patch)
        try:
            with scene_of(rig, folder, patch) as scene:
                yield scene
        finally:
            rig.stop()


def show_points() -> None:
    """Push one insight of every fate in fine weather, and print what was passed."""
    with stage() as scene:
        mixed(scene)
        points = scene.run(PUSH).points
    print(listing(points))
    print(f"{len(set(points))} fault points, passed {len(points)} times", file=sys.stderr)


def main() -> int:
    """Exit code 1 when the rig cannot start."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_subparsers(dest="what", required=True).add_parser(
        "list", help="print the fault points of push"
    )
    parser.parse_args()
    try:
        show_points()
    except RigUnavailableError as error:
        print(f"the rig cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
