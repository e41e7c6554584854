"""The files of a folder: copies of a synchronisation, what a killed writer left, and who may read them."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.reconcile.remotes.folder_issues import FolderIssues
from orchestrator.reconcile.remotes.folder_memory import FolderMemory
from orchestrator.remote import Observed, Refused
from tests.remotes.contract import changed, done
from tests.remotes.test_folder import FolderPlace, MemoryPlace

WORD = "zebrafone"
KILLED = """
import os, signal, sys
from pathlib import Path
from orchestrator import faultpoint
from orchestrator.reconcile.remotes.folder_issues import FolderIssues
from orchestrator.remote import Entry
faultpoint.strike = lambda name: name == "before folder write" and os.kill(os.getpid(), signal.SIGKILL)
entry = Entry("k", "insight", "a", "t", sys.argv[2], "h")
list(FolderIssues(Path(sys.argv[1]), name="group.issues").create([entry]))
"""


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    return FolderPlace(tmp_path / "g", lambda b: FolderIssues(b, name="group.issues"))


def holders(place: FolderPlace) -> list[str]:
    files = [path for path in place.base.rglob("*") if path.is_file()]
    return [path.name for path in files if WORD.encode() in path.read_bytes()]


def copied(place: FolderPlace) -> tuple[Observed, Path]:
    """An object, and the copy of it that a synchronisation made."""
    (made,) = done(place.remote().create([place.entry("Cache", body=WORD)]))
    path = place.file(made)
    return made, Path(shutil.copy(path, path.with_name(f"{path.stem} (conflicted copy).md")))


def test_a_copy_goes_with_the_object(place: FolderPlace) -> None:
    made, _copy = copied(place)
    done(place.remote().retract([made]))
    assert holders(place) == []


def test_a_copy_of_former_words_goes_when_they_are_replaced(place: FolderPlace) -> None:
    made, _copy = copied(place)
    done(place.remote().update([(made, changed(place.entry(key=made.key), "outras palavras"))]))
    assert holders(place) == []


def test_a_copy_that_a_person_edited_is_named_and_goes_when_that_was_seen(place: FolderPlace) -> None:
    made, copy = copied(place)
    copy.write_text(copy.read_text() + "nota de uma pessoa\n")
    (refused,) = place.remote().retract([made])
    assert isinstance(refused, Refused) and refused.conflict and copy.name in refused.reason
    assert copy.name in holders(place)
    seen = place.remote().find([made.key])[made.key]
    assert seen.edited
    done(place.remote().retract([seen]))
    assert holders(place) == []


def test_what_a_killed_writer_left_goes_with_the_next_write(place: FolderPlace) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(place.base), WORD], check=False)
    assert killed.returncode == -signal.SIGKILL and len(holders(place)) == 1
    other = next(place.base.rglob(".new-*")).with_name(".new-notas")
    other.write_text("de uma pessoa")
    done(place.remote().create([place.entry("Outro")]))
    assert holders(place) == [] and other.exists()


# --------------------------------------------------------------------------- who may read them


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def filled(base: Path, scope: str) -> None:
    place = FolderPlace(base, lambda b: FolderIssues(b, name=f"{scope}.issues"))
    done(place.remote().create([place.entry("Cache", body=WORD)]))
    memory = MemoryPlace(base)
    done(FolderMemory(base, name=f"{scope}.memory").create([memory.entry("Cache")]))


def modes(base: Path) -> dict[str, int]:
    found = [base, *base.rglob("*")]
    return {str(p.relative_to(base)): stat.S_IMODE(p.stat().st_mode) for p in found}


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("made_before", [False, True])
def test_a_companys_own_folder_is_its_owners(tmp_path: Path, *, made_before: bool) -> None:
    base = tmp_path / "own-a"
    if made_before:  # by an orch that left all to the umask
        (base / "issues/ORCH").mkdir(parents=True, mode=0o755)
        (base / "issues").chmod(0o755)
        FolderMemory(base, name="global.memory").share([])
        (base / "memory.db").chmod(0o644)
    filled(base, "company")
    found = modes(base)
    assert not any(mode & 0o077 for name, mode in found.items() if name not in (".", "issues"))
    assert made_before or not found["."] & 0o077


def test_a_groups_folder_is_written_by_no_other(tmp_path: Path, umask: int) -> None:
    filled(tmp_path / "shared", "global")
    assert not any(mode & 0o002 for mode in modes(tmp_path / "shared").values())
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o775 & ~umask


@pytest.mark.usefixtures("umask")
def test_where_the_folders_group_may_write_it_may_write_each_file(tmp_path: Path) -> None:
    base = tmp_path / "shared"
    base.mkdir()
    base.chmod(0o2770)
    filled(base, "global")
    for name, mode in modes(base).items():
        assert mode == (0o2770 if (base / name).is_dir() else 0o660), name
