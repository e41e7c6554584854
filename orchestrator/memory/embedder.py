"""Texts to unit vectors, on this machine, with nothing downloaded.

`OnnxEmbedder` is ONNX Runtime and tokenizers on the model of `model_folder`: the very computation
of fastembed on the same files (a test compares the bits), without the second and a half that
importing fastembed costs. `engine` opens it, or fastembed with another model by explicit choice.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from orchestrator.errors import OrchError
from orchestrator.i18n import _
from orchestrator.memory.forms import E5_FORMS, Forms
from orchestrator.memory.fusion import E5, Unrelated
from orchestrator.memory.network import Network, pooled
from orchestrator.memory.opened_model import discard_damaged, ensure_opened, open_opened
from orchestrator.memory.tokens import Tokens
from orchestrator.memory.windows import MODEL_TOKENS, WINDOW_TOKENS, windows
from orchestrator.model import VECTOR_DIMENSIONS

PACKED_AFTER = 20  # texts: by then rearranging the weights pays


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector and what it was made of; `cut` when a part of the text was left out."""

    vector: array[float]
    windows: int
    cut: bool


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

    @property
    def unrelated(self) -> Unrelated:
        """The cosines of texts that have nothing in common: what a cosine is measured by."""
        ...

    def passages(self, texts: Sequence[str]) -> list[array[float]]:
        """One unit vector (float32) a text, for texts to be found."""
        ...

    def query(self, text: str) -> array[float]:
        """The unit vector of a question."""
        ...

    def embed(self, text: str) -> Embedding:
        """The vector of a text to be found, and how much of the text it is of."""
        ...


class WindowedEmbedder:
    """Prefixes, windows and pooling over windows; an engine adds the vector of one short text.

    `_vector(text)` must give the unit vector of a text within the model's length, and `_tokenizer()` a
    `tokenizers.Tokenizer` without truncation and padding; it is asked for when a text may be too long.
    """

    dimensions = VECTOR_DIMENSIONS
    unrelated = E5

    def __init__(self, model: str, forms: Forms = E5_FORMS, window: int = WINDOW_TOKENS) -> None:
        self.model = model
        self._forms = forms
        self._window = window

    def passages(self, texts: Sequence[str]) -> list[array[float]]:
        """One unit vector a text, each computed alone: with int8 the mates would change it."""
        return [self.embed(text).vector for text in texts]

    def query(self, text: str) -> array[float]:
        """The unit vector of a question."""
        return self._embed(text, self._forms.query).vector

    def embed(self, text: str) -> Embedding:
        """The vector of a text to be found. Raises OrchError when the model gives no finite vector."""
        return self._embed(text, self._forms.passage)

    def _embed(self, text: str, form: str) -> Embedding:
        cut = windows(text, self._tokenizer, self._window)
        vectors = [self._vector(form + part) for part in cut.texts]
        vector = checked(vectors[0] if len(vectors) == 1 else _average(vectors, cut.tokens))
        return Embedding(vector, len(vectors), cut.cut)

    # No defaults: each subclass has its own, and none is made of this class.
    def _tokenizer(self) -> Any:
        raise NotImplementedError

    def _vector(self, text: str) -> Any:
        raise NotImplementedError


class OnnxEmbedder(WindowedEmbedder):
    """ONNX Runtime and tokenizers on a folder with model.onnx and tokenizer.json; mean pooling.

    One thread by default: the same bits, and nothing spins beside the user's own work.
    """

    def __init__(self, folder: Path, model: str, threads: int = 1) -> None:
        self._folder, self._threads = folder, threads
        self._opened = ensure_opened(folder)
        self._runs = 0
        self._sound = False
        self._network = self._open(packed=False)
        self._tokens = Tokens(folder, self._opened)
        super().__init__(model)

    def embed(self, text: str) -> Embedding:
        """The same. Such vectors are kept, so that none is made of damaged files: the first one looks."""
        if not self._sound:
            self._make_sure()
        return super().embed(text)

    def _make_sure(self) -> None:
        self._sound = True
        if self._opened and discard_damaged(self._folder):
            self._opened = None
            self._network = self._open(packed=True)
            self._tokens = Tokens(self._folder, None)

    def _open(self, *, packed: bool) -> Network:
        """On what was made of the model; on the model where that is damaged or was replaced meanwhile."""
        try:
            return open_opened(self._folder, self._opened, self._threads, packed=packed)
        except Exception:  # as ONNX Runtime words it
            if self._opened is None:
                raise
            self._opened = None
            discard_damaged(self._folder)  # the next process makes them anew
            return open_opened(self._folder, None, self._threads, packed=packed)

    def _tokenizer(self) -> Any:
        return self._tokens.whole

    def _vector(self, text: str) -> Any:
        self._runs += 1
        if self._runs == PACKED_AFTER and self._opened:
            self._network = self._open(packed=True)
        tokens = self._tokens.ids(text)
        if len(tokens) > MODEL_TOKENS:  # as truncation does: the closing token stays
            tokens = [*tokens[: MODEL_TOKENS - 1], tokens[-1]]
        return pooled(self._network.hidden(tokens), many=self._runs >= PACKED_AFTER)


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
