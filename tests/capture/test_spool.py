"""No nudge is lost: not to a concurrent hook, not to a kill between rename and delete."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.capture import spool
from orchestrator.capture.hooks import uninstall
from orchestrator.capture.spool import Nudge, rewrites
from tests.git.sandbox import Sandbox


def append(box: Sandbox, line: str) -> None:
    with open(box.root / ".git" / spool.NAME, "a") as file:
        file.write(line + "\n")


def details(box: Sandbox) -> list[str]:
    return [n.detail for n in spool.take(box.repo).nudges]


def test_take_without_settle_gives_the_same_again_then_settle_ends_it(box: Sandbox) -> None:
    append(box, "post-commit\tone")
    assert details(box) == ["one"]
    append(box, "post-commit\ttwo")
    assert spool.pending(box.repo)
    batch = spool.take(box.repo)
    assert [n.detail for n in batch.nudges] == ["one", "two"]
    assert batch.nudges[0].at.endswith("Z")
    spool.settle(batch)
    assert not spool.pending(box.repo)
    assert details(box) == []


def test_a_line_appended_to_a_taken_file_is_not_deleted(box: Sandbox) -> None:
    append(box, "post-commit\tone")
    with open(box.root / ".git" / spool.NAME, "a") as held_open_by_a_hook:
        spool.settle(spool.take(box.repo))
        assert not spool.pending(box.repo)
        held_open_by_a_hook.write("post-commit\tlate\n")
    assert spool.pending(box.repo)
    assert details(box) == ["late"]


def test_files_that_were_read_go_after_a_while(box: Sandbox) -> None:
    append(box, "post-commit\tone")
    spool.settle(spool.take(box.repo))
    (read,) = (box.root / ".git").glob("orch.spool*")
    spool.settle(spool.take(box.repo))
    assert read.exists()
    os.utime(read, (1, 1))
    spool.settle(spool.take(box.repo))
    assert not read.exists()


def test_sigkill_between_take_and_settle_loses_nothing(box: Sandbox) -> None:
    append(box, "post-commit\tone")
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from orchestrator.git import open_repository; from orchestrator.capture import spool;"
        "assert spool.take(open_repository(Path(sys.argv[1]))).nudges; os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(box.root)])
    assert done.returncode == -signal.SIGKILL
    append(box, "post-commit\ttwo")
    assert details(box) == ["one", "two"]


@pytest.mark.parametrize("moment", ["_size", "_content"])
def test_spools_that_an_uninstall_takes_away_meanwhile_end_no_drain(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """They go when one is about to be set aside, or to be read."""
    append(box, "post-commit\tone")
    real = getattr(spool, moment)

    def removed(path: Path) -> Any:
        found = real(path) if moment == "_size" else None
        path.unlink(missing_ok=True)
        return real(path) if found is None else found

    monkeypatch.setattr(spool, moment, removed)
    batch = spool.take(box.repo)
    assert batch.nudges == ()
    spool.settle(batch)


def test_writers_beside_readers_lose_nothing(box: Sandbox) -> None:
    def write(writer: int) -> None:
        for n in range(200):
            append(box, f"post-commit\t{writer}-{n}")

    writers = [threading.Thread(target=write, args=(w,)) for w in range(4)]
    for writer in writers:
        writer.start()
    seen: set[str] = set()
    repo = box.repo
    while any(w.is_alive() for w in writers) or spool.pending(repo):
        batch = spool.take(repo)
        seen |= {n.detail for n in batch.nudges}
        spool.settle(batch)
    assert seen == {f"{w}-{n}" for w in range(4) for n in range(200)}


def test_what_is_no_spool_is_neither_followed_nor_waited_for(box: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("post-commit\tsecret\n")
    (box.root / ".git" / spool.NAME).symlink_to(secret)
    batch = spool.take(box.repo)
    assert batch.nudges == ()
    spool.settle(batch)
    assert secret.exists()
    os.mkfifo(box.root / ".git" / spool.NAME)
    assert spool.take(box.repo).nudges == ()
    assert list((box.root / ".git").glob("orch.spool*")) == []  # a hook would have hung on the pipe


def test_torn_and_hostile_lines_are_still_nudges(box: Sandbox) -> None:
    (box.root / ".git" / spool.NAME).write_bytes(b"post-com\nx\t\x1b[31m\xff\n\npost-commit\tgood")
    batch = spool.take(box.repo)
    assert [(n.hook, n.detail) for n in batch.nudges] == [
        ("post-com", ""),
        ("x", "\\x1b[31m\\xff"),
        ("", ""),
        ("post-commit", "good"),
    ]


def test_rewrites_follow_to_the_last_and_survive_cycles() -> None:
    pairs = ["a b", "b c", "x y", "y x", "same same", "broken"]
    nudges = [Nudge("post-rewrite", "", p) for p in pairs] + [Nudge("post-checkout", "", "q r")]
    found = rewrites(nudges)
    assert (found["a"], found["b"]) == ("c", "c")
    assert set(found) == {"a", "b", "x", "y"}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"))))
def test_rewrites_always_end(pairs: list[tuple[str, str]]) -> None:
    found = rewrites([Nudge("post-rewrite", "", f"{old} {new}") for old, new in pairs])
    assert all(old in dict(pairs) for old in found)


def test_a_drain_ends_well_when_the_hooks_are_uninstalled_meanwhile(box: Sandbox) -> None:
    append(box, "post-commit\tone")
    batch = spool.take(box.repo)
    uninstall(box.repo)
    spool.settle(batch)
    assert not spool.pending(box.repo)
