"""Tokens of a text, without a vocabulary of 47,000 pieces in memory for a question of five words.

Only pieces that stand in a text can be its tokens. For a short text of plain characters they are looked
up in a table, and the best way through each word is found here, as `tokenizers` finds it. What is not
plain, which its normaliser would change, a long text, and all after some texts are the whole tokenizer's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import apsw

from orchestrator.transaction import transaction

TOKENIZER_FILE, PIECES = "tokenizer.json", "pieces.db"
SHORT = 400  # characters; of a longer text the pieces are too many to look up
FEW = 20  # texts looked up; reading the whole tokenizer takes 45 ms, a look-up 1
_UNKNOWN = 10.0  # SentencePiece's penalty
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # how SentencePiece writes a space
# No normalisation changes these, alone or beside each other; `<` may begin a special token.
_PLAIN = re.compile(r"[ !-;=-~À-ÖØ-öø-ÿ–—‘’“”•→]+")
_WORD = re.compile(f"{_SPACE}[^{_SPACE}]*")

Pieces = Mapping[str, tuple[int, float]]  # piece → its number and its logarithmic probability


class Tokens:
    """The tokens of a tokenizer.json; `opened` is a folder with what `write_pieces` made of it, or None."""

    def __init__(self, model: Path, opened: Path | None) -> None:
        self._file = model / TOKENIZER_FILE
        self._left = FEW if opened else 0
        self._opened = opened or model

    def ids(self, text: str) -> list[int]:
        """The tokens of a text, with those that stand around it, neither cut nor padded."""
        if self._left and is_plain(text):
            self._left -= 1
            with suppress(apsw.Error, ValueError):  # damaged, or replaced meanwhile by another process
                return self._few.ids(text)
        self._left = 0  # the whole is read now
        return list(self.whole.encode(text).ids)

    @cached_property
    def _few(self) -> Few:
        return Few(self._opened / PIECES)

    @cached_property
    def whole(self) -> Any:
        """A `tokenizers.Tokenizer`."""
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._file))


def is_plain(text: str) -> bool:
    """Short, and of characters that no normalisation changes."""
    return len(text) <= SHORT and "  " not in text and _PLAIN.fullmatch(text) is not None


class Few:
    """The tokens of plain texts, by a table of pieces."""

    def __init__(self, path: Path) -> None:
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        self._db = apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags)
        rows: Any = self._db.execute("select * from frame")
        (self._frame,) = rows

    def ids(self, text: str) -> list[int]:
        """The tokens of a plain text."""
        longest, first, last, unknown, least = self._frame
        added = "" if text.startswith(" ") else _SPACE
        words = _WORD.findall(added + text.replace(" ", _SPACE))
        pieces = self._standing_in(words, longest)
        return [first, *(n for word in words for n in best_way(word, pieces, unknown, least)), last]

    def _standing_in(self, words: Iterable[str], longest: int) -> Pieces:
        parts = {
            word[i:j]
            for word in words
            for i in range(len(word))
            for j in range(i + 1, min(len(word), i + longest) + 1)
        }
        sql = "select piece, id, score from piece where piece in (select value from json_each(?))"
        rows: Any = self._db.execute(sql, (json.dumps(list(parts)),))
        return {piece: (number, score) for piece, number, score in rows}


def best_way(word: str, pieces: Pieces, unknown: int, least: float) -> list[int]:
    """The tokens of a word, of the greatest sum of scores: Viterbi's way through a Unigram model.

    Of equal ways the one whose last piece begins first. A character that is no piece counts as one that is
    10 less likely than the least likely piece; several of them together are one `unknown` token.
    """
    longest = max(map(len, pieces), default=1)
    scores: list[float | None] = [0.0] + [None] * len(word)
    begins = [0] * (len(word) + 1)
    for start in range(len(word)):
        here = scores[start] or 0.0
        for end in range(start + 1, min(len(word), start + longest) + 1):
            known = pieces.get(word[start:end])
            if known is None and end > start + 1:
                continue
            before, score = scores[end], (known[1] if known else least - _UNKNOWN) + here
            if before is None or score > before:
                scores[end], begins[end] = score, start
    ids: list[int] = []
    end = len(word)
    while end:  # the way back
        number, _score = pieces.get(word[begins[end] : end], (unknown, 0.0))
        if number != unknown or ids[-1:] != [unknown]:
            ids.append(number)
        end = begins[end]
    return ids[::-1]


_SCHEMA = """
create table frame (
  longest integer not null,  -- characters of a piece
  first   integer not null,  -- ids of the tokens that stand around a text
  last    integer not null,
  unknown integer not null,
  least   real not null      -- the score of the least likely piece
) strict;
create table piece (piece text primary key, id integer not null, score real not null) strict, without rowid;
"""


def write_pieces(folder: Path, tokenizer: Path) -> None:
    """Write the table of a tokenizer.json of a Unigram model into a folder."""
    document = json.loads(tokenizer.read_text("utf-8"))
    vocabulary = document["model"]["vocab"]
    rows = ((piece, number, score) for number, (piece, score) in enumerate(vocabulary))
    ids = {token["content"]: token["id"] for token in document["added_tokens"]}
    longest = max(len(piece) for piece, _score in vocabulary)
    least = min(score for _piece, score in vocabulary)
    connection = apsw.Connection(str(folder / PIECES))
    try:
        _fill(connection, rows, (longest, ids["<s>"], ids["</s>"], document["model"]["unk_id"], least))
    finally:
        connection.close()


def _fill(
    connection: Any, rows: Iterable[tuple[str, int, float]], frame: tuple[int, int, int, int, float]
) -> None:
    with transaction(connection):
        for _row in connection.execute(_SCHEMA):
            continue
        connection.execute("insert into frame values (?,?,?,?,?)", frame)
        connection.executemany("insert into piece values (?,?,?)", rows)
