"""One language model for the whole test run, written once into the git-ignored cache folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from orchestrator.memory.embedder import Embedder, OnnxEmbedder
from orchestrator.memory.model_folder import MODEL_ID, ensure
from orchestrator.memory.opened_model import ensure_opened
from orchestrator.store.migrations import migrate
from orchestrator.store.search_index import Item, SearchIndex
from tests.rig.binaries import REPOSITORY


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model's folder; the writer itself makes this safe under pytest-xdist."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORCH_MODEL_DIR", str(REPOSITORY / ".cache" / "models"))
        folder = ensure()
    for _attempt in range(600):
        if ensure_opened(folder):
            break
        time.sleep(0.1)  # another worker of pytest-xdist is writing it, and is not waited for
    return folder


@pytest.fixture(scope="session")
def embedder(model_path: Path) -> OnnxEmbedder:
    return OnnxEmbedder(model_path, MODEL_ID)


@pytest.fixture
def index() -> Iterator[SearchIndex]:
    connection = apsw.Connection(":memory:")
    migrate(connection)
    yield SearchIndex(connection)
    connection.close()


@pytest.fixture
def fill(index: SearchIndex) -> Callable[..., SearchIndex]:
    """Put texts into the index as r0, r1, ... with vectors when an embedder is given."""

    def put(texts: tuple[str, ...] | list[str], embedder: Embedder | None = None) -> SearchIndex:
        vectors = embedder.passages(texts) if embedder else [None] * len(texts)
        model = embedder.model if embedder else ""
        index.put(
            Item(f"r{n}", "own", "empresa-a", "insight", text, text, model=model, vector=vector)
            for n, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        )
        return index

    return put
