"""Write orchestrator/store/code_scan.onnx: the estimates of `store.vector_code` as a graph of operators.

    python scripts/scan_graph.py

Its inputs are rows of `memory_code` as they are stored, the same memory as bytes, floats and words; what a
question asks (`weights`, `step`, `low`, `total`); and the best of the rows before. A test compares what
this writes with the file, and what the graph finds with numpy.
"""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from orchestrator.store.code_scan import GRAPH, SHIFT
from orchestrator.store.code_table import ROW_BYTES
from orchestrator.store.search_filters import MARK_WORDS
from orchestrator.store.vector_code import BIT_WORDS

OPSET, IR_VERSION = 20, 9  # as memory.onnx_graph
CODE_BYTES = 8 * BIT_WORDS
FIRST = 8 * (1 + MARK_WORDS)  # after the number and the marks
LAST = FIRST + CODE_BYTES


def graph() -> ModelProto:
    """The model, checked by nobody: a test runs it."""
    constants = {
        "bits": np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32),
        "columns": np.array([1], np.int64),
        "first": np.array([FIRST], np.int64),
        "last": np.array([LAST], np.int64),
        "factor": np.array([LAST // 4], np.int64),
        "offset": np.array([LAST // 4 + 1], np.int64),
        "end": np.array([LAST // 4 + 2], np.int64),
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "shift": np.array([SHIFT], np.float32),
        "shift_back": np.array([1 / SHIFT], np.float32),
        "two": np.array([2.0], np.float64),
    }
    nodes = [
        # A byte of a code is one of 256: what its bits add, for each of the 48 bytes.
        _node("MatMul", "bits weights", "table"),
        _node("Slice", "bytes first last columns", "codes"),
        _node("Cast", "codes", "indices", to=TensorProto.INT32),
        _node("GatherElements", "table indices", "parts", axis=0),
        _node("ReduceSum", "parts columns", "sums", keepdims=0),
        # Both sums of it: counted bits, and the levels of those that are set.
        _node("Mul", "sums shift_back", "scaled"),
        _node("Floor", "scaled", "counted"),
        _node("Mul", "counted shift", "shifted"),
        _node("Sub", "sums shifted", "levels"),
        _node("Cast", "counted", "set_bits", to=TensorProto.DOUBLE),
        _node("Cast", "levels", "levels_set", to=TensorProto.DOUBLE),
        # vector_code.estimates, step by step
        _node("Mul", "levels_set step", "weighed"),
        _node("Mul", "set_bits low", "lifted"),
        _node("Add", "weighed lifted", "positive"),
        _node("Mul", "positive two", "both_signs"),
        _node("Sub", "both_signs total", "product"),
        *_column("floats", "factor", "offset", "factors"),
        *_column("floats", "offset", "end", "offsets"),
        _node("Cast", "factors", "wide_factors", to=TensorProto.DOUBLE),
        _node("Cast", "offsets", "wide_offsets", to=TensorProto.DOUBLE),
        _node("Mul", "wide_factors product", "turned"),
        _node("Add", "turned wide_offsets", "wide_estimates"),
        _node("Cast", "wide_estimates", "estimates", to=TensorProto.FLOAT),
        # the best of these and of those before
        *_column("words", "zero", "one", "row_numbers"),
        _node("Concat", "best_values estimates", "all_values", axis=0),
        _node("Concat", "best_numbers row_numbers", "all_numbers", axis=0),
        helper.make_node("TopK", ["all_values", "count"], ["values", "places"], sorted=0),
        _node("Gather", "all_numbers places", "numbers", axis=0),
    ]
    inputs = [
        _value("bytes", TensorProto.UINT8, "rows", ROW_BYTES),
        _value("floats", TensorProto.FLOAT, "rows", ROW_BYTES // 4),
        _value("words", TensorProto.INT64, "rows", ROW_BYTES // 8),
        _value("weights", TensorProto.FLOAT, 8, CODE_BYTES),
        *(_value(name, TensorProto.DOUBLE, 1) for name in ("step", "low", "total")),
        _value("best_values", TensorProto.FLOAT, "before"),
        _value("best_numbers", TensorProto.INT64, "before"),
        _value("count", TensorProto.INT64, 1),
    ]
    outputs = [_value("values", TensorProto.FLOAT, "best"), _value("numbers", TensorProto.INT64, "best")]
    kept = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    made = helper.make_graph(nodes, "code_scan", inputs, outputs, kept)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="orch")
    model.ir_version = IR_VERSION
    return model


def _node(operator: str, inputs: str, output: str, **attributes: int):  # noqa: ANN202 - onnx has no types
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def _column(of: str, start: str, end: str, output: str):  # noqa: ANN202
    """One column of a table, as a row of numbers."""
    yield _node("Slice", f"{of} {start} {end} columns", f"{output}_column")
    yield _node("Squeeze", f"{output}_column columns", output)


def _value(name: str, kind: int, *shape: int | str):  # noqa: ANN202
    return helper.make_tensor_value_info(name, kind, list(shape))


if __name__ == "__main__":
    GRAPH.write_bytes(graph().SerializeToString())
    print(f"{GRAPH}: {GRAPH.stat().st_size} bytes")
