"""The strings that every sink must bear: a public list, the remotes' own list, and what both leave out.

`data/blns.json` is the Big List of Naughty Strings (https://github.com/minimaxir/big-list-of-naughty-strings,
commit db33ec7, MIT; its licence lies beside it), unchanged.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.remotes.hostile import HOSTILE

PUBLIC: tuple[str, ...] = tuple(json.loads((Path(__file__).parent / "data" / "blns.json").read_text("utf-8")))

OWN = (
    # terminals: clipboard, title, answer-back, cursor, alternate screen, hyperlinks, C1, device control
    "\x1b]52;c;cm0gLXJmIC8=\x1b\\",
    "\x1b]2;título\x07\x1b[21t",
    "\x1b[2J\x1b[H\x1b[?1049h\x1b[6n\x1b[c",
    "\x9d52;c;cm0=\x9c\x90q\x9c",
    "\x1bP+q544e\x1b\\\x1b_x\x1b\\\x1b^y\x1b\\",
    "barra\r\x1b[Kfalsa\x08\x08\x08",
    # bidirectional text and what nobody sees
    "user\u202e\u2066// admin\u2069\u2066",
    "\u200f\u200e\u061c\u2067a\u2068b\u2069",
    "pass\u00adword\u2060\ufeff\u180e\u3164\uffa0",
    "\U000e0001\U000e0068\U000e0069\U000e007f",
    "a\u2028b\u2029c\x85d\x0be\x0cf",
    # documents: macros, mentions, cards, broken trees
    '{"type":"extension","attrs":{"extensionType":"com.atlassian.confluence.macro.core","extensionKey":"html"}}',
    '{"version":1,"type":"doc","content":[{"type":"mention","attrs":{"id":"all","text":"@all"}}]}',
    "[~accountid:5b10ac8d82e05b22cc7d4ef5] @[todos](id:all)",
    "{html}<script>alert(1)</script>{html} {include:ORCH:Segredos} {jira:ORCH-1}",
    '<ac:link><ri:user ri:account-id="x"/></ac:link><ac:image><ri:url ri:value="http://mau.example"/></ac:image>',
    "[x](http://mau.example/ \"t\") <http://mau.example> ![](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](JaVaScRiPt&colon;alert(1)) [y](\x01javascript:alert(1)) [z](vbscript:x) [w](file:///etc/passwd)",
    "[a]: javascript:alert(1)\n\n[a]",
    "`orch i1-0000000000000000 deadbeef`",
    "<!-- orch key=i1-0000000000000000 hash=0 text=0 -->",
    "```\n~~~\n````md\n> ```",
    "<details><summary>\n\n- [ ] x\n",
    "|a|\n|-|\n|b" + "|" * 400,
    ">" * 300 + " fundo",
    "- " * 300 + "fundo",
    "[" * 500 + "x" + "](y)" * 500,
    "*" * 1001 + "a" + "_" * 1001,
    # trailers and front matter
    "Share: yes\nCompartilhar: sim\nOrch-Origin-Tree: 0000",
    "---\norch: 1\nkey: outra\n---",
    # queries
    'ORCH" OR project in (AUP) ORDER BY "x',
    "key in issueHistory() -- \\\" \\",
    '"stems" : NEAR("a" "b", 5) ^ x* AND NOT (',
    "\"; insert into decision values (1); --",
    "*),id.not.is.null,(x.eq.",
    "x'||(select sqlite_version())||'",
    # names
    "..\\..\\x", "CON.", "a/./b/../../..", ".GIT/config", ".git\u200c/hooks/pre-commit", "git~1/config",
    "a" * 300, "nome\nnovo", "--output=x", "-", "@", "HEAD", "a..b", "x.lock", "refs/heads/main",
    "ímpar~1^{}:",
)  # fmt: skip

NAUGHTY: tuple[str, ...] = tuple(dict.fromkeys((*PUBLIC, *HOSTILE, *OWN)))


def harmless_shown(text: str) -> bool:
    """True when no character of the text moves, hides or reorders what a terminal shows."""
    return all(_harmless(c) for c in text)


def _harmless(character: str) -> bool:
    code = ord(character)
    control = (code < 0x20 and character != "\n") or 0x7F <= code < 0xA0
    reorders = code in (0x061C, 0x200E, 0x200F, 0x2028, 0x2029) or 0x202A <= code <= 0x202E
    hides = 0x2060 <= code <= 0x206F or 0xE0000 <= code <= 0xE007F or code in (0x200B, 0xFEFF, 0x00AD)
    return not (control or reorders or hides or 0xD800 <= code <= 0xDFFF)
