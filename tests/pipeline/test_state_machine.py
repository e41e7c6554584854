"""Random git operations: after each drain, what orch captured is what git says, each once.

A few hundred operations by default, the same ones every time. `ORCH_RANDOM_GIT=50` runs fifty random
sequences instead, which takes minutes and finds what nobody thought of.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from orchestrator.errors import OrchError
from orchestrator.memory import engine
from tests.killing import DRAIN, ONE_BY_ONE, run_killed
from tests.pipeline.random_git import FOLDERS, RandomGit, stable, unreadable

EXAMPLES = int(os.environ.get("ORCH_RANDOM_GIT", "0"))
STEPS = 35  # operations a sequence

folders = st.sampled_from(FOLDERS)
choice = st.integers(0, 5)  # which branch, commit or work tree: counted modulo those that there are
tick = st.sampled_from((1, 1, 1, 0))  # commits of one second are hard to tell from each other


class GitMachine(RuleBasedStateMachine):
    """One repository with two companies; rules are what people and programs do to it."""

    new_folder: Callable[[], Path]

    @initialize()
    def begin(self) -> None:
        self.box = RandomGit(self.new_folder())
        self.ids = self._drained()

    def teardown(self) -> None:
        if hasattr(self, "box"):
            shutil.rmtree(self.box.folder)

    def _drained(self) -> dict[str, dict[str, str]]:
        self.box.drain()
        return self.box.check()

    def _pick(self, number: int, of: list[str]) -> str:
        return of[number % len(of)]

    def _other(self, number: int) -> str:
        """Another branch, or ''."""
        here = self.box.git("rev-parse", "--abbrev-ref", "HEAD")
        others = [b for b in self.box.branches() if b != here]
        return self._pick(number, others) if others else ""

    # ---------------------------------------------------------------- commits

    @rule(where=folders, seconds=tick, hooks=st.booleans())
    def commit(self, where: tuple[str, ...], seconds: int, hooks: bool) -> None:
        self.box.seconds += seconds
        self.box.commit(where, *(() if hooks else ("-c", "core.hooksPath=/dev/null")))

    @rule(where=folders, number=choice)
    def say_again(self, where: tuple[str, ...], number: int) -> None:
        self.box.write(where)
        self.box.git("commit", "-q", "-m", self.box.message(self.box.text_again(number)))

    @rule(where=folders)
    def amend_content(self, where: tuple[str, ...]) -> None:
        self.box.write(where)
        self.box.git("commit", "-q", "--amend", "--no-edit")

    @rule(seconds=tick, hooks=st.booleans())
    def amend_words(self, seconds: int, hooks: bool) -> None:
        self.box.seconds += seconds
        off = () if hooks else ("-c", "core.hooksPath=/dev/null")
        self.box.git(*off, "commit", "-q", "--amend", "--allow-empty", "-m", self.box.message())

    @rule()
    def amend_between_two_drains(self) -> None:
        """The words change, the insight stays: a new version of the same id."""
        self._settle()
        old = self.box.git("rev-parse", "HEAD")
        said = {c: self.box.learnings(c).get(old, "") for c in self.ids}
        alone = {c: sum(t == said[c] for t in self.box.learnings(c).values()) == 1 for c in self.ids}
        before, text = self.ids, self.box.text()
        self.box.git("commit", "-q", "--amend", "--allow-empty", "-m", self.box.message(text))
        self._settle()
        for company, former in said.items():
            if former in before[company] and alone[company]:
                assert self.ids[company][text] == before[company][former]

    @rule(where=folders)
    def commit_by_plumbing(self, where: tuple[str, ...]) -> None:
        self.box.write(where)
        tree = self.box.git("write-tree")
        made = self.box.git("commit-tree", tree, "-p", "HEAD", "-m", self.box.message())
        self.box.git("update-ref", "HEAD", made)

    @rule(back=st.integers(1, 3), fixed=choice)
    def fixup(self, back: int, fixed: int) -> None:
        """A `fixup!` commit, melted into an earlier one by `rebase -i --autosquash`."""
        target = self._pick(fixed, self.box.git("rev-list", f"-{back}", "HEAD").split())
        self.box.write(("a",))
        self.box.git("commit", "-q", "--fixup", target)
        if self.box.git("rev-parse", "--verify", "-q", f"{target}~1", ok=False):
            self.box.git(
                "rebase", "-q", "-i", "--autosquash", f"{target}~1", ok=False, GIT_SEQUENCE_EDITOR="true"
            )

    # ---------------------------------------------------------------- branches

    @rule(number=choice, at=choice)
    def new_branch(self, number: int, at: int) -> None:
        self.box.git("branch", f"b{number}", self._pick(at, self.box.commits()), ok=False)

    @rule(number=choice)
    def switch(self, number: int) -> None:
        if other := self._other(number):
            self.box.git("switch", "-q", other, ok=False)  # refused when a work tree has it

    @rule(back=choice)
    def detach(self, back: int) -> None:
        self.box.git("switch", "-q", "--detach", self._pick(back, self.box.commits()))

    @rule(number=choice)
    def delete_branch(self, number: int) -> None:
        if other := self._other(number):
            self.box.git("branch", "-q", "-D", other, ok=False)

    @rule(back=choice)
    def reset_hard(self, back: int) -> None:
        self.box.git("reset", "-q", "--hard", self._pick(back, self.box.commits()))

    @rule()
    def collect_garbage(self) -> None:
        self.box.git("reflog", "expire", "--expire=now", "--all")
        self.box.git("gc", "-q", "--prune=now")

    # ---------------------------------------------------------------- histories meet

    @rule(number=choice, how=st.sampled_from(("--ff", "--no-ff", "--squash")), words=st.booleans())
    def merge(self, number: int, how: str, words: bool) -> None:
        if not (other := self._other(number)):
            return
        message = ("-m", self.box.message()) if words and how == "--no-ff" else ("--no-edit",)
        if how == "--squash":
            self.box.git("merge", "-q", "--squash", other, ok=False)
            self.box.git("commit", "-q", "-m", self.box.message(), ok=False)
        else:
            self.box.git("merge", "-q", how, *message, other, ok=False)

    @rule()
    def octopus(self) -> None:
        if others := [b for b in self.box.branches() if b != "main"][:3]:
            self.box.git("merge", "-q", "-m", self.box.message(), *others, ok=False)

    @rule(number=choice, apply=st.booleans())
    def rebase(self, number: int, apply: bool) -> None:
        if other := self._other(number):
            self.box.git("rebase", "-q", "--apply" if apply else "--merge", other, ok=False)

    @rule(which=choice, seconds=tick)
    def cherry_pick(self, which: int, seconds: int) -> None:
        self.box.seconds += seconds
        self.box.git("cherry-pick", self._pick(which, self.box.commits()), ok=False)

    @rule(which=choice)
    def revert(self, which: int) -> None:
        self.box.git("revert", "--no-edit", self._pick(which, self.box.commits()), ok=False)

    @rule(where=folders, by_mail=st.booleans())
    def from_another_clone(self, where: tuple[str, ...], by_mail: bool) -> None:
        """Somebody else's commit: fetched and merged, or mailed."""
        clone = self.box.folder / "clone"
        self.box.git("clone", "-q", str(self.box.root), str(clone))
        theirs = self.box.commit(where, at=clone)
        if by_mail:
            patch = self.box.git("format-patch", "-1", "--output-directory", str(self.box.folder), at=clone)
            self.box.git("am", "-q", patch, ok=False)
        else:
            self.box.git("fetch", "-q", str(clone), theirs)
            self.box.git("merge", "-q", "--no-edit", "FETCH_HEAD", ok=False)
        shutil.rmtree(clone)

    @rule(where=folders, number=choice, forced=st.booleans())
    def in_a_linked_work_tree(self, where: tuple[str, ...], number: int, forced: bool) -> None:
        """A linked work tree comes, commits, and goes again; its branch or only its HEAD holds the work."""
        tree = self.box.folder / f"tree{number}"
        if tree.exists():
            self.box.git("worktree", "remove", "--force", str(tree))
            return
        on = ("--detach",) if forced else ("-B", f"w{number}")
        if self.box.git("worktree", "add", "-q", *on, str(tree), ok=False) or tree.exists():
            self.box.commit(where, at=tree)

    # ---------------------------------------------------------------- orch

    def _settle(self) -> None:
        after = self._drained()
        stable(self.ids, after)
        self.ids = after

    @rule()
    def drain(self) -> None:
        self._settle()

    @rule(point=st.integers(1, 40), one_by_one=st.booleans())
    def killed_drain(self, point: int, one_by_one: bool) -> None:
        run_killed(point, ["drain"], self.box.root, DRAIN, ONE_BY_ONE if one_by_one else {})

    @rule(where=folders)
    def while_the_stores_cannot_be_used(self, where: tuple[str, ...]) -> None:
        folder, away = unreadable(self.box.root)
        folder.rename(away)
        folder.write_text("")
        try:
            self.box.commit(where)
            with pytest.raises((OrchError, OSError)):
                self.box.drain()
        finally:
            folder.unlink()
            away.rename(folder)


def test_random_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []

    def open_once(**more: Any) -> Any:
        opened[:] = opened or [real(**more)]
        return opened[0]

    real = engine.open_embedder  # the model itself; loading it for each drain is not what is tested
    monkeypatch.setattr(engine, "open_embedder", open_once)
    numbers = count()
    machine: Any = type("Machine", (GitMachine,), {"new_folder": lambda _self: tmp_path / str(next(numbers))})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis has no types here
        machine,
        settings=settings(
            max_examples=EXAMPLES or 6,
            stateful_step_count=STEPS,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
            print_blob=False,
        ),
    )
