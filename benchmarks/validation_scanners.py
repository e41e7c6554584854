"""The scanners that `validation.py` compares: each returns the lines, by file, on which it sees a secret.

The others are called as their documentation says for a folder of files, with every look at the network
switched off (kingfisher and detect-secrets would verify what they find).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

PIECE, OVERLAP = 200_000, 2_000  # as offer/outgoing.py cuts what is longer than one text may be
Lines = dict[str, set[int]]


class Scanner(NamedTuple):
    """`scan(folder)` → lines by path relative to the folder, the first line being 1."""

    name: str
    scan: Callable[[Path], Lines]


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_text("utf-8", "replace")


def covered(text: str, spans: list[tuple[int, int]]) -> set[int]:
    """The lines that the spans of a text touch."""
    starts = [0]
    while (at := text.find("\n", starts[-1])) >= 0:
        starts.append(at + 1)
    lines: set[int] = set()
    for start, end in spans:
        lines |= set(range(bisect_right(starts, start), bisect_right(starts, max(start, end - 1)) + 1))
    return lines


def orch(folder: Path) -> Lines:
    """What is blocked or asked about as a secret; personal data and hosts are not counted here."""
    from orchestrator.scanning import judge
    from orchestrator.scanning.scanner import current
    from orchestrator.validate import Policy

    policy, found = Policy(), {}
    for name, text in texts(folder):
        spans = []
        for at in range(0, max(len(text), 1), PIECE):
            verdict = judge({"file": text[at : at + PIECE + OVERLAP]}, policy)
            if any(f.kind == "engine" for f in verdict.findings):
                raise SystemExit(f"the scanner failed on {name}")
            spans += [
                (at + f.start, at + f.end) for f in verdict.findings if f.kind in ("secret", "credential")
            ]
        found[name] = covered(text, spans)
    current().close()  # so that its processor time is counted
    return found


def betterleaks(folder: Path) -> Lines:
    """The engine that orch has within, as its own program runs it. By its path: PATH may hold another."""
    found: Lines = {}
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        argv = [str(Path(sys.executable).parent / "betterleaks"), str(folder), f"--output={report.name}"]
        _run([*argv, "--exit-code=0", "--no-banner", "--silent", "--log-level=error"])
        findings = json.loads(Path(report.name).read_text("utf-8"))["findings"]
    for finding in findings:
        name = _relative(finding["location"]["path"], folder)
        place = finding["location"]
        found.setdefault(name, set()).update(range(place["start_line"], place["end_line"] + 1))
    return found


def gitleaks(program: str) -> Callable[[Path], Lines]:
    def scan(folder: Path) -> Lines:
        argv = [program, "dir", str(folder), "--no-banner", "--exit-code=0", "--log-level=error"]
        found: Lines = {}
        for finding in json.loads(_run([*argv, "--report-format=json", "--report-path=-"]) or "[]"):
            lines = found.setdefault(_relative(finding["File"], folder), set())
            lines.update(range(finding["StartLine"], finding["EndLine"] + 1))
        return found

    return scan


def _relative(name: str, folder: Path) -> str:
    return Path(name).resolve().relative_to(folder.resolve()).as_posix()


def kingfisher(program: str) -> Callable[[Path], Lines]:
    def scan(folder: Path) -> Lines:
        argv = [
            program,
            "scan",
            str(folder),
            "--no-validate",
            "--no-update-check",
            "--format=json",
            "--quiet",
        ]
        return _kingfisher(
            json.loads(_run([*argv, "--no-dedup", "--git-history=none", "--confidence=low"]) or "{}"), folder
        )

    return scan


def _kingfisher(report: dict[str, Any], folder: Path) -> Lines:
    found: Lines = {}
    for each in report.get("findings", []):
        finding = each["finding"]
        last = finding["line"] + finding["snippet"].count("\n")
        found.setdefault(_relative(finding["path"], folder), set()).update(range(finding["line"], last + 1))
    return found


def detect_secrets(program: str, *, entropy: bool) -> Callable[[Path], Lines]:
    off = (
        []
        if entropy
        else ["--disable-plugin=Base64HighEntropyString", "--disable-plugin=HexHighEntropyString"]
    )

    def scan(folder: Path) -> Lines:
        said = json.loads(_run([program, "scan", "--all-files", "--no-verify", *off, "."], folder))
        return {
            Path(name).as_posix(): {found["line_number"] for found in each}
            for name, each in said["results"].items()
        }

    return scan


def secretlint(folder_of_node: Path) -> Callable[[Path], Lines]:
    program = folder_of_node / "node_modules" / ".bin" / "secretlint"
    rules = {"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}

    def scan(folder: Path) -> Lines:
        config = ["--secretlintrcJSON", json.dumps(rules), "--format=json", "--no-color", "--no-gitignore"]
        said = _run([str(program), *config, f"{folder.resolve()}/**/*"], folder_of_node)
        found: Lines = {}
        for each in json.loads(said or "[]"):
            name = _relative(each["filePath"], folder)
            found[name] = {m["loc"]["start"]["line"] for m in each["messages"]}
        return found

    return scan


def _run(argv: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, cwd=folder, check=False)
    if done.returncode not in (0, 1, 2, 200, 205):  # 1, 2 and 200: something was found
        raise SystemExit(f"{argv[0]} failed ({done.returncode}): {done.stderr[-400:]}")
    return done.stdout


def available(peers: Path | None) -> list[Scanner]:
    """orch, betterleaks alone, and those of the other scanners that are installed under `peers`."""
    found = [Scanner("orch", orch), Scanner("betterleaks", betterleaks)]
    if peers is None:
        return found
    candidates = [
        ("gitleaks", peers / "gl/bin/gitleaks", gitleaks),
        ("kingfisher", peers / "kf/bin/kingfisher", kingfisher),
        ("detect-secrets", peers / "ds/bin/detect-secrets", lambda p: detect_secrets(p, entropy=True)),
        (
            "detect-secrets, no entropy",
            peers / "ds/bin/detect-secrets",
            lambda p: detect_secrets(p, entropy=False),
        ),
    ]
    found += [Scanner(name, make(str(path))) for name, path, make in candidates if path.exists()]
    if (peers / "node/node_modules/.bin/secretlint").exists():
        found.append(Scanner("secretlint", secretlint(peers / "node")))
    return found
