"""fastembed as the engine: for a model of its hub, of a mirror, or of a folder, by explicit choice.

Nothing is downloaded unless `download` is true: fastembed tries for 39 s before it says that there
is no network, so neither a search nor a drain may ever start that.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from orchestrator.errors import TransientError, UserError
from orchestrator.i18n import _
from orchestrator.memory.embedder import WindowedEmbedder
from orchestrator.memory.forms import E5_FORMS, Forms, forms_of
from orchestrator.memory.fusion import E5, Unrelated
from orchestrator.memory.model_folder import MODEL_FILE, MODEL_ID, models_folder
from orchestrator.memory.trial import calibrated
from orchestrator.memory.windows import MODEL_TOKENS, SPARE_TOKENS
from orchestrator.model import VECTOR_DIMENSIONS

HUB = "https://huggingface.co"
PROBE_SECONDS = 10
_FILES = (MODEL_FILE, f"onnx/{MODEL_FILE}", "model_optimized.onnx", "onnx/model_quantized.onnx")


class FastembedEmbedder(WindowedEmbedder):
    """`fastembed.TextEmbedding`, a text at a time, with the forms that fastembed never adds."""

    def __init__(self, embedding: Any, model: str, forms: Forms) -> None:
        """Raises UserError when the model's vectors are not of the size that orch stores."""
        found = len(next(iter(embedding.embed(["a"], batch_size=1))))
        if found != VECTOR_DIMENSIONS:
            raise UserError(
                _("the model {model} has {count} dimensions, orch stores {wanted}").format(
                    model=model, count=found, wanted=VECTOR_DIMENSIONS
                ),
                _("choose a model with {wanted} dimensions").format(wanted=VECTOR_DIMENSIONS),
            )
        limit = (embedding.model.tokenizer.truncation or {}).get("max_length", MODEL_TOKENS)
        self._uncut = type(embedding.model.tokenizer).from_str(embedding.model.tokenizer.to_str())
        self._uncut.no_truncation()
        self._uncut.no_padding()
        super().__init__(model, forms, window=min(limit, MODEL_TOKENS) - SPARE_TOKENS)
        self._embedding = embedding

    @cached_property
    def unrelated(self) -> Unrelated:  # type: ignore[override]  # the base has e5's, measured once for all
        """Of e5 the constants; of any other model what its own trial gives."""
        return E5 if self.model == MODEL_ID else calibrated(self)

    def _tokenizer(self) -> Any:
        return self._uncut

    def _vector(self, text: str) -> Any:
        """One text at a time (see `passages`); normalised here, since not every model does it."""
        import numpy as np

        vector = next(iter(self._embedding.embed([text], batch_size=1)))
        norm = max(float(np.linalg.norm(vector)), 1e-12)
        return vector if abs(norm - 1) < 1e-5 else (vector / norm).astype(np.float32)


def own(folder: Path, model: str) -> FastembedEmbedder:
    """Orch's own model through fastembed."""
    return FastembedEmbedder(_in_folder(folder, MODEL_FILE), model, E5_FORMS)


def from_folder(folder: Path) -> FastembedEmbedder:
    """A model in a folder: an ONNX file, tokenizer.json and tokenizer_config.json.

    Its id has the hash of the ONNX file. Raises UserError when a file is missing or cannot be used.
    """
    file = next((name for name in _FILES if (folder / name).is_file()), "")
    wanted = ("tokenizer.json", "tokenizer_config.json")
    missing = [*(() if file else (MODEL_FILE,)), *(name for name in wanted if not (folder / name).is_file())]
    if missing:
        raise UserError(
            _("the folder {folder} holds no model: {files} missing").format(
                folder=folder, files=", ".join(missing)
            ),
            _("it needs {files}, as the model's page on the hub has them").format(
                files=", ".join((MODEL_FILE, *wanted))
            ),
        )
    with (folder / file).open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()[:12]
    forms = forms_of(folder.name, folder)
    return FastembedEmbedder(_in_folder(folder, file), f"{folder.name}@{digest}{forms.mark}", forms)


def from_hub(name: str, *, download: bool = False, mirror: str = "") -> FastembedEmbedder:
    """A model that fastembed knows by name, out of its cache; with `download`, fetched when missing.

    The cache is `$FASTEMBED_CACHE_PATH`, else beside orch's own model. Raises UserError when the
    model is not known, of another size or not there, TransientError when the hub does not answer.
    """
    if name.lower() not in (known := _suitable()):
        raise UserError(
            _("fastembed knows no model {model} of {wanted} dimensions").format(
                model=name, wanted=VECTOR_DIMENSIONS
            ),
            _("it knows {names}; any other goes into a folder").format(names=", ".join(known.values())),
        )
    cache = os.environ.get("FASTEMBED_CACHE_PATH", "") or str(models_folder() / "fastembed")
    try:
        embedding = _text_embedding(name, local_files_only=True, cache_dir=cache)
    except UserError:
        if not download:
            raise
        _reach(mirror or HUB)
        embedding = _text_embedding(name, cache_dir=cache)
    forms = forms_of(name)
    revision = Path(embedding.model._model_dir).name[:12]
    return FastembedEmbedder(embedding, f"{name}@{revision}{forms.mark}", forms)


def _reach(hub: str) -> None:
    """Use that hub, if it answers at all: fastembed alone would try for 39 s and blame the model."""
    import requests

    try:
        requests.head(hub, timeout=PROBE_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise TransientError(
            _("the model cannot be fetched: {hub} does not answer").format(hub=hub),
            _("try again with a network, or name a mirror or a folder in .orch/config.toml"),
        ) from error
    os.environ["HF_ENDPOINT"] = hub  # the hub's library reads it when it is first imported
    import huggingface_hub.constants

    huggingface_hub.constants.ENDPOINT = hub  # fastembed has imported it by now


def _suitable() -> dict[str, str]:
    """Names of fastembed's own models of our size, by their names in lower case."""
    from fastembed import TextEmbedding

    found = (m["model"] for m in TextEmbedding.list_supported_models() if m["dim"] == VECTOR_DIMENSIONS)
    return {name.lower(): name for name in found if not name.startswith("orch/")}


def _in_folder(folder: Path, file: str) -> Any:
    pooling = "CLS" if _wants_first_token(folder) else "MEAN"
    name = _register(file, pooling)
    return _text_embedding(name, specific_model_path=str(folder))


def _wants_first_token(folder: Path) -> bool:
    """What sentence-transformers' own file says of pooling; the mean when there is none."""
    try:
        return bool(
            json.loads((folder / "1_Pooling" / "config.json").read_text("utf-8"))["pooling_mode_cls_token"]
        )
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _text_embedding(name: str, **options: Any) -> Any:
    from fastembed import TextEmbedding
    from loguru import logger

    logger.disable("fastembed")  # it prints its retries to stderr
    try:
        return TextEmbedding(name, threads=1, **options)
    except Exception as error:
        raise UserError(
            _("the model {model} is not on this machine: {reason}").format(model=name, reason=error),
            _("`orch reembed` fetches what .orch/config.toml names"),
        ) from error


def _register(file: str, pooling: str) -> str:
    """Tell fastembed of a model in a folder, once a process: a second time it refuses. Its name."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    name = f"orch/{pooling}/{file}".lower()
    if all(known["model"] != name for known in TextEmbedding.list_supported_models()):
        TextEmbedding.add_custom_model(
            model=name,
            pooling=PoolingType[pooling],
            normalization=True,
            sources=ModelSource(hf="intfloat/multilingual-e5-small"),
            dim=VECTOR_DIMENSIONS,
            model_file=file,
        )
    return name
