"""Precision by detector on learnings of real histories that a reviewer read and labelled.

    python -m benchmarks.detection interlegis/sapl=CLONE scieloorg/packtools=CLONE …

`detection_labels.jsonl` holds what an earlier version learnt there: ids of commits and a reader's verdict,
no text of others. Asked is what is still learnt from the same commits, so that a rule which drops right ones
shows as well. What was not learnt then is in no row: this measures no recall of all that a history holds, and
the rules were mended with these commits in view, so that on other histories precision will be lower.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from orchestrator import git
from orchestrator.attribution import changes_for
from orchestrator.config.load import parse_group
from orchestrator.detect import detect
from orchestrator.model import Candidate

LABELS = Path(__file__).with_name("detection_labels.jsonl")
COMPANY = 'version = 1\n\n[[company]]\nid = "empresa-a"\npaths = ["**"]\n'


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clones", nargs="+", metavar="OWNER/NAME=CLONE")
    clones = dict(clone.split("=", 1) for clone in parser.parse_args().clones)
    labels = [json.loads(line) for line in LABELS.read_text().splitlines()]
    judged = [row for name, path in clones.items() for row in _judged(Path(path), name, labels)]
    print("| detector | labelled | right of them | now learnt | right of them | precision before | now |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for detector in sorted({label["detector"] for label, _kept in judged}):
        print(
            _row(
                detector, [(label["right"], kept) for label, kept in judged if label["detector"] == detector]
            )
        )


def _row(detector: str, judged: Sequence[tuple[bool, bool]]) -> str:
    right, kept = [r for r, _kept in judged], [r for r, kept in judged if kept]
    shares = [f"{sum(each) / len(each):.2f}" if each else "-" for each in (right, kept)]
    counts = (len(right), sum(right), len(kept), sum(kept))
    return f"| {detector} | {' | '.join(map(str, counts))} | {' | '.join(shares)} |"


def _judged(
    clone: Path, name: str, labels: Sequence[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each label with whether that is still learnt; labels whose commit the clone has not are left out."""
    mine = [label for label in labels if label["repository"] == name]
    repository, group = git.open_repository(clone), parse_group(clone, COMPANY)
    commits = list(git.these_commits(repository, {label["commit"] for label in mine}))
    changes = changes_for(repository, group, {}, "empresa-a", commits)
    found = {change.commit.id: detect(change, "en") for change in changes}
    for label in mine:
        if label["commit"] in found:
            yield label, any(_is(label, candidate) for candidate in found[label["commit"]])


def _is(label: dict[str, Any], candidate: Candidate) -> bool:
    named = label.get("technology")
    return candidate.detector == label["detector"] and (not named or named in candidate.record.technologies)


if __name__ == "__main__":
    main()
