"""`orch reembed`: all vectors of a store anew, by the model that the configuration names.

Interrupted anywhere, even by a kill, it goes on where it was; until the last text is done the store
answers with the vectors that it had (see `store.vectors`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from orchestrator.app.embedding import too_long, wanted_engine
from orchestrator.app.progress import Progress, lines
from orchestrator.app.workspace import Say, Workspace
from orchestrator.i18n import _
from orchestrator.memory.passage import embedding_text

if TYPE_CHECKING:
    from orchestrator.memory.embedder import Embedder
    from orchestrator.store.vectors import Unembedded, Vectors

SECONDS = 2.0  # of work between two commits: what a kill makes us do again
MOST = 250  # texts between two commits


@dataclass(frozen=True, slots=True)
class Reembedded:
    """What was, or would be, done for one company: models before and after, texts, and how many were long."""

    former: str
    model: str
    texts: int
    cut: int = 0


def reembed(
    workspace: Workspace, chosen: str | None, say: Say, *, dry_run: bool = False
) -> dict[str, Reembedded]:
    """Give every text of the companies in question a vector of the wanted model; {company: what was done}.

    Fetches the model when it is not here: this is the one command that may. Raises UserError without
    the model, TransientError without a network, LockedError while another process does the same.
    """
    from orchestrator.memory.engine import open_embedder

    engine, mirror = wanted_engine(workspace.group), workspace.group.embedding.mirror
    embedder = open_embedder(say, engine, download=not dry_run, mirror=mirror)
    result = {}
    for company in workspace.companies(chosen):
        with workspace.lock(f"reembed-{company}", wait=0.0), workspace.store(company) as store:
            if dry_run:
                left = store.vectors.count_left(embedder.model)
                result[company] = Reembedded(store.vectors.model(), embedder.model, left)
                continue
            progress = lines(say, _("{done} of {total} texts embedded, about {seconds} s left"))
            result[company] = renew(store.vectors, embedder, engine, progress, say)
    return result


def renew(vectors: Vectors, embedder: Embedder, engine: str, progress: Progress, say: Say) -> Reembedded:
    """Embed what is left of one store and change over; what is learnt meanwhile is embedded too."""
    former, done, cut = vectors.model(), 0, 0
    vectors.remember(embedder.model, engine)
    while True:
        total = done + vectors.count_left(embedder.model)
        left = vectors.left(embedder.model)
        while batch := list(_batch(left, embedder, say)):
            vectors.lay_beside(embedder.model, [(item, vector) for item, vector, _cut in batch])
            done, cut = done + len(batch), cut + sum(long for _item, _vector, long in batch)
            progress(done, max(total, done))
        if vectors.change_over(embedder.model):
            return Reembedded(former, embedder.model, done, cut)


def _batch(
    left: Iterator[Unembedded], embedder: Embedder, say: Say
) -> Iterator[tuple[Unembedded, list[float], bool]]:
    until = monotonic() + SECONDS
    for item in islice(left, MOST):
        found = embedder.embed(text := embedding_text(item.title, item.text))
        if found.cut:
            say(too_long(text))
        yield item, list(found.vector), found.cut
        if monotonic() >= until:
            return
