"""Other models than our own: what each wants, and one sentence with the mend for each that cannot be used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from orchestrator import i18n
from orchestrator.errors import TransientError, UsageError, UserError
from orchestrator.memory import fastembed_embedder
from orchestrator.memory.embedder import OnnxEmbedder
from orchestrator.memory.engine import engine_of, open_embedder
from orchestrator.memory.fastembed_embedder import from_folder, from_hub
from orchestrator.memory.forms import E5_FORMS, Forms, forms_of
from orchestrator.memory.trial import PAIRS, calibrated, trial

MULTILINGUAL = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_current", "en")


@pytest.fixture
def folder(tmp_path: Path, model_path: Path) -> Path:
    """Our tokenizer beside a model of one layer: the word vectors, `dimensions` long."""
    made = tmp_path / "model-tiny"
    made.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(model_path / name, made)
    return made


def write_model(folder: Path, dimensions: int) -> Path:
    table = np.random.default_rng(1).normal(size=(50_000, dimensions)).astype(np.float16)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["half"]),
        helper.make_node("Cast", ["half"], ["last_hidden_state"], to=TensorProto.FLOAT),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "m"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["n", "m", dimensions])]
    graph = helper.make_graph(nodes, "g", inputs, outputs, [numpy_helper.from_array(table, "table")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    save(model, str(folder / "model.onnx"))
    return folder


def test_a_folder_with_a_model_of_another_size(folder: Path) -> None:
    with pytest.raises(UserError, match=r"8 dimensions, orch stores 384") as caught:
        from_folder(write_model(folder, 8))
    assert "384" in caught.value.hint


def test_a_folder_that_lacks_a_file_names_it(folder: Path) -> None:
    with pytest.raises(UserError, match=r"model\.onnx missing") as caught:
        open_embedder(engine=f"fastembed:{folder}")
    assert "tokenizer_config.json" in caught.value.hint
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"model\.onnx, tokenizer\.json missing"):
        from_folder(folder)
    with pytest.raises(UserError, match="missing"):
        open_embedder(engine="fastembed:/no/such/folder")


@pytest.mark.parametrize("damage", ["model.onnx", "tokenizer.json", "tokenizer_config.json"])
def test_a_folder_with_a_damaged_file(folder: Path, damage: str) -> None:
    write_model(folder, 384)
    (folder / damage).write_bytes(b"\0damaged")
    with pytest.raises(UserError):
        from_folder(folder)


def test_a_short_model_reads_windows_of_its_own_length(folder: Path) -> None:
    """fastembed would cut a text at the model's 128 tokens and say nothing."""
    write_model(folder, 384)
    told = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**told, "model_max_length": 128}))
    embedder = from_folder(folder)
    assert embedder.embed("relatório " * 100).windows == 1
    found = embedder.embed("relatório " * 300)
    assert found.windows == 3
    assert not found.cut
    assert embedder.embed("relatório " * 300 + "fim").vector != found.vector


def test_words_before_a_text_come_from_the_folder_or_the_family(tmp_path: Path) -> None:
    assert forms_of("intfloat/multilingual-e5-small") == E5_FORMS
    assert forms_of("BAAI/bge-small-en-v1.5").query.startswith("Represent")
    assert forms_of(MULTILINGUAL) == Forms()
    assert forms_of("someone/e50-model") == Forms()
    (tmp_path / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "busca: ", "document": "texto: "}})
    )
    assert forms_of("e5-small", tmp_path) == Forms("busca: ", "texto: ")
    (tmp_path / "config_sentence_transformers.json").write_text("[]")
    assert forms_of("e5-small", tmp_path) == E5_FORMS
    marks = [E5_FORMS.mark, Forms().mark, Forms("a").mark, Forms("", "a").mark]
    assert marks[:2] == ["+qp", ""]
    assert len(set(marks)) == 4


def test_a_name_that_fastembed_does_not_know_in_our_size() -> None:
    for name in ("jinaai/jina-embeddings-v2-base-en", "no/such-model"):
        with pytest.raises(UserError, match=name) as caught:
            from_hub(name)
        assert MULTILINGUAL in caught.value.hint


def test_a_hub_that_cannot_be_reached_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTEMBED_CACHE_PATH", str(tmp_path))
    real, asked = fastembed_embedder._text_embedding, list[dict[str, Any]]()

    def text_embedding(name: str, **more: Any) -> Any:
        asked.append(more)
        return real(name, **more)

    monkeypatch.setattr(fastembed_embedder, "_text_embedding", text_embedding)
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9 does not answer") as caught:
        from_hub(MULTILINGUAL, download=True, mirror="http://127.0.0.1:9")
    assert "config.toml" in caught.value.hint
    assert [more.get("local_files_only") for more in asked] == [True], "fastembed would try for 39 s"


def test_what_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORCH_EMBEDDER", raising=False)
    assert engine_of() == "onnx"
    assert engine_of("a/b") == "fastembed:a/b"
    assert engine_of("", "/models/x") == "fastembed:/models/x"
    monkeypatch.setenv("ORCH_EMBEDDER", "fastembed")
    assert engine_of("a/b") == "fastembed"
    with pytest.raises(UsageError, match="fastembed:"):
        open_embedder(engine="fastembed:")


def test_the_pairs_tell_a_model_from_one_that_knows_nothing(embedder: OnnxEmbedder, folder: Path) -> None:
    """Measured: 6 of 12 for our own, 3 for an English model. One of twelve comes first by chance."""
    ours, nothing = trial(embedder), trial(from_folder(write_model(folder, 384)))
    assert ours.total[1] == len(PAIRS) == 12
    assert ours.total[0] >= 5
    assert ours.total[0] > nothing.total[0]
    assert 0.7 < ours.unrelated.mean < 0.9
    assert 0.01 < ours.unrelated.deviation < 0.05


def test_a_models_cosines_are_measured_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCH_MODEL_DIR", str(tmp_path / "models"))
    embedder = from_folder(write_model(folder, 384))
    assert calibrated(embedder) == embedder.unrelated == trial(embedder).unrelated
    (kept,) = (tmp_path / "models" / "unrelated").iterdir()
    kept.write_text('{"mean": 0.5, "deviation": 0.1}')
    assert calibrated(embedder).mean == 0.5
    kept.write_text("damaged")
    assert calibrated(embedder) == embedder.unrelated
