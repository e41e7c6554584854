"""Commits of a clone as a test set: a commit's subject asks, its own body answers.

Who wrote the subject knew the body, and said the same in other words: no one judged anything. What would
make the task circular is taken out of both: the subject's words as a line of the body, numbers of issues,
trailers, and subjects that the forge cut ("Corrige a form…") and went on with in the body.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from orchestrator.lexical import words

FEWEST_WORDS = 12  # of a body
FEWEST_SUBJECT = 3  # words of a subject
NEWEST = 20_000  # commits of a clone
_PORTUGUESE = frozenset(
    ["que", "não", "uma", "para", "com", "são", "como", "por", "dos", "das", "da", "do", "ao"]
)
_ISSUE = re.compile(r"\(?[\w./-]*#\d+\)?")
_TRAILER = re.compile(r"^[A-Za-z]+(?:-[A-Za-z]+)*-[Bb]y: .*$|^\(cherry picked from .*$", re.M)


def subjects_and_bodies(path: Path) -> Iterator[tuple[str, str]]:
    """Of a clone, or of each clone in a folder: Portuguese commits that are no merges, newest first."""
    clones = [path] if _is_clone(path) else sorted(one for one in path.iterdir() if _is_clone(one))
    for clone in clones:
        for message in _messages(clone):
            subject, _line_feed, body = message.strip().partition("\n")
            pair = _without(_ISSUE, subject), _body(subject, body)
            if _tells(*pair):
                yield pair


def _is_clone(path: Path) -> bool:
    return (path / "HEAD").exists() or (path / ".git").exists()


def _messages(clone: Path) -> list[str]:
    command = ["git", "-C", str(clone), "log", "--no-merges", f"-n{NEWEST}", "-z", "--format=%B"]
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace").split("\0")


def _body(subject: str, body: str) -> str:
    """Without trailers, issue numbers, and the lines that say no more than the subject."""
    asked = set(words(subject))
    lines = _without(_ISSUE, _TRAILER.sub("", body)).splitlines()
    return "\n".join(line for line in lines if not set(words(line)) <= asked)


def _without(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(" ", text).strip()


def _tells(subject: str, body: str) -> bool:
    said = body.lower().split()
    portuguese = sum(word in _PORTUGUESE for word in said)
    whole = not subject.endswith(("…", "..."))
    return whole and len(words(subject)) >= FEWEST_SUBJECT and len(said) >= FEWEST_WORDS and portuguese >= 3
