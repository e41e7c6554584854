"""A file is replaced whole, or stays as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from orchestrator import faultpoint
from orchestrator.durable import flush, replace_file


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> object:
    before = os.umask(0o027)
    yield before
    os.umask(before)


@pytest.mark.parametrize(("asked", "got"), [(None, 0o640), (0o600, 0o600), (0o755, 0o755)])
def test_the_mode_is_the_one_that_was_asked_for_else_the_umasks(
    tmp_path: Path, umask: object, asked: int | None, got: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    replace_file(path, b"new", asked)
    assert (path.read_bytes(), mode_of(path)) == (b"new", got)
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.mkdir()
    (path / "kept").write_bytes(b"")
    with pytest.raises(OSError, match="taken"):
        replace_file(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"] and (path / "kept").exists()


def test_until_it_takes_the_place_the_old_one_is_there_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "file", []
    path.write_bytes(b"old")
    monkeypatch.setattr(faultpoint, "strike", lambda name: seen.append((name, path.read_bytes())))
    replace_file(path, b"new", point="it")
    replace_file(path, b"newer")
    assert seen == [
        *(("before it", b"old"), ("after it", b"new")),
        *(("before file file", b"new"), ("after file file", b"newer")),
    ]
    flush(path)
    flush(tmp_path)
