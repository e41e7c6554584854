"""A person's day for one company, as command lines."""

from __future__ import annotations

from collections.abc import Iterator

from tests.flow.group import GroupRepository

LEARNT = "perf: x\n\nSolução: índice parcial na fila do faturamento derrubou a espera pela metade\nShare: yes"

# What a person does all day for one company; `{a}` stands for an insight of hers.
LINES = (
    ("status",),
    ("log",),
    ("show", "{a}"),
    ("search", "fila mais rápida"),
    ("review", "--json"),
    ("review", "--refuse", "{a}", "--this-version"),
    ("review", "--approve", "{a}"),
    ("add", "Lotes menores na carga noturna derrubaram a espera pela metade"),
    ("push",),
    ("pull",),
    ("offers",),
    ("components",),
    ("audit",),
    ("audit", "verify"),
    ("withdraw", "{a}"),
    ("push",),
)


def lines(group: GroupRepository) -> Iterator[list[str]]:
    """The day's command lines, for empresa-a."""
    insight = str(group.insights("empresa-a")[0]["id"])
    for line in LINES:
        yield [part.format(a=insight) for part in line]
