"""The small set of the crash tests: one insight of every fate, on three remotes."""

from __future__ import annotations

from tests.crash.scene import MARIA, Scene


def mixed(scene: Scene, each: int = 1) -> None:
    """Learnt and sent: to rewrite, to withdraw, and one that Maria edits; then as many new ones.

    What then waits is a create, an update, a retraction and a conflict, `each` of them a number.
    """
    scene.learn(range(3 * each))
    scene.push_until_quiet()
    keys = list(scene.expected)
    rewritten, edited, withdrawn = keys[:each], keys[each : 2 * each], keys[2 * each :]
    scene.edit_remotely(edited)
    scene.rewrite([*rewritten, *edited])
    scene.expected |= dict.fromkeys(edited, MARIA)
    scene.withdraw(withdrawn)
    scene.learn(range(3 * each, 4 * each))
    scene.rig.clock.advance(600.0)  # nothing of it is new to anybody
