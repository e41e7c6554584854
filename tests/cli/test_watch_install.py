"""`orch watch --install`: a file that systemd and launchd understand, and a manager that is asked.

The service manager is the edge: its program is a script that writes down what it was asked. HOME and
XDG_* are the test's own.
"""

from __future__ import annotations

import json
import os
import platform
import plistlib
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.app.background import Job, program, watch_job
from orchestrator.app.launchd_agent import agent_label, agent_settings, launchd_agent
from orchestrator.app.systemd_unit import systemd_unit, unit_name, unit_settings
from orchestrator.errors import UsageError
from tests.flow.group import GroupRepository

MANAGER = """#!/bin/sh
printf '%s\\n' "$*" >>"{record}"
case "$*" in
{cases}
esac
exit 0
"""
HOSTILE = [
    "plain",
    "with two  spaces",
    "per%cent %h %%",
    "quo\"te and 'single'",
    "back\\slash",
    "ends\\",
    "dollar $HOME ${PATH} $$",
    "-dash",
    ".hidden",
    "açaí 日本",
    "semi;colon # hash",
    "tab-less [x]",
]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return manager(tmp_path, monkeypatch)


def manager(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cases: str = "*is-active*) echo active;;",
    name: str = "systemctl",
) -> Path:
    """A service manager's program first in PATH; returns where it writes down what it was asked."""
    folder, record = tmp_path / "manager", tmp_path / "asked"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(MANAGER.format(record=record, cases=cases))
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    record.write_text("")
    return record


def said(record: Path) -> list[str]:
    lines = record.read_text().splitlines()
    record.write_text("")
    return [line for line in lines if "show-environment" not in line]


def unit_file(group: GroupRepository) -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "systemd/user" / unit_name(group.root)


