"""Whose text counts: what people wrote on Supabase, Jira, Confluence and in pull requests, on the rig."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.editing import change_text
from orchestrator.app.workspace import Workspace, silent
from orchestrator.markup.adf import to_adf, to_json
from orchestrator.markup.plain import plain_text
from tests.flow.group import GroupRepository, new_group
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig
MESSAGE = (
    "perf(catalogo): Redis na frente do catálogo reduziu a latência pela metade\n\n"
    "As consultas iam todas ao banco; com Redis o tempo caiu de 200ms para 95ms.\n\n"
    "Tecnologia: redis"
)
THEIRS = "A Maria mediu de novo: com TTL de 300 s a latência caiu a um terço."
REMOTES = ("global.memory", "global.issues", "global.pages")


class World:
    """A rig with one shared solution, and what people can do to its three objects."""

    def __init__(self, rig: Rig, group: GroupRepository) -> None:
        self.rig, self.group = rig, group
        group.commit(MESSAGE, {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
        (self.insight,) = group.insights()
        self.id = str(self.insight["id"])
        group.orch("review", "--approve", self.id)
        self.push()

    def push(self, *more: str, expect: int = 0) -> dict[str, Any]:
        """{remote: report} of a push of empresa-a."""
        ran = self.group.orch("push", "--company", "empresa-a", "--json", *more, expect=expect)
        return {r["remote"]: r for r in ran.data["empresa-a"]}

    def status(self) -> Any:
        """What `orch status` says of empresa-a."""
        return self.group.orch("status", "--company", "empresa-a", "--json").data[0]

    def diff(self, *more: str) -> dict[str, Any]:
        """{remote: comparison} of `orch diff`."""
        ran = self.group.orch("diff", self.id, "--company", "empresa-a", "--json", *more)
        return {r["remote"]: r for r in ran.data["remotes"]}

    def reword(self, content: str) -> None:
        """A person edits the insight here and agrees to it."""
        text = f"{self.insight['record']['title']}\n{content}"
        change_text(Workspace.open(self.group.root), "empresa-a", self.id, text, silent)
        self.group.orch("review", "--approve", self.id)

    def write_there(self, remote: str, text: str) -> None:
        """A person replaces the object's words in the vendor's own interface."""
        if remote == "global.memory":
            quoted = f"{self.insight['record']['title']}\n\n{text}".replace("'", "''")
            self.rig.supabase.group.execute(
                f"update orchestrator_global_memory set content = '{quoted}' where orch_key = '{self.id}'"
            )
        elif remote == "global.issues":
            self.rig.jira.edit_issue("ORCH-1", description=to_adf(text))
        else:
            (page,) = self.rig.confluence.all("ORCH")
            self.rig.confluence.edit_page(page.id, body=to_json(to_adf(text)))

    def reads(self, remote: str) -> str:
        """What people read in the object."""
        if remote == "global.memory":
            return str(self.rig.supabase.group.rows()[0]["content"])
        if remote == "global.issues":
            return plain_text(self.rig.jira.all("ORCH")[-1].fields["description"])
        (page,) = self.rig.confluence.all("ORCH")
        return page.body

    def remove_there(self, remote: str) -> None:
        """A person deletes the object."""
        if remote == "global.memory":
            self.rig.supabase.group.execute("delete from orchestrator_global_memory")
        elif remote == "global.issues":
            self.rig.jira.delete_issue("ORCH-1")
        else:
            self.rig.confluence.trash_page(self.rig.confluence.all("ORCH")[0].id)

    def state(self) -> Any:
        """Every object with its version, and how many writing requests every server has had."""
        projects = self.rig.supabase.projects
        return (
            [
                p.sql("select orch_key, updated_at, xmin from orchestrator_global_memory order by 1")
                for p in projects
            ],
            [(i.key, i.fields, str(i.updated), i.links) for i in self.rig.jira.all()],
            [(p.id, p.title, len(p.versions), p.status) for p in self.rig.confluence.pages.values()],
            [(p.title, p.body, p.state) for p in self.rig.forge.pulls.values()],
            [len(p.server.writes()) for p in projects],
            len([w for w in self.rig.atlassian.server.writes() if not _asks(w)]),
            len(self.rig.forge.server.writes()),
        )


def _asks(exchange: Any) -> bool:
    """Jira's reads that are POST requests."""
    return exchange.request.path.endswith(("/search/jql", "/issue/bulkfetch"))


