"""A real repository in which anything may happen that git can do, and git's own word on what is in it."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator import git
from orchestrator.app.history_answers import ask
from orchestrator.app.learning import catch_up
from orchestrator.app.setup import initialise
from orchestrator.app.workspace import Workspace
from orchestrator.memory.model_folder import MODEL_ID
from orchestrator.model import Insight
from orchestrator.twins import place

COMPANIES = {"empresa-a": "a/", "empresa-b": "b/"}
FOLDERS = (("a",), ("b",), ("a", "b"), ("c",))  # whose files a commit touches; c is nobody's
_BEGUN = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
_LOG = (
    "log", "--stdin", "--format=%x02%H%x01%(trailers:key=Solution,valueonly,separator=%x03)%x01",
    "--name-only", "--no-renames", "--diff-merges=first-parent",
)  # fmt: skip


class RandomGit:
    """`git(...)` in the main work tree; `learnings(...)` by git, `insights(...)` by orch."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "grupo"
        self.root.mkdir(parents=True)
        self.seconds, self.number = 1_700_000_000, 0
        self.twins = 0  # seen by all checks together
        self.git("init", "-q", "-b", "main")
        self.commit(("c",))
        found = [(company, company, [f"{top}**"]) for company, top in COMPANIES.items()]
        initialise(self.root, found, name="Grupo", language="pt-BR", named=True)
        (self.root / ".git/info/exclude").write_text(".orch/\n")  # a reset would take it away

    # ---------------------------------------------------------------- git

    def git(self, *arguments: str, at: Path | None = None, ok: bool = True, **env: str) -> str:
        """Run git; with `ok=False` what it refuses is cleaned up, and '' returned."""
        dates = {f"GIT_{who}_DATE": f"{self.seconds} +0000" for who in ("AUTHOR", "COMMITTER")}
        done = subprocess.run(
            ["git", *arguments], cwd=at or self.root, env={**os.environ, **dates, **env},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode and ok:
            raise AssertionError(f"git {' '.join(arguments)}: {done.stderr}")
        if done.returncode:
            self.clean_up(at or self.root)
        return "" if done.returncode else done.stdout.strip()

    def clean_up(self, tree: Path) -> None:
        """End whatever is under way in a work tree, as a person gives up."""
        inside = Path(self.git("rev-parse", "--absolute-git-dir", at=tree))
        for name in _BEGUN:
            if (inside / name).exists():
                verb = {"rebase-merge": "rebase", "rebase-apply": "am", "MERGE_HEAD": "merge"}.get(
                    name, "cherry-pick" if name.startswith("CHERRY") else "revert"
                )
                if subprocess.run(["git", verb, "--abort"], cwd=tree, capture_output=True).returncode:
                    self.git("rebase", "--abort", at=tree)
        self.git("reset", "-q", "--hard", at=tree)

    def text(self) -> str:
        """A learning that nobody has had yet."""
        self.number += 1
        return f"a fila {self.number} ficou vazia com um índice parcial"

    def text_again(self, number: int) -> str:
        """What somebody said before, and a little more: another insight that says the same."""
        return f"a fila {number % self.number + 1} ficou vazia com um índice parcial, e de noite também"

    def message(self, text: str = "") -> str:
        """A commit message that teaches it."""
        return f"fix: fila {self.number}\n\nSolution: {text or self.text()}\n"

    def write(self, folders: Sequence[str], at: Path | None = None) -> None:
        """A new file in each of the folders, added."""
        self.number += 1
        for folder in folders:
            path = (at or self.root) / folder / f"{self.number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{self.number}\n", encoding="utf-8")
            self.git("add", str(path), at=at)

    def commit(self, folders: Sequence[str], *options: str, at: Path | None = None) -> str:
        """A commit that teaches something new; returns its id."""
        self.write(folders, at)
        self.git(*options, "commit", "-q", "-m", self.message(), at=at)
        return self.git("rev-parse", "HEAD", at=at)

    def branches(self) -> list[str]:
        """Local branches."""
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def commits(self) -> list[str]:
        """Every commit that a branch or a HEAD reaches, newest first."""
        return self._commits(self.tips())

    def _commits(self, tips: Sequence[str]) -> list[str]:
        return self.git("rev-list", *tips).split()

    def tips(self) -> list[str]:
        """Where local history ends, by git's own lists."""
        heads = self.git("for-each-ref", "--format=%(objectname)", "refs/heads").split()
        listed = self.git("worktree", "list", "--porcelain").splitlines()
        return sorted({*heads, *(line.split()[1] for line in listed if line.startswith("HEAD "))})

    # ---------------------------------------------------------------- what must be equal

    def learnings(self, company: str, tips: Sequence[str] = ()) -> dict[str, str]:
        """Commit → what it teaches the company, by git alone."""
        asked = "".join(f"{tip}\n" for tip in tips or self.tips())
        done = subprocess.run(
            ["git", *_LOG], cwd=self.root, input=asked, capture_output=True, text=True, check=True
        )
        found = {}
        for entry in done.stdout.split("\x02")[1:]:
            commit, text, paths = entry.split("\x01")
            if text and any(path.startswith(COMPANIES[company]) for path in paths.split("\n")):
                found[commit] = text
        return found

    def reverted(self, company: str, tips: Sequence[str]) -> set[str]:
        """Commits that a revert took back which nobody took back in turn, of the company's, by git alone."""
        asked = "".join(f"{tip}\n" for tip in tips)
        options = ("log", "--stdin", "--format=%x02%H%x01%B%x01", "--name-only", "--no-renames")
        done = subprocess.run(
            ["git", *options], cwd=self.root, input=asked, capture_output=True, text=True, check=True
        )
        reverts: dict[str, set[str]] = {}
        for entry in done.stdout.split("\x02")[1:]:
            commit, message, paths = entry.split("\x01")
            if message.startswith(("Revert", "Reapply")) and COMPANIES[company] in paths:
                for target in re.findall(r"This reverts commit ([0-9a-f]{40})", message):
                    reverts.setdefault(target, set()).add(commit)

        def stands(commit: str) -> bool:
            return not any(stands(by) for by in reverts.get(commit, ()))

        return {target for target in reverts if not stands(target)}

    def insights(self, company: str) -> list[Insight]:
        """The company's insights of every state."""
        with Workspace.open(self.root).store(company) as store:
            return list(store.insights.listing(states=("active", "superseded", "withdrawn")))

    def read(self) -> set[str]:
        """Commits in the tables of history, each of which must be there once."""
        rows = ask(Workspace.open(self.root), "select id from commits").rows
        assert len(rows) == len({row[0] for row in rows})
        return {row[0] for row in rows}

    def drain(self) -> None:
        """What every orch command does first."""
        catch_up(Workspace.open(self.root), required=True)

    def check(self) -> dict[str, dict[str, str]]:
        """Compare orch with git after a drain. Returns text → insight id, by company."""
        tips = self.tips()
        assert set(self._commits(tips)) <= self.read()
        return {company: self._check(company, tips) for company in COMPANIES}

    def _check(self, company: str, tips: Sequence[str]) -> dict[str, str]:
        taught, insights = self.learnings(company, tips), self.insights(company)
        reverted = self.reverted(company, tips)
        active = [i for i in insights if i.state == "active"]
        carried = Counter(e.commit for i in active for e in i.evidence)
        for wrong in (set(taught) - reverted - set(carried)) | (set(carried) - set(taught)):
            said = self.git("show", "--raw", wrong, ok=False) or "git has it no more"
            raise AssertionError(f"{company}: {'missed' if wrong in taught else 'not forgotten'}: {said}")
        assert set(carried.values()) <= {1}, f"{company}: learnt twice: {carried.most_common(3)}"
        for insight in active:
            texts = {taught[e.commit] for e in insight.evidence}
            assert insight.record.title in texts, f"{company}: {insight.id} says what no commit says"
        assert len({i.record.title for i in active}) == len(active), f"{company}: something is doubled"
        gone = [i for i in insights if i not in active]
        assert all(i.state == "superseded" and {e.commit for e in i.evidence} <= reverted for i in gone)
        self._check_twins(company)
        return {i.record.title: i.id for i in active}

    def _check_twins(self, company: str) -> None:
        """Who speaks for whom is what comes out when all are placed anew."""
        with Workspace.open(self.root).desk(company).store as store:
            ids = [i.id for i in store.insights.listing()]
            told = {i: store.twins.canonical(i) for i in ids}
        desk = Workspace.open(self.root).desk(company)
        with desk.store as store, store.transaction():
            assert not store.twins.unplaced()
            for i in ids:
                store.twins.put(i, "")
            store.twins.unplace(ids)
            place(desk, MODEL_ID)
            assert told == {i: store.twins.canonical(i) for i in ids}, f"{company}: twins"
        self.twins += sum(map(bool, told.values()))


def stable(before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]) -> None:
    """What is still said has the id that it had."""
    for company, ids in before.items():
        for text, id_ in ids.items():
            assert after[company].get(text, id_) == id_, f"{company}: {text} has another id now"


def unreadable(repository: Path) -> tuple[Path, Path]:
    """The stores' folder, and where a test moves it to while something else stands in its place."""
    folder = git.open_repository(repository).root / ".orch" / "companies"
    return folder, folder.with_name("companies.away")
