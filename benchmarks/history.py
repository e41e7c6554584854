"""What reading a repository's history costs, beside git itself and PyDriller.

    python benchmarks/history.py REPO [--commits 4000] [--rounds 3] [--peers PYTHON] [--peer-commits 1000]

`cpu` is user + system time of a process and of all that it waited for; the variants of a round follow
each other, so that the machine's load falls on each alike, and the best of the rounds counts. REPO is
never written to: it is read through `git clone --shared`. PYTHON is an interpreter that has PyDriller:
it and orch read the same commits, the newest, in a clone that is cut off before them.
"""

from __future__ import annotations

import argparse
import bisect
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TARGETS = {"first read": 1.30, "lines": 1.15, "one commit": 1.20}
PEER = 15.0  # times
SMALL = 1_000  # commits of the small repository
STEPS = 12  # commits made one after the other in each
CONFIG = 'version = 1\n[group]\nname = "G"\n[[company]]\nid = "a"\nname = "A"\npaths = ["**"]\n'
# Each piece of work runs in a process of its own, which prints what it did and its own memory.
OURS = """
import json, resource, sys
from pathlib import Path
from orchestrator import git
from orchestrator.app.history import keep, open_history
from orchestrator.app.history_backfill import count_missing, read_manifests
from orchestrator.app.workspace import Workspace
from orchestrator.config.load import parse_group

work, root, number, config, jobs = sys.argv[1:]
repository = git.open_repository(Path(root))
workspace = Workspace(repository, parse_group(repository.root, config))
done = {
    "keep": lambda: keep(workspace),
    "lines": lambda: count_missing(repository, open_history(workspace), limit=int(number), jobs=int(jobs))[0],
    "manifests": lambda: read_manifests(repository, open_history(workspace)),
}[work]()
print(json.dumps([done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
PYDRILLER = """
import json, resource, sys
from pydriller import Git
repository, found = Git(sys.argv[1]), 0
for commit in sys.stdin.read().split():
    files = repository.get_commit(commit).modified_files
    found += len([(f.new_path, f.added_lines, f.deleted_lines) for f in files])
