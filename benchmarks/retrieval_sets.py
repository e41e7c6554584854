"""The public test sets that `retrieval.py` measures on, read from files and clones on this machine.

Nothing of them is committed. A set is named on the command line as KIND=PATH:

    tatoeba=FILE    JSON lines with `pt` and `en`: a Portuguese sentence, to its English one
    commits=FILE    JSON lines with `query` and `passage`: a commit's subject, to its own body
    faquad=CLONE    github.com/liafacom/faquad: a question, to the paragraph that answers it
    quati=CLONE     github.com/unicamp-dl/quati: a question, to passages graded 0-3 by three people
    progit=CLONE    github.com/progit/progit2-pt-br: a section's heading, to its text; and the same
                    section's English heading, to the Portuguese text
    react=CLONE     github.com/reactjs/pt-br.react.dev: likewise, the English heading from its anchor
    vite=CLONE      github.com/vitejs/docs-pt: likewise
    vue=CLONE       github.com/vuejs-translations/docs-pt: likewise
    fastapi=CLONE   github.com/fastapi/fastapi: likewise
    sick=CLONE      github.com/livyreal/SICK-BR: a Portuguese sentence, to its English original
    squad=CLONE     github.com/nunorc/squad-v1.1-pt: a question, to the paragraph that answers it (the
                    sample in its docs; written in English by people, translated by a machine)
    pira=CLONE      github.com/C4AI/Pira, test and validation: a Portuguese question about the ocean, to
                    the abstract that answers it in English, and in its translation
    history=CLONE   a Portuguese repository, or a folder of clones: see `retrieval_commits`
    known-history=CLONE   likewise, of what the weights were chosen on

CLONE is a work tree or a bare repository, read at HEAD. Passages are cut at 120 words: the length of
a learning. The fusion, and what was tried against it, was chosen on the `development` half of the queries
of SEEN; `held-out` is the other half of theirs and all of the other kinds.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import statistics
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from retrieval_commits import subjects_and_bodies

WORDS = 120
SEEN = ("tatoeba", "commits", "faquad", "quati", "progit", "vite", "known-history")
_PORTUGUESE = frozenset(
    ["que", "não", "uma", "para", "com", "são", "você", "como", "por", "dos", "das", "mas", "também", "ser"]
)


@dataclass(frozen=True)
class Query:
    """A question and what answers it: number of the passage -> gain."""

    text: str
    gains: dict[int, float]
    half: str


@dataclass(frozen=True)
class TestSet:
    """`name` is unique; `crossing` when questions and passages are in different languages."""

    name: str
    crossing: bool
    passages: list[str]
    queries: list[Query]


def half(kind: str, text: str) -> str:
    """`development` or `held-out`, fixed by the question's own text."""
    odd = hashlib.sha256(text.encode()).digest()[0] % 2
    return "development" if kind in SEEN and not odd else "held-out"


def read_sets(kind: str, path: Path) -> list[TestSet]:
    """The sets of one KIND=PATH. Raises KeyError for an unknown kind, OSError or CalledProcessError."""
    return list(_READERS[kind](path))


def kinds() -> Iterable[str]:
    """Every kind that there is a reader for."""
    return _READERS


def _tatoeba(path: Path) -> Iterator[TestSet]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    yield _pairs("tatoeba pt→en", "tatoeba", [(r["pt"], r["en"]) for r in rows], crossing=True)


def _commits(path: Path) -> Iterator[TestSet]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    yield _pairs("commits", "commits", [(r["query"], r["passage"]) for r in rows], crossing=False)


def _faquad(path: Path) -> Iterator[TestSet]:
    articles = json.loads(_show(path, "data/dataset.json"))["data"]
    yield _pairs("FaQuAD", "faquad", _questions(articles), crossing=False)


def _quati(path: Path) -> Iterator[TestSet]:
    """The median of the three people's grades of each passage."""
    grades: dict[tuple[str, str], list[float]] = {}
    for person in ("01", "02", "03"):
        name = f"human_annotations/annotator_{person}_240_annotations_with_questions.tsv"
        for row in csv.DictReader(io.StringIO(_show(path, name)), delimiter="\t"):
            grades.setdefault((row["query"], row["passage"]), []).append(float(row["score"]))
    passages = list(dict.fromkeys(passage for _query, passage in grades))
    queries = []
    for text, group in groupby(sorted(grades), key=lambda key: key[0]):
        judged = {passages.index(passage): statistics.median(grades[text, passage]) for _t, passage in group}
        gains = {number: 2.0**grade - 1 for number, grade in judged.items() if grade > 0}
        queries.append(Query(text, gains, half("quati", text)))
    yield TestSet("Quati", False, [_cut(p) for p in passages], [q for q in queries if q.gains])


def _progit(path: Path) -> Iterator[TestSet]:
    """Sections of pages whose translation has as many headings as the original."""
    names = [n for n in _names(path) if n.startswith("book/") and n.endswith(".asc")]
    found = []
    for name in names:
        english = name.replace("book/", "book-en/", 1)
        if english in _names(path):
            both = [_asciidoc(_show(path, n)) for n in (name, english)]
            found += list(zip(*both, strict=True)) if len(both[0]) == len(both[1]) else []
    sections = [(pt, en, text) for (pt, text), (en, _text) in found if _is_portuguese(text)]
    yield _pairs("Pro Git pt", "progit", [(pt, text) for pt, _en, text in sections], crossing=False)
    yield _pairs("Pro Git en→pt", "progit", [(en, text) for _pt, en, text in sections], crossing=True)


