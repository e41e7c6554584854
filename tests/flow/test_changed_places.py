"""The configuration leads elsewhere: what lies at the former place goes only once the new one holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.group import GroupRepository, new_group
from tests.flow.test_moved import YES, pages
from tests.rig.rig import Rig

PUSH = ("push", "--company", "empresa-a")


@pytest.fixture
def pushed(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """A group with one learning that lies on all three remotes."""
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    group = new_group(tmp_path, monkeypatch, capsys, rig.config_toml())
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    return group


def lead(group: GroupRepository, *changes: tuple[str, str]) -> str:
    """Change the configuration and trust it; what is told before it is trusted."""
    config = group.root / ".orch/config.toml"
    text = config.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    config.write_text(text)
    return group.orch("trust", "--yes").err


def held(rig: Rig) -> tuple[list[object], list[object]]:
    """What people read in Jira and Confluence."""
    issues = [(i.fields["summary"], i.fields["description"]) for i in rig.jira.all()]
    return issues, [(p.title, p.body, p.status) for p in rig.confluence.pages.values()]


def test_a_mistyped_folder_is_told_in_time_and_empties_nothing(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    before, typo = group.root.parent / "shared", group.root.parent / "shard"
    told = lead(group, ('path = "../shared"', 'path = "../shard"'))
    assert f"o primeiro push criaria:\n  {typo}\n" in told
    assert f"empresa-a: 1 texto de {before} para {typo}\n" in told and "empresa-b: " not in told
    planned = group.orch(*PUSH, "--dry-run", "--json", expect=3).data["empresa-a"]
    assert not typo.exists()
    for _again in range(2):
        done = group.orch(*PUSH, "--json", expect=3).data["empresa-a"]
        assert (
            [r["counts"]["stay"] for r in done] == [r["counts"]["stay"] for r in planned] == [0] * 3 + [1] * 3
        )
        assert len(pages(before)) == 1
    assert group.orch(*PUSH, "--vacate", "../shard", expect=2).err.count(str(before))
    told = lead(group, ('path = "../shard"', 'path = "../shared"'))
    assert f"empresa-a: 1 texto de {typo} para {before}\n" in told
    group.orch(*PUSH, "--vacate", "../shard")
    assert len(pages(before)) == 1 and not pages(typo)
    group.orch("status", "--company", "empresa-a")


def test_a_name_that_is_not_there_empties_nothing(rig: Rig, pushed: GroupRepository) -> None:
    before = held(rig)
    lead(pushed, ('project = "ORCH"', 'project = "ORCG"'), ('space = "ORCH"', 'space = "ORCG"'))
    for line in ((*PUSH, "--dry-run"), PUSH):
        told = pushed.orch(*line, "--json", expect=3).data["empresa-a"]
        assert all(not r["counts"]["retract"] for r in told)
        assert held(rig) == before
    lead(pushed, ('project = "ORCG"', 'project = "ORCH"'), ('space = "ORCG"', 'space = "ORCH"'))
    pushed.orch(*PUSH)
    assert held(rig) == before


def test_what_went_along_to_the_new_name_stays_what_it_is(rig: Rig, pushed: GroupRepository) -> None:
    before = held(rig)
    rig.jira.projects["ORX"] = "Orquestrador"
    (issue,) = rig.jira.all("ORCH")
    rig.jira.transfer_issue(issue.key, "ORX")
    new = rig.confluence.add_space("ORX", "Orquestrador")
    for page in rig.confluence.all("ORCH"):
        page.space, page.parent = new.id, new.homepage
    lead(pushed, ('project = "ORCH"', 'project = "ORX"'), ('space = "ORCH"', 'space = "ORX"'))
    pushed.orch(*PUSH)
    assert held(rig)[0] == before[0] and [p.status for p in rig.confluence.all("ORX")] == ["current"]
    assert "ORX" in str([i.key for i in rig.jira.all()])
    pushed.orch("status", "--company", "empresa-a")
    assert all(not r["steps"] for r in pushed.orch(*PUSH, "--json").data["empresa-a"])


def test_a_folder_that_cannot_be_made_leaves_the_former_one_full(group: GroupRepository) -> None:
    group.commit(YES, {"empresas/a/x.py": "1"})
    group.orch(*PUSH)
    (group.root.parent / "in-the-way").write_text("")
    lead(group, ('path = "../shared"', 'path = "../in-the-way/shared"'))
    group.orch(*PUSH, expect=3)
    assert len(pages(group.root.parent / "shared")) == 1
    (group.root.parent / "in-the-way").unlink()
    (group.root.parent / "in-the-way").mkdir()
    group.orch(*PUSH, "--vacate", "../shared")
    assert pages(group.root.parent / "shared") == []
    assert len(pages(group.root.parent / "in-the-way/shared")) == 1
