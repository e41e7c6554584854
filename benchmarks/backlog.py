"""Weeks without a network: what 50,000 queued wishes cost each day, and the push that ends them.

    python benchmarks/backlog.py [--wishes 50000]

One company, a folder in place of memory, issues and pages, and so a third as many learnings as wishes,
written through the same `ledger.record` as a drain's, with the real verdicts and with random vectors (what
embedding costs is not the question here). Then, as commands of their own: `orch status`, one commit and
`orch drain`, a push that is killed by SIGKILL ten times, and one that runs to its end. Ratios are to the
same command on a store with 30 wishes. At the end each place must hold each learning once.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ORCH = [sys.executable, "-m", "orchestrator"]
SLOTS = 3
KILLS = 10
FEW = 30


def main() -> int:
    """Measure and print the table; 1 when something was lost or doubled."""
    parser = argparse.ArgumentParser(description="What a long queue costs")
    parser.add_argument("--wishes", type=int, default=50_000)
    wishes = parser.parse_args().wishes
    with tempfile.TemporaryDirectory(prefix="orch-queue-") as name:
        few = measure(Path(name) / "few", FEW)
        many = measure(Path(name) / "many", wishes)
    print(f"| | {FEW} wishes | {wishes} wishes | ratio |\n|---|---|---|---|")
    for what, value in many.items():
        ratio = f"{value / few[what]:.2f}" if few[what] else "-"
        print(f"| {what} | {few[what]:.2f} | {value:.2f} | {ratio} |")
    return 0


def measure(folder: Path, wishes: int) -> dict[str, float]:
    """CPU seconds of each command with so many wishes queued."""
    repository, environment = prepare(folder, wishes // SLOTS)
    found = {
        "orch status, CPU s": statistics.median(cpu(repository, environment, "status") for _ in range(5))
    }
    (repository / "empresas/a").mkdir(parents=True, exist_ok=True)
    (repository / "empresas/a/novo.py").write_text("n = 1\n")
    git(repository, environment, "add", "-A")
    git(
        repository,
        environment,
        "commit",
        "-q",
        "-m",
        "perf: z\n\nSolução: réplica de leitura para os relatórios do mês",
    )
    found["one commit, orch drain, CPU s"] = cpu(repository, environment, "drain")
    found["push killed, times"] = killed(repository, environment, folder / "shared")
    began = time.monotonic()
    found["orch push to its end, CPU s"] = cpu(repository, environment, "push")
    found["the same, wall s"] = time.monotonic() - began
    found["orch push again, CPU s"] = cpu(repository, environment, "push")
    wanted = wishes // SLOTS + 1  # and the commit's
    for place in ("issues", "pages"):
        documents = len(list((folder / "shared" / place).rglob("*.md")))
        if documents != wanted:
            sys.exit(f"{place}: {documents} files instead of {wanted}")
    return found


def prepare(folder: Path, learnings: int) -> tuple[Path, dict[str, str]]:
    """A repository and a store with so many agreed learnings, none sent."""
    repository = folder / "grupo"
    environment = {
        **os.environ,
        "ORCH_STATE_DIR": str(folder / "state"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    environment.pop("ORCH_COMPANY", None)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # bytecode is warm, as where orch is installed
    repository.mkdir(parents=True)
    git(repository, environment, "init", "-q", "-b", "main")
    git(repository, environment, "config", "user.name", "Ana")
    git(repository, environment, "config", "user.email", "ana@example.com")
    (repository / ".orch").mkdir()
    (repository / ".orch/config.toml").write_text(
        'version = 1\n[group]\nname = "Grupo"\n[global.folder]\npath = "../shared"\n'
        '[[company]]\nid = "empresa-a"\nname = "Empresa A"\npaths = ["empresas/a/**"]\nshare = "auto"\n'
    )
    cpu(repository, environment, "trust", "--yes")
    git(repository, environment, "add", "-A")
    git(repository, environment, "commit", "-q", "-m", "chore: start")
    cpu(repository, environment, "drain")
    filling = [sys.executable, __file__, "--fill", str(learnings)]
    subprocess.run(filling, cwd=repository, env=environment, check=True)
    return repository, environment


def fill(learnings: int) -> None:
    """Record so many learnings in the store around the current folder."""
    from orchestrator.app.workspace import Workspace
    from orchestrator.clock import now
    from orchestrator.ledger import record
    from orchestrator.memory.model_folder import MODEL_ID
    from orchestrator.model import VECTOR_DIMENSIONS, Insight, Kind, Record, digest, insight_id

    desk, dice = Workspace.open().desk("empresa-a"), random.Random(7)
    with desk.store:
        for start in range(0, learnings, 500):
            with desk.store.transaction():
                for n in range(start, min(start + 500, learnings)):
                    text = f"índice parcial número {n} na fila da remessa reduziu a espera pela metade"
                    key, at = insight_id("empresa-a", Kind.SOLUTION, text), now()
                    found = Record(Kind.SOLUTION, text, text)
                    anchor = digest("queue", text, size=16)
                    insight = Insight(
                        key,
                        "empresa-a",
                        found,
                        0.9,
                        ("x",),
                        (),
                        anchor,
                        "person",
                        created_at=at,
                        updated_at=at,
                    )
                    raw = [dice.gauss(0, 1) for _ in range(VECTOR_DIMENSIONS)]
                    norm = math.sqrt(sum(x * x for x in raw))
                    record(desk, insight, desk.judge(insight), [x / norm for x in raw], MODEL_ID)


def killed(repository: Path, environment: Mapping[str, str], shared: Path) -> float:
    """Start a push and kill it soon after it wrote something new; how often that was done."""
    done = 0
    for _round in range(KILLS):
        before = objects(shared)
        process = subprocess.Popen(
            [*ORCH, "push"],
            cwd=repository,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and objects(shared) < before + 5:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        done += process.wait() == -signal.SIGKILL
    return float(done)


def objects(shared: Path) -> int:
    """How many files lie there now."""
    return sum(len(files) for _folder, _folders, files in os.walk(shared))


def git(repository: Path, environment: Mapping[str, str], *arguments: str) -> None:
    """Run git, which must succeed."""
    subprocess.run(["git", *arguments], cwd=repository, env=environment, check=True)


def cpu(repository: Path, environment: Mapping[str, str], *arguments: str) -> float:
    """CPU seconds of one orch command, which must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*ORCH, *arguments], cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"orch {' '.join(arguments)}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    if "--fill" in sys.argv:
        fill(int(sys.argv[-1]))
    else:
        sys.exit(main())
