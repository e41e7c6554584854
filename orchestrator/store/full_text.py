"""Full text at a cost that does not grow with the store: what a question reads of the index is bounded.

FTS5's BM25 walks the list of every phrase and scores every row that has one. So it is done for up to
EXACT rows. Of a question whose phrases have more, the rarest are read whole and of the next the newest
rows, READ together: these can be found. What the other phrases say is looked up for these rows alone,
and counts as BM25 weighs one occurrence in a text of average length: idf * f * (k1 + 1) / (f + k1).
"""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import apsw

from orchestrator.lexical import Filters, Phrase
from orchestrator.store.search_filters import conditions

EXACT = 10_000  # rows of all phrases of a question; a row scored costs about a microsecond
READ = 5_000  # rows, when there are more
WIDER = 8  # times as many, once, where a filter leaves too few
LOOKED_UP = 300  # rows of a list are walked in the time that one number is looked up in it

# A word as written counts a quarter of a stem: it decides between words of one stem, and measured
# alone it neither helps nor harms (nDCG@10 .633, .641, .631 at 0, 1/4, 1).
_COLUMNS = {"stems": 1.0, "words": 0.25}
_SCORE = f"-bm25(memory_fts, {_COLUMNS['stems']}, {_COLUMNS['words']})"
_K1 = 1.2  # FTS5's
_LEAST_IDF = 1e-6  # FTS5's, for a word that half of the texts hold

Held = tuple[int, set[str]]
Hits = list[tuple[str, float]]


