"""What a `git commit` and a rebase pay for our hook, beside other hooks in the same run.

    python benchmarks/hook_overhead.py [--commits 60] [--rebase 40] [--files 2000] [--rounds 15]
                                       [--peers DIR[:DIR]] [--git PATH] [--repo CLONE …]

Interleaved in random order, so that the machine's load falls on every variant alike: a bare commit,
an empty sh hook (the floor of any sh hook), ours as a file, ours chained before another sh hook,
ours in the configuration (git 2.54 and newer), ours with background draining (the detached program
itself is a stub here; a real drain's cost comes on top), and lefthook, husky and pre-commit with one
job that does nothing, where they are found in PATH or in --peers. `--git` names the git to measure.

`cpu` is user + system time of git and of all that it waited for. Ratios are medians of the ratios
within each round, not ratios of medians: a round is short, so both sides saw the same machine.
`least` is the ratio of the least costs seen: what load cannot raise.

Each is measured in two repositories. In one with next to no files a rebased commit costs git so little
that starting any program, even an empty hook, costs more than half of it; the rebase's target is for
the repository of --files files. With --repo the newest such number of commits in a row of
a real clone are replayed too, in clones that share its objects; CLONE itself is only read. The stub
drainers write down when they begin and end: the highest number alive is counted, not sampled.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hook_repositories import FLOOR, Cost, git, made, make, newest_row, real, write

OURS = ("ours", "ours, chained", "ours, config")
COMMIT_TARGETS = {"bare": 1.30, FLOOR: 1.10}
REBASE_TARGET = 1.5
STUB = """#!/bin/sh
echo + >>"$ORCH_BENCH_LOG"
sleep 0.3
echo - >>"$ORCH_BENCH_LOG"
"""


@dataclass
class Bench:
    """A repository a variant, with the costs measured so far."""

    top: Path
    variants: tuple[str, ...]
    costs: dict[str, list[Cost]] = field(default_factory=dict)

    def folder(self, variant: str) -> Path:
        """The repository of a variant."""
        return self.top / re.sub(r"\W+", "-", variant)

    def run(self, rounds: int, measure: Callable[[Path, int], Cost]) -> None:
        """Measure every variant once a round, in random order."""
        self.costs = {v: [] for v in self.variants}
        for turn in range(rounds):
            for variant in random.sample(self.variants, len(self.variants)):
                self.costs[variant].append(measure(self.folder(variant), turn))

    def ratio(self, variant: str, base: str, part: int = 0) -> float:
        """The median over the rounds of this variant's cost by the base's; part 0 is CPU, 1 wall."""
        pairs = zip(self.costs[variant], self.costs[base], strict=True)
        return statistics.median(mine[part] / its[part] for mine, its in pairs)

    def report(self, title: str) -> None:
        """Print medians and ratios."""
        print(
            f"\n{title}\n{'':<15}{'cpu ms':>8}{'/bare':>7}{'least':>7}{'/empty':>8}{'wall ms':>9}{'/bare':>7}"
        )
        for v in self.variants:
            cpu, wall = (statistics.median(cost[part] for cost in self.costs[v]) for part in (0, 1))
            least = min(self.costs[v])[0] / min(self.costs["bare"])[0]
            ratios = f"{self.ratio(v, 'bare'):7.2f}{least:7.2f}{self.ratio(v, FLOOR):8.2f}"
            print(f"{v:<15}{cpu:8.2f}{ratios}{wall:9.1f}{self.ratio(v, 'bare', 1):7.2f}")


def commit(folder: Path, turn: int) -> Cost:
    (folder / "d0/f0.txt").write_text(f"turn {turn}\n")
    (folder / ".git/orch.draining").unlink(missing_ok=True)  # as a drainer does at its end
    return git(folder, "commit", "-qam", f"number {turn}")


def rebase(folder: Path, turn: int) -> Cost:
    """Replay the same commits on a main that has moved by one."""
    git(folder, "checkout", "-q", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", f"upstream {turn}")
    git(folder, "branch", "-qf", "topic", "template")
    drained(folder / ".git/orch.draining")
    return git(folder, "rebase", "-q", "main", "topic")


def drained(claim: Path) -> None:
    """Wait for the drainer that the preparation started, and take its claim away, as it does itself."""
    told = claim.read_text().strip() if claim.exists() else ""
    while told and Path(f"/proc/{told}").exists():
        time.sleep(0.02)
    claim.unlink(missing_ok=True)


def most_alive(log: Path) -> int:
    """The highest number of drainers at one time: beginnings less ends, in the order written."""
    alive = [0]
    for line in log.read_text().split() if log.exists() else []:
        alive.append(alive[-1] + (1 if line == "+" else -1))
    return max(alive)


def git_version() -> str:
    return subprocess.run(["git", "version"], capture_output=True, text=True, check=True).stdout.strip()


def found() -> tuple[list[str], list[str]]:
    """(variants that can be measured here, other tools that are missing)."""
    version = re.search(r"(\d+)\.(\d+)", git_version())
    ours = list(OURS) if version and (int(version[1]), int(version[2])) >= (2, 54) else list(OURS[:2])
    peers = ["lefthook", "husky", "pre-commit"]
    present = [p for p in peers if shutil.which(p)]
    return ["bare", FLOOR, *ours, "ours, spawning", *present], [p for p in peers if p not in present]


def commits(scratch: Path, files: int, variants: Sequence[str], options: argparse.Namespace) -> list[bool]:
    """One commit after the other in a repository of so many files; whether each target holds."""
    bench = Bench(scratch / f"commit-{files}", tuple(variants))
    for variant in variants:
        make(bench.folder(variant), variant, files)
    bench.run(options.commits, commit)
    bench.report(f"commit, {files} files")
    print()
    return [verdict(bench, b, t, f"commit, {files} files") for b, t in COMMIT_TARGETS.items()]


def rebases(scratch: Path, variants: Sequence[str], options: argparse.Namespace) -> list[bool]:
    """Whether the target holds in the larger repository made here, and in each real one."""
    held = []
    for files in dict.fromkeys((1, options.files)):
        prepare = partial(made, files=files, commits=options.rebase)
        bench, one = replayed(scratch / f"rebase-{files}", variants, options, f"{files} files", prepare)
        title = f"rebase of {options.rebase}, {files} files"
        held.append(one and (files != options.files or verdict(bench, "bare", REBASE_TARGET, title)))
    for repo in options.repo:
        clone = repo.resolve()
        prepare = partial(real, clone=clone, row=newest_row(clone, options.rebase))
        where = clone.parent.name
        bench, one = replayed(scratch / f"real-{where}", variants, options, where, prepare)
        held.append(one and verdict(bench, "bare", REBASE_TARGET, f"rebase of {options.rebase}, {where}"))
    return held


def replayed(
    top: Path,
    variants: Sequence[str],
    options: argparse.Namespace,
    where: str,
    prepare: Callable[[Path, str], None],
) -> tuple[Bench, bool]:
    """The costs of rebases, and whether there was never more than one drainer."""
    bench = Bench(top, tuple(variants))
    log = bench.top / "drainers"
    os.environ["ORCH_BENCH_LOG"] = str(log)
    for variant in variants:
        prepare(bench.folder(variant), variant)
    time.sleep(0.6)  # drainers of the preparation end
    log.unlink(missing_ok=True)
    bench.run(options.rounds, rebase)
    time.sleep(0.6)
    bench.report(f"rebase of {options.rebase}, {where}")
    print(f"most drainers alive at once: {most_alive(log)}")
    return bench, most_alive(log) <= 1


def verdict(bench: Bench, base: str, target: float, title: str) -> bool:
    """Say whether the target holds; where an empty hook misses it, no hook can meet it, and that is said."""
    held, floor = True, bench.ratio(FLOOR, base)
    for variant in (v for v in OURS if v in bench.variants and v != "ours, chained"):
        ratio = bench.ratio(variant, base)
        held = held and ratio <= target
        word = "holds" if ratio <= target else "DOES NOT HOLD"
        if ratio > target and floor > target:
            word = f"OUT OF REACH: an empty hook costs {floor:.2f}"
        print(f"{title}: {variant} / {base}: {ratio:.2f} (target {target:.2f}): {word}")
    return held


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--commits", type=int, default=60, help="measure this many; 0: none")
    parser.add_argument("--rebase", type=int, default=40, help="replay this many commits; 0: do not")
    parser.add_argument("--rounds", type=int, default=15, help="of the rebase")
    parser.add_argument("--files", type=int, default=2000, help="in the repository of the rebase's target")
    parser.add_argument("--peers", default="", help="folders with lefthook, husky, pre-commit")
    parser.add_argument(
        "--repo", type=Path, action="append", default=[], help="a clone whose commits to rebase"
    )
    parser.add_argument("--git", default="", help="the git program to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        isolate(scratch, options)
        variants, missing = found()
        print(git_version())
        if missing:
            print(f"not installed, so not measured: {', '.join(missing)}")
        few = [v for v in variants if v in ("bare", FLOOR) or v.startswith("ours")]
        held = []
        for files, measured in ((1, variants), (options.files, few)) if options.commits else ():
            held += commits(scratch, files, measured, options)
        if options.rebase:
            held += rebases(scratch, few, options)
        time.sleep(0.6)
    return 0 if all(held) else 1


def isolate(scratch: Path, options: argparse.Namespace) -> None:
    """An identity of its own, no settings of the user, and an `orch` that only says that it ran."""
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        del os.environ[name]
    (scratch / "bin").mkdir()
    write(scratch / "bin/orch", STUB)
    if options.git:
        (scratch / "bin/git").symlink_to(Path(options.git).resolve())
    config = scratch / "gitconfig"
    config.write_text("[user]\n\tname = Bench\n\temail = bench@example.com\n[gc]\n\tauto = 0\n")
    path = os.pathsep.join([str(scratch / "bin"), os.environ["PATH"], options.peers])
    os.environ.update(
        GIT_CONFIG_GLOBAL=str(config),
        GIT_CONFIG_NOSYSTEM="1",
        PATH=path,
        ORCH_BENCH_LOG=str(scratch / "drainers"),
    )


if __name__ == "__main__":
    sys.exit(main())
