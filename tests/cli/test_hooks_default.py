"""`orch hooks`: nothing is done that was not asked for, and what would be done can be asked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.flow.group import GroupRepository


@pytest.mark.parametrize("command", [("init", "--yes"), ("hooks", "install")])
def test_hooks_read_in_the_background_only_when_asked(
    group: GroupRepository, command: tuple[str, ...]
) -> None:
    """Reading each commit at once costs more than a hook may: it is for who asks for it."""
    group.orch(*command)
    assert group.orch("hooks", "status", "--json").data["background"] is False
    group.orch(*command, "--background")
    assert group.orch("hooks", "status", "--json").data["background"] is True


def git_folder(group: GroupRepository) -> dict[str, str]:
    folder = Path(group.git("rev-parse", "--absolute-git-dir"))
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("means", [(), ("--files",)])
def test_dry_run_writes_nothing_and_says_what_would_be(
    group: GroupRepository, means: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCH_LANG", "en")
    bare = git_folder(group)
    told = group.orch("hooks", "install", *means, "--dry-run")
    assert git_folder(group) == bare
    assert told.out.startswith("would: ")
    done = group.orch("hooks", "install", *means, "--json").data
    assert [f"would: {c}" for c in done["changes"]] == told.out.splitlines()[: len(done["changes"])]
    installed = git_folder(group)
    assert installed != bare
    again = group.orch("hooks", "install", *means, "--dry-run")
    assert again.out.startswith("nothing to do")
    assert group.orch("hooks", "uninstall", "--dry-run").out.startswith("would: ")
    assert git_folder(group) == installed
    group.orch("hooks", "uninstall")
    assert git_folder(group) == bare


def test_status_names_the_command_that_helps(group: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCH_LANG", "en")
    told = group.orch("hooks", "status").out
    assert "post-applypatch absent" in told and "Try: orch hooks install" in told
    data = group.orch("hooks", "status", "--json").data
    assert (data["means"], data["mend"]) == ("none", "orch hooks install")
    group.orch("hooks", "install")
    data = group.orch("hooks", "status", "--json").data
    assert data["means"] in ("files", "configuration") and data["mend"] == "" == data["note"]
