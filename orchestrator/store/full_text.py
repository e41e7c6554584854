"""Full text at a cost that does not grow with the store: what a question reads of the index is bounded.

FTS5's BM25 walks the list of every phrase and scores every row that has one. So it is done for up to
READ rows. Of a question whose phrases have more, the rarest are read whole and of the next the newest
rows, READ together: these can be found. What the other phrases say is looked up for these rows alone,
and counts as BM25 weighs one occurrence in a text of average length: idf * f * (k1 + 1) / (f + k1).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import apsw

from orchestrator.lexical import Filters, Phrase
from orchestrator.store.search_filters import conditions

READ = 10_000  # rows of all phrases of a question; a row scored costs about a microsecond
WIDER = 8  # times as many, once, where a filter leaves too few

# A word as written counts a quarter of a stem: it decides between words of one stem, and measured
# alone it neither helps nor harms (nDCG@10 .633, .641, .631 at 0, 1/4, 1).
_COLUMNS = {"stems": 1.0, "words": 0.25}
_SCORE = f"-bm25(memory_fts, {_COLUMNS['stems']}, {_COLUMNS['words']})"
_K1 = 1.2  # FTS5's
_LEAST_IDF = 1e-6  # FTS5's, for a word that half of the texts hold

Held = tuple[int, set[str]]
Hits = list[tuple[str, float]]
Row = tuple[int, str, float]  # number, ref, score


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a question's phrases: `whole` lists, the newest rows of `part`, the `rest` not."""

    whole: list[Phrase]
    rest: list[Phrase]  # the first of them is read in part
    newest: int  # rows of that one