class FullText:
    """Questions to `memory_fts`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection
        self._counts: dict[tuple[str, int], int] = {}
        self._counted: tuple[int, int] | None = None  # the state of the store that these are of

    def ranked(self, phrases: Sequence[Phrase], k: int, filters: Filters) -> Hits:
        """(ref, BM25, greater is better) of the k best rows that have any of the phrases."""
        if not phrases:
            return []
        total, found = self.total(), Hits()
        for read in (READ, WIDER * READ):
            most = max(EXACT, read)
            counts = {phrase: self.count(phrase, total, most) for phrase in phrases} if total > most else {}
            if sum(counts.values()) <= most:
                return self._whole(phrases, k, filters)
            found = self._bounded(counts, total, read, k, filters)
            if len(found) == k or not conditions(filters)[1]:
                break
        return found

    def holders(
        self, stems: Iterable[str], refs: Iterable[str], written: Mapping[str, str] = {}
    ) -> tuple[int, dict[str, Held]]:
        """About how many items there are; and of each stem, how many hold it and which of these refs do.

        `written`: of a stem the word as a text may spell it in one. Those of these refs that do hold it, too;
        how many others do is not asked. A count is exact up to EXACT.
        """
        sql = "select rowid, ref from memory_item where ref in (select value from json_each(?))"
        named = {int(str(n)): str(ref) for n, ref in self._db.execute(sql, (json.dumps(list(refs)),))}
        total, found = self.total(), dict[str, Held]()
        for stem in stems:
            count = self.count(Phrase("stems", stem), total, EXACT)
            have = set(self._among(Phrase("stems", stem), count, total, named))
            if (word := written.get(stem, "")) and (others := named.keys() - have):
                have |= {*self._among(Phrase("words", word), count, total, others)}
            found[stem] = max(count, len(have)), {named[n] for n in have}
        return total, found

    def total(self) -> int:
        """About how many items there are: the greatest number."""
        return self._number("select coalesce(max(rowid), 0) from memory_item")

    def count(self, phrase: Phrase, total: int, most: int) -> int:
        """How many rows have it; beyond `most` as many as if they were as frequent everywhere as lately."""
        now = self._number("pragma data_version"), self._db.total_changes()
        if now != self._counted:
            self._counts, self._counted = {}, now
        asked = phrase.match, most
        if asked not in self._counts:
            self._counts[asked] = self._count(phrase, total, most)
        return self._counts[asked]

    def _count(self, phrase: Phrase, total: int, most: int) -> int:
        sql = (
            "select count(*), min(rowid) from"
            " (select rowid from memory_fts where memory_fts match ? order by rowid desc limit ?)"
        )
        ((count, oldest),) = self._db.execute(sql, (phrase.match, most + 1))
        if int(str(count)) <= most:
            return int(str(count))
        return max(most + 1, (most + 1) * total // (total - int(str(oldest)) + 1))

    def _whole(self, phrases: Sequence[Phrase], k: int, filters: Filters) -> Hits:
        where, values = conditions(filters)
        sql = (
            f"select ref, {_SCORE} as score from memory_fts cross join memory_item"
            " on memory_item.rowid = memory_fts.rowid"
            f" where memory_fts match ? and {where} order by score desc, ref limit ?"
        )
        found = self._db.execute(sql, (_any(phrases), *values, k))
        return [(str(ref), float(str(score))) for ref, score in found]

    # ---------------------------------------------------------------- beyond EXACT

    def _bounded(self, counts: dict[Phrase, int], total: int, read: int, k: int, filters: Filters) -> Hits:
        whole, rest, newest = _reading(counts, read)
        since = self._since(rest[0], newest)
        scores = dict.fromkeys(self._rows(_any(rest[:1]), since, filters), 0.0)
        scores |= self._scored(whole, filters)
        for phrase in rest:
            worth = _once(phrase, counts[phrase], total)
            both = self._both(whole, phrase, 0) | self._both(rest[:1], phrase, since)
            for number in both & scores.keys():
                scores[number] += worth
        best = heapq.nlargest(k, scores, key=lambda number: (scores[number], number))  # the newest first
        return [(ref, scores[number]) for number, ref in self._refs(best)]

    def _since(self, phrase: Phrase, newest: int) -> int:
        """The number of the last of its newest rows."""
        sql = "select rowid from memory_fts where memory_fts match ? order by rowid desc limit 1 offset ?"
        return self._number(sql, phrase.match, newest)

    def _scored(self, any_of: Sequence[Phrase], filters: Filters) -> dict[int, float]:
        """The rows that have one of these phrases, and their scores."""
        source, where, values = _narrowed(filters)
        sql = f"select memory_fts.rowid, {_SCORE} from {source} where memory_fts match ? and {where}"
        rows: Any = self._db.execute(sql, (_any(any_of), *values)) if any_of else ()
        return dict(rows)

    def _both(self, any_of: Sequence[Phrase], phrase: Phrase, since: int) -> set[int]:
        """The rows, from `since`, that have one of those phrases and this one."""
        return self._rows(f"({_any(any_of)}) AND ({phrase.match})", since, {}) if any_of else set()

    def _rows(self, match: str, since: int, filters: Filters) -> set[int]:
        """The rows, from `since`, that match; in one text, as fetching thousands one by one takes longer."""
        source, where, values = _narrowed(filters)
        sql = (
            f"select json_group_array(memory_fts.rowid) from {source}"
            f" where memory_fts match ? and memory_fts.rowid >= ? and {where}"
        )
        ((numbers,),) = self._db.execute(sql, (match, since, *values))
        return set(json.loads(str(numbers)))

    def _refs(self, numbers: Sequence[int]) -> list[tuple[int, str]]:
        """The same, in this order, with the items' refs."""
        sql = "select rowid, ref from memory_item where rowid in (select value from json_each(?))"
        rows: Any = self._db.execute(sql, (json.dumps(numbers),))
        refs = dict(rows)
        return [(number, refs[number]) for number in numbers if number in refs]

    # ---------------------------------------------------------------- rows and numbers

    def _among(self, phrase: Phrase, count: int, total: int, numbers: Collection[int]) -> list[int]:
        """Those of these numbers whose row has it.

        Of its list the part between the least and the greatest is walked, or each number looked up where
        that part is long.
        """
        least, most = min(numbers, default=0), max(numbers, default=0)
        between = count * (most - least + 1) // max(total, 1)
        hidden = "" if between > LOOKED_UP * len(numbers) else "+"  # a unary plus: no look-up for each
        kept = f"{hidden}rowid in (select value from json_each(?))"
        sql = f"select rowid from memory_fts where memory_fts match ? and rowid between ? and ? and {kept}"
        found = self._db.execute(sql, (phrase.match, least, most, json.dumps(list(numbers))))
        return [int(str(number)) for (number,) in found]

    def _number(self, sql: str, *values: str | int) -> int:
        ((number,),) = self._db.execute(sql, values)
        return int(str(number))


def _reading(counts: dict[Phrase, int], read: int) -> tuple[list[Phrase], list[Phrase], int]:
    """Phrases to be read whole, the others, and how many rows to read of the first of these."""
    whole: list[Phrase] = []
    rest = sorted(counts, key=lambda phrase: counts[phrase])
    while len(rest) > 1 and counts[rest[0]] <= read:
        read -= counts[rest[0]]
        whole.append(rest.pop(0))
    return whole, rest, read


def _once(phrase: Phrase, count: int, total: int) -> float:
    """The BM25 of one occurrence in a text of average length."""
    idf = max(_LEAST_IDF, math.log((total - count + 0.5) / (count + 0.5)) if count < total else _LEAST_IDF)
    frequency = _COLUMNS[phrase.column]
    return idf * frequency * (_K1 + 1) / (frequency + _K1)


def _narrowed(filters: Filters) -> tuple[str, str, list[str | int]]:
    """The tables to ask, a condition on them, and its values."""
    where, values = conditions(filters)
    join = " cross join memory_item on memory_item.rowid = memory_fts.rowid" if values else ""
    return f"memory_fts{join}", where, values


def _any(phrases: Sequence[Phrase]) -> str:
    return " OR ".join(phrase.match for phrase in phrases)
