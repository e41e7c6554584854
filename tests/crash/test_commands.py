"""What a person does besides pushing, killed at its fault points and done again: as if nothing had been."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.workspace import Workspace
from tests.crash.children import Children
from tests.crash.points import first_and_last
from tests.flow.day import LEARNT
from tests.flow.group import GroupRepository, new_group

STATES = ("open", "accepted", "declined", "withdrawn")
A, B = ("--company", "empresa-a"), ("--company", "empresa-b")


@pytest.fixture
def group(
    fast: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[GroupRepository]:
    """Two companies on folders; empresa-a has shared one insight, and learnt another that waits."""
    made = new_group(fast, monkeypatch, capsys)
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
    shared = group.root.parent / "shared"
    files = sorted((str(p.relative_to(shared)), p.read_text()) for p in shared.rglob("*.md"))
    return [kept(group, company) for company in (A[1], B[1])], files


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

    def __init__(self, group: GroupRepository, folder: Path) -> None:
        places = [group.root / ".orch", group.root.parent / "shared", Path(os.environ["XDG_STATE_HOME"])]
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
    group: GroupRepository, children: Children, fast: Path, line: tuple[str, ...]
) -> None:
    ids = {("shared" if "fila" in i["record"]["title"] else "waiting"): i["id"] for i in group.insights()}
    if line[0] in ("accept", "decline"):
        group.orch("pull", *B)
    if line[0] == "push":
        group.orch("review", "--approve", ids["waiting"])
        group.orch("withdraw", ids["shared"])
    if line[0] == "drain":
        group.commit("fix: z\n\nSolução: fila de envio separada por cliente acabou com a espera")
    copies = Copies(group, fast / "copies")
    arguments = [part.format(**ids) for part in line]
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
