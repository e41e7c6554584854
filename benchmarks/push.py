"""`orch push` of many learnings to three remotes, beside a client that sends them one by one.

    python benchmarks/push.py [--insights 1000] [--latency 50]

Real Postgres and PostgREST, and a Jira and a Confluence that check each request against the vendors'
descriptions and answer after `--latency` milliseconds (tests/rig). Counted are requests as the servers
saw them, wall time of the whole command with its interpreter, and CPU seconds of the client alone. The
naive client knows what it sends beforehand, asks nothing, and writes one row, one issue, one page a
learning on one kept connection: what a script would do, and what makes doubles when an answer is lost. It
does not link issues to pages; orch does, which Jira takes one a request, counted apart.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.rig.rig import Rig

REMOTES = ("global.memory", "global.issues", "global.pages")
TARGETS = {"supabase": 12, "jira": 60, "confluence": 1020}  # requests for 1,000 learnings
THINGS = ("fila", "carga", "consulta", "rota", "tela", "busca", "folha", "nota", "baixa", "remessa")


@dataclass
class Cost:
    """What one run cost: requests and writes by product, wall and CPU seconds."""

    requests: dict[str, int]
    writes: dict[str, int]
    wall: float
    cpu: float


def main() -> int:
    """Measure, print the table, compare with the targets."""
    parser = argparse.ArgumentParser(description="What a push costs")
    parser.add_argument("--insights", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=50.0, help="milliseconds before each answer")
    options = parser.parse_args()
    rig = Rig()
    try:
        with tempfile.TemporaryDirectory(prefix="orch-push-") as name:
            return report(
                measure(rig, Path(name), options.insights, options.latency / 1000), options.insights
            )
    finally:
        rig.stop()


def measure(rig: Rig, folder: Path, count: int, latency: float) -> dict[str, Cost]:
    """The cost of the first push, of the second, and of the naive client."""
    repository, environment = prepare(rig, folder, count)
    push = ["push", "--company", "empresa-a", *(word for name in REMOTES for word in ("--remote", name))]
    slow(rig, latency)
    costs = {"orch push": timed(rig, lambda: orch(repository, environment, *push))}
    bodies = naive_bodies(rig, count)
    costs["orch push again"] = timed(rig, lambda: orch(repository, environment, *push))
    found = {"memory": len(rig.supabase.group.rows()), "issues": len(rig.jira.all("ORCH"))}
    assert found == {"memory": count, "issues": count}, found
    rig.reset()
    slow(rig, latency)
    script = folder / "naive.json"
    script.write_text(json.dumps(bodies))
    costs["one by one"] = timed(
        rig, lambda: subprocess.run([sys.executable, __file__, "--naive", str(script)], check=True)
    )
    return costs


def prepare(rig: Rig, folder: Path, count: int) -> tuple[Path, dict[str, str]]:
    """A repository whose commits say so many solutions, read and judged, with its environment."""
    repository = folder / "grupo"
    environment = {
        **os.environ,
        **rig.environment(),
        "ORCH_STATE_DIR": str(folder / "state"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    environment.pop("ORCH_COMPANY", None)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # bytecode is warm, as where orch is installed
    subprocess.run(["git", "init", "-q", "-b", "main", str(repository)], check=True, env=environment)
    (repository / ".orch").mkdir()
    (repository / ".orch/config.toml").write_text(rig.config_toml())
    orch(repository, environment, "trust", "--yes")
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=repository,
        env=environment,
        input="".join(commit(n) for n in range(count)).encode(),
        check=True,
    )
    orch(repository, environment, "drain")
    orch(repository, environment, "search", "fila")  # the vectors
    return repository, environment


def commit(n: int) -> str:
    """One commit that teaches one solution, as `git fast-import` takes it."""
    thing, other = THINGS[n % len(THINGS)], THINGS[n // len(THINGS) % len(THINGS)]
    said = f"índice parcial número {n} na {thing} da {other} reduziu a espera pela metade"
    words = f"perf: {thing}\n\nSolução: {said}\nShare: yes\n"
    data, size = f"n = {n}\n", len(words.encode())
    return (
        f"commit refs/heads/main\ncommitter Ana <ana@example.com> {1_700_000_000 + n * 60} +0000\n"
        f"data {size}\n{words}\nM 100644 inline empresas/a/{n}.py\ndata {len(data)}\n{data}\n"
    )


def orch(repository: Path, environment: Mapping[str, str], *arguments: str) -> None:
    """Run `orch`, which must succeed."""
    command = [sys.executable, "-m", "orchestrator", *arguments]
    done = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"orch {' '.join(arguments)}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def slow(rig: Rig, seconds: float) -> None:
    """Every server answers so late."""
    for weather in (rig.supabase.group.weather, rig.jira.weather, rig.confluence.weather):
        weather.every(1, "slow", seconds=seconds)


def timed(rig: Rig, work: Any) -> Cost:
    """What `work` cost, by what the servers saw of it."""
    rig.atlassian.server.clear()
    rig.supabase.group.server.clear()
    began, before = time.monotonic(), children()
    work()
    wall, cpu = time.monotonic() - began, children() - before
    asked = {"supabase": rig.supabase.group.server.exchanges}
    exchanges = rig.atlassian.server.exchanges
    asked["confluence"] = [e for e in exchanges if e.request.path.startswith("/wiki")]
    jira = [e for e in exchanges if not e.request.path.startswith("/wiki")]
    asked["links"] = [e for e in jira if "/remotelink" in e.request.path]
    asked["jira"] = [e for e in jira if "/remotelink" not in e.request.path]
    return Cost(
        {name: len(found) for name, found in asked.items()},
        {name: sum(1 for e in found if changes(e.request)) for name, found in asked.items()},
        wall,
        cpu,
    )


READS = ("/bulkfetch", "/search/jql", "/rpc/")  # asked by POST


def changes(request: Any) -> bool:
    """Whether a request may change something."""
    return request.is_write and not any(part in request.path for part in READS)


def children() -> float:
    """CPU seconds of the processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def naive_bodies(rig: Rig, count: int) -> list[tuple[str, dict[str, str], Any]]:
    """(address, headers, body) of each request of the naive client: the very objects that orch made."""
    asked = next(e.request for e in rig.supabase.group.server.exchanges if e.request.is_write)
    account = (rig.atlassian.email, rig.atlassian.token)
    key = {name: value for name, value in asked.headers.items() if name in ("apikey", "authorization")}
    basic = requests.Request("GET", rig.atlassian.url, auth=account).prepare().headers["Authorization"]
    found: list[tuple[str, dict[str, str], Any]] = []
    memory = f"{rig.supabase.url}/rest/v1/{rig.supabase.table}"
    posts = [e.request for e in rig.atlassian.server.exchanges]
    pages = [
        json.loads(r.body) for r in posts if r.method == "POST" and r.path.endswith("/wiki/api/v2/pages")
    ]
    made = [json.loads(r.body)["issueUpdates"] for r in posts if r.path.endswith("/rest/api/3/issue/bulk")]
    for row in rig.supabase.group.rows()[:count]:
        body = {name: row[name] for name in ("content", "source_instance", "category", "metadata", "shared")}
        body["embedding"] = row["embedding"]
        found.append((memory, key, body))
    found += [
        (f"{rig.atlassian.url}/rest/api/3/issue", {"Authorization": basic}, i) for part in made for i in part
    ]
    found += [(f"{rig.atlassian.url}/wiki/api/v2/pages", {"Authorization": basic}, page) for page in pages]
    return found


