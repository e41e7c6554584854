"""What a model wants to stand before a question and before a passage, which fastembed never adds.

A folder can say so itself, in sentence-transformers' `config_sentence_transformers.json` (`prompts`
with `query` and `passage` or `document`). Of known families we know it from their model cards:
intfloat/multilingual-e5-small, BAAI/bge-small-en-v1.5, Snowflake/snowflake-arctic-embed-s.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

PROMPTS = "config_sentence_transformers.json"


@dataclass(frozen=True, slots=True)
class Forms:
    """The words before a question and before a passage; both are part of the model's id."""

    query: str = ""
    passage: str = ""

    @property
    def mark(self) -> str:
        """The end of a model's id: `+qp` for e5's forms, '' for none, else a hash."""
        if self == E5_FORMS:
            return "+qp"
        both = f"{self.query}\0{self.passage}"
        return f"+{hashlib.sha256(both.encode()).hexdigest()[:6]}" if self.query or self.passage else ""


E5_FORMS = Forms("query: ", "passage: ")
_SEARCHING = Forms("Represent this sentence for searching relevant passages: ")
_FAMILIES = (
    (re.compile(r"(?<![a-z0-9])e5(?![a-z0-9])"), E5_FORMS),
    (re.compile(r"bge-.*-en|arctic-embed"), _SEARCHING),
)


def forms_of(name: str, folder: Path | None = None) -> Forms:
    """The forms of the model of that name, or of the one in a folder, whose own word counts most."""
    told = _told(folder) if folder else None
    return told or next((forms for family, forms in _FAMILIES if family.search(name.lower())), Forms())


def _told(folder: Path) -> Forms | None:
    try:
        prompts = json.loads((folder / PROMPTS).read_text("utf-8"))["prompts"]
        passage = prompts.get("passage", prompts.get("document", ""))
        return Forms(str(prompts["query"]), str(passage))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # most folders say nothing of it
