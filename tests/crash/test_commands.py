"""What a person does besides pushing, killed at its fault points and done again: as if nothing had been."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.workspace import Workspace
from orchestrator.config.group import Slot
from orchestrator.landmark import marks
from tests.crash.children import Children
from tests.crash.points import first_and_last
from tests.flow.day import LEARNT
from tests.flow.group import GroupRepository, new_group

STATES = ("open", "accepted", "declined", "withdrawn")
A, B = ("--company", "empresa-a"), ("--company", "empresa-b")


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[GroupRepository]:
    """Two companies on folders; empresa-a has shared one insight, and learnt another that waits."""
    made = new_group(tmp_path, monkeypatch, capsys)
    made.commit(LEARNT, {"empresas/a/app.py": "n = 1\n"})
    made.orch("push", *A)
    made.commit("fix: y\n\nSolução: carga noturna em lotes menores não trava mais o relatório")
    made.orch("drain")
    yield made


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    served = Children()
    yield served
    served.close()


def state(group: GroupRepository) -> Any:
    """All that is in the stores and folders, without times."""
    shared = folder_of(group)
    files = sorted((str(p.relative_to(shared)), p.read_text()) for p in shared.rglob("*.md"))
    return [kept(group, company) for company in (A[1], B[1])], files, branches(group)


def folder_of(group: GroupRepository) -> Path:
    """The group's folder, where the configuration has it."""
    return Path(Workspace.open(group.root).group.remotes[Slot.MEMORY].url)


def kept(group: GroupRepository, company: str) -> Any:
    """Insights, what was decided on each, wishes, and offers of one company; its trail is sound."""
    group.orch("audit", "verify", "--company", company)
    desk = Workspace.open(group.root).desk(company)
    with desk.store as store:
        insights = store.insights.listing()
        rows = [row for place in store.outbox.places() for row in store.outbox.at(*place)]
        return (
            sorted((i.id, i.version, i.state, len(i.evidence)) for i in insights),
            sorted((i.id, [(d.action, d.who) for d in store.decisions.of(i.id)]) for i in insights),
            sorted((r.remote, r.key, r.state, r.wanted_hash, r.sent_hash, r.ref) for r in rows),
            sorted((o.key, o.state, o.hash) for o in store.offers.listing(STATES)),
        )


class Copies:
    """Stores, records and folders as they were."""

    def __init__(self, group: GroupRepository, folder: Path, more: Sequence[Path] = ()) -> None:
        places = [group.root / ".orch", folder_of(group), Path(os.environ["XDG_STATE_HOME"]), *more]
        self._copies = [(place, folder / str(n)) for n, place in enumerate(places)]
        for place, copy in self._copies:
            shutil.copytree(place, copy)

    def restore(self) -> None:
        for place, copy in self._copies:
            shutil.rmtree(place)
            shutil.copytree(copy, place)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        ("drain",),
        ("review", "--approve", "{waiting}"),
        ("review", "--refuse", "{waiting}"),
        ("withdraw", "{shared}"),
        ("pull", *B),
        ("accept", "{shared}", *B),
        ("decline", "{shared}", *B),
        ("push", *A),
    ],
    ids=lambda line: " ".join(line[:2]),
)
def test_killed_and_done_again(
    group: GroupRepository, children: Children, tmp_path: Path, line: tuple[str, ...]
) -> None:
    ids = {("shared" if "fila" in i["record"]["title"] else "waiting"): i["id"] for i in group.insights()}
    if line[0] in ("accept", "decline"):
        group.orch("pull", *B)
    if line[0] == "push":
        group.orch("review", "--approve", ids["waiting"])
        group.orch("withdraw", ids["shared"])
    if line[0] == "drain":
        group.commit("fix: z\n\nSolução: fila de envio separada por cliente acabou com a espera")
    killed_at_each_point(group, children, tmp_path, [part.format(**ids) for part in line])


@pytest.mark.slow
@pytest.mark.parametrize("moved", [False, True])
def test_a_folder_is_marked_or_followed(
    group: GroupRepository, children: Children, tmp_path: Path, *, moved: bool
) -> None:
    """A store from before marks marks its folder; one that knows it follows it to another path."""
    folder = folder_of(group)
    for insight in group.insights():
        group.orch("withdraw" if "fila" in insight["record"]["title"] else "drop", insight["id"], expect=None)
    if moved:
        folder.rename(folder.with_name("elsewhere"))
        config = group.root / ".orch/config.toml"
        config.write_text(config.read_text().replace("../shared", "../elsewhere"))
        group.orch("trust", "--yes")
    else:
        next(folder.glob(".orch-folder-*")).unlink()
        with closing(sqlite3.connect(group.root / ".orch/companies/empresa-a/orch.db")) as db, db:
            db.execute("delete from folder")
    killed_at_each_point(group, children, tmp_path, ["push", *A])
    assert not list(folder_of(group).rglob("pages/**/*.md"))
    with Workspace.open(group.root).store("empresa-a") as store:
        (target,) = {target for _name, target in store.outbox.places()} or {f"folder:{folder_of(group)}#"}
        assert store.places.mark(target) in marks(folder_of(group))


@pytest.mark.slow
def test_a_component_is_shared(group: GroupRepository, children: Children, tmp_path: Path) -> None:
    """Branch and pull request are there once, and in the store; afterwards a withdrawal reaches both."""
    origin = tmp_path / "origin.git"
    group.git("init", "-q", "--bare", str(origin))
    group.git("remote", "add", "origin", str(origin))
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    group.commit(
        "feat(auth): serviço de autenticação",
        {"empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n'},
    )
    group.orch("drain")
    share = ["share", "auth", *A, "--to", "empresa-b", "--reviewed"]
    killed_at_each_point(group, children, tmp_path, share, origin, group.root / ".git")
    assert len(branches(group)) == 2
    (component,) = [i["id"] for i in group.insights() if i["record"]["kind"] == "component"]
    group.orch("withdraw", component)
    group.orch("push", *A)
    assert len(branches(group)) == 1 and not list(folder_of(group).rglob("pulls/**/*.md"))


def branches(group: GroupRepository) -> list[tuple[str, str]]:
    """What lies at origin: each branch with the tree that it leads to."""
    if not group.git("remote"):
        return []
    group.git("fetch", "-q", "origin")
    found = group.git("for-each-ref", "--format=%(refname) %(tree)", "refs/remotes/origin").splitlines()
    return [(name, tree) for name, tree in map(str.split, found)]


def killed_at_each_point(
    group: GroupRepository, children: Children, tmp_path: Path, arguments: list[str], *places: Path
) -> None:
    copies = Copies(group, tmp_path / "copies", places)
    points = children.run(arguments, group.root).points
    wanted = state(group)
    assert points
    for name, number in first_and_last(points, set(points)):
        copies.restore()
        outcome = children.run(arguments, group.root, at=number, named=name)
        assert outcome.killed, outcome
        again = children.run(arguments, group.root)
        assert again.code == 0, again
        assert state(group) == wanted, (name, number, outcome.points)