def naive(script: Path) -> None:
    """Send every request of the script, one after the other."""
    with requests.Session() as session:
        for address, headers, body in json.loads(script.read_text()):
            session.post(address, json=body, headers=headers, timeout=60).raise_for_status()


def report(costs: Mapping[str, Cost], count: int) -> int:
    """Print the table; 1 when a target is missed."""
    floor = costs["one by one"]
    print(f"{count} learnings to Supabase, Jira and Confluence\n")
    print("| | Supabase | Jira | links | Confluence | writes | wall s | ratio | CPU s |\n" + "|---" * 9 + "|")
    for name, c in costs.items():
        r = c.requests
        print(
            f"| {name} | {r['supabase']} | {r['jira']} | {r['links']} | {r['confluence']} "
            f"| {sum(c.writes.values())} | {c.wall:.1f} | {c.wall / floor.wall:.2f} | {c.cpu:.1f} |"
        )
    scale = max(1.0, count / 1000)
    first, again = costs["orch push"], costs["orch push again"]
    missed = [n for n, most in TARGETS.items() if first.requests[n] > most * scale]
    missed += ["second push writes"] if sum(again.writes.values()) else []
    print("\ntargets: " + ("missed: " + ", ".join(missed) if missed else "met"))
    return 1 if missed else 0


if __name__ == "__main__":
    if "--naive" in sys.argv:
        naive(Path(sys.argv[-1]))
    else:
        sys.exit(main())
