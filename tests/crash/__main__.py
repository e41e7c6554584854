"""`python -m tests.crash list`: the fault points of `orch push`, found by running it; `torture`: hours."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.mixed import mixed
from tests.crash.points import listing
from tests.crash.scene import MEMORY, PUSH, Scene, scene_of
from tests.crash.torture import Torture, figures, recorded
from tests.rig.binaries import RigUnavailableError
from tests.rig.hermetic import guard, isolate
from tests.rig.rig import Rig


def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="orch-crash-", dir=MEMORY if MEMORY.is_dir() else None)


@contextmanager
def stage(*, clones: int) -> Iterator[tuple[Scene, Path]]:
    """A rig, a scene and its folder, outside of pytest; nothing of them stays."""
    rig = Rig()
    with pytest.MonkeyPatch.context() as patch, _temporary() as name:
        folder = Path(name)
        (folder / "home").mkdir()
        isolate(patch, folder / "home")
        guard(patch)
        try:
            with scene_of(rig, folder, patch, clones=clones) as scene:
                yield scene, folder
        finally:
            rig.stop()


def show_points() -> int:
    """Push one insight of every fate in fine weather, and print what was passed."""
    with stage(clones=1) as (scene, _folder):
        mixed(scene)
        points = scene.run(PUSH).points
    print(listing(points))
    print(f"{len(set(points))} fault points, passed {len(points)} times", file=sys.stderr)
    return 0


def torture(arguments: argparse.Namespace) -> int:
    """Run campaigns, a line each on stderr; the figures at the end. 1 when a campaign found a fault."""
    until = time.monotonic() + arguments.minutes * 60
    with stage(clones=arguments.clones) as (scene, folder):
        run = Torture(scene, arguments.insights, folder / "photos", arguments.record)
        for campaign in run.run(arguments.kills, until):
            told = f"{campaign.kills} kills in {campaign.seconds} s {campaign.faults or ''}"
            print(f"campaign {campaign.seed} ({campaign.kind}): {told}", file=sys.stderr, flush=True)
    print(figures(arguments.record))
    return any(campaign["faults"] for campaign in recorded(arguments.record))


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    commands.add_parser("list", help="print the fault points of push")
    long = commands.add_parser("torture", help="kill pushes at random points for hours")
    long.add_argument("--insights", type=int, default=500, help="how many, on three remotes (%(default)s)")
    long.add_argument("--kills", type=int, default=10_000, help="end after so many (%(default)s)")
    long.add_argument("--minutes", type=float, default=600.0, help="or after so long (%(default)s)")
    long.add_argument("--clones", type=int, default=1, help="that push at the same time (%(default)s)")
    long.add_argument(
        "--record", type=Path, default=Path("torture.jsonl"), help="goes on from it (%(default)s)"
    )
    return parser.parse_args()


def main() -> int:
    """Exit code 1 when the rig cannot start, or a campaign found a fault."""
    arguments = parsed()
    try:
        return show_points() if arguments.what == "list" else torture(arguments)
    except RigUnavailableError as error:
        print(f"the rig cannot start: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
