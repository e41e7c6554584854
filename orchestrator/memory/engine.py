"""The one way to an embedder: by an engine's name, in the store's and the configuration's spelling.

onnx                 orch's own model, without fastembed's imports (the default)
fastembed            the same model through fastembed
fastembed:NAME       a 384-dimensional model that fastembed knows, out of its cache
fastembed:FOLDER     a model in a folder
"""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.i18n import _
from orchestrator.memory.embedder import Embedder, OnnxEmbedder
from orchestrator.memory.model_folder import MODEL_ID, Progress, ensure

OWN = "onnx"
_FASTEMBED = "fastembed"


def engine_of(model: str = "", folder: str = "") -> str:
    """`$ORCH_EMBEDDER`, else what these keys of the configuration name, else orch's own."""
    named = folder or model
    return os.environ.get("ORCH_EMBEDDER", "") or (f"{_FASTEMBED}:{named}" if named else OWN)


def known_model(engine: str) -> str:
    """The id of the engine's model where it is known without opening it, else ''."""
    return MODEL_ID if engine in (OWN, _FASTEMBED) else ""


def open_embedder(
    progress: Progress | None = None, engine: str = "", *, download: bool = False, mirror: str = ""
) -> Embedder:
    """The embedder of an engine (default: `engine_of()`); orch's own model is written when missing.

    Only with `download` is a model fetched, from `mirror` or from the hub. Raises UserError where
    there is no such model or it is of another size, UsageError for an unknown engine.
    """
    engine = engine or engine_of()
    kind, colon, where = engine.partition(":")
    if kind == OWN and not colon:
        return OnnxEmbedder(ensure(progress), MODEL_ID)
    if kind != _FASTEMBED or (colon and not where):
        raise UsageError(
            _("unknown embedder {engine}").format(engine=engine),
            _("use onnx, fastembed, fastembed:MODEL or fastembed:FOLDER"),
        )
    from orchestrator.memory.fastembed_embedder import from_folder, from_hub, own

    if not where:
        return own(ensure(progress), MODEL_ID)
    if Path(where).is_dir() or Path(where).is_absolute():
        return from_folder(Path(where))
    return from_hub(where, download=download, mirror=mirror)
