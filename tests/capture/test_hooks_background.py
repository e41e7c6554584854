"""Draining in the background: one process a clone, whatever is killed, and git waits for none."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.capture import hook_claim
from orchestrator.capture.hook_state import Report
from tests.capture.conftest import nudged
from tests.git.sandbox import Sandbox, executable

Installed = Callable[..., Report]


class Drainers:
    """A program `orch` in PATH that says when it begins and ends, and lives as long as a file is there."""

    def __init__(self, folder: Path) -> None:
        self.log, self.hold = folder / "log", folder / "hold"
        self.log.touch()
        executable(
            folder / "bin/orch",
            f'#!/bin/sh\necho "+ $$ $*" >>{self.log}\n'
            f'while [ -e {self.hold} ]; do sleep 0.05; done\necho "- $$" >>{self.log}\n',
        )
        self.path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    @property
    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.log.read_text().splitlines()]

    @property
    def started(self) -> list[int]:
        return [int(words[1]) for words in self.lines if words[0] == "+"]

    @property
    def most_alive(self) -> int:
        """The highest number at one time: starts less ends, as they were written."""
        alive = [0]
        for words in self.lines:
            alive.append(alive[-1] + (1 if words[0] == "+" else -1))
        return max(alive)

    def wait(self, count: int, sign: str = "+") -> None:
        deadline = time.monotonic() + 20
        while sum(words[0] == sign for words in self.lines) < count:
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.01)


@pytest.fixture
def drainers(tmp_path: Path, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Drainers:
    made = Drainers(tmp_path)
    monkeypatch.setenv("PATH", made.path)
    return made


def commit(box: Sandbox, message: str = "x") -> None:
    box("commit", "-q", "--allow-empty", "-m", message)


def ended(pid: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    pytest.skip("nobody collects ended processes here (no init): the claim is freed by the next command")


def test_only_where_it_was_asked_for(box: Sandbox, installed: Installed, drainers: Drainers) -> None:
    assert not installed().background
    commit(box)
    assert not (box.root / ".git/orch.draining").exists()  # made before anything is started
    assert installed(background=True).background
    commit(box)
    drainers.wait(1)
    assert drainers.lines[0][2:] == ["hooks", "drain", "--detached"]
    assert not installed().background


def test_one_at_a_time_and_git_does_not_wait_for_it(
    box: Sandbox, installed: Installed, drainers: Drainers, tmp_path: Path
) -> None:
    commit(box)
    installed(background=True)
    box("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    linked = Sandbox(tmp_path / "linked", init=False)
    drainers.hold.touch()
    for n in range(3):  # captured output: a child that kept our pipe would hold us for ever
        commit(box, str(n))
        commit(linked, str(n))
    drainers.wait(1)
    assert len(drainers.started) == 1
    claim = box.root / ".git/orch.draining"
    assert claim.read_text() == f"{drainers.started[0]}\n"
    nudged(box)  # a command drains meanwhile: the living one keeps its claim
    assert claim.exists()
    commit(box)
    assert len(drainers.started) == 1
    drainers.hold.unlink()
    drainers.wait(1, "-")
    ended(drainers.started[0])
    commit(linked)
    drainers.wait(2)
    assert drainers.most_alive == 1


@pytest.mark.parametrize("number", [3, 5, 9])
def test_no_open_file_of_an_editor_is_kept(
    box: Sandbox, installed: Installed, drainers: Drainers, number: int
) -> None:
    """A program that reads from git until the end of a pipe, on any descriptor, is not held up."""
    installed(background=True)
    drainers.hold.touch()
    pipe = box.root / ".git/pipe"
    os.mkfifo(pipe)
    read = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    commit_with_it = f"exec git commit -q --allow-empty -m x {number}>.git/pipe"
    subprocess.run(["sh", "-c", commit_with_it], cwd=box.root, check=True, timeout=20)
    drainers.wait(1)
    assert os.read(read, 1) == b""  # its end; BlockingIOError would mean that somebody holds it
    os.close(read)
    drainers.hold.unlink()
    drainers.wait(1, "-")


def test_a_drainer_that_was_killed_is_replaced_at_the_next_commit(
    box: Sandbox, installed: Installed, drainers: Drainers
) -> None:
    installed(background=True)
    drainers.hold.touch()
    commit(box)
    drainers.wait(1)
    os.kill(drainers.started[0], signal.SIGKILL)
    ended(drainers.started[0])
    commit(box)
    drainers.wait(2)
    commit(box)
    assert len(drainers.started) == 2
    claim = box.root / ".git/orch.draining"
    assert claim.read_text() == f"{drainers.started[1]}\n"
    drainers.hold.unlink()
    drainers.wait(1, "-")


def test_many_hooks_that_find_a_dead_one_start_one(
    box: Sandbox, installed: Installed, drainers: Drainers
) -> None:
    installed(background=True)
    dead = subprocess.Popen(["true"])
    dead.wait()
    (box.root / ".git/orch.draining").write_text(f"{dead.pid}\n")
    drainers.hold.touch()
    hook = (
        ["git", "hook", "run", "post-commit"]
        if not (box.root / ".git/hooks/post-commit").exists()
        else [".git/hooks/post-commit"]
    )
    running = [subprocess.Popen(hook, cwd=box.root) for _ in range(12)]
    assert [p.wait() for p in running] == [0] * 12
    drainers.wait(1)
    assert len(drainers.started) == 1
    drainers.hold.unlink()
    drainers.wait(1, "-")


def test_a_rebase_starts_one_at_its_end(box: Sandbox, installed: Installed, drainers: Drainers) -> None:
    box.commit("base", a="1")
    box("checkout", "-qb", "side")
    for n in range(8):
        box.commit(f"side {n}", **{f"s{n}": "1"})
    box("checkout", "-q", "main")
    box.commit("main", m="1")
    installed(background=True)
    drainers.hold.touch()
    box("rebase", "-q", "main", "side")
    drainers.wait(1)
    assert len(drainers.started) == 1
    drainers.hold.unlink()
    drainers.wait(1, "-")


@pytest.mark.parametrize("text", ["", "no number\n", "-1\n", "../../x\n", "$(touch ran)\n"])
def test_a_claim_that_names_no_process_is_left_to_the_next_command(
    box: Sandbox, installed: Installed, drainers: Drainers, text: str
) -> None:
    installed(background=True)
    claim = box.root / ".git/orch.draining"
    claim.write_text(text)
    commit(box)
    assert claim.read_text() == text  # who starts one takes a claim first, and writes its number there
    assert list(claim.parent.glob("orch.draining*")) == [claim]
    nudged(box)
    assert not claim.exists()
    commit(box)
    drainers.wait(1)


def test_claims_are_freed_when_nobody_holds_them(tmp_path: Path) -> None:
    claim, mark = tmp_path / hook_claim.NAME, tmp_path / f"{hook_claim.NAME}.77"
    mark.touch()
    assert hook_claim.hold(tmp_path) and claim.read_text() == f"{os.getpid()}\n"
    assert not mark.exists()
    hook_claim.release_abandoned([tmp_path])
    assert claim.exists()
    os.utime(claim, (1, 1))
    hook_claim.release_abandoned([tmp_path])
    assert claim.exists(), "however long it works"
    hook_claim.release_own(tmp_path)
    assert not claim.exists()
    other = subprocess.Popen(["sleep", "30"])
    claim.write_text(f"{other.pid}\n")
    assert not hook_claim.hold(tmp_path)
    hook_claim.release_own(tmp_path)
    assert claim.exists()
    os.utime(claim, (1, 1))  # a power cut, and another process has the number since
    hook_claim.release_abandoned([tmp_path])
    assert not claim.exists()
    claim.write_text(f"{other.pid}\n")
    other.kill()
    other.wait()
    assert hook_claim.hold(tmp_path)
    hook_claim.release_own(tmp_path)
    assert not claim.exists()


def test_a_claim_that_goes_while_it_is_looked_at_is_nobodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its drainer ends just then: whoever looks, an `orch status`, goes on."""
    claim, number = tmp_path / hook_claim.NAME, hook_claim._number
    claim.write_text(f"{os.getppid()}\n")

    def read_and_gone(path: Path) -> int | None:
        found = number(path)
        path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(hook_claim, "_number", read_and_gone)
    hook_claim.release_abandoned([tmp_path])
    claim.write_text(f"{os.getppid()}\n")
    monkeypatch.setattr(hook_claim, "_is_locked", lambda _path: False)
    assert hook_claim.hold(tmp_path)
    monkeypatch.undo()
    hook_claim.release_own(tmp_path)


def test_a_claim_that_is_being_taken_is_held(tmp_path: Path) -> None:
    """Locked, and no number in it yet."""
    claim = tmp_path / hook_claim.NAME
    with claim.open("w") as taking:
        fcntl.flock(taking, fcntl.LOCK_EX)
        hook_claim.release_abandoned([tmp_path])
        assert claim.exists()
    hook_claim.release_abandoned([tmp_path])
    assert not claim.exists()


def test_a_link_in_place_of_a_claim_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / hook_claim.NAME).symlink_to("mine")
    assert hook_claim.hold(tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"
