"""One company with a queue of wishes, in one clone or two, before the rig's servers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.workspace import Workspace
from tests.crash.children import Children, Outcome
from tests.rig.rig import Rig

COMPANY = "empresa-a"
REMOTES = ("global.memory", "global.issues", "global.pages")
PUSH = ("push", "--company", COMPANY, "--json")
SETTLED = 130.0  # seconds after which no remote can still hide what it did
MEMORY = Path("/dev/shm")  # SIGKILL leaves what was written there, as on a disk, and nothing waits for a disk
MARIA = "Maria escreveu isto no navegador"
CONFIG = """version = 1
language = "pt-BR"
[group]
name = "Grupo"
[global.supabase]
url = "{rig.supabase.url}"
table = "{rig.supabase.table}"
[global.jira]
url = "{rig.atlassian.url}"
project = "ORCH"
[global.confluence]
url = "{rig.atlassian.url}/wiki"
space = "ORCH"
[[company]]
id = "empresa-a"
name = "Empresa A"
paths = ["empresas/a/**"]
share = "ask"
"""


@dataclass(slots=True)
class Clone:
    """A clone of the company's repository, with a fork server for its command lines."""

    root: Path
    children: Children

    @property
    def stores(self) -> Path:
        """Where orch keeps what only it knows."""
        return self.root / ".orch" / "companies"

    def git(self, *arguments: str) -> str:
        """Run git there."""
        done = subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str, files: Mapping[str, str]) -> None:
        """Write files and commit all there is."""
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def write(self, files: Mapping[str, str]) -> None:
        """Write files."""
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text, encoding="utf-8")


@dataclass(slots=True)
class Scene:
    """`expected` says of each insight what every remote must hold in the end: words of its body, `MARIA`
    where a person's edit must stay, or '' where nothing may be left."""

    rig: Rig
    clones: list[Clone]
    expected: dict[str, str] = field(default_factory=dict)

    def run(self, arguments: Sequence[str], *, clone: int = 0, **more: Any) -> Outcome:
        """A command line in a clone (see `Children.ask`); simulated time passes with what it slept."""
        chosen = self.clones[clone]
        outcome = chosen.children.run(arguments, chosen.root, offset=self.time, **more)
        self.rig.clock.advance(outcome.slept)
        return outcome

    @property
    def time(self) -> float:
        """Seconds that simulated time is ahead."""
        return self.rig.clock.offset.total_seconds()

    def push_until_quiet(self, *, clone: int = 0, rounds: int = 60) -> int:
        """Push, let time pass, push again, until nothing is left to do. Returns how many pushes that took.

        The last one must not have written anything.
        """
        for count in range(1, rounds):
            writes = self.writes()
            outcome = self.run(PUSH, clone=clone, seed=count)
            assert outcome.code in (0, 3), f"{outcome.code}\n{outcome.out}{outcome.err}"
            if nothing_waits(outcome) and not any(r["steps"] or r["links"] for r in outcome.data[COMPANY]):
                assert self.writes() == writes, "a push with nothing to do wrote"
                return count
            self.rig.clock.advance(SETTLED)
        raise AssertionError(f"not quiet after {rounds} pushes: {outcome.out}")

    def writes(self) -> int:
        """Requests so far that may have changed something."""
        return len(self.rig.atlassian.server.writes()) + len(self.rig.supabase.group.server.writes())

    def requests(self) -> int:
        """Requests since the last photograph was restored."""
        return len(self.rig.atlassian.server.exchanges) + len(self.rig.supabase.group.server.exchanges)

    # ------------------------------------------------------------------ what there is to do

    def learn(self, numbers: Sequence[int]) -> None:
        """Solutions that may be shared, one a commit; every clone knows them."""
        for n in numbers:
            self.clones[0].commit(
                f"fix: {n}\n\nSolução: {first_words(n)}\nShare: yes", {f"empresas/a/{n}.py": f"n = {n}\n"}
            )
        for clone in self.clones[1:]:
            clone.git("pull", "-q")
        for number in range(len(self.clones)):
            outcome = self.run(["drain"], clone=number)
            assert outcome.code == 0, outcome.err
        words = {first_words(n): n for n in numbers}
        for insight in self.insights():
            if insight["record"]["title"] in words:
                self.expected[insight["id"]] = insight["record"]["title"]

    def insights(self) -> list[Any]:
        """What `orch log` lists."""
        found: list[Any] = self.run(["log", "--company", COMPANY, "--json", "--limit", "10000"]).data
        return found

    def rewrite(self, keys: Sequence[str]) -> None:
        """A person writes a new text for each, in every clone, and lets it go."""
        from orchestrator.app.embedding import Embedders, embed_missing
        from orchestrator.ledger import decide, edit

        for clone in self.clones:
            desk = Workspace.open(clone.root).desk(COMPANY)
            with desk.store:
                for key in keys:
                    insight = desk.store.insights.get(key)
                    assert insight is not None
                    changed = replace(insight.record, content=second_words(insight.record.title))
                    made = edit(desk, insight, changed, None, "", "ana")
                    decide(desk, made, "approve", who="ana")
                    self.expected[key] = changed.content
                embed_missing(desk, Embedders().of(desk))

    def withdraw(self, keys: Sequence[str], action: str = "withdraw") -> None:
        """A person takes these back, or refuses them, in every clone."""
        from orchestrator.ledger import decide

        for clone in self.clones:
            desk = Workspace.open(clone.root).desk(COMPANY)
            with desk.store:
                for key in keys:
                    insight = desk.store.insights.get(key)
                    assert insight is not None
                    decide(desk, insight, action, who="ana")
                    self.expected[key] = ""

    def edit_remotely(self, keys: Sequence[str]) -> None:
        """Maria edits row, issue and page of these in her browser."""
        for key in keys:
            quoted = key.replace("'", "''")
            table = self.rig.supabase.table
            self.rig.supabase.group.execute(
                f"update public.{table} set content = '{MARIA}' where orch_key = '{quoted}'"
            )
            (issue,) = [i for i in self.rig.jira.all() if i.properties.get("orch", {}).get("id") == key]
            self.rig.jira.edit_issue(issue.key, summary=MARIA)
            (page,) = [p for p in self.rig.confluence.all() if f"orch {key} " in p.body]
            self.rig.confluence.edit_page(page.id, body=page.body.replace("Origem", f"{MARIA}. Origem"))
            self.expected[key] = MARIA