@pytest.fixture
def world(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> World:
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    group = new_group(tmp_path, monkeypatch, capsys, rig.config_toml())
    group.git("remote", "add", "origin", str(rig.forge.path))
    return World(rig, group)


@pytest.mark.parametrize("remote", REMOTES)
def test_what_a_person_wrote_is_kept_shown_and_taken_over(world: World, remote: str) -> None:
    world.write_there(remote, THEIRS)
    compared = world.diff()
    assert {name: c["state"] for name, c in compared.items() if name != remote} == {
        name: "in_step" for name in (*REMOTES, "company.memory") if name != remote
    }
    assert compared[remote]["state"] == "edited"
    assert any(line.startswith("-") and "Maria mediu" in line for line in compared[remote]["diff"])
    assert any(line.startswith("+") and "200ms" in line for line in compared[remote]["diff"])

    world.reword("O catálogo agora lê do Redis.")
    report = world.push(expect=3)
    assert report[remote]["counts"]["conflict"] == 1 and "Maria" in world.reads(remote)
    ran = world.group.orch("push", "--company", "empresa-a", expect=3)
    assert "orch adopt ID" in ran.err and "orch push --force ID" in ran.err
    status = world.group.orch("status", "--company", "empresa-a").out
    assert "orch adopt ID" in status and "orch push --force ID" in status

    dry = world.group.orch("adopt", world.id, "--dry-run", "--json").data
    assert dry["remote"] == remote and world.push(expect=3)[remote]["earlier"] == {"conflict": 1}
    adopted = world.group.orch("adopt", world.id, "--json").data
    assert adopted["waits_for_review"] and any("Maria" in line for line in adopted["diff"])
    assert "Maria" in world.group.orch("show", world.id, "--json").data["record"]["content"]
    assert world.group.orch("show", world.id, "--json").data["decisions"][-1]["action"] == "edit"
    world.push()
    assert "Maria" in world.reads(remote)  # without a new yes nothing moves

    world.group.orch("review", "--approve", world.id)
    world.push()
    assert all("Maria" in world.reads(name) for name in REMOTES)
    assert {c["state"] for c in world.diff().values()} == {"in_step"}
    assert not any(r["steps"] for r in world.push().values())


@pytest.mark.parametrize("remote", REMOTES)
def test_force_writes_over_what_a_person_wrote_also_where_nothing_else_was_due(
    world: World, remote: str
) -> None:
    world.write_there(remote, THEIRS)
    assert not any(r["steps"] for r in world.push().values()) and "Maria" in world.reads(remote)
    report = world.push("--force", world.id)
    assert {name: r["counts"]["update"] for name, r in report.items() if r["counts"]["update"]} == {remote: 1}
    assert "Maria" not in world.reads(remote) and "200ms" in world.reads(remote)
    assert not any(r["steps"] for r in world.push().values())


@pytest.mark.parametrize("remote", REMOTES)
def test_what_a_person_removed_stays_removed_until_forced(world: World, remote: str) -> None:
    world.remove_there(remote)
    assert world.diff()[remote]["state"] == "gone"
    world.reword("O catálogo agora lê do Redis.")
    assert world.push(expect=3)[remote]["counts"]["conflict"] == 1
    world.group.orch("adopt", world.id, expect=1)
    world.push("--force", world.id)
    assert "agora lê do Redis" in world.reads(remote)
    assert not any(r["steps"] for r in world.push().values())


def test_words_that_came_after_the_look_are_a_conflict_again(world: World) -> None:
    """What was taken over may be written over; what came after it may not."""
    world.write_there("global.pages", THEIRS)
    world.group.orch("adopt", world.id)
    world.write_there("global.pages", "E o João escreveu depois.")
    world.group.orch("review", "--approve", world.id)
    assert world.push(expect=3)["global.pages"]["counts"]["conflict"] == 1
    assert "João" in world.reads("global.pages")


def test_a_text_that_validation_blocks_is_not_taken_over(world: World) -> None:
    key = "AKIA" + "Q3EGRQ7TD5UOHF2X"
    world.write_there("global.issues", f"A chave é {key}.")
    before = world.group.orch("show", world.id, "--json").data
    shown = world.group.orch("diff", world.id)
    ran = world.group.orch("adopt", world.id, expect=4)
    assert key not in shown.out + ran.out + ran.err and "ORCH-1" in ran.err
    assert world.group.orch("show", world.id, "--json").data == before
    assert not any(r["steps"] for r in world.push().values())


def test_a_text_that_holds_our_own_line_is_not_taken_over(world: World) -> None:
    """Another editor may make one paragraph of all: what is ours would be sent everywhere as theirs."""
    world.write_there("global.pages", f"Origem: empresa-a. {THEIRS} Esta linha é do orch: {world.id} e mais.")
    before = world.group.orch("show", world.id, "--json").data
    assert "orch review --edit" in world.group.orch("adopt", world.id, expect=4).err
    assert world.group.orch("show", world.id, "--json").data == before


def test_nobody_or_several_people(world: World) -> None:
    assert "orch diff" in world.group.orch("adopt", world.id, expect=1).err
    world.write_there("global.pages", THEIRS)
    world.write_there("global.issues", "Outro texto, do João.")
    ran = world.group.orch("adopt", world.id, expect=2)
    assert "global.issues, global.pages" in ran.err
    world.group.orch("adopt", world.id, "--remote", "global.issues")
    assert "João" in world.group.orch("show", world.id, "--json").data["record"]["content"]


def test_a_dry_run_shows_every_difference_and_writes_nothing_anywhere(world: World) -> None:
    """Supabase, Jira, Confluence and the forge see no write, and our own store keeps its bytes."""
    world.group.commit("chore: base", {"README.md": "# Grupo\n"})
    world.group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    world.group.git("fetch", "-q", "origin")
    world.group.commit(
        "feat(auth): serviço de autenticação",
        {"empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n'},
    )
    world.reword("O catálogo agora lê do Redis.")
    world.group.orch("drain")
    before, bytes_before = world.state(), stored(world.group)
    dry = world.push("--dry-run")
    world.group.orch("push", "--company", "empresa-a", "--dry-run")
    world.group.orch("diff", world.id)
    world.group.orch("share", "auth", "--company", "empresa-a", "--to", "empresa-b", "--dry-run")
    assert world.state() == before and stored(world.group) == bytes_before
    for name in REMOTES:
        (step,) = [s for s in dry[name]["steps"] if s["id"] == world.id]
        assert step["action"] == "update"
        assert any(line.startswith("-As consultas iam") for line in step["diff"])
        assert any(line.startswith("+O catálogo agora lê") for line in step["diff"])
        assert step["held"]["title"] == step["wanted"]["title"]


def stored(group: GroupRepository) -> dict[str, bytes]:
    """Every byte of the companies' stores."""
    top = group.root / ".orch/companies"
    return {str(p): p.read_bytes() for p in sorted(top.rglob("*")) if p.name in ("orch.db", "orch.db-wal")}


def test_what_no_text_can_hold_is_shown_and_not_taken_over(world: World) -> None:
    """An image on the page, a macro in the issue: adopting the words would take them away."""
    image = {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"type": "file", "id": "a1"}}]}
    (page,) = world.rig.confluence.all("ORCH")
    body = json.loads(page.body)
    body["content"].insert(1, image)
    world.rig.confluence.edit_page(page.id, body=json.dumps(body))
    assert any(line.startswith("-") and "media a1" in line for line in world.diff()["global.pages"]["diff"])
    assert "media a1" in world.group.orch("adopt", world.id, expect=4).err
    assert not any(r["steps"] for r in world.push().values()) and "a1" in page.body