def _anchored(name: str, kind: str, folder: str, path: Path) -> Iterator[TestSet]:
    """Sections of a translated documentation whose headings keep the English anchor."""
    sections = []
    for file in _names(path):
        if file.startswith(folder) and file.endswith(".md"):
            sections += list(_markdown(_show(path, file)))
    found = [(pt, en, text) for pt, en, text in sections if _is_portuguese(text)]
    yield _pairs(f"{name} pt", kind, _telling([(pt, text) for pt, _en, text in found]), crossing=False)
    yield _pairs(f"{name} en→pt", kind, _telling([(en, text) for _pt, en, text in found]), crossing=True)


def _sick(path: Path) -> Iterator[TestSet]:
    rows = csv.DictReader(io.StringIO(_show(path, "SICK_BR.txt").lstrip("\ufeff")), delimiter="\t")
    pairs = dict.fromkeys((row["sentence_A"], row["sentence_A_original"]) for row in rows)
    yield _pairs("SICK-BR pt→en", "sick", list(pairs)[:1000], crossing=True)


def _squad(path: Path) -> Iterator[TestSet]:
    articles = json.loads(_show(path, "docs/sample-v1.1-pt.json"))["data"]
    yield _pairs("SQuAD pt", "squad", _questions(articles), crossing=False)


def _questions(articles: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(question, paragraph) of SQuAD's format."""
    paragraphs = [p for article in articles for p in article["paragraphs"]]
    return [(q["question"], p["context"]) for p in paragraphs for q in p["qas"]]


def _pira(path: Path) -> Iterator[TestSet]:
    texts = [_show(path, f"Data/{part}.csv") for part in ("test", "validation")]
    rows = [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))]
    for name, column in (("Pirá pt", "abstract_translated_pt"), ("Pirá pt→en", "abstract")):
        pairs = [(row["question_pt_origin"], row[column]) for row in rows if row[column].strip()]
        yield _pairs(name, "pira", pairs, crossing=column == "abstract")


def _history(kind: str, path: Path) -> Iterator[TestSet]:
    pairs = _telling(list(subjects_and_bodies(path)))
    yield _pairs(f"{path.name} commits", kind, pairs, crossing=False)


_READERS: dict[str, Callable[[Path], Iterator[TestSet]]] = {
    "tatoeba": _tatoeba,
    "commits": _commits,
    "faquad": _faquad,
    "quati": _quati,
    "progit": _progit,
    "react": partial(_anchored, "React", "react", "src/content/"),
    "vite": partial(_anchored, "Vite", "vite", "docs/"),
    "vue": partial(_anchored, "Vue", "vue", "src/"),
    "fastapi": partial(_anchored, "FastAPI", "fastapi", "docs/pt/"),
    "sick": _sick,
    "squad": _squad,
    "pira": _pira,
    "history": partial(_history, "history"),
    "known-history": partial(_history, "known-history"),
}


def _pairs(name: str, kind: str, pairs: list[tuple[str, str]], *, crossing: bool) -> TestSet:
    """Each question has the one passage it stands beside; the same question again, both."""
    passages = list(dict.fromkeys(_cut(passage) for _query, passage in pairs))
    numbers = {passage: number for number, passage in enumerate(passages)}
    gains: dict[str, dict[int, float]] = {}
    for query, passage in pairs:
        gains.setdefault(" ".join(query.split()), {})[numbers[_cut(passage)]] = 1.0
    queries = [Query(text, found, half(kind, text)) for text, found in gains.items() if text]
    return TestSet(name, crossing, passages, queries)


def _telling(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the headings that many sections have, such as "Parâmetros"."""
    often = Counter(query.casefold() for query, _passage in pairs)
    return [(query, passage) for query, passage in pairs if often[query.casefold()] == 1]


def _cut(text: str) -> str:
    return " ".join(text.split()[:WORDS])


def _is_portuguese(text: str) -> bool:
    words = text.lower().split()
    return len(words) >= 20 and sum(word in _PORTUGUESE for word in words) >= 4


def _asciidoc(text: str) -> list[tuple[str, str]]:
    """(heading, text below it) without index entries and listings."""
    text = re.sub(
        r"^----$.*?^----$", "", re.sub(r"\(\(\(.*?\)\)\)|^\[.*\]$", "", text, flags=re.M), flags=re.M | re.S
    )
    parts = re.split(r"^={2,5} +(.+)$", text, flags=re.M)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _markdown(text: str) -> Iterator[tuple[str, str, str]]:
    """(heading, its English anchor in words, text below it) without code."""
    text = re.sub(r"```.*?```|<[^>]+>", "", text, flags=re.S)
    parts = re.split(r"^#{2,4} +(.+?) *\{(?:/\*| *#)([\w-]+)(?:\*/| *)\}.*$", text, flags=re.M)
    for heading, anchor, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        yield heading, anchor.replace("-", " "), body


def _names(path: Path) -> list[str]:
    """In git's order: ties of rank fusion are broken by a passage's number."""
    return _git(path, "ls-tree", "-r", "--name-only", "HEAD").splitlines()


def _show(path: Path, name: str) -> str:
    return _git(path, "show", f"HEAD:{name}")


def _git(path: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(path), *arguments], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")
