"""The network that makes hidden states of tokens, and the vector of a text out of these.

ONNX Runtime is asked through its C interface (see `inference`), through its Python module where that
fails or is not to be had. Both are one program, and give the same bits.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from functools import partial
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.inference import InferenceError, Session, Tensor
from orchestrator.model import VECTOR_DIMENSIONS

if TYPE_CHECKING:
    from onnxruntime import SessionOptions

_HIDDEN = "last_hidden_state"


class Network:
    """A model that is open. `entries` are settings of a session. Raises what ONNX Runtime's module raises."""

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 1,
        optimise: bool = True,
        entries: Mapping[str, str] | None = None,
    ) -> None:
        self._by_module = partial(_ByModule, model, threads, optimise, entries or {})
        self._session: _Direct | _ByModule
        try:
            self._session = _Direct(model, threads, optimise, entries or {})
        except InferenceError:
            self._session = self._by_module()

    def hidden(self, ids: Sequence[int]) -> array[float]:
        """The hidden states (float32) of these tokens, one after the other."""
        try:
            return self._session.hidden(ids)
        except InferenceError:
            self._session = self._by_module()
            return self._session.hidden(ids)


class _Direct:
    def __init__(self, model: Path, threads: int, optimise: bool, entries: Mapping[str, str]) -> None:
        self._session = Session(model, threads=threads, optimise=optimise, entries=entries)

    def hidden(self, ids: Sequence[int]) -> array[float]:
        shape = (1, len(ids))
        tokens = Tensor.of("q", array("q", ids).tobytes(), shape)
        mask = Tensor.of("q", (array("q", [1]) * len(ids)).tobytes(), shape)
        (found,) = self._session.run({"input_ids": tokens, "attention_mask": mask}, [_HIDDEN])
        return found.read("f")


class _ByModule:
    def __init__(self, model: Path, threads: int, optimise: bool, entries: Mapping[str, str]) -> None:
        from onnxruntime import GraphOptimizationLevel, InferenceSession

        options = session_options(threads)
        if not optimise:
            options.graph_optimization_level = GraphOptimizationLevel.ORT_DISABLE_ALL
        for key, value in entries.items():
            options.add_session_config_entry(key, value)
        self._session = InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def hidden(self, ids: Sequence[int]) -> array[float]:
        import numpy as np

        tokens = np.array([ids], np.int64)
        asked = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
        (found,) = self._session.run([_HIDDEN], asked)
        return array("f", found.tobytes())


def session_options(threads: int) -> SessionOptions:
    """Options of the Python module."""
    from onnxruntime import SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # its warnings are about graph fusions, not for people
    return options


def pooled(hidden: array[float], *, many: bool) -> Any:
    """The mean of hidden states, of length 1, as float32; `many`: by numpy, which is worth its import then.

    Both ways add one token after the other in double precision, so that they give the same bits.
    """
    return _by_numpy(hidden) if many else _plainly(hidden)


def _plainly(hidden: array[float]) -> array[float]:
    sums = hidden[:VECTOR_DIMENSIONS].tolist()
    for start in range(VECTOR_DIMENSIONS, len(hidden), VECTOR_DIMENSIONS):
        sums = list(map(add, sums, hidden[start : start + VECTOR_DIMENSIONS].tolist()))
    tokens = len(hidden) // VECTOR_DIMENSIONS
    mean = [value / tokens for value in sums]
    length = max(math.sqrt(math.fsum(value * value for value in mean)), 1e-12)
    return array("f", [value / length for value in mean])


def _by_numpy(hidden: array[float]) -> Any:
    import numpy as np

    states = np.frombuffer(hidden, np.float32).reshape(-1, VECTOR_DIMENSIONS)
    mean = np.sum(states, axis=0, dtype=np.float64) / len(states)
    length = math.sqrt(math.fsum(value * value for value in array("d", mean.tobytes())))
    return (mean / max(length, 1e-12)).astype(np.float32)
