"""What the shortest commands cost, as multiples of `python -c "import click"`.

    python benchmarks/startup.py [--rounds 21]

Interleaved, so that the machine's load falls on all alike. CPU is user + system time of the process
and of the git programs that it waited for; the figure is the median. `status` runs in a repository
of two companies with nothing new and a few wishes in the queue. Exit code 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

FLOOR = "import click"
TARGETS = {"orch --help": 2.0, "orch status": 4.0}
COMMITS = 4


def main() -> int:
    """Measure, print a line a command, compare with the targets."""
    parser = argparse.ArgumentParser(description="What the shortest commands cost")
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="orch-startup-") as name:
        return report(measure(Path(name), rounds))


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Median CPU milliseconds a command."""
    environment = {
        **os.environ,
        "ORCH_STATE_DIR": str(folder / "state"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    environment.pop("ORCH_COMPANY", None)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # bytecode is warm, as where orch is installed
    repository = prepare(folder, environment)
    orch = [sys.executable, "-m", "orchestrator"]
    commands = {
        FLOOR: [sys.executable, "-c", "import click"],
        "orch --help": [*orch, "--help"],
        "orch status": [*orch, "status"],
    }
    for command in commands.values():  # bytecode and file cache are warm, as on any day but the first
        cpu(command, repository, environment)
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _round in range(rounds):
        for name, command in commands.items():
            spent[name].append(cpu(command, repository, environment))
    return {name: statistics.median(values) for name, values in spent.items()}


def prepare(folder: Path, environment: dict[str, str]) -> Path:
    """Two companies, a folder as their remotes, a few learnings consented to and not yet pushed."""
    repository = folder / "group"
    repository.mkdir()

    def run(*command: str) -> None:
        subprocess.run(command, cwd=repository, env=environment, check=True, capture_output=True)

    who = ("-c", "user.name=Dev", "-c", "user.email=dev@group.example")
    run("git", "init", "-q", "-b", "main")
    companies = [("--company", f"empresa-{x}", "--paths", f"empresas/{x}/**") for x in "ab"]
    flat = [word for group in companies for word in group]
    run(sys.executable, "-m", "orchestrator", "init", "--no-hooks", "--folder", "../shared", *flat)
    for number in range(COMMITS):
        path = repository / f"empresas/{'ab'[number % 2]}/file{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"n = {number}\n", encoding="utf-8")
        run("git", "add", "-A")
        message = f"perf: cache {number}\n\nSolution: cache number {number} in front of the catalogue"
        run("git", *who, "commit", "-q", "-m", message)
    run(sys.executable, "-m", "orchestrator", "review", "--approve-all")
    return repository


def cpu(command: Sequence[str], folder: Path, environment: dict[str, str]) -> float:
    """User + system milliseconds of one run, its children included."""
    child = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {child.returncode}")
    return 1000 * (usage.ru_utime + usage.ru_stime)


def report(found: dict[str, float]) -> int:
    """Print the table; 1 when a target is missed."""
    floor = found[FLOOR]
    missed = 0
    for name, milliseconds in found.items():
        target = TARGETS.get(name)
        ratio = milliseconds / floor
        held = target is None or ratio <= target
        verdict = f"  target ≤ {target:.1f}×  {'ok' if held else 'MISSED'}" if target else ""
        print(f"{name:14}  {milliseconds:6.1f} ms CPU  {ratio:5.2f}×{verdict}")
        missed += not held
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
