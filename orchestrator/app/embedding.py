"""Which model embeds for which store: always the one that the store's vectors are of.

The configuration says which model is wanted. A store that was filled with another goes on with that
one, for what is asked and for what is new, until `orch reembed` has changed all of its vectors: a
search never compares vectors of two models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrator.app.progress import Progress, unwatched
from orchestrator.app.workspace import Say, silent
from orchestrator.errors import UserError
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.config.group import Group
    from orchestrator.desk import Desk
    from orchestrator.memory.embedder import Embedder
    from orchestrator.store.company import CompanyStore
    from orchestrator.store.vectors import Vectors


class Embedders:
    """Opens each model at most once, when the first text is embedded with it."""

    def __init__(self, say: Say = silent) -> None:
        self.say = say
        self._opened: dict[str, Embedder | None] = {}

    def of(self, desk: Desk) -> LazyEmbedder:
        """The embedder of one store; its model is looked up in the store while that is open."""
        return self.of_store(desk.group, desk.store)

    def of_store(self, group: Group, store: CompanyStore) -> LazyEmbedder:
        """The same without a desk."""
        return LazyEmbedder(self, group, store)

    def open(self, engine: str) -> Embedder | None:
        """The embedder of an engine, or None, said once, where its model cannot be opened."""
        from orchestrator.memory.engine import open_embedder

        if engine not in self._opened:
            self._opened[engine] = None
            try:
                self._opened[engine] = open_embedder(progress=self.say, engine=engine)
            except UserError as e:
                self.say(e.message)
        return self._opened[engine]


class LazyEmbedder:
    """One store's embedder: it knows its model without loading it, where the store has vectors."""

    def __init__(self, embedders: Embedders, group: Group, store: CompanyStore) -> None:
        self._embedders = embedders
        self._wanted = wanted_engine(group)
        self._model = store.vectors.model()
        self._engine = engine_in_use(store.vectors, self._wanted)
        self._remember = store.vectors.remember
        self._told = False

    @property
    def model(self) -> str:
        """The id of the model; '' where there is none."""
        from orchestrator.memory.engine import known_model

        if self._model or (known := known_model(self._engine)):
            return self._model or known
        embedder = self.open()
        return embedder.model if embedder else ""

    def open(self) -> Embedder | None:
        """The embedder, or None where the model is not there or is no longer that of the store."""
        embedder = self._embedders.open(self._engine)
        changed = self._engine != self._wanted or (embedder and self._model not in ("", embedder.model))
        if changed and not self._told:
            self._told = True
            self._embedders.say(_("the configuration names another model: `orch reembed` changes to it"))
        if embedder is None or self._model not in ("", embedder.model):
            return None
        return embedder

    def passages(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector a text; nothing at all without a model."""
        embedder = self.open() if texts else None
        if embedder is None:
            return ()
        if not self._model:  # the store's first vectors
            self._remember(embedder.model, self._engine)
        found = [embedder.embed(text) for text in texts]
        for text, embedding in zip(texts, found, strict=True):
            if embedding.cut:
                self._embedders.say(too_long(text))
        return [embedding.vector for embedding in found]


def wanted_engine(group: Group) -> str:
    """The engine that the environment or the configuration names, see `memory.engine`."""
    from orchestrator.memory.engine import engine_of

    return engine_of(group.embedding.model, group.embedding.folder)


def engine_in_use(vectors: Vectors, wanted: str) -> str:
    """The engine of the vectors that a store has; the wanted one where it has none."""
    from orchestrator.memory.engine import OWN, known_model

    model = vectors.model()
    own = OWN if model == known_model(OWN) else ""  # a store that was filled by another's vectors only
    return vectors.engine() or own or wanted


def too_long(text: str) -> str:
    """What a person should know of a text that the model reads in part."""
    message = _("{title}: only its beginning and its end count for the meaning; its words are all found")
    return message.format(title=text.partition("\n")[0][:80])


def embed_missing(desk: Desk, embedder: LazyEmbedder, progress: Progress = unwatched) -> int:
    """Embed what has no vector: learnt without a model, or in a long reading. Returns how many texts."""
    from orchestrator.memory.passage import embedding_text
    from orchestrator.twins import place

    missing = desk.store.index.missing_vectors(embedder.model)
    if not missing or embedder.open() is None:
        return 0
    for done, (ref, title, text) in enumerate(missing):
        progress(done, len(missing))
        (vector,) = embedder.passages([embedding_text(title, text)])
        with desk.store.transaction():
            desk.store.index.set_vector(ref, embedder.model, vector, of=(title, text))
    place(desk, embedder.model)
    return len(missing)