repository.repo.git.clear_cache()  # ends the processes that it reads objects through, so that they count
print(json.dumps([found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


@dataclass(frozen=True)
class Run:
    """CPU and wall seconds, what the process printed as JSON, the largest memory of any process in MB."""

    cpu: float
    wall: float
    printed: list[float]
    memory: float


def measured(command: list[str], folder: Path, stdin: str = "") -> Run:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output:
        given.write(stdin.encode())
        given.seek(0)
        json_wanted = command[0] != "git"
        target = output if json_wanted else subprocess.DEVNULL
        began = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, stdin=given, stdout=target)
        _pid, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime + orphans()
        if child.returncode:
            raise SystemExit(f"failed: {command[:3]}, in a repository that lacks contents it would")
        output.seek(0)
        printed = json.loads(output.read()) if json_wanted else []
    return Run(cpu, wall, printed, usage.ru_maxrss / 1024)


def adopt_orphans() -> None:
    """Processes that a peer starts and does not wait for become ours, so that they are counted (Linux)."""
    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def orphans() -> float:
    """CPU seconds of those processes."""
    cpu = 0.0
    while True:
        try:
            _pid, _status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return cpu
        cpu += usage.ru_utime + usage.ru_stime


def ours(work: str, folder: Path, number: int = 0, jobs: int = 1) -> Run:
    return measured([sys.executable, "-c", OURS, work, str(folder), str(number), CONFIG, str(jobs)], folder)


def git(folder: Path, *args: str, stdin: str = "") -> str:
    done = subprocess.run(["git", *args], cwd=folder, input=stdin, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def clone(source: Path, target: Path, commit: str) -> Path:
    """A clone whose only reference is `main` at a commit of the source."""
    git(source, "clone", "-q", "--shared", "--no-checkout", str(source), str(target))
    git(target, "update-ref", "--no-deref", "HEAD", commit)
    for ref in git(target, "for-each-ref", "--format=%(refname)").splitlines():
        git(target, "update-ref", "-d", ref)
    git(target, "update-ref", "refs/heads/main", commit)
    git(target, "symbolic-ref", "HEAD", "refs/heads/main")
    return target


def forget(folder: Path) -> None:
    for file in (folder / ".orch").glob("history*"):
        file.unlink()


def first_read(folder: Path, rounds: int) -> tuple[Run, Run]:
    """The best of (git, ours)."""
    found = []
    for _round in range(rounds):
        forget(folder)
        found.append((measured(["git", "log", "--raw", "-z", "HEAD"], folder), ours("keep", folder)))
    return min((g for g, _o in found), key=by_cpu), min((o for _g, o in found), key=by_cpu)


def count_lines(folder: Path, commits: int, rounds: int) -> tuple[Run, Run]:
    found = []
    saved = (folder / ".orch/history.duckdb").read_bytes()
    log = ["git", "log", "--numstat", "-M", "--no-merges", f"-{commits}", "HEAD"]
    for _round in range(rounds):
        (folder / ".orch/history.duckdb").write_bytes(saved)
        found.append((measured(log, folder), ours("lines", folder, commits)))
    return min((g for g, _o in found), key=by_cpu), min((o for _g, o in found), key=by_cpu)


def by_cpu(run: Run) -> float:
    return run.cpu


def one_commit(folders: list[Path]) -> list[float]:
    """Median CPU milliseconds of bringing the history up to date after one commit, of each folder."""
    found: list[list[float]] = [[] for _folder in folders]
    for step in range(STEPS):
        for n, folder in enumerate(folders):
            head = git(folder, "rev-parse", "HEAD")
            blob = git(folder, "hash-object", "-w", "--stdin", stdin=f"{step}\n")
            tree = git(
                folder, "mktree", stdin=git(folder, "ls-tree", "HEAD") + f"\n100644 blob {blob}\tzz-{step}\n"
            )
            commit = git(folder, "commit-tree", tree, "-p", head, "-m", f"number {step}")
            git(folder, "update-ref", "refs/heads/main", commit)
            run = ours("keep", folder)
            if run.printed[0] != 1:
                raise SystemExit(f"one commit was made, {run.printed[0]} were read")
            found[n].append(1000 * run.cpu)
    return [sorted(f)[len(f) // 2] for f in found]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository", type=Path)
    parser.add_argument("--commits", type=int, default=4000, help="whose lines are counted, the newest")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default="", help="a Python interpreter that has PyDriller")
    parser.add_argument("--peer-commits", type=int, default=1000)
    options = parser.parse_args()
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        del os.environ[name]
    identity = {
        f"GIT_{who}_{what}": "bench@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # bytecode is warm, as where orch is installed
    os.environ.update(identity, PYTHONPATH=str(Path(__file__).parents[1]))
    adopt_orphans()
    with tempfile.TemporaryDirectory() as scratch:
        return report(options, Path(scratch))


def report(options: argparse.Namespace, scratch: Path) -> int:
    head = git(options.repository, "rev-parse", "HEAD")
    folder = clone(options.repository, scratch / "large", head)
    total = int(git(folder, "rev-list", "--count", "HEAD"))
    print(f"{options.repository.resolve().parent.name}: {total} commits")
    print(
        f"{'':<34}{'cpu s':>8}{'us/commit':>11}{'commits/cpu s':>15}{'ratio':>8}"
        f"{'MB, ours':>10}{'MB, all':>9}"
    )

    log, read = first_read(folder, options.rounds)
    line("git log --raw -z", log, total)
    line("orch, first read", read, total, read.cpu / log.cpu)
    size = (folder / ".orch/history.duckdb").stat().st_size >> 20
    counted = min(options.commits, int(git(folder, "rev-list", "--count", "--no-merges", "HEAD")))
    numstat, lines = count_lines(folder, counted, options.rounds)
    line(f"git log --numstat -M, newest {counted}", numstat, counted)
    line("orch, line counts", lines, int(lines.printed[0]), lines.cpu / numstat.cpu)
    manifests = ours("manifests", folder)
    line("orch, manifests", manifests, max(1, int(manifests.printed[0])))
    ratios = {"first read": read.cpu / log.cpu, "lines": lines.cpu / numstat.cpu}

    if options.peers:
        peers(options, folder, scratch)

    small = clone(
        options.repository,
        scratch / "small",
        git(folder, "rev-list", "--reverse", "HEAD").split()[min(SMALL, total) - 1],
    )
    ours("keep", small)
    little, much = one_commit([small, folder])
    n = git(small, "rev-list", "--count", "HEAD")
    print(
        f"one new commit: {little:.0f} ms after {n} commits, {much:.0f} ms after {total}; {size} MB on disk"
    )
    ratios["one commit"] = much / little
    for name, ratio in ratios.items():
        target = TARGETS[name]
        verdict = "holds" if ratio <= target else "DOES NOT HOLD"
        print(f"{name}: {ratio:.2f} (target {target:.2f}): {verdict}")
    return 0


def cut_off(folder: Path, target: Path, commits: int) -> Path:
    """A clone of so many of the newest commits without merges, or a few more, cut off as a shallow one is."""
    line = git(folder, "rev-list", "--first-parent", f"-{commits + 1}", "HEAD").split()
    enough = bisect.bisect_left(
        line, commits, key=lambda old: int(git(folder, "rev-list", "--count", "--no-merges", f"{old}..HEAD"))
    )
    found = git(folder, "rev-list", "--boundary", f"{line[min(enough, len(line) - 1)]}..HEAD").split()
    made = clone(folder, target, git(folder, "rev-parse", "HEAD"))
    (made / ".git/shallow").write_text("".join(f"{c[1:]}\n" for c in found if c.startswith("-")))
    return made


def peers(options: argparse.Namespace, folder: Path, scratch: Path) -> None:
    """Print what the same commits cost PyDriller, git and orch."""
    part = cut_off(folder, scratch / "part", options.peer_commits)
    edge = set((part / ".git/shallow").read_text().split())
    ids = [c for c in git(part, "rev-list", "--no-merges", "HEAD").split() if c not in edge]
    number = len(ids)
    numstat = ["git", "log", "--numstat", "-M", "--no-walk=unsorted", "--stdin"]
    asked, cores = "\n".join(ids) + "\n", os.cpu_count() or 1
    found: dict[str, list[Run]] = {}
    for _round in range(options.rounds):
        forget(part)
        runs = {
            "PyDriller": measured([options.peers, "-c", PYDRILLER, str(part)], part, asked),
            "git log --numstat -M": measured(numstat, part, asked),
            "orch, first reading": ours("keep", part),
        }
        saved = (part / ".orch/history.duckdb").read_bytes()
        for jobs in dict.fromkeys((1, cores)):
            (part / ".orch/history.duckdb").write_bytes(saved)
            runs[f"orch, lines, {jobs} git"] = ours("lines", part, number, jobs)
        for name, run in runs.items():
            found.setdefault(name, []).append(run)
    title = f"the newest {number} without merges"
    print(f"\n{title:<34}{'cpu s':>8}{'ratio':>7}{'wall s':>8}{'ratio':>7}")
    least = {n: (min(r.cpu for r in runs), min(r.wall for r in runs)) for n, runs in found.items()}
    cpu, wall = least["PyDriller"]
    for name, (own, own_wall) in least.items():
        print(f"{name:<34}{own:8.2f}{cpu / own:7.1f}{own_wall:8.2f}{wall / own_wall:7.1f}")
        if name.startswith("orch"):
            holds = [what for what, r in (("CPU", cpu / own), ("wall", wall / own_wall)) if r >= PEER]
            print(f"{'':<4}target {PEER:.0f}: holds in {' and '.join(holds) or 'neither'}")
    print()


def line(name: str, run: Run, commits: int, ratio: float | None = None) -> None:
    figures = f"{run.cpu:8.2f}{1e6 * run.cpu / commits:11.0f}{commits / run.cpu:15,.0f}"
    own = f"{run.printed[1]:10.0f}" if run.printed else " " * 10
    print(f"{name:<34}{figures}{'' if ratio is None else f'{ratio:.2f}':>8}{own}{run.memory:9.0f}")


if __name__ == "__main__":
    sys.exit(main())
