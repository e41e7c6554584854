"""What a form left in a message: task lists, HTML, and what a template asks its author to do."""

from __future__ import annotations

import re

from orchestrator.detect.prose import fold

_COMMENT = re.compile(r"<!--.{0,1000}?-->", re.DOTALL)
_TAG = re.compile(
    r"</?(?:img|br|hr|p|div|span|a|b|i|em|strong|code|pre|kbd|sub|sup|details|summary|table|thead|tbody|tr|t[dh]"
    r"|ul|ol|li|h[1-6]|video|source|picture|blockquote|center|font)\b(?:[^<>]{0,2000}>|[^<>\n]{0,2000}$)",
    re.IGNORECASE | re.MULTILINE,
)  # one that was cut off ends with its line
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s")
_TASK = re.compile(r"\s*(?:(?:[-*+•]|\d{1,3}[.)])\s+)?\[[ xX]?\](?:\s|$)")
_ASKED = re.compile(
    r"\W*(?:por favor\W+)?(?:explique|descreva|detalhe|relate|liste|identifique|marque|cite|forneca|insira"
    r"|informe|adicione|coloque|inclua)\b(?!\W*$)"
    r"|\W*please (?:describe|explain|list|include|add|provide|mark|check|make sure|ensure|read|fill|delete"
    r"|link)\b|\W*(?:describe|explain) (?:your|the) (?:changes?|pull|pr)\b"
    r"|\W*(?:thanks|thank you) for (?:your|contrib)"
    r"|\W*(?:o titulo de cada|a nomeacao de cada|ao abrir (?:o|um|uma)|quando o) (?:pr|\W*pull request)\b"
    r"|\W*se alguma parte do codigo precisar de alguma atencao"
)


def without_forms(text: str) -> str:
    """A text without task items (and what introduces them), HTML and the questions of a template."""
    kept: list[list[str]] = [[]]  # blocks: what stands between items of lists and empty lines
    dropped = False
    for line in _TAG.sub(" ", _COMMENT.sub("", text)).split("\n"):
        if _TASK.match(line):
            dropped = True
            _drop_opening(kept)
        elif not line.strip() or _ITEM.match(line):
            dropped = False
            kept.append([line])
        elif not dropped:
            kept[-1].append(line)
    return "\n".join(line for block in kept for line in block if not _is_asked(block))


def _drop_opening(kept: list[list[str]]) -> None:
    """Take off the block that ends in a colon right above a task list."""
    filled = next((place for place in reversed(range(len(kept))) if "".join(kept[place]).strip()), None)
    if filled is not None and "".join(kept[filled]).rstrip(" *_").endswith(":"):
        del kept[filled:]
        kept.append([""])


def _is_asked(block: list[str]) -> bool:
    text = fold(" ".join(" ".join(block).split())[:200])
    return bool(_ASKED.match(text))