class FullText:
    """Questions to `memory_fts`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def ranked(self, phrases: Sequence[Phrase], k: int, filters: Filters) -> Hits:
        """(ref, BM25, greater is better) of the k best rows that have any of the phrases."""
        if not phrases:
            return []
        total, found = self.total(), Hits()
        for read in (READ, WIDER * READ):
            counts = {phrase: self.count(phrase, total, read) for phrase in phrases} if total > read else {}
            if sum(counts.values()) <= read:
                return [(ref, score) for _n, ref, score in self._scored(phrases, filters, k)]
            found = self._bounded(counts, total, read, filters)[:k]
            if len(found) == k or conditions(filters)[1] == []:
                break
        return found

    def holders(self, stems: Iterable[str], refs: Iterable[str]) -> tuple[int, dict[str, Held]]:
        """About how many items there are; and of each stem, how many hold it and which of these refs do.

        A count is exact up to READ.
        """
        sql = "select rowid, ref from memory_item where ref in (select value from json_each(?))"
        named = {int(str(n)): str(ref) for n, ref in self._db.execute(sql, (json.dumps(list(refs)),))}
        total, found = self.total(), dict[str, Held]()
        for stem in stems:
            count = self.count(Phrase("stems", stem), total)
            found[stem] = count, {named[n] for n in self._among(Phrase("stems", stem), count, named)}
        return total, found

    def total(self) -> int:
        """About how many items there are: the greatest number."""
        return self._number("select coalesce(max(rowid), 0) from memory_item")

    def count(self, phrase: Phrase, total: int, most: int = READ) -> int:
        """How many rows have it; beyond `most` as many as if they were as frequent everywhere as lately."""
        sql = (
            "select count(*), min(rowid) from"
            " (select rowid from memory_fts where memory_fts match ? order by rowid desc limit ?)"
        )
        ((count, oldest),) = self._db.execute(sql, (phrase.match, most + 1))
        if int(str(count)) <= most:
            return int(str(count))
        return max(most + 1, (most + 1) * total // (total - int(str(oldest)) + 1))

    # ---------------------------------------------------------------- beyond READ

    def _bounded(self, counts: dict[Phrase, int], total: int, read: int, filters: Filters) -> Hits:
        reading = _reading(counts, read)
        part = reading.rest[0]
        since = self._since(part, reading.newest)
        rows = [*self._scored(reading.whole, filters), *self._having(part, since, filters)]
        refs = {number: ref for number, ref, _score in rows}
        scores = dict.fromkeys(refs, 0.0)
        for number, _ref, score in rows:
            scores[number] += score
        for phrase in reading.rest:
            worth = _once(phrase, counts[phrase], total)
            for number in self._both(reading.whole, phrase, 0) | self._both([part], phrase, since):
                if number in scores:
                    scores[number] += worth
        best = sorted(scores, key=lambda number: (-scores[number], -number))
        return [(refs[number], scores[number]) for number in best]

    def _since(self, phrase: Phrase, newest: int) -> int:
        """The number of the last of its newest rows."""
        sql = "select rowid from memory_fts where memory_fts match ? order by rowid desc limit 1 offset ?"
        return self._number(sql, phrase.match, newest)

    def _having(self, phrase: Phrase, since: int, filters: Filters) -> list[Row]:
        where, values = conditions(filters)
        sql = (
            "select memory_fts.rowid, ref from memory_fts cross join memory_item"
            " on memory_item.rowid = memory_fts.rowid"
            f" where memory_fts match ? and memory_fts.rowid >= ? and {where}"
        )
        found = self._db.execute(sql, (phrase.match, since, *values))
        return [(int(str(number)), str(ref), 0.0) for number, ref in found]

    def _both(self, among: Sequence[Phrase], phrase: Phrase, since: int) -> set[int]:
        """The numbers, from `since`, of the rows that have one of those and this one."""
        if not among:
            return set()
        sql = "select rowid from memory_fts where memory_fts match ? and rowid >= ?"
        match = f"({_any(among)}) AND ({phrase.match})"
        return {int(str(number)) for (number,) in self._db.execute(sql, (match, since))}

    # ---------------------------------------------------------------- up to READ

    def _scored(self, phrases: Sequence[Phrase], filters: Filters, k: int = -1) -> list[Row]:
        """Rows that have any of the phrases, best first; all of them without k."""
        if not phrases:
            return []
        where, values = conditions(filters)
        sql = (
            f"select memory_fts.rowid, ref, {_SCORE} as score from memory_fts cross join memory_item"
            " on memory_item.rowid = memory_fts.rowid"
            f" where memory_fts match ? and {where} order by score desc, ref limit ?"
        )
        found = self._db.execute(sql, (_any(phrases), *values, k))
        return [(int(str(n)), str(ref), float(str(score))) for n, ref, score in found]

    def _among(self, phrase: Phrase, count: int, numbers: Iterable[int]) -> list[int]:
        """Those of these numbers whose row has it; a list is walked, or looked up when it is long."""
        kept = "rowid in (select value from json_each(?))"
        hidden = "" if count > READ else "+"  # a unary plus: no look-up for each number
        sql = f"select rowid from memory_fts where memory_fts match ? and {hidden}{kept}"
        found = self._db.execute(sql, (phrase.match, json.dumps(list(numbers))))
        return [int(str(number)) for (number,) in found]

    def _number(self, sql: str, *values: str | int) -> int:
        ((number,),) = self._db.execute(sql, values)
        return int(str(number))


def _reading(counts: dict[Phrase, int], read: int) -> Reading:
    whole: list[Phrase] = []
    rest = sorted(counts, key=lambda phrase: counts[phrase])
    left = read
    while counts[rest[0]] <= left:  # ends: all together are more
        left -= counts[rest[0]]
        whole.append(rest.pop(0))
    return Reading(whole, rest, left)


def _once(phrase: Phrase, count: int, total: int) -> float:
    """The BM25 of one occurrence in a text of average length."""
    idf = max(_LEAST_IDF, math.log((total - count + 0.5) / (count + 0.5)) if count < total else _LEAST_IDF)
    frequency = _COLUMNS[phrase.column]
    return idf * frequency * (_K1 + 1) / (frequency + _K1)


def _any(phrases: Sequence[Phrase]) -> str:
    return " OR ".join(phrase.match for phrase in phrases)
