"""Builds the labelled corpus that `validation.py` measures on, out of clones that are on this machine.

Nothing of it is committed: the labels are CredData's (https://github.com/Samsung/CredData, licence
Apache-2.0), the files belong to the repositories that its labels name. Prepare it so:

    git clone --bare https://github.com/Samsung/CredData  CLONES/Samsung+CredData/repo
    git clone --bare https://github.com/OWNER/NAME        CLONES/OWNER+NAME/repo     (as many as you like)
    git clone --bare https://github.com/Plazmaz/leaky-repo CLONES/Plazmaz+leaky-repo/repo
    python benchmarks/validation_corpus.py CLONES CORPUS

CORPUS then holds files/REPOSITORY/FILE and labels.tsv: repository, half, file, first and last line,
T or F, category. A repository whose labelled commit is not in its clone is left out and named.

The half of a repository is the parity of the first byte of SHA-256 of its name: `development` for
tuning, `held-out` for the figure. leaky-repo was looked at while rules were written: development.
"""

from __future__ import annotations

import argparse
import binascii
import csv
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SEEN = frozenset({"Plazmaz/leaky-repo"})  # looked at while rules were written
Row = tuple[str, str, str, int, int, str, str]


def half(repository: str) -> str:
    """`development` or `held-out`, fixed by the repository's name."""
    odd = hashlib.sha256(repository.encode()).digest()[0] % 2
    return "development" if repository in SEEN or odd else "held-out"


def git(clone: Path, *arguments: str, data: bytes | None = None) -> bytes:
    argv = ["git", "--git-dir", str(clone), *arguments]
    return subprocess.run(argv, input=data, capture_output=True, check=True).stdout


def blobs(clone: Path, commit: str) -> dict[str, tuple[str, str]]:
    """Of each file at a commit, by CredData's id of its path: (blob, path)."""
    found = {}
    for entry in git(clone, "ls-tree", "-r", "-z", commit).split(b"\0"):
        head, _, path = entry.partition(b"\t")
        fields = head.split()
        if len(fields) == 3 and fields[0].startswith(b"100") and not path.endswith(b".xml"):
            found[hashlib.sha256(path).hexdigest()[:8]] = (
                fields[2].decode(),
                path.decode("utf-8", "replace"),
            )
    return found


def written(clone: Path, blob: str, target: Path) -> bool:
    """Write a blob to a file; False, and a word about it, where the clone does not hold it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.write_bytes(git(clone, "cat-file", "blob", blob))
    except subprocess.CalledProcessError:
        print(f"left out, not in the clone: {target.parent.name}/{target.name}", file=sys.stderr)
        return False
    return True


def creddata(clones: Path, files: Path) -> Iterator[Row]:
    """CredData's labels of every repository that can be rebuilt; their files are written on the way."""
    labels = clones / "Samsung+CredData" / "repo"
    for ident, url in json.loads(git(labels, "show", "HEAD:snapshot.json")).items():
        repository = "/".join(url.rstrip("/").split("/")[-2:])
        clone = clones / repository.replace("/", "+") / "repo"
        if not clone.exists():
            continue
        try:
            held = blobs(clone, ident[:40])
        except subprocess.CalledProcessError:
            print(f"left out, its labelled commit is not in the clone: {repository}", file=sys.stderr)
            continue
        name = f"{binascii.crc32(binascii.unhexlify(ident)):08x}"
        rows = list(csv.DictReader(io.StringIO(git(labels, "show", f"HEAD:meta/{name}.csv").decode())))
        for row in rows:
            if row["FileID"] in held:
                blob, path = held[row["FileID"]]
                target = files / repository.replace("/", "+") / (row["FileID"] + Path(path).suffix[:12])
                if not target.exists() and not written(clone, blob, target):
                    continue
                yield (
                    *(repository, half(repository), target.name),
                    *(int(row["LineStart"]), int(row["LineEnd"])),
                    *("T" if row["GroundTruth"] == "T" else "F", row["Category"]),
                )


def leaky(clones: Path, files: Path) -> Iterator[Row]:
    """leaky-repo says how many risky lines a file has, not which: one label a file, on all its lines."""
    repository = "Plazmaz/leaky-repo"
    clone = clones / repository.replace("/", "+") / "repo"
    listed = git(clone, "show", "HEAD:.leaky-meta/secrets.csv").decode().splitlines()
    held = {path: blob for blob, path in blobs(clone, "HEAD").values()}
    for row in csv.reader(listed):
        if len(row) >= 3 and row[0] in held and int(row[1]) > 0:
            target = files / repository.replace("/", "+") / row[0].replace("/", "__")
            if written(clone, held[row[0]], target):
                yield (repository, half(repository), target.name, 1, 1 << 30, "T", "file")


def main() -> None:
    parser = argparse.ArgumentParser(description="build the labelled corpus for benchmarks/validation.py")
    parser.add_argument("clones", type=Path, help="folder of OWNER+NAME/repo bare clones")
    parser.add_argument("corpus", type=Path, help="folder to write, outside the project")
    arguments = parser.parse_args()
    files = arguments.corpus / "files"
    files.mkdir(parents=True, exist_ok=True)
    rows = [*creddata(arguments.clones, files), *leaky(arguments.clones, files)]
    with (arguments.corpus / "labels.tsv").open("w", newline="") as out:
        csv.writer(out, delimiter="\t").writerows(rows)
    for which in ("development", "held-out"):
        mine = [r for r in rows if r[1] == which]
        true = sum(r[5] == "T" for r in mine)
        repositories = len({r[0] for r in mine})
        print(f"{which}: {repositories} repositories, {true} true and {len(mine) - true} false labels")


if __name__ == "__main__":
    main()
