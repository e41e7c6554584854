"""The trailers that the tables tell from messages are those that git itself finds in them."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestrator.git.fields import prose
from orchestrator.git.log_text import read_log
from orchestrator.store.history import History
from tests.git.conftest import box as box
from tests.git.sandbox import Sandbox

SCISSORS = f"# {'-' * 24} >8 {'-' * 24}"
LINES = (
    "Key: value", "two-words : b: c", "empty:", "-: a hyphen", "9: a number", "\t", "  ", "",
    "Signed-off-by: Ana <a@example.com>", "Signed-off-by:nobody", "(cherry picked from commit 1234567)",
    "(cherry picked from commit", "a line of prose", "no key : at all", ": none", "Solução: é outra coisa",
    "  continues", "\t- continues: too", "# a comment", "#", "Conflicts:", "Conflicts: none", "\tsome/path",
    "---", SCISSORS, "Key: crlf\r", "\r", "Key: \x1b[31mred \u202e", "Key:\u00a0wide ",
)  # fmt: skip
LINE = st.sampled_from(LINES)
BLOCK = st.sampled_from([line for line in LINES if ":" in line or line.startswith((" ", "("))])
PARAGRAPH = st.lists(LINE, max_size=6) | st.lists(BLOCK, min_size=1, max_size=8)
BODY = st.lists(PARAGRAPH, max_size=4).map(lambda found: "\n\n".join("\n".join(p) for p in found))
MESSAGE = st.tuples(st.sampled_from(["subject\n\n", "subject\n", "", " \n"]), BODY).map("".join)
MESSAGES = st.lists(MESSAGE, min_size=1, max_size=60)


def imported(box: Sandbox, messages: list[str]) -> str:
    """The last of commits with these messages, which end as git ends them: with a line's end."""
    ref = f"refs/heads/{os.urandom(8).hex()}"
    texts = [message.encode() + b"\n" for message in messages]
    head = f"commit {ref}\ncommitter Ana <a@example.com> 1795378060 +0000\n".encode()
    stream = b"".join(head + b"data %d\n%s\n" % (len(text), text) for text in texts)
    box("fast-import", "--quiet", input=stream)
    return box("rev-parse", ref)


def git_says(box: Sandbox, tip: str) -> list[tuple[str, int, str, str]]:
    """(commit, position, key, value) of every trailer."""
    form = "--format=%x02%H%x00%(trailers:only,unfold)"
    log = box("-c", "trailer.separators=:", "log", form, "--encoding=UTF-8", tip)
    found = []
    for record in log.split("\x02")[1:]:
        commit, _end, lines = record.partition("\0")
        told = prose(lines.replace("\r ", " "))  # of a CRLF in a folded value git leaves the half
        for position, line in enumerate(filter(None, told.split("\n"))):
            key, _colon, value = line.partition(":")
            found.append((commit, position, key.rstrip(" \t"), value.strip(" \t")))
    return sorted(found)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=MESSAGES)
@example(
    messages=[
        f"{SCISSORS}\n\nKey: value",
        "subject\n\nA: b\n\nConflicts:\n\tp",
        "subject\n\nConflicts:\n\tp",
        "one\n\nConflicts:",
    ]
)
def test_trailers_are_those_of_git(box: Sandbox, tmp_path: Path, messages: list[str]) -> None:
    tip = imported(box, messages)
    history = History(tmp_path / f"{tip}.duckdb")
    history.catch_up({"main": tip}, lambda tips, stored: read_log(box.repo, tips, stored))
    rows = history.answers.query("SELECT commit_id, position, key, value FROM trailers ORDER BY ALL").rows
    assert rows == git_says(box, tip)
