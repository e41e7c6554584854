"""Texts to unit vectors, on this machine, with nothing downloaded.

`open_embedder()` gives ONNX Runtime and tokenizers on the model of `model_folder`: the very
computation of fastembed on the same files (a test compares the bits), without the second and a
half that importing fastembed costs. fastembed itself, and its models, by explicit choice.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from orchestrator.errors import OrchError, UsageError
from orchestrator.i18n import _
from orchestrator.memory.model_folder import MODEL_FILE, MODEL_ID, Progress, ensure
from orchestrator.memory.windows import MODEL_TOKENS, windows
from orchestrator.model import VECTOR_DIMENSIONS

DEFAULT_MODEL = MODEL_ID
PASSAGE = "passage: "
QUERY = "query: "


class Embedder(Protocol):
    """`model` names model, revision, quantisation and prefix scheme: vectors compare within it."""

    @property
    def model(self) -> str:
        """The id to store beside every vector."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of every vector."""
        ...

    def passages(self, texts: Sequence[str]) -> list[array[float]]:
        """One unit vector (float32) a text, for texts to be found."""
        ...

    def query(self, text: str) -> array[float]:
        """The unit vector of a question."""
        ...


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector and what it was made of; `cut` when a part of the text was left out."""

    vector: array[float]
    tokens: int
    windows: int
    cut: bool


class WindowedEmbedder:
    """Prefixes, windows and pooling over windows; an engine adds the vector of one short text.

    `_vector(text)` must give the unit vector of a text within the model's length, and
    `_tokenizer` a `tokenizers.Tokenizer` without truncation and padding.
    """

    dimensions = VECTOR_DIMENSIONS

    def __init__(self, model: str, tokenizer: Any, passage: str = PASSAGE, query: str = QUERY) -> None:
        self.model = model
        self._tokenizer = tokenizer
        self._prefixes = {"passage": passage, "query": query}

    def passages(self, texts: Sequence[str]) -> list[array[float]]:
        """One unit vector a text, each computed alone: with int8 the mates would change it."""
        return [self.embed(text).vector for text in texts]

    def query(self, text: str) -> array[float]:
        """The unit vector of a question."""
        return self.embed(text, "query").vector

    def embed(self, text: str, role: str = "passage") -> Embedding:
        """A vector with its coverage. Raises OrchError when the model gives no finite vector."""
        cut = windows(text, self._tokenizer)
        vectors = [self._vector(self._prefixes[role] + part) for part in cut.texts]
        vector = checked(vectors[0] if len(vectors) == 1 else _average(vectors, cut.tokens))
        return Embedding(vector, sum(cut.tokens), len(vectors), cut.cut)

    def _vector(self, text: str) -> Any:
        raise NotImplementedError  # no default: each subclass has its own, and none is made of this class


class OnnxEmbedder(WindowedEmbedder):
    """ONNX Runtime and tokenizers on a folder with model.onnx and tokenizer.json; mean pooling.

    One thread by default: the same bits, and nothing spins beside the user's own work.
    """

    def __init__(self, folder: Path, model: str, threads: int = 1) -> None:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # its warnings are about graph fusions, not for people
        path = str(folder / MODEL_FILE)
        self._session = InferenceSession(path, options, providers=["CPUExecutionProvider"])
        super().__init__(model, Tokenizer.from_file(str(folder / "tokenizer.json")))

    def _vector(self, text: str) -> Any:
        import numpy as np

        tokens = self._tokenizer.encode(text).ids
        if len(tokens) > MODEL_TOKENS:  # as truncation does: the closing token stays
            tokens = [*tokens[: MODEL_TOKENS - 1], tokens[-1]]
        ids = np.array([tokens], np.int64)
        hidden = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
        pooled = np.sum(hidden[0], axis=0, dtype=np.float64) / ids.shape[1]
        return (pooled / max(float(np.linalg.norm(pooled)), 1e-12)).astype(np.float32)


def open_embedder(progress: Progress | None = None, engine: str = "") -> Embedder:
    """The embedder of this machine; its model is written first where it is not there yet.

    `engine` (default `$ORCH_EMBEDDER`, else `onnx`): `onnx`; `fastembed` for the same model
    through fastembed; `fastembed:NAME` or `fastembed:FOLDER` for a model of fastembed's own, from
    its cache or a folder (never downloaded here, see `FastembedEmbedder`).
    Raises UserError where there is no such model, UsageError for an unknown engine.
    """
    engine = engine or os.environ.get("ORCH_EMBEDDER", "") or "onnx"
    kind, _colon, where = engine.partition(":")
    if kind == "onnx" and not where:
        return OnnxEmbedder(ensure(progress), MODEL_ID)
    if kind != "fastembed":
        raise UsageError(
            _("unknown embedder {engine}").format(engine=engine),
            _("use onnx, fastembed, fastembed:MODEL or fastembed:FOLDER"),
        )
    from orchestrator.memory.fastembed_embedder import FastembedEmbedder

    return FastembedEmbedder.open(where) if where else FastembedEmbedder(ensure(progress), MODEL_ID)


def checked(vector: Any) -> array[float]:
    """A float32 vector as an array. Raises OrchError unless it is finite and of length 1."""
    values = array("f", vector)
    norm = sum(x * x for x in values) ** 0.5
    if len(values) != VECTOR_DIMENSIONS or not abs(norm - 1) <= 1e-3:
        raise OrchError(
            _("the language model gave a vector of {count} dimensions and length {norm}").format(
                count=len(values), norm=norm
            ),
            _("check the model with: orch doctor"),
        )
    return values


def _average(vectors: Sequence[Any], tokens: Sequence[int]) -> Any:
    """The windows' mean weighted by tokens, of length 1."""
    import numpy as np

    mean = np.average(np.stack(vectors), axis=0, weights=tokens)
    return (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
