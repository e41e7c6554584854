"""What a `git commit` pays for our hook.

    python benchmarks/hook_overhead.py [--commits 40] [--rebase 40]

Interleaved, so that the machine's load falls on every variant alike: a bare commit, an empty sh
hook (the floor of any sh hook), ours, ours chained before another sh hook, and ours with
background draining (the detached process itself is a no-op here; its own cost comes on top).
`cpu` is user + system time of git and of all that it waited for; `wall` is the median.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from orchestrator.capture.hooks import hook_source

TARGETS = {"bare": 1.30, "empty sh": 1.10}
ROUNDS = 5  # of the rebase
EMPTY = "#!/bin/sh\n"
HOOKS = ("post-commit", "post-checkout", "post-merge", "post-rewrite")


def make(folder: Path, variant: str) -> Path:
    """A repository with the hooks of one variant."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    hooks = folder / ".git" / "hooks"
    for sample in hooks.glob("*"):
        sample.unlink()
    if variant != "bare":
        for name in HOOKS:
            write(hooks / name, EMPTY if variant == "empty sh" else (hook_source() / name).read_text())
    if variant == "chained":
        write(hooks / "post-commit.orch-prev", EMPTY)
    if variant == "background":
        (hooks / "orch-background").touch()
    (folder / "file").write_text("0\n")
    git(folder, "add", "file")
    git(folder, "commit", "-qm", "first")
    return folder


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def git(folder: Path, *args: str) -> tuple[float, float]:
    """CPU and wall milliseconds of one git command."""
    began = time.perf_counter()
    child = subprocess.Popen(["git", *args], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"git {args} failed in {folder}")
    return 1000 * (usage.ru_utime + usage.ru_stime), 1000 * (time.perf_counter() - began)


def commit(folder: Path, n: int) -> tuple[float, float]:
    (folder / "file").write_text(f"{n}\n")
    for claim in (folder / ".git").glob("orch.draining"):
        claim.unlink()  # as a drainer does at its end
    return git(folder, "commit", "-qam", f"number {n}")


def rebase(folder: Path, commits: int, turn: int) -> tuple[float, float]:
    """Prepare `commits` commits beside one on main, and replay them."""
    topic = f"topic{turn}"
    git(folder, "checkout", "-qb", topic, "main")
    for n in range(commits):
        (folder / f"{topic}-{n}").write_text("x")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", f"{topic} {n}")
    git(folder, "checkout", "-q", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "upstream moved")
    return git(folder, "rebase", "-q", "main", topic)


def report(title: str, figures: dict[str, list[tuple[float, float]]]) -> dict[str, float]:
    """Print medians and ratios; the CPU ratios of `ours` by what it is compared with."""
    cpu = {v: statistics.median(c for c, _w in rows) for v, rows in figures.items()}
    wall = {v: statistics.median(w for _c, w in rows) for v, rows in figures.items()}
    print(f"\n{title:<12}{'cpu ms':>8}{'/bare':>7}{'/empty':>8}{'wall ms':>10}{'/bare':>7}")
    for v in figures:
        ratios = f"{cpu[v] / cpu['bare']:7.2f}{cpu[v] / cpu['empty sh']:8.2f}"
        print(f"{v:<12}{cpu[v]:8.2f}{ratios}{wall[v]:10.1f}{wall[v] / wall['bare']:7.2f}")
    return {base: cpu["ours"] / cpu[base] for base in TARGETS}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--commits", type=int, default=40)
    parser.add_argument("--rebase", type=int, default=0, help="also replay this many commits")
    options = parser.parse_args()
    variants = ("bare", "empty sh", "ours", "chained", "background")
    with tempfile.TemporaryDirectory() as scratch:
        isolate(Path(scratch))
        folders = {v: make(Path(scratch) / v.replace(" ", "-"), v) for v in variants}
        figures: dict[str, list[tuple[float, float]]] = {v: [] for v in variants}
        for n in range(1, options.commits + 1):
            for variant in variants:
                figures[variant].append(commit(folders[variant], n))
        ratios = report("commit", figures)
        if options.rebase:
            rebased: dict[str, list[tuple[float, float]]] = {v: [] for v in variants}
            for turn in range(ROUNDS):
                for variant in variants:
                    rebased[variant].append(rebase(folders[variant], options.rebase, turn))
            report(f"rebase {options.rebase}", rebased)
    print()
    for base, target in TARGETS.items():
        verdict = "holds" if ratios[base] <= target else "DOES NOT HOLD"
        print(f"ours / {base}: {ratios[base]:.2f} (target {target:.2f}): {verdict}")
    return 0 if all(ratios[b] <= t for b, t in TARGETS.items()) else 1


def isolate(scratch: Path) -> None:
    """An identity of its own, no settings of the user, and an `orch` that does nothing."""
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        del os.environ[name]
    write(scratch / "orch", EMPTY)
    config = scratch / "gitconfig"
    config.write_text("[user]\n\tname = Bench\n\temail = bench@example.com\n[gc]\n\tauto = 0\n")
    path = f"{scratch}{os.pathsep}{os.environ['PATH']}"
    os.environ.update(GIT_CONFIG_GLOBAL=str(config), GIT_CONFIG_NOSYSTEM="1", PATH=path)


if __name__ == "__main__":
    sys.exit(main())
