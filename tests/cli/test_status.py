"""`orch status`: what a person has to know."""

from __future__ import annotations

from tests.flow.group import GroupRepository


def test_what_a_trailer_could_not_supersede_is_named(group: GroupRepository) -> None:
    taught = group.commit("perf: cache\n\nSolução: Redis na frente do catálogo")
    commit = group.commit("docs: x\n\nSubstitui: i1-ffffffffffff", {"empresas/a/x.md": "x"})
    group.commit(f"docs: y\n\nSubstitui: {taught}", {"empresas/a/x.md": "y"})
    said = group.orch("status", "--company", "empresa-a").out
    assert f"`Substitui: i1-ffffffffffff` do commit {commit[:12]} não nomeia" in said
    assert said.count("Substitui:") == 1
