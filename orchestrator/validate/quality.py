"""Texts that teach nobody anything: too short, made by a machine, unfinished."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

MIN_WORDS = 3
MIN_LETTERS = 12

_WORD = re.compile(r"[^\W\d_]{2,}")
_MACHINE = re.compile(
    r"(?i)^\W{0,3}(?:merge (?:branch|pull request|remote-tracking|tag|commit)\b|merged? in |merged? pr |"
    r"(?:chore|build|fix)\(deps(?:-dev)?\)|bump \S+ from |update dependency |"
    r"auto-?(?:mated|generated|merge)\b|translated using weblate|updated? translations? from |"
    r"\[?(?:pre-commit\.ci|renovate|dependabot|crowdin)\b|this reverts commit [0-9a-f]{7,40}\.?\s*$|"
    r"revert \"|v?\d+\.\d+\.\d+\S*\s*$|c[oó]digo gerado automaticamente)"
)
_UNFINISHED = re.compile(
    r"(?i)^\W{0,3}(?:wip|tmp|temp|fixup|squash|amend|asdf\w*|checkpoint|savepoint|draft|rascunho|"
    r"em andamento)(?!\w)|^\W{0,3}(?:x+|teste?s?|ajustes?|fix(?:es)?|updates?|commit)\W*$"
)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """At most one hit over the whole text, without a placeholder: there is nothing to cut out."""
    rule = _rule(text)
    if rule:
        yield policy.hit(0, len(text), rule, "quality")


def _rule(text: str) -> str:
    if _UNFINISHED.search(text):
        return "quality.unfinished"
    if _MACHINE.search(text):
        return "quality.machine-made"
    words = _WORD.findall(text[:4096])
    if len(words) < MIN_WORDS or sum(map(len, words)) < MIN_LETTERS:
        return "quality.too-short"
    return ""
