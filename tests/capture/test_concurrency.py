"""Ten processes commit and drain at once in one clone: no lock error, nothing lost, nothing doubled.

Some seconds by default; `ORCH_CONCURRENCY_SECONDS=60` is the minute of the acceptance test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.pipeline.random_git import FOLDERS, RandomGit

SECONDS = float(os.environ.get("ORCH_CONCURRENCY_SECONDS", "4"))
WORKERS = 10
SHARING = 3  # of them commit in the main work tree, so that git's own index.lock is fought for
COMMANDS = (("drain",), ("status",), ("drain", "--quiet"), ("log", "--company", "empresa-a"))


@dataclass
class Seen:
    """What the workers did, and everything that a person would have seen go wrong."""

    commits: Counter[int] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def commit(tree: Path, worker: int, number: int) -> None:
    """One real commit with its hooks, tried again while another git holds the index."""
    name = f"{FOLDERS[(worker + number) % len(FOLDERS)][0]}/{worker}-{number}.txt"
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("x\n")
    message = f"fix: x\n\nSolution: a fila {worker} de número {number} ficou vazia com um índice parcial\n"
    for _attempt in range(400):
        for arguments in (["add", name], ["commit", "-q", "-m", message, "--", name]):
            done = subprocess.run(["git", *arguments], cwd=tree, capture_output=True, text=True, check=False)
            if done.returncode:
                assert "lock" in done.stderr or "did not match any file" in done.stderr, done.stderr
                time.sleep(0.01)  # another git has the index, or has just put its own in place of it
                break
        else:
            assert done.stderr == "", done.stderr  # hooks say nothing
            return
    raise AssertionError("git's index was never free")


def orch(tree: Path, arguments: tuple[str, ...], seen: Seen) -> None:
    """One real orch command; whatever is not success is kept."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", *arguments],
        cwd=tree, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seen.commands[arguments[0]] += 1
    if done.returncode or "lock" in done.stderr.lower():
        seen.wrong.append(f"orch {' '.join(arguments)}: {done.returncode}: {done.stderr}")


def work(worker: int, tree: Path, until: float, seen: Seen) -> None:
    try:
        while time.monotonic() < until:
            for _commit in range(3):
                commit(tree, worker, seen.commits[worker])
                seen.commits[worker] += 1
            orch(tree, COMMANDS[(worker + seen.commits[worker] // 3) % len(COMMANDS)], seen)
    except Exception as e:
        seen.wrong.append(f"worker {worker}: {e!r}")


def test_ten_processes_commit_and_drain_at_once(tmp_path: Path) -> None:
    box, seen = RandomGit(tmp_path), Seen()
    trees = [box.root] * SHARING + [tmp_path / f"tree{n}" for n in range(WORKERS - SHARING)]
    for tree in trees[SHARING:]:
        box.git("worktree", "add", "-q", "-b", tree.name, str(tree))
        (tree / ".orch").mkdir()
        (tree / ".orch/config.toml").write_bytes((box.root / ".orch/config.toml").read_bytes())
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=work, args=(n, tree, until, seen)) for n, tree in enumerate(trees)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen.wrong == []
    assert set(seen.commits) == set(range(WORKERS)) and sum(seen.commands.values()) >= WORKERS
    box.drain()
    box.check()
    taught = {text for company in ("empresa-a", "empresa-b") for text in box.learnings(company).values()}
    assert len(taught) == sum(
        "c" not in FOLDERS[(w + n) % len(FOLDERS)] for w, total in seen.commits.items() for n in range(total)
    )
    print(f"{sum(seen.commits.values())} commits, {dict(seen.commands)} commands in {SECONDS} s")
