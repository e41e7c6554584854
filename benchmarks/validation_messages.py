"""Findings in ordinary commit messages: real personal data told apart from false alarms, by a rule.

A finding is *real* when something other than the scanner says so, and only for e-mail addresses:

- the address is that of an author or committer of the same clone (`git log --format=%ae%n%ce`), or
- it stands in a message as `Name <address>`, the name-addr of RFC 5322, section 3.4.

Whatever else is found is a *false alarm*: an address of which neither is true, though it may be somebody's;
an SSH algorithm (`zlib@openssh.com`), a private IP of an example, a number that passes a check digit. So the
false alarms are an upper bound, and nobody's judgement is in them. A message with both counts as both.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

TRAILER = re.compile(
    r"(?im)^\s*(?:signed-off-by|co-authored-by|reviewed-by|acked-by|reported-by|tested-by|suggested-by|cc|"
    r"helped-by|mentored-by|change-id|closes|see)\s*:.*$"
)
_NAMED = re.compile(r"\w[^\n<>]{0,60}\s<\s*$")  # what stands before the address in `Name <address>`


class Told(NamedTuple):
    """Of one clone's messages: how many have each kind of finding, and by which rules."""

    messages: int
    real: int
    false: int
    secret: int
    rules: Counter[str]
    seconds: float  # of processor, the scanning process included and its start left out


def messages(clone: Path, count: int, seed: int) -> list[str]:
    """A sample of a repository's commit messages, without merges and trailers."""
    raw = _git(clone, "log", "--no-merges", "-n", "20000", "--format=%B%x00")
    found = [TRAILER.sub("", m).strip() for m in raw.split("\0") if m.strip()]
    return random.Random(seed).sample(found, min(count, len(found)))


def addresses(clone: Path) -> frozenset[str]:
    """Addresses of everybody who wrote or committed anything there, in small letters."""
    return frozenset(_git(clone, "log", "--format=%ae%n%ce").lower().split("\n"))


def is_real(kind: str, text: str, start: int, end: int, known: frozenset[str]) -> bool:
    """Whether what was found from `start` to `end` is real personal data, by the rule above."""
    if kind != "email":
        return False
    named = text[end : end + 1] == ">" and bool(_NAMED.search(text[:start]))
    return named or text[start:end].lower() in known


def measure(
    clones: list[Path], count: int, seed: int, show: bool, cpu: Callable[[], float]
) -> dict[str, object]:
    """Print the table; `cpu` tells the processor time of this process and of those that have ended."""
    start = _scan([""], frozenset(), False, cpu).seconds  # of a process for one empty text
    names = ("personal data", "false alarms", "secrets")
    heads = "".join(f" {name} /1,000 |" for name in names)
    print(f"\n| messages of | messages |{heads} texts per CPU s | rules of the false alarms |")
    print("|---|---|---|---|---|---|---|")
    result: dict[str, object] = {}
    for clone in clones:
        told = _scan(messages(clone, count, seed), addresses(clone), show, cpu)
        name = clone.parent.name if clone.name == "repo" else clone.name
        per, speed = 1000 / told.messages, told.messages / max(told.seconds - start, 1e-9)
        figures = " | ".join(f"{n * per:.2f}" for n in (told.real, told.false, told.secret))
        print(f"| {name} | {told.messages:,} | {figures} | {speed:,.0f} | {_told(told.rules)} |", flush=True)
        result[name] = {**told._asdict(), "rules": dict(told.rules), "start_seconds": start}
    return result


def _scan(said: list[str], known: frozenset[str], show: bool, cpu: Callable[[], float]) -> Told:
    from orchestrator.scanning import judge
    from orchestrator.scanning.scanner import current
    from orchestrator.validate import Policy

    policy, rules, count = Policy(), Counter[str](), Counter[str]()
    begun = cpu()
    for text in said:
        found = [f for f in judge({"content": text}, policy).findings if f.kind != "quality"]
        if any(f.kind == "engine" for f in found):
            raise SystemExit("the scanner failed on a message")
        real = [is_real(f.kind, text, f.start, f.end, known) for f in found]
        rules.update(f.rule for f, is_so in zip(found, real, strict=True) if not is_so)
        kinds = {"real" if is_so else "false" for is_so in real}
        kinds |= {"secret" for f in found if f.kind in ("secret", "credential")}
        count.update(kinds)
        for f, is_so in zip(found, real, strict=True) if show else ():
            print("  ", "real " if is_so else "false", f.rule, repr(text[max(0, f.start - 40) : f.end + 20]))
    current().close()  # so that its processor time is counted
    return Told(len(said), count["real"], count["false"], count["secret"], rules, cpu() - begun)


def _told(rules: Counter[str]) -> str:
    return ", ".join(f"{rule} {n}" for rule, n in rules.most_common())


def _git(clone: Path, *arguments: str) -> str:
    argv = ["git", "--git-dir", str(clone), *arguments]
    return subprocess.run(argv, capture_output=True, check=True).stdout.decode("utf-8", "replace")
