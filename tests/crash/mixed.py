"""The small set of the crash tests: one insight of every fate, on three remotes."""

from __future__ import annotations

from tests.crash.scene import MARIA, Scene


def mixed(scene: Scene, each: int = 1) -> None:
    """Learnt and sent: to rewrite, to withdraw, and one that Maria edits; then as many new ones.

    What then waits is a create, an update, a retraction and a conflict, `each` of them a number.
    """
    scene.learn(range(3 * each))
    scene.push_until_quiet()
    since_then(scene, each)


def since_then(scene: Scene, each: int) -> None:
    """What became of the first insights after all were sent."""
    keys = list(scene.expected)
    rewritten, edited, withdrawn = (keys[n * each : (n + 1) * each] for n in range(3))
    scene.edit_remotely(edited)
    scene.rewrite([*rewritten, *edited])
    scene.expected |= dict.fromkeys(edited, MARIA)
    scene.withdraw(withdrawn)
    scene.learn(range(len(keys), len(keys) + each))
    scene.rig.clock.advance(600.0)  # nothing of it is new to anybody
