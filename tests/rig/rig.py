"""The whole rig: every server that orch talks to, each started when first asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from tests.rig.atlassian import Atlassian
from tests.rig.clock import Clock
from tests.rig.confluence import Confluence
from tests.rig.forge import Forge
from tests.rig.jira import Jira
from tests.rig.settings import config_toml, environment
from tests.rig.stranger import Stranger
from tests.rig.supabase import Supabase
from tests.rig.violations import Violations


class Rig:
    """`rig.supabase`, ... and what they have in common: a clock, and a list of broken contracts."""

    def __init__(self) -> None:
        self.place = Path(tempfile.gettempdir())  # a server starts within a test, and outlives its folders
        self.clock = Clock()
        self.violations = Violations()
        self._started: list[tuple[str, Callable[[], None], Callable[[], None]]] = []

    @cached_property
    def stranger(self) -> Stranger:
        """A host that nobody should send credentials to; redirects lead there."""
        server = Stranger()
        self._started.append(("stranger", server.reset, server.stop))
        return server

    @cached_property
    def supabase(self) -> Supabase:
        """Real Postgres and PostgREST; raises RigUnavailableError where they cannot be had."""
        server = Supabase(self.violations, self.stranger.url, self.place)
        self._started.append(("supabase", server.reset, server.stop))
        return server

    @cached_property
    def atlassian(self) -> Atlassian:
        """The site that holds both products; `url`, `email`, `token`, `read_only_token`."""
        server = Atlassian(self.clock, self.violations, self.stranger.url)
        self._started.append(("atlassian", server.reset, server.stop))
        return server

    @property
    def jira(self) -> Jira:
        """Jira of the site: state, human verbs, weather."""
        return self.atlassian.jira

    @property
    def confluence(self) -> Confluence:
        """Confluence of the site: state, human verbs, weather."""
        return self.atlassian.confluence

    @cached_property
    def forge(self) -> Forge:
        """GitHub's API before a real bare repository; `url`, `path`, `token`, `full_name`."""
        server = Forge(self.clock, self.violations, self.stranger.url, self.place)
        self._started.append(("forge", server.reset, server.stop))
        return server

    def environment(self) -> dict[str, str]:
        """Every credential under orch's own name; starts every server."""
        return environment(self)

    def config_toml(self, *, language: str = "pt-BR", share: str = "ask") -> str:
        """A whole `.orch/config.toml` for this rig; starts every server."""
        return config_toml(self, language=language, share=share)

    def expect_violations(self) -> AbstractContextManager[list[str]]:
        """Within the block, refusals by contract are what the test is about."""
        return self.violations.expected()

    def crashes(self) -> list[str]:
        """Tracebacks of the rig's own handlers: defects of the rig."""
        started = [self.__dict__[name] for name in ("atlassian", "forge") if name in self.__dict__]
        return [crash for part in started for crash in part.server.crashes]

    def reset(self) -> None:
        """Empty every started server, make the weather fine, set the clock right."""
        self.clock.reset()
        for _, reset, _ in self._started:
            reset()

    def stop(self) -> None:
        """End every started server, the last first."""
        while self._started:
            self._started.pop()[2]()