def test_install_status_uninstall(group: GroupRepository, asked: Path) -> None:
    path = unit_file(group)
    ran = group.orch("watch", "--install", "--json")
    assert said(asked) == ["--user daemon-reload", f"--user enable --now {path.name}"]
    assert ran.data == {
        "manager": "systemd",
        "name": path.name,
        "path": str(path),
        "changed": True,
        "to_type": [],
        "watched_by": None,
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [p.name for p in path.parent.iterdir()] == [path.name]

    status = group.orch("watch", "--status", "--json").data
    assert status["installed"] and status["enabled"] and status["running"] and not status["outdated"]
    assert status["watched_by"] is None
    said(asked)

    before = path.stat().st_mtime_ns
    assert not group.orch("watch", "--install", "--json").data["changed"]
    assert path.stat().st_mtime_ns == before
    assert said(asked) == ["--user daemon-reload", f"--user enable --now {path.name}"]

    group.orch("watch", "--uninstall")
    assert said(asked) == [f"--user disable --now {path.name}", "--user daemon-reload"]
    assert not path.exists()
    assert "watch" in group.orch("watch", "--uninstall").out and said(asked) == []
    assert not group.orch("watch", "--status", "--json").data["installed"]


def test_a_changed_unit_is_restarted(group: GroupRepository, asked: Path) -> None:
    group.orch("watch", "--install")
    said(asked)
    group.orch("watch", "--install", "--no-docs")
    name = unit_file(group).name
    assert said(asked) == ["--user daemon-reload", f"--user enable {name}", f"--user restart {name}"]
    assert '"watch" "--no-docs"' in unit_file(group).read_text()
    assert not group.orch("watch", "--status", "--json").data["outdated"]
    unit_file(group).write_text(unit_file(group).read_text().replace("Nice=10", "Nice=0"))
    assert group.orch("watch", "--status", "--json").data["outdated"]


def test_without_a_manager_the_commands_are_told(
    group: GroupRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager(tmp_path, monkeypatch, "*) echo 'Failed to connect to bus' >&2; exit 1;;")
    path = unit_file(group)
    ran = group.orch("watch", "--install", expect=3)
    assert path.exists()
    assert "systemctl --user daemon-reload" in ran.out
    assert f"systemctl --user enable --now {shlex.quote(path.name)}" in ran.out
    status = group.orch("watch", "--status", "--json").data
    assert status["installed"] and status["enabled"] is None and status["running"] is None
    wants = path.parent / "default.target.wants" / path.name
    wants.parent.mkdir()
    wants.symlink_to(path)
    removed = group.orch("watch", "--uninstall", expect=3)
    assert f"systemctl --user stop {shlex.quote(path.name)}" in removed.out
    assert not path.exists() and not wants.is_symlink()


def test_a_manager_that_is_not_there(group: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestrator.app import watch_install

    real = subprocess.run

    def run(command: tuple[str, ...], *args: object, **options: object) -> object:
        if command[0] == "systemctl":
            raise FileNotFoundError(2, "no", "systemctl")
        return real(command, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(watch_install.subprocess, "run", run)
    told = group.orch("watch", "--install", expect=3)
    assert "systemctl --user daemon-reload" in told.out, "what is left to do by hand"


def test_a_manager_that_refuses_is_quoted(
    group: GroupRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager(tmp_path, monkeypatch, "*enable*) echo 'Unit is on fire' >&2; exit 1;;")
    ran = group.orch("watch", "--install", "--json", expect=1)
    assert "Unit is on fire" in ran.error["message"] and "enable --now" in ran.error["message"]


def test_a_dry_run_writes_nothing_and_asks_nobody(group: GroupRepository, asked: Path) -> None:
    ran = group.orch("watch", "--install", "--dry-run")
    assert "ExecStart=" in ran.out and "systemctl --user enable --now" in ran.out
    assert not unit_file(group).parent.exists() and said(asked) == []
    group.orch("watch", "--install")
    said(asked)
    ran = group.orch("watch", "--uninstall", "--dry-run")
    assert unit_file(group).exists() and said(asked) == [] and "disable --now" in ran.out
    found = group.orch("watch", "--install", "--dry-run", "--json").data
    assert not found["changed"] and found["content"] == unit_file(group).read_text()


def test_a_masked_unit_is_left_alone(group: GroupRepository, asked: Path) -> None:
    path = unit_file(group)
    path.parent.mkdir(parents=True)
    path.symlink_to(os.devnull)
    for action in ("--install", "--uninstall", "--status"):
        assert "unmask" in group.orch("watch", action, "--json", expect=1).error["hint"]
    assert path.is_symlink() and said(asked) == []


def test_written_whole_or_not_at_all(
    group: GroupRepository, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group.orch("watch", "--install")
    before = unit_file(group).read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device", str(unit_file(group)))

    monkeypatch.setattr(os, "fsync", full)
    group.orch("watch", "--install", "--no-docs", expect=1)
    assert unit_file(group).read_bytes() == before
    assert [p.name for p in unit_file(group).parent.iterdir()] == [unit_file(group).name]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--install", "--status"),
        ("--dry-run",),
        ("--json",),
        ("--status", "--dry-run"),
        ("--install", "--uninstall"),
    ],
)
def test_what_does_not_go_together(group: GroupRepository, arguments: tuple[str, ...]) -> None:
    group.orch("watch", *arguments, expect=2)


def test_an_untrusted_configuration_is_not_installed(group: GroupRepository, asked: Path) -> None:
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text() + "# another\n")
    group.orch("watch", "--install", expect=1)
    assert not unit_file(group).exists() and said(asked) == []
    group.orch("watch", "--status")
    group.orch("watch", "--uninstall")


def test_one_job_a_clone_whatever_the_work_tree(group: GroupRepository, asked: Path, tmp_path: Path) -> None:
    group.git("worktree", "add", "-q", str(tmp_path / "linked"))
    group.orch("watch", "--install")
    group.orch("-C", str(tmp_path / "linked"), "watch", "--install")
    assert [p.name for p in unit_file(group).parent.glob("*.service")] == [unit_file(group).name]
    assert f"WorkingDirectory={tmp_path / 'linked'}" in unit_file(group).read_text()
    assert group.orch("watch", "--status", "--json").data["outdated"]  # it is the other work tree's now


# ---------------------------------------------------------------- the texts


def hostile_job(folder: Path, name: str) -> Job:
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    orch = folder / "100% $HOME orch"
    orch.write_text("#!/bin/sh\n")
    orch.chmod(0o755)
    return Job(place, place, (str(orch), "watch", name), {"PATH": f"/usr/bin:{place}", "ORCH_LANG": name})


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("name", HOSTILE)
def test_systemd_reads_it_as_it_is_meant(tmp_path: Path, name: str) -> None:
    unit = systemd_unit(hostile_job(tmp_path / "clones", name))
    file = tmp_path / unit.name
    file.write_bytes(unit.content)
    env = {
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
    }
    command = ["systemd-analyze", "--user", "--man=no", "verify", str(file)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == "", done.stderr


@pytest.mark.skipif(shutil.which("systemd-escape") is None, reason="systemd-escape is not installed")
@pytest.mark.parametrize("name", HOSTILE)
def test_the_name_is_escaped_as_systemd_does(name: str) -> None:
    path = f"/home/ana/{name}"
    done = subprocess.run(
        ["systemd-escape", "--path", "--", path], capture_output=True, text=True, check=True
    )
    assert unit_name(Path(path)) == f"orch-watch-{done.stdout.strip()}.service"


OF_NAMES = st.characters(codec="utf-8", exclude_characters="\0/")


@given(st.text(OF_NAMES, min_size=1, max_size=300), st.text(OF_NAMES, max_size=20))
def test_names_are_short_and_tell_clones_apart(name: str, other: str) -> None:
    path = Path("/home") / name
    found = unit_name(path)
    assert len(found) <= 255 and "/" not in found and found.isascii()
    another = Path("/home") / (name + "x" + other)
    assert (unit_name(another) == found) == (another == path)
    assert (agent_label(another) == agent_label(path)) == (another == path)


def test_a_path_with_a_line_break_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="control"):
        watch_job(tmp_path / "a\nExecStart=/bin/evil", tmp_path, documents=True)


@pytest.mark.parametrize("program", ["/opt/ana's/orch", '/opt/"/orch', "/opt/a\\b/orch"])
def test_a_program_that_systemd_would_not_start_is_refused(tmp_path: Path, program: str) -> None:
    with pytest.raises(UsageError, match="systemd"):
        systemd_unit(Job(tmp_path, tmp_path, (program, "watch"), {}))


def test_the_program_is_absolute_and_imports_nothing_from_the_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Path(program()[0]).is_absolute()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert program() == (str(tmp_path / "python"), "-P", "-m", "orchestrator")


def test_no_credential_is_written_into_a_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCH_SUPABASE_KEY", "secret-value")
    monkeypatch.setenv("ORCH_STATE_DIR", "/state of mine")
    for make in (systemd_unit, launchd_agent):
        content = make(watch_job(tmp_path, tmp_path, documents=True)).content
        assert b"secret-value" not in content and b"/state of mine" in content


def test_other_shells_make_no_unit_out_of_date(tmp_path: Path) -> None:
    one = Job(tmp_path, tmp_path, ("/x/orch", "watch"), {"PATH": "/usr/bin"})
    two = Job(tmp_path, tmp_path, ("/x/orch", "watch", "--no-docs"), {"PATH": "/bin", "ORCH_LANG": "en"})
    three = Job(tmp_path, tmp_path, ("/elsewhere/orch", "watch"), {"PATH": "/usr/bin"})
    for make, read in ((systemd_unit, unit_settings), (launchd_agent, agent_settings)):
        assert read(make(one).content) == read(make(two).content) != read(make(three).content)
    assert agent_settings(b"not a property list") is None


@pytest.mark.parametrize("name", HOSTILE)
def test_launchd_gets_every_word_unchanged(tmp_path: Path, name: str) -> None:
    job = hostile_job(tmp_path, name)
    found = plistlib.loads(launchd_agent(job).content)
    assert found["ProgramArguments"] == list(job.arguments)
    assert found["WorkingDirectory"] == str(job.folder)
    assert found["EnvironmentVariables"] == dict(job.environment)
    assert found["KeepAlive"] == {"SuccessfulExit": False} and found["RunAtLoad"] is True


def test_on_macos_it_is_an_agent(
    group: GroupRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = manager(tmp_path, monkeypatch, "list*) echo '\"PID\" = 7;';;", name="launchctl")
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    path = Path(os.environ["HOME"]) / "Library/LaunchAgents" / f"{agent_label(group.root)}.plist"
    group.orch("watch", "--install")
    domain = f"gui/{os.getuid()}"
    asked = [line for line in record.read_text().splitlines() if line != f"print {domain}"]
    assert asked == [f"enable {domain}/{path.stem}", f"bootstrap {domain} {path}"]
    status = group.orch("watch", "--status", "--json").data
    assert status["manager"] == "launchd" and status["running"] and json.dumps(status)
    group.orch("watch", "--uninstall")
    assert not path.exists() and f"bootout {domain}/{path.stem}" in record.read_text()
