"""What a reader of Markdown does not see: it was not written for the page that others read. Pure."""

from __future__ import annotations

import re

# YAML or TOML before the text, as site generators and editors have it; a rule (`---`) is followed by a blank.
_FRONT_MATTER = re.compile(
    r"\A\ufeff?(?:---[ \t]*\n(?=[ \t]*[\w\"'#-]).*?^(?:---|\.\.\.)|\+\+\+[ \t]*\n.*?^\+\+\+)[ \t]*(?:\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
# Fences and code spans keep what is in them. A comment that begins a line and never ends hides the rest
# (CommonMark 0.31, "HTML blocks", condition 2).
_COMMENT = re.compile(
    r"(?P<kept>^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?\n)?? {0,3}(?P=fence)[`~]*[ \t]*$"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`))"
    r"|<!--.*?-->|^ {0,3}<!--.*\Z",
    re.MULTILINE | re.DOTALL,
)


def without_hidden(markdown: str) -> str:
    """The document without its front matter and its HTML comments."""
    shown = _FRONT_MATTER.sub("", markdown, count=1)
    return _COMMENT.sub(lambda found: found["kept"] or "", shown)
