"""Precision by detector on learnings of real histories that a reader labelled.

    python -m benchmarks.detection interlegis/sapl=CLONE destaquesgovbr/portal=CLONE …

Both files hold what an earlier version learnt there: ids of commits and a reader's verdict, no text of
others. Asked is what is still learnt from the same commits, so that a rule which drops right ones shows as
well. The rules were mended with the first file's commits in view. The second's repositories are others; every
row was labelled before the rules were touched, and the rules were then mended with one half of those
repositories in view (`_half`): the other half tells of histories that no rule was made for. Rows that say
`"since"` were learnt only once recall was mended, and were labelled then. What neither version learnt is in
no row: this measures no recall. An interval is Wilson's (1927), at 95 %.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import sqrt
from pathlib import Path
from typing import Any

from orchestrator import git
from orchestrator.attribution import changes_for
from orchestrator.config.load import parse_group
from orchestrator.detect import detect
from orchestrator.model import Candidate

FOLDER = Path(__file__).parent
COMPANY = 'version = 1\n\n[[company]]\nid = "empresa-a"\npaths = ["**"]\n'
HEAD = "| part | detector | labelled | right | precision before | now learnt | right | precision now |"
Judged = tuple[dict[str, Any], bool]  # a label, and whether it is learnt now


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clones", nargs="+", metavar="OWNER/NAME=CLONE")
    clones = dict(clone.split("=", 1) for clone in parser.parse_args().clones)
    labels = [*_labels("detection_labels.jsonl"), *_labels("detection_held_out.jsonl")]
    judged = [row for name, path in clones.items() for row in _judged(Path(path), name, labels)]
    print(HEAD)
    print("|---|---|--:|--:|---|--:|--:|---|")
    by = sorted(judged, key=lambda row: (row[0]["part"], row[0]["detector"]))
    for (part, detector), rows in groupby(by, key=lambda row: (row[0]["part"], row[0]["detector"])):
        print(f"| {part} | {detector} | {_figures(list(rows))} |")


def _labels(name: str) -> Iterator[dict[str, Any]]:
    """The rows of a file, each with the part of the sets that it is of."""
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        row = json.loads(line)
        known = name == "detection_labels.jsonl"
        yield {**row, "part": "1 known" if known else _half(row["repository"])}


def _half(repository: str) -> str:
    """Which half of the second file a repository is of, by the last bit of its name's hash."""
    looked_at = hashlib.sha256(repository.encode()).digest()[-1] % 2
    return "2 looked at" if looked_at else "3 held out"


def _figures(judged: Sequence[Judged]) -> str:
    before = [label["right"] for label, _learnt in judged if "since" not in label]
    now = [label["right"] for label, learnt in judged if learnt]
    return " | ".join(f"{len(rows)} | {sum(rows)} | {_share(rows)}" for rows in (before, now))


def _share(rows: Sequence[bool]) -> str:
    if not rows:
        return "-"
    low, high = interval(sum(rows), len(rows))
    return f"{sum(rows) / len(rows):.2f} ({low:.2f} to {high:.2f})"


def interval(right: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval for a share, within 0..1."""
    share, square = right / of, z * z / of
    middle, reach = share + square / 2, z * sqrt(share * (1 - share) / of + square / of / 4)
    return (middle - reach) / (1 + square), (middle + reach) / (1 + square)


def _judged(clone: Path, name: str, labels: Sequence[dict[str, Any]]) -> Iterator[Judged]:
    """Each label with whether that is learnt; labels whose commit the clone has not are left out."""
    mine = [label for label in labels if label["repository"] == name]
    repository, group = git.open_repository(clone), parse_group(clone, COMPANY)
    commits = list(git.these_commits(repository, {label["commit"] for label in mine}))
    changes = changes_for(repository, group, {}, "empresa-a", commits)
    found = {change.commit.id: detect(change, "en") for change in changes}
    for label in mine:
        if label["commit"] in found:
            yield label, any(_is(label, candidate) for candidate in found[label["commit"]])


def _is(label: dict[str, Any], candidate: Candidate) -> bool:
    named, path = label.get("technology"), label.get("path")
    same = not named or named in candidate.record.technologies
    return candidate.detector == label["detector"] and same and (not path or path in candidate.paths)


if __name__ == "__main__":
    main()
