"""ONNX Runtime by its C interface does what its module does; where it is not there, that one does."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from orchestrator import inference
from orchestrator.memory import network
from orchestrator.memory.embedder import OnnxEmbedder
from orchestrator.memory.model_folder import MODEL_FILE, MODEL_ID, ensure

TOKENS = [[5], list(range(4, 12)), [*range(1, 300, 7)]]


@pytest.fixture(scope="session")
def model() -> Path:
    return ensure()


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[list[Path]], None]]:
    """Says which libraries are found from now on."""

    def found(paths: list[Path]) -> None:
        monkeypatch.setattr(inference, "libraries", lambda: paths)
        inference._interface.cache_clear()

    yield found
    monkeypatch.undo()
    inference._interface.cache_clear()


def sums(path: Path) -> Path:
    """A model that adds two rows of numbers."""
    shape = ["n"]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("a", "b", "c")]
    graph = helper.make_graph([helper.make_node("Add", ["a", "b"], ["c"])], "sums", values[:2], values[2:])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    made.ir_version = 9
    onnx.save(made, path)
    return path


def floats(*values: float) -> inference.Tensor:
    return inference.Tensor.of("f", array("f", values).tobytes(), (len(values),))


def test_the_library_of_the_package_is_used() -> None:
    import onnxruntime

    assert inference.version() == onnxruntime.__version__


def test_the_same_bits_as_the_python_module(model: Path, libraries: Callable[[list[Path]], None]) -> None:
    direct = network.Network(model / MODEL_FILE)
    wanted = [direct.hidden(ids).tobytes() for ids in TOKENS]
    libraries([])
    with pytest.raises(inference.InferenceError):
        inference.version()
    by_module = network.Network(model / MODEL_FILE)
    assert type(direct._session) is not type(by_module._session)
    assert [by_module.hidden(ids).tobytes() for ids in TOKENS] == wanted


@pytest.mark.parametrize("found", ["none", "no library", "another library"])
def test_where_it_is_not_to_be_had_the_module_answers(
    model: Path, tmp_path: Path, libraries: Callable[[list[Path]], None], found: str
) -> None:
    wanted = OnnxEmbedder(model, MODEL_ID).query("fila lenta")
    junk = tmp_path / "libonnxruntime.so.9"
    junk.write_bytes(b"\x7fELF and no more")
    spec = importlib.util.find_spec("sqlite_vec")
    assert spec is not None and spec.origin is not None
    other = next(Path(spec.origin).parent.glob("vec0.*"))
    libraries({"none": [], "no library": [junk], "another library": [other]}[found])
    with pytest.raises(inference.InferenceError):
        inference.version()
    assert OnnxEmbedder(model, MODEL_ID).query("fila lenta") == wanted


def test_a_run_that_fails_is_the_modules(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = network.Network(model / MODEL_FILE)
    wanted = opened.hidden(TOKENS[1])

    def fails(*_given: object) -> None:
        raise inference.InferenceError("no memory")

    monkeypatch.setattr(inference.Session, "run", fails)
    assert opened.hidden(TOKENS[1]) == wanted
    assert type(opened._session).__name__ == "_ByModule"


def test_both_ways_to_a_vector_give_the_same_bits(model: Path) -> None:
    opened = network.Network(model / MODEL_FILE)
    for ids in TOKENS:
        hidden = opened.hidden(ids)
        few, many = network.pooled(hidden, many=False), network.pooled(hidden, many=True)
        assert few.tobytes() == many.tobytes()


def test_numbers_go_in_and_come_out(tmp_path: Path) -> None:
    session = inference.Session(sums(tmp_path / "sums.onnx"))
    (found,) = session.run({"a": floats(1, 2, 3), "b": floats(0.5, 0, -1)}, ["c"])
    assert found.read("f").tolist() == [1.5, 2, 2]
    (again,) = session.run({"a": found, "b": found}, ["c"])  # what came out goes in
    assert again.read("f").tolist() == [3, 4, 4]
    with pytest.raises(inference.InferenceError, match="kind"):
        again.read("q")  # twice the memory that there is
    (none,) = session.run({"a": floats(), "b": floats()}, ["c"])
    assert none.read("f").tolist() == []


def test_what_goes_wrong_is_told_in_its_words(tmp_path: Path) -> None:
    session = inference.Session(sums(tmp_path / "sums.onnx"))
    with pytest.raises(inference.InferenceError, match="wrong"):
        session.run({"wrong": floats(1), "b": floats(1)}, ["c"])
    with pytest.raises(inference.InferenceError):
        session.run({"a": floats(1, 2), "b": floats(1, 2, 3)}, ["c"])
    (tmp_path / "none.onnx").write_bytes(b"no model")
    with pytest.raises(inference.InferenceError):
        inference.Session(tmp_path / "none.onnx")
    with pytest.raises(inference.InferenceError):
        inference.Session(tmp_path / "missing.onnx")


def test_what_was_computed_is_given_back(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from orchestrator.inference import Session, Tensor\n"
        "session, used = Session(Path(sys.argv[1])), []\n"
        "data = bytes(4_000_000)\n"
        "for _round in range(300):\n"
        "    session.run({name: Tensor.of('f', data, (1_000_000,)) for name in 'ab'}, ['c'])\n"
        "    used.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        "print(used[-1] - used[20])\n"
    )
    command = [sys.executable, "-c", code, str(sums(tmp_path / "sums.onnx"))]
    grown = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert grown < 20_000, "kilobytes: 280 outputs of 4 MB would be a gigabyte"
