"""What one new commit costs to read, in a short and in a long history of the same project.

    python benchmarks/drain.py REPOSITORY [--rounds 11] [--short 1000]

The repository is only read: two clones borrow its objects, one whole, one cut down to the history of
its `--short` oldest commits on the first-parent line. Both are set up with the same three companies;
then each round makes one commit in each of them, with hooks off, and runs `orch drain`, in turn, so
that the machine's load falls on both. CPU is user + system time of the process and of the programs
that it waited for; the figure is the median. Exit code 1 when the long one costs more than 1.2 times
the short one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = 1.2
ORCH = [sys.executable, "-m", "orchestrator"]
COMPANIES = [a for letters in ("abcdefgh", "ijklmnopq", "rstuvwxyz")
             for a in ("--company", f"empresa-{letters[0]}", "--paths", f"[{letters}]*/**")]  # fmt: skip


def main() -> int:
    """Prepare, measure, print, compare with the target."""
    parser = argparse.ArgumentParser(description="What one new commit costs to read")
    parser.add_argument("repository", type=Path)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--short", type=int, default=1000, help="commits of the short history, about")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orch-drain-") as name:
        folder = Path(name)
        environment = clean_environment(folder)
        clones = {"long": clone(asked.repository, folder / "long", environment, None)}
        clones["short"] = clone(asked.repository, folder / "short", environment, asked.short)
        return report(clones, measure(clones, environment, asked.rounds), environment)


def clean_environment(folder: Path) -> dict[str, str]:
    """Nothing of the person's configuration; no model, so that reading is what is waited for and measured."""
    person = {f"GIT_{role}_{what}": "bench@example.com" for role in ("AUTHOR", "COMMITTER")
              for what in ("NAME", "EMAIL")}  # fmt: skip
    dropped = ("GIT_", "ORCH_", "PYTHONDONTWRITEBYTECODE")  # bytecode is warm, as where orch is installed
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    own = {
        "ORCH_STATE_DIR": str(folder / "state"),
        "ORCH_MODEL_DIR": os.devnull,  # no folder: texts wait for their vectors, none of them in a drain here
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return {**kept, **person, **own}


def clone(source: Path, into: Path, environment: dict[str, str], short: int | None) -> Path:
    """A clone with one branch, set up and read to its end; no files are checked out."""
    run(["git", "clone", "-q", "-s", "-n", str(source), str(into)], into.parent, environment)
    tip = "HEAD"
    if short is not None:
        line = run(["git", "rev-list", "--first-parent", "--reverse", "HEAD"], into, environment).split()
        at = next((c for c in line[short // 4 :: 25] if count(c, into, environment) >= short), line[-1])
        tip = at
    run(["git", "checkout", "-q", "--orphan", "unborn"], into, environment)
    tip = run(["git", "rev-parse", "origin/HEAD" if tip == "HEAD" else tip], into, environment).strip()
    run(["git", "update-ref", "refs/heads/main", tip], into, environment)
    run(["git", "symbolic-ref", "HEAD", "refs/heads/main"], into, environment)
    run(["git", "remote", "remove", "origin"], into, environment)
    tags = run(["git", "for-each-ref", "--format=delete %(refname)", "refs/tags"], into, environment)
    run(["git", "update-ref", "--stdin"], into, environment, tags)
    run([*ORCH, "init", *COMPANIES, "--no-hooks", "--yes", "--json"], into, environment)
    return into


def count(commit: str, folder: Path, environment: dict[str, str]) -> int:
    """How many commits this one reaches."""
    return int(run(["git", "rev-list", "--count", commit], folder, environment))


def measure(clones: dict[str, Path], environment: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """CPU milliseconds of `orch drain` after one new commit, by clone."""
    spent: dict[str, list[float]] = {name: [] for name in clones}
    for number in range(rounds + 1):
        for name, folder in clones.items():
            commit(folder, number, environment)
            milliseconds = cpu([*ORCH, "drain", "--json"], folder, environment)
            if number:  # the first one warms caches
                spent[name].append(milliseconds)
    return spent


def commit(folder: Path, number: int, environment: dict[str, str]) -> None:
    """One commit that adds one file, by plumbing: no index of thousands of files is written."""
    blob = run(["git", "hash-object", "-w", "--stdin"], folder, environment, f"{number}\n").strip()
    tree = run(["git", "mktree"], folder, environment, f"100644 blob {blob}\tn{number}.c\n").strip()
    top = run(["git", "ls-tree", "HEAD"], folder, environment)
    rows = [row for row in top.splitlines() if not row.endswith("\tzz-bench")]
    root = run(["git", "mktree"], folder, environment, "\n".join([*rows, f"040000 tree {tree}\tzz-bench\n"]))
    made = run(
        ["git", "commit-tree", root.strip(), "-p", "HEAD", "-m", f"chore: {number}"], folder, environment
    )
    run(["git", "update-ref", "HEAD", made.strip()], folder, environment)


def cpu(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Milliseconds of user and system time of a process and of what it waited for."""
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def run(command: list[str], folder: Path, environment: dict[str, str], text: str = "") -> str:
    """A command's output. Fails with its own words."""
    done = subprocess.run(
        command, cwd=folder, env=environment, input=text, capture_output=True, text=True, errors="replace",
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def report(clones: dict[str, Path], spent: dict[str, list[float]], environment: dict[str, str]) -> int:
    """A line a clone, and the ratio."""
    medians = {name: statistics.median(values) for name, values in spent.items()}
    for name, folder in clones.items():
        print(f"{name:6} {count('HEAD', folder, environment):7} commits {medians[name]:8.0f} ms CPU a drain")
    ratio = medians["long"] / medians["short"]
    print(f"ratio  {ratio:.2f} (target {TARGET})")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
