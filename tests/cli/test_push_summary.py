"""A remote's line at the end of a push, in numbers that agree with their words."""

from __future__ import annotations

import pytest

from orchestrator import i18n
from orchestrator.cli.push_summary import summary
from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.report import RemoteReport


def report(**more: object) -> RemoteReport:
    return RemoteReport("global.issues", "Jira ORCH", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("steps", "more", "told"),
    [
        (0, {}, "em dia, 0 escritas"),
        (1, {"links": 1}, "1 criado, 1 ligado"),
        (2, {"waiting": 1}, "2 criados, 1 fica na fila"),
        (0, {"waiting": 2, "refused": {"a": "x"}}, "1 recusado, 2 ficam na fila"),
        (0, {"earlier": {"stuck": 1}}, "1 recusado antes, veja `orch status`"),
        (0, {"waiting": 1, "error": "respondeu {n} {coisas}"}, "1 fica na fila, respondeu {n} {coisas}"),
    ],
)
def test_the_line_of_a_remote(steps: int, more: dict[str, object], told: str) -> None:
    i18n.use("pt-BR")
    made = report(**more)
    made.steps = [Step(f"i{n}", Action.CREATE, None, None) for n in range(steps)]
    assert summary(made, dry_run=False) == told
    if not steps and "waiting" not in more:
        assert summary(made, dry_run=True) == told