def nothing_waits(outcome: Outcome) -> bool:
    """True for a push after which only a person's decisions are open."""
    return all(not r["waiting"] and not r["error"] for r in outcome.data[COMPANY])


def first_words(n: int) -> str:
    """What insight number `n` says."""
    return f"a fila número {n} ficou vazia com um índice parcial"


def second_words(title: str) -> str:
    """What it says once a person has rewritten it."""
    return title.replace("um índice parcial", "duas partições menores e mais curtas")


@contextmanager
def scene_of(rig: Rig, folder: Path, patch: pytest.MonkeyPatch, *, clones: int = 1) -> Iterator[Scene]:
    """A scene below `folder` with nothing learnt yet; its processes end with the block."""
    for name, value in rig.environment().items():
        patch.setenv(name, value)
    scene = Scene(rig, [])
    try:
        scene.clones.append(_first_clone(folder / "clone0", CONFIG.format(rig=rig)))
        for n in range(1, clones):
            scene.clones[0].git("clone", "-q", str(scene.clones[0].root), str(folder / f"clone{n}"))
            scene.clones.append(_ready(Clone(folder / f"clone{n}", Children())))
        yield scene
    finally:
        for clone in scene.clones:
            clone.children.close()


def _first_clone(root: Path, config: str) -> Clone:
    """A repository with a committed configuration, and orch at work in it."""
    root.mkdir(parents=True)
    made = Clone(root, Children())
    made.git("init", "-q", "-b", "main")
    made.write({".orch/config.toml": config})
    _ready(made)
    made.commit("chore: start", {"README.md": "# Grupo\n"})
    return made


def _ready(clone: Clone) -> Clone:
    for line in (["trust", "--yes"], ["init", "--yes", "--no-hooks"]):
        outcome = clone.children.run(line, clone.root)
        assert outcome.code == 0, outcome.err
    return clone


class Photograph:
    """What the clones' stores, the machine's records and the servers held at one moment.

    To begin there again and again; `folder` takes the copies.
    """

    def __init__(self, scene: Scene, folder: Path) -> None:
        self._scene, self._folder = scene, folder
        self._expected = dict(scene.expected)
        self._jira, self._confluence = scene.rig.jira.saved(), scene.rig.confluence.saved()
        self._time = scene.rig.clock.offset
        scene.rig.supabase.group.save(folder.name)
        self._records = Path(os.environ["XDG_STATE_HOME"])
        shutil.copytree(self._records, folder / "records")
        self._heads = [clone.git("rev-parse", "HEAD") for clone in scene.clones]
        for n, clone in enumerate(scene.clones):
            shutil.copytree(clone.stores, folder / str(n))

    def restore(self) -> None:
        """Back to that moment, in fine weather; requests are counted from here."""
        scene = self._scene
        scene.rig.atlassian.server.clear()
        scene.rig.supabase.group.server.clear()
        scene.expected = dict(self._expected)
        scene.rig.jira.weather.clear()
        scene.rig.confluence.weather.clear()
        scene.rig.supabase.group.weather.clear()
        scene.rig.jira.restore(self._jira)
        scene.rig.confluence.restore(self._confluence)
        scene.rig.supabase.group.restore(self._folder.name)
        scene.rig.clock.offset = self._time
        shutil.rmtree(self._records)
        shutil.copytree(self._folder / "records", self._records)
        for n, clone in enumerate(scene.clones):
            if clone.git("rev-parse", "HEAD") != self._heads[n]:
                clone.git("update-ref", "refs/heads/main", self._heads[n])
            shutil.rmtree(clone.stores)
            shutil.copytree(self._folder / str(n), clone.stores)
