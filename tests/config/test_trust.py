"""A cloned configuration does nothing before it is trusted, and after any changed byte."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.config import trust as t
from orchestrator.config.load import load
from orchestrator.config.state import write_private
from orchestrator.errors import ConfigError, NotInitialisedError, NotTrustedError, UserError
from tests.flow.group import CONFIG, new_group

Write = Callable[[str], Path]
TEXT = """\
version = 1
[global.folder]
path = "../g"
[[company]]
id = "a"
paths = ["a"]
[company.supabase]
url = "https://x.supabase.co"
"""


def test_nothing_is_trusted_before_trust(write: Write) -> None:
    root = write(TEXT)
    assert not t.is_trusted(root)
    with pytest.raises(NotTrustedError) as caught:
        t.require_trust(root)
    assert "orch trust" in caught.value.hint
    t.trust(root)
    t.require_trust(root)
    t.require_trust(root, load(root).source)
    assert t.revoke(root) == 1
    assert not t.is_trusted(root)
    assert t.revoke(root) == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(TEXT) - 1), st.integers(1, 127))
def test_any_changed_byte_untrusts(root: Path, place: int, difference: int) -> None:
    t.trust(root, TEXT)
    changed = TEXT[:place] + chr(ord(TEXT[place]) ^ difference) + TEXT[place + 1 :]
    assert t.is_trusted(root, TEXT)
    assert not t.is_trusted(root, changed)
    assert not t.is_trusted(root, TEXT + "\n")
    assert not t.is_trusted(root, TEXT.replace("\n", "\r"))
    assert t.is_trusted(root, TEXT.replace("\n", "\r\n"))  # core.autocrlf; the same TOML


def test_what_was_read_is_judged_not_what_lies_there_now(write: Write) -> None:
    root = write(TEXT)
    t.trust(root)
    read = load(root).source
    write(TEXT.replace("../g", "../evil"))
    t.require_trust(root, read)
    with pytest.raises(NotTrustedError):
        t.require_trust(root)


def test_trust_does_not_travel_with_a_copy_but_holds_through_a_link(write: Write, tmp_path: Path) -> None:
    root = write(TEXT)
    t.trust(root)
    shutil.copytree(root, tmp_path / "copy")
    (tmp_path / "link").symlink_to(root)
    assert not t.is_trusted(tmp_path / "copy")
    assert t.is_trusted(tmp_path / "link")


def test_several_versions_may_be_trusted_and_are_forgotten_together(write: Write, tmp_path: Path) -> None:
    root = write(TEXT)
    t.trust(root)
    t.trust(root, TEXT + "# branch\n")
    other = tmp_path / "other"
    t.trust(other, TEXT)
    assert t.is_trusted(root, TEXT + "# branch\n")
    assert t.is_trusted(root)
    assert t.revoke(root) == 2
    assert t.is_trusted(other, TEXT)


def test_records_are_private_and_atomic(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(TEXT)
    old = os.umask(0)
    try:
        t.trust(root)
    finally:
        os.umask(old)
    folder = Path(os.environ["ORCH_STATE_DIR"]) / "trust"
    (record,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert record.name == t.fingerprint(root, TEXT)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        t.trust(root, TEXT + "#")
    assert [path.name for path in folder.iterdir()] == [record.name]
    assert not t.is_trusted(root, TEXT + "#")


def test_a_repository_cannot_bring_its_own_trust(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(TEXT)
    monkeypatch.setenv("ORCH_STATE_DIR", str(root / ".orch"))
    with pytest.raises(UserError, match="inside the repository"):
        t.is_trusted(root)
    (root.parent / "link").symlink_to(root)
    monkeypatch.setenv("ORCH_STATE_DIR", str(root.parent / "link" / "state"))
    with pytest.raises(UserError, match="inside the repository"):
        t.trust(root)


def test_a_folder_of_another_user_is_not_believed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(TEXT)
    t.trust(root)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(UserError, match="another user"):
        t.is_trusted(root)


def test_the_default_folder_is_the_users(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = write(TEXT)
    monkeypatch.delenv("ORCH_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    t.trust(root)
    assert (tmp_path / "xdg/orch/trust" / t.fingerprint(root, TEXT)).is_file()


def test_a_damaged_record_does_not_stop_revoking(write: Write) -> None:
    root = write(TEXT)
    t.trust(root)
    folder = Path(os.environ["ORCH_STATE_DIR"]) / "trust"
    (folder / ("0" * 64)).write_bytes(b"\xff{")
    (folder / ("1" * 64)).write_text("[]")
    assert t.revoke(root) == 1


def test_without_a_safe_file_there_is_nothing_to_trust(root: Path, tmp_path: Path) -> None:
    with pytest.raises(NotInitialisedError):
        t.is_trusted(root)
    (tmp_path / "x").write_text(TEXT)
    (root / ".orch/config.toml").symlink_to(tmp_path / "x")
    with pytest.raises(ConfigError):
        t.trust(root)


def test_the_summary_names_every_place_that_data_would_go_to(write: Write, tmp_path: Path) -> None:
    summary = t.summary(load(write(TEXT)))
    assert ("", f"folder {(tmp_path / 'g').resolve()}") in summary
    assert ("a", "supabase https://x.supabase.co orchestrator_global_memory") in summary
    assert len(summary) == 2


def test_what_a_killed_process_left_beside_the_records_goes(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    write_private(folder / "a", "1")
    old, fresh = folder / ".new-old", folder / ".new-fresh"
    for left in (old, fresh):
        left.write_text("half")
    os.utime(old, (0, 0))
    write_private(folder / "b", "2")
    assert {p.name for p in folder.iterdir()} == {"a", "b", ".new-fresh"}


def test_a_model_to_be_fetched_is_told_before_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    group = new_group(tmp_path, monkeypatch, capsys)
    model = '[embedding]\nmodel = "who/knows"\nmirror = "https://mirror.example"\n'
    group.write({".orch/config.toml": CONFIG.format(share="ask").replace("[group]", f"{model}[group]")})
    told = group.orch("trust", expect=2).err
    assert "who/knows de https://mirror.example" in told
