"""Our model as it opens at once: its graph optimised, its file mapped, its vocabulary a table.

Opening model.onnx reads and rearranges 33 MB, and tokenizer.json is a trie of 47,000 pieces: a
search for one question pays for both and needs little of either. What ONNX Runtime makes of the graph
is kept beside the model in its own format, which is used where it lies, and the vocabulary in a table
(see `tokens`). Both give the very same bits (tests compare them). Kept for one model and one version of
ONNX Runtime; where it cannot be written the model itself is opened.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from orchestrator import inference
from orchestrator.memory import whole_folder
from orchestrator.memory.model_folder import MODEL_FILE
from orchestrator.memory.network import Network, session_options
from orchestrator.memory.tokens import TOKENIZER_FILE, write_pieces

GRAPH = "graph" + inference.MAPPED
_FORM = "2"  # of these files; another one is made anew


def opened_folder(model: Path) -> Path:
    """Where what was made of a model lies, or will lie: beside it."""
    return model.with_name(f"opened-{model.name}")


def ensure_opened(model: Path) -> Path | None:
    """The folder of what was made of a model, written first; None where it cannot be, for whatever reason.

    Another process that writes it is not waited for.
    """
    folder = opened_folder(model)
    try:
        facts = facts_of(model)
        if not whole_folder.is_whole(folder, facts):
            whole_folder.write_once(folder, facts, lambda part: _fill(part, model), wait=0)
    except Exception:  # noqa: BLE001 - another writer, a full disk as each library words it, other bits
        return None
    return folder


def damaged_opened(model: Path) -> list[str]:
    """Names of files of a whole folder whose SHA-256 differs; one that is not whole is made anew unasked."""
    folder, facts = opened_folder(model), facts_of(model)
    return whole_folder.damaged_files(folder, facts) if whole_folder.is_whole(folder, facts) else []


def discard_damaged(model: Path) -> bool:
    """Whether files are not as they were written; then the next process makes them anew. Reads all: 25 ms."""
    damaged = bool(damaged_opened(model))
    if damaged:
        with suppress(OSError):  # another's folder: whoever owns it is told by doctor
            (opened_folder(model) / whole_folder.MANIFEST).unlink(missing_ok=True)
    return damaged


def facts_of(model: Path) -> dict[str, str]:
    """What the files follow from: the model, by the hash of its manifest, and who optimised it."""
    try:
        version = inference.version()
    except inference.InferenceError:
        version = _version_of_module()
    manifest = (model / whole_folder.MANIFEST).read_bytes()
    return {"of": hashlib.sha256(manifest).hexdigest(), "onnxruntime": version, "form": _FORM}


def _version_of_module() -> str:
    from onnxruntime import __version__

    return str(__version__)


def open_opened(model: Path, opened: Path | None, threads: int, *, packed: bool) -> Network:
    """The network of a model. `packed` rearranges the weights first: 15 ms once, 0.8 ms a run less."""
    if opened is None:
        return Network(model / MODEL_FILE, threads=threads)
    entries = {} if packed else {"session.disable_prepacking": "1"}
    return Network(opened / GRAPH, threads=threads, optimise=False, entries=entries)


def _fill(part: Path, model: Path) -> None:
    from onnxruntime import GraphOptimizationLevel, InferenceSession

    options = session_options(1)
    # The next level is for this very processor; the folder may lie on a disk that others share.
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(part / GRAPH)
    options.add_session_config_entry("session.save_model_format", "ORT")
    InferenceSession(str(model / MODEL_FILE), options, providers=["CPUExecutionProvider"])  # writes it
    if _answer(open_opened(model, None, 1, packed=True)) != _answer(
        open_opened(model, part, 1, packed=False)
    ):
        raise ValueError("the optimised graph gives other bits")  # or was not written to its end
    write_pieces(part, model / TOKENIZER_FILE)


def _answer(network: Network) -> bytes:
    """What a network makes of one text of the model's usual length."""
    return network.hidden(range(1, 64)).tobytes()