def test_what_a_person_changes_in_a_rows_metadata_is_kept(world: World) -> None:
    table, group = world.rig.supabase.table, world.rig.supabase.group
    mine = """metadata || '{"dono": "Maria", "nivel": [1, {"x": null}]}'"""
    group.execute(f"update {table} set metadata = {mine}")
    assert world.diff()["global.memory"]["state"] == "in_step"
    world.reword("O catálogo agora lê do Redis.")
    world.push()
    (row,) = group.rows()
    assert "agora lê" in row["content"] and row["metadata"]["dono"] == "Maria"
    assert row["metadata"]["nivel"] == [1, {"x": None}]

    group.execute(f"""update {table} set metadata = metadata || '{{"technologies": ["valkey"]}}'""")
    compared = world.diff()["global.memory"]
    assert compared["state"] == "edited" and any("valkey" in line for line in compared["diff"])
    world.reword("O catálogo lê do Redis e escreve no banco.")
    assert world.push(expect=3)["global.memory"]["counts"]["conflict"] == 1
    world.group.orch("adopt", world.id)
    assert world.group.orch("show", world.id, "--json").data["record"]["technologies"] == ["valkey"]


@pytest.mark.parametrize("shown_again", [True, False])
def test_a_withdrawal_of_what_is_not_shown_waits_until_it_can_be_told(
    world: World, shown_again: bool
) -> None:
    """A page in the trash; an issue hidden from the account, or deleted: Jira tells no difference."""
    (page,) = world.rig.confluence.all("ORCH")
    before = world.rig.jira.saved()
    world.remove_there("global.issues")
    world.remove_there("global.pages")
    world.group.orch("withdraw", world.id)

    for _again in range(2):
        found = world.push()
        unseen = {name: report["unseen"][world.id] for name, report in found.items() if report["unseen"]}
        assert unseen == {"global.issues": "not shown", "global.pages": "trashed"}
        assert not any(r["waiting"] for r in found.values())
    told = world.group.orch("push", "--company", "empresa-a").out
    assert "1 a retirar" in told and "lixeira" in told and f"orch drop {world.id}" in told
    counts = {r["name"]: r["counts"] for r in world.status()["remotes"]}
    assert counts["global.issues"] == counts["global.pages"] == {"unseen": 1}

    if shown_again:
        world.rig.jira.restore(before)
        page.status = "current"
        world.push()
        (issue,) = world.rig.jira.all("ORCH")
        assert "latência" not in str(issue.fields) and page.status == "trashed"
    else:
        world.group.orch("drop", world.id)
    assert not any(r["unseen"] or r["steps"] for r in world.push().values())


def test_a_published_key_takes_nothing_back_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = world.rig.supabase.group
    group.execute("update orchestrator_global_memory set shared = false")
    world.group.orch("withdraw", world.id)
    monkeypatch.setenv("ORCH_SUPABASE_KEY", group.keys.publishable)
    report = world.push(expect=12)["global.memory"]
    assert report["waiting"] == 1 and "ORCH_SUPABASE_KEY" in report["error"]["hint"]
    monkeypatch.setenv("ORCH_SUPABASE_KEY", group.key)
    world.push()
    assert not group.rows()
