"""Tokens of a text, without a vocabulary of 47,000 pieces in memory for a question of five words.

Only pieces that stand in a text can be its tokens. For a short text they are looked up in a table, and
`tokenizers` does its work with these alone; a numbering of their own is put back into the vocabulary's.
After some texts, and for a long one, the whole tokenizer is read. Unigram scores what it does not know
by the least likely piece: that one is always among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from orchestrator.transaction import transaction

TOKENIZER_FILE, PIECES = "tokenizer.json", "pieces.db"
SHORT = 400  # characters; of a longer text the pieces are too many to look up
FEW = 20  # texts looked up; reading the whole tokenizer takes 45 ms, a look-up 1 to 2
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # how SentencePiece writes a space


class Encoding(NamedTuple):
    """The tokens of a text: `ids` in the vocabulary, `offsets` in the text."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class Tokens:
    """What `tokenizers.Tokenizer.encode` gives with the tokenizer.json of `model`, neither cut nor padded.

    `opened` is a folder with what `write_pieces` wrote, or None.
    """

    def __init__(self, model: Path, opened: Path | None) -> None:
        self._file = model / TOKENIZER_FILE
        self._left = FEW if opened else 0
        self._opened = opened or model

    def encode(self, text: str, add_special_tokens: bool = True) -> Encoding:
        """The tokens of a text."""
        if self._left and len(text) <= SHORT:
            self._left -= 1
            with suppress(apsw.Error):  # damaged, or replaced meanwhile by another process
                if not self._few.is_special(text):
                    return self._few.encode(text, add_special_tokens)
        self._left = 0  # it is read now
        found = self._whole.encode(text, add_special_tokens=add_special_tokens)
        return Encoding(found.ids, found.offsets)

    @cached_property
    def _few(self) -> _Few:
        return _Few(self._opened / PIECES)

    @cached_property
    def _whole(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._file))


class _Few:
    """A tokenizer whose vocabulary is, for each text, the pieces that stand in it."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        self._db = apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags)
        ((frame, self._unknown, self._longest),) = self._db.execute("select * from frame")
        self._tokenizer: Any = Tokenizer.from_str(str(frame))
        self._special = [str(token["content"]) for token in json.loads(str(frame))["added_tokens"]]

    def is_special(self, text: str) -> bool:
        """Whether a special token stands in the text: what is around it is then normalised apart."""
        return any(token in text for token in self._special)

    def encode(self, text: str, add_special_tokens: bool) -> Encoding:
        from tokenizers.models import Unigram

        plain = self._tokenizer.normalizer.normalize_str(text)
        ids, pieces = self._standing_in(_SPACE + plain.replace(" ", _SPACE))
        self._tokenizer.model = Unigram(pieces, self._unknown, False)
        found = self._tokenizer.encode(text, add_special_tokens=add_special_tokens)
        return Encoding([ids[number] for number in found.ids], found.offsets)

    def _standing_in(self, text: str) -> tuple[list[int], list[tuple[str, float]]]:
        """Ids, and pieces with their scores, by id: those in the text and those that are always needed."""
        end, longest = len(text), int(str(self._longest))
        parts = {text[i:j] for i in range(end) for j in range(i + 1, min(end, i + longest) + 1)}
        named = "where piece in (select value from json_each(?))"
        columns = "select id, piece, score from piece"
        sql = f"{columns} where always union {columns} {named} order by id"
        rows: list[Any] = self._db.execute(sql, (json.dumps(list(parts)),)).fetchall()
        return [row[0] for row in rows], [(row[1], row[2]) for row in rows]


_SCHEMA = """
create table frame (tokenizer text not null, unknown integer not null, longest integer not null) strict;
create table piece (piece text primary key, id integer not null, score real not null, always integer not null)
  strict, without rowid;
create index piece_always on piece (always) where always;
"""


def write_pieces(folder: Path, tokenizer: Path) -> None:
    """Write the table of a tokenizer.json of a Unigram model into a folder."""
    document = json.loads(tokenizer.read_text("utf-8"))
    vocabulary = document["model"]["vocab"]
    least = min(range(len(vocabulary)), key=lambda number: vocabulary[number][1])
    # The first ones are the special tokens, whose numbers stand in the frame: these never change.
    first = 1 + max(document["model"]["unk_id"], *(token["id"] for token in document["added_tokens"]))
    rows = (
        (piece, number, score, number < first or number == least)
        for number, (piece, score) in enumerate(vocabulary)
    )
    frame = {**document, "model": {**document["model"], "vocab": vocabulary[:first]}}
    longest = max(len(piece) for piece, _score in vocabulary)
    connection = apsw.Connection(str(folder / PIECES))
    try:
        _fill(connection, rows, (json.dumps(frame), document["model"]["unk_id"], longest))
    finally:
        connection.close()


def _fill(connection: Any, rows: Iterable[tuple[str, int, float, bool]], frame: tuple[str, int, int]) -> None:
    with transaction(connection):
        for _row in connection.execute(_SCHEMA):
            continue
        connection.execute("insert into frame values (?,?,?)", frame)
        connection.executemany("insert into piece values (?,?,?,?)", rows)
