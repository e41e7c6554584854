"""Write the tokenizer files of the model: SentencePiece Unigram as `tokenizers` reads it.

The weights file carries the original normaliser ("nmt_nfkc") as a map from code points to
texts. It equals NFKC but for two small sets: controls that vanish and spaces that become a
plain space. Those are taken from the map itself; what remains different are characters newer
than the map, and U+FF5E, which NFKC turns into "~" and the map keeps.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from orchestrator.memory.weights import Vocabulary

METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def tokenizer_files(vocabulary: Vocabulary, positions: int) -> dict[str, bytes]:
    """File name -> contents: all that `tokenizers` and fastembed want beside the model."""
    ids = dict(zip(SPECIAL, (vocabulary.bos, vocabulary.pad, vocabulary.eos, vocabulary.unk), strict=True))
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    return {
        "tokenizer.json": _json(_tokenizer(vocabulary, ids)),
        "tokenizer_config.json": _json({"model_max_length": positions, **names}),
        "special_tokens_map.json": _json(names),
        "config.json": _json({"pad_token_id": vocabulary.pad, "model_type": "bert"}),
    }


def _tokenizer(vocabulary: Vocabulary, ids: dict[str, int]) -> dict[str, Any]:
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(token, number) for token, number in sorted(ids.items(), key=lambda i: i[1])],
        "normalizer": {"type": "Sequence", "normalizers": _normalisers(vocabulary.rules)},
        "pre_tokenizer": METASPACE,
        "post_processor": _frame(ids),
        "decoder": METASPACE,
        "model": {
            "type": "Unigram",
            "unk_id": vocabulary.unk,
            "vocab": list(zip(vocabulary.pieces, vocabulary.scores, strict=True)),
            "byte_fallback": False,
        },
    }


def _added(token: str, number: int) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": token, **flags, "special": True}


def _normalisers(rules: dict[int, str]) -> list[dict[str, Any]]:
    """The map's differences from NFKC first, then NFKC, then single spaces."""
    odd = {code: to for code, to in rules.items() if to != unicodedata.normalize("NFKC", chr(code))}
    vanish = [code for code, to in odd.items() if to == ""]
    spaces = [code for code, to in odd.items() if to == " "]
    steps = [_replace(_characters(vanish), "")] if vanish else []
    steps.append(_replace(_characters([0, *spaces]), " "))
    return [*steps, {"type": "NFKC"}, _replace(" {2,}", " ")]


def _characters(codes: list[int]) -> str:
    """A regular expression for any one of these code points."""
    return "[" + "".join(f"\\x{{{code:x}}}" for code in sorted(codes)) + "]"


def _replace(pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _frame(ids: dict[str, int]) -> dict[str, Any]:
    begin, end = ({"SpecialToken": {"id": token, "type_id": 0}} for token in ("<s>", "</s>"))
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [begin, first, end],
        "pair": [begin, first, end, second, end],
        "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in ("<s>", "</s>")},
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
