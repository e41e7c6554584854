"""Vectors: unit length, the same bits as fastembed, bounded in time by any text."""

from __future__ import annotations

import math
import time
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.errors import OrchError, UsageError, UserError
from orchestrator.memory import fastembed_embedder, weights
from orchestrator.memory.embedder import OnnxEmbedder, checked
from orchestrator.memory.engine import open_embedder
from orchestrator.memory.fastembed_embedder import from_hub, own
from orchestrator.memory.model_folder import MODEL_ID
from orchestrator.memory.windows import MAX_WINDOWS, WINDOW_TOKENS, windows

HOSTILE = {
    "empty": "",
    "NUL": "antes\0depois",
    "U+FDFA": "\ufdfa" * 1000,
    "lone surrogate": "\ud800 texto \udfff",
    "one long word": "a" * 100_000,
    "long text": "o cliente pediu relatório " * 4_000,
    "controls": "".join(map(chr, range(32))) + "\u202e\u200b\ufeff",
    "joined emoji": "👩‍👩‍👧" * 500,
    "combining": "e" + "\u0301" * 5_000,
}


def cosine(a: array[float], b: array[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gives_a_unit_vector_in_bounded_time(embedder: OnnxEmbedder, name: str) -> None:
    started = time.process_time()
    for vector in (*embedder.passages([HOSTILE[name]]), embedder.query(HOSTILE[name])):
        assert len(vector) == embedder.dimensions == 384
        assert math.isclose(cosine(vector, vector), 1, abs_tol=1e-4)
    assert time.process_time() - started < 15  # about 2 s for four windows, twice


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=60))
def test_any_text_gives_a_unit_vector(embedder: OnnxEmbedder, text: str) -> None:
    (vector,) = embedder.passages([text])
    assert math.isclose(cosine(vector, vector), 1, abs_tol=1e-4)


def test_a_vector_does_not_depend_on_its_mates(embedder: OnnxEmbedder) -> None:
    texts = ["cache", "o cliente pediu relatório " * 60, "latência"]
    together = embedder.passages(texts)
    assert together == [embedder.passages([text])[0] for text in texts] == embedder.passages(texts)


def test_threads_do_not_change_the_bits(embedder: OnnxEmbedder, model_path: Path) -> None:
    text = "Índice composto em pedidos"
    assert OnnxEmbedder(model_path, "m", threads=2).query(text) == embedder.query(text)


def test_questions_and_passages_have_their_own_prefix(embedder: OnnxEmbedder) -> None:
    (passage,) = embedder.passages(["cache mais rápido"])
    assert cosine(passage, embedder.query("cache mais rápido")) < 0.999


def test_text_after_a_nul_counts(embedder: OnnxEmbedder) -> None:
    first, second = embedder.passages(["antes\0depois da chuva", "antes"])
    assert cosine(first, second) < 0.99


def test_composed_and_decomposed_accents_are_one_text(embedder: OnnxEmbedder) -> None:
    first, second = embedder.passages(["solução", "soluc\u0327a\u0303o"])
    assert first == second


def test_a_long_text_says_how_much_of_it_was_read(embedder: OnnxEmbedder) -> None:
    short, long, longer = (embedder.embed(" ".join(["relatório"] * n)) for n in (50, 700, 9_000))
    assert (short.windows, short.cut) == (1, False)
    assert long.windows > 1
    assert not long.cut
    assert (longer.windows, longer.cut) == (MAX_WINDOWS, True)


def test_windows_lie_at_words_and_keep_the_end(embedder: OnnxEmbedder) -> None:
    text = " ".join(f"palavra{n}" for n in range(1_200)) + " fim"
    found = windows(text, embedder._tokenizer)
    assert found.cut
    assert found.texts[0].startswith("palavra0 palavra1 ")
    assert found.texts[-1].endswith(" fim")
    assert all(part.strip().startswith("palavra") for part in found.texts)
    assert max(found.tokens) <= WINDOW_TOKENS
    assert min(found.tokens) > WINDOW_TOKENS / 2


def test_the_end_of_a_long_text_changes_its_vector(embedder: OnnxEmbedder) -> None:
    text = "relatório mensal de vendas " * 150
    first, second = embedder.passages([text, text + "a autenticação foi trocada"])
    assert first != second


def test_fastembed_gives_the_same_bits(embedder: OnnxEmbedder, model_path: Path) -> None:
    """The specification says fastembed: our shorter way must be fastembed's own computation."""
    from fastembed import TextEmbedding

    other = own(model_path, MODEL_ID)
    odd = [HOSTILE[name] for name in ("empty", "NUL", "lone surrogate", "controls")]
    texts = ["Redis na frente do catálogo", "fix: close the pool", "o cliente pediu " * 200, *odd]
    assert other.passages(texts) == embedder.passages(texts)
    assert other.query("cache") == embedder.query("cache")
    raw = TextEmbedding("orch/mean/model.onnx", specific_model_path=str(model_path), threads=1)
    vector = next(iter(raw.embed(["passage: " + texts[0]], batch_size=1)))
    assert array("f", vector) == embedder.passages([texts[0]])[0]


def test_a_folder_by_explicit_choice(model_path: Path) -> None:
    chosen = open_embedder(engine=f"fastembed:{model_path}")
    assert chosen.model.startswith(model_path.name + "@")
    assert chosen.model != MODEL_ID
    assert open_embedder(engine="fastembed").model == MODEL_ID


def test_a_model_that_is_not_there_fails_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fastembed would try the network for 39 s; nothing is downloaded unless told."""
    monkeypatch.setenv("FASTEMBED_CACHE_PATH", str(tmp_path))
    real, asked = fastembed_embedder._text_embedding, list[dict[str, Any]]()

    def text_embedding(name: str, **more: Any) -> Any:
        asked.append(more)
        return real(name, **more)

    monkeypatch.setattr(fastembed_embedder, "_text_embedding", text_embedding)
    with pytest.raises(UserError, match="MiniLM"):
        from_hub("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2")
    assert [more.get("local_files_only") for more in asked] == [True]


def test_unknown_engine() -> None:
    with pytest.raises(UsageError, match="word2vec"):
        open_embedder(engine="word2vec")


def test_no_model_on_this_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCH_MODEL_DIR", str(tmp_path))
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package_here")
    with pytest.raises(UserError):
        open_embedder()


@pytest.mark.parametrize("bad", [[math.nan] * 384, [0.0] * 384, [1.0] * 384, [1.0]])
def test_a_vector_that_is_none_is_refused(bad: list[float]) -> None:
    with pytest.raises(OrchError):
        checked(bad)
