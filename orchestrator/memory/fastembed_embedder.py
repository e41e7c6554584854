"""fastembed as the engine: for a model of its hub, of a mirror, or of a folder, by explicit choice.

Nothing is downloaded unless `allow_download` is true: fastembed tries for 39 s before it says
that there is no network, so neither a search nor a drain may ever start that.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Self

from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.memory.embedder import PASSAGE, QUERY, WindowedEmbedder
from orchestrator.memory.model_folder import MODEL_FILE
from orchestrator.model import VECTOR_DIMENSIONS

_OWN_NAME = "orch/e5-small"


class FastembedEmbedder(WindowedEmbedder):
    """`fastembed.TextEmbedding`, a text at a time, with the prefixes that fastembed never adds."""

    def __init__(self, folder: Path, model: str) -> None:
        """A folder with model.onnx, tokenizer.json and tokenizer_config.json of an e5 model."""
        _register()
        self._use(_text_embedding(_OWN_NAME, specific_model_path=str(folder)), model, prefixed=True)

    @classmethod
    def open(cls, where: str, *, allow_download: bool = False, cache: Path | None = None) -> Self:
        """A folder (an e5 model), or the name of a 384-dimensional model that fastembed knows.

        `cache` is fastembed's own folder (default: `$FASTEMBED_CACHE_PATH`). Raises UserError when
        the model is not there, not known, or of another size.
        """
        if Path(where).is_dir():
            digest = hashlib.sha256((Path(where) / MODEL_FILE).read_bytes()).hexdigest()[:12]
            return cls(Path(where), f"{Path(where).name}@{digest}+qp")
        embedding = _text_embedding(
            where, local_files_only=not allow_download, cache_dir=str(cache) if cache else None
        )
        self = cls.__new__(cls)
        prefixed = "e5" in where.lower()
        revision = Path(embedding.model._model_dir).name[:12]
        self._use(embedding, f"{where}@{revision}{'+qp' if prefixed else ''}", prefixed=prefixed)
        return self

    def _use(self, embedding: Any, model: str, *, prefixed: bool) -> None:
        if embedding.embedding_size != VECTOR_DIMENSIONS:
            raise UserError(
                _("the model {model} has {count} dimensions, orch stores {wanted}").format(
                    model=model, count=embedding.embedding_size, wanted=VECTOR_DIMENSIONS
                ),
                _("choose a model with {wanted} dimensions").format(wanted=VECTOR_DIMENSIONS),
            )
        tokenizer = type(embedding.model.tokenizer).from_str(embedding.model.tokenizer.to_str())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        passage, query = (PASSAGE, QUERY) if prefixed else ("", "")
        WindowedEmbedder.__init__(self, model, tokenizer, passage, query)
        self._embedding = embedding

    def _vector(self, text: str) -> Any:
        """One text at a time (see `passages`); normalised here, since not every model does it."""
        import numpy as np

        vector = next(iter(self._embedding.embed([text], batch_size=1)))
        norm = max(float(np.linalg.norm(vector)), 1e-12)
        return vector if abs(norm - 1) < 1e-5 else (vector / norm).astype(np.float32)


def _text_embedding(name: str, **options: Any) -> Any:
    from fastembed import TextEmbedding
    from loguru import logger

    logger.disable("fastembed")  # it prints its retries to stderr
    try:
        return TextEmbedding(name, threads=1, **options)
    except (ValueError, OSError) as error:
        raise UserError(
            _("the model {model} is not on this machine: {reason}").format(model=name, reason=error),
            _("fetch it with fastembed, or leave ORCH_EMBEDDER out to use orch's own model"),
        ) from error


def _register() -> None:
    """Tell fastembed of our model, once a process: a second time it refuses."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    if any(known["model"] == _OWN_NAME for known in TextEmbedding.list_supported_models()):
        return
    TextEmbedding.add_custom_model(
        model=_OWN_NAME,
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf="intfloat/multilingual-e5-small"),
        dim=VECTOR_DIMENSIONS,
        model_file=MODEL_FILE,
    )
