"""Precision and recall of the two gates that say "the same learning", on labelled pairs of real commits.

    python -m benchmarks.twins portabilis/i-educar=CLONE interlegis/sapl=CLONE etcd-io/etcd=CLONE \
        open-telemetry/opentelemetry-demo=CLONE

The pairs (`twins_pairs.jsonl`: commit ids and a person's label, no text of others) were drawn evenly from
bands of cosine (from 0.93) and of shared words (from a quarter), so that most of them are hard: in a
history most pairs are far apart. The thresholds were chosen on the half `tuned`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator.detect import fixes, gains, registry, trailers
from orchestrator.detect.message import parse
from orchestrator.memory.engine import open_embedder
from orchestrator.memory.likeness import SAME_MEANING, same_words, told
from orchestrator.memory.passage import embedding_text
from orchestrator.model import Change, Commit
from orchestrator.store.unit_vector import dot

PAIRS = Path(__file__).with_name("twins_pairs.jsonl")
MESSAGE_DETECTORS = (trailers.find, gains.find, fixes.find)
FIELDS = "%H%x00%an%x00%ae%x00%aI%x00%B"
LIMIT = 1_500  # characters of a message that no detector takes a learning from


class Pair(NamedTuple):
    """What is measured of a labelled pair."""

    repository: str
    half: str
    same: bool
    cosine: float
    words: bool


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clones", nargs="+", metavar="OWNER/NAME=CLONE")
    clones = dict(clone.split("=", 1) for clone in parser.parse_args().clones)
    labels = [label for line in PAIRS.read_text().splitlines() if (label := json.loads(line))]
    pairs = [pair for name, path in clones.items() for pair in _measured(Path(path), name, labels)]
    print("| pairs | same | gates | precision | recall |\n|---|--:|---|--:|--:|")
    for half in ("tuned", "held out"):
        for name, passes in GATES.items():
            print(_row(half, name, [p for p in pairs if p.half == half], passes))
    for repository in clones:
        print(_row(repository, "both", [p for p in pairs if p.repository == repository], GATES["both"]))


def _meaning(pair: Pair) -> bool:
    (limit,) = SAME_MEANING.values()
    return pair.cosine >= limit


GATES: dict[str, Callable[[Pair], bool]] = {
    "meaning": _meaning,
    "words": lambda pair: pair.words,
    "both": lambda pair: _meaning(pair) and pair.words,
}


def _row(which: str, gate: str, pairs: list[Pair], passes: Callable[[Pair], bool]) -> str:
    taken, same = [p for p in pairs if passes(p)], [p for p in pairs if p.same]
    right = sum(p.same for p in taken)
    found = f"{right / len(taken):.2f} | {right / len(same):.2f}" if taken and same else "- | -"
    return f"| {which} ({len(pairs)}) | {len(same)} | {gate} | {found} |"


def _measured(clone: Path, name: str, labels: list[dict[str, Any]]) -> Iterator[Pair]:
    mine = [label for label in labels if label["repository"] == name]
    wanted = {label[side] for label in mine for side in ("one", "other")}
    texts = {c.id: _text(c) for c in _commits(clone, wanted)}
    embedder = open_embedder()
    vectors = {i: embedder.passages([embedding_text(*text)[:1200]])[0] for i, text in texts.items()}
    for label in mine:
        one, other = label["one"], label["other"]
        if one in texts and other in texts:
            words = same_words(told(*texts[one]), told(*texts[other]))
            cosine = dot(vectors[one], vectors[other])
            yield Pair(name, label["half"], label["same"], cosine, words)


def _commits(clone: Path, ids: set[str]) -> Iterator[Commit]:
    """These commits of a clone, which may be bare."""
    asked = ["git", "-C", str(clone), "log", "--no-walk", "--stdin", "-z", f"--format={FIELDS}"]
    done = subprocess.run(asked, input="\n".join(ids).encode(), capture_output=True, check=True)
    fields = done.stdout.decode("utf-8", "replace").split("\0")
    for at in range(0, len(fields) - 4, 5):
        name, author, email, when, message = fields[at : at + 5]
        yield Commit(name, (), author, email, when, when, message)


def _text(commit: Commit) -> tuple[str, str]:
    """Title and content of what a detector takes from the message; else of the message."""
    found = registry.run(Change("x", commit, ()), "pt-BR", 0.30, MESSAGE_DETECTORS)
    if found:
        return found[0].record.title, found[0].record.content
    message = parse(commit.message)
    return message.title, message.prose[:LIMIT]


if __name__ == "__main__":
    main()
