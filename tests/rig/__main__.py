"""`python -m tests.rig`: start every server, say how to reach them, wait for Ctrl-C or SIGTERM."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading

from tests.rig.binaries import RigUnavailableError
from tests.rig.rig import Rig


def main() -> int:
    """Exit code 0 after a signal, 1 when the rig cannot start."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    rig = Rig()
    try:
        print(_told(rig), flush=True)
        while not over.wait(0.2):
            continue
    except RigUnavailableError as error:
        print(f"the rig cannot start: {error}", file=sys.stderr)
        return 1
    finally:
        rig.stop()
    print("rig ended", file=sys.stderr)
    return 0


def _told(rig: Rig) -> str:
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in rig.environment().items())
    return (
        f"# The rig runs (process {os.getpid()}). In your shell:\n{exports}\n\n"
        f"# In your repository: git remote add {rig.forge.remote} {shlex.quote(rig.forge.git_url)}\n"
        f"# Postgres as superuser, for psql and `orch supabase`:\n{_databases(rig)}\n\n"
        f"# .orch/config.toml (then: orch trust)\n{rig.config_toml()}\n# Ctrl-C ends everything."
    )


def _databases(rig: Rig) -> str:
    found = {"ORCH_SUPABASE_DB_URL": "group"} | {
        f"ORCH_{company.upper().replace('-', '_')}_SUPABASE_DB_URL": project.name
        for company, project in rig.supabase.companies.items()
    }
    uris = {name: rig.supabase.cluster.uri(database=database) for name, database in found.items()}
    return "\n".join(f"export {name}={shlex.quote(uri)}" for name, uri in uris.items())


if __name__ == "__main__":
    sys.exit(main())
