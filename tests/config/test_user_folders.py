"""Where a user's folders lie is what platformdirs says, without importing it in the usual case."""

from __future__ import annotations

import subprocess
import sys
from typing import Literal

import platformdirs
import pytest

from orchestrator.config.user_folders import user_folder

KINDS: tuple[Literal["cache", "state", "config"], ...] = ("cache", "state", "config")


@pytest.mark.parametrize("home", ["/home/ana", "/home/ana/", "relative", "", None])
@pytest.mark.parametrize("named", [None, "", "/srv/xdg", "/srv/xdg/", "relative", " ", "~/xdg"])
def test_as_platformdirs_says(monkeypatch: pytest.MonkeyPatch, home: str | None, named: str | None) -> None:
    for name, value in {"HOME": home, **{f"XDG_{k.upper()}_HOME": named for k in KINDS}}.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    wanted = platformdirs.PlatformDirs("orch", appauthor=False)
    for kind in KINDS:
        assert user_folder(kind) == getattr(wanted, f"user_{kind}_path")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked")
def test_in_the_usual_case_without_importing_it() -> None:
    code = (
        "import sys; from orchestrator.config.user_folders import user_folder;"
        " user_folder('cache'); print('platformdirs' in sys.modules)"
    )
    environment = {"HOME": "/home/ana"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
