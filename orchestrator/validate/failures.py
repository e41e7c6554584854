"""Why nothing could be said of a text: the rules of kind `engine` that concern the process as a whole."""

from __future__ import annotations

from orchestrator.i18n import _

MISSING = "engine.process-missing"
HUNG = "engine.process-hung"
DIED = "engine.process-died"
NONSENSE = "engine.process-nonsense"


def failure(rule: str) -> str:
    """What happened, for people; an engine's own failure is named by the engine."""
    said = {
        MISSING: _("The scanner could not be started"),
        HUNG: _("The scanner did not answer in time"),
        DIED: _("The scanner died on this text"),
        NONSENSE: _("The scanner answered what cannot be true"),
    }
    return said.get(rule) or _("Scanner {name} failed").format(name=rule.partition(".")[2])
