"""Which object links to which: never to an address that only this machine knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.config.load import parse_group
from orchestrator.reconcile.rendering import sister_of
from tests.flow.group import CONFIG

JIRA = '[global.jira]\nurl = "https://acme.atlassian.net"\nproject = "ORCH"\n'
CONFLUENCE = '[global.confluence]\nurl = "https://acme.atlassian.net"\nspace = "ORCH"\n'


@pytest.mark.parametrize(
    ("vendors", "issue_to", "page_to"),
    [
        ("", "global.pages", "global.issues"),
        (JIRA + CONFLUENCE, "global.pages", "global.issues"),
        (JIRA, None, "global.issues"),
        (CONFLUENCE, "global.pages", None),
    ],
)
def test_no_files_address_leads_from_a_vendor(
    tmp_path: Path, vendors: str, issue_to: str | None, page_to: str | None
) -> None:
    text = CONFIG.format(share="ask").replace("[[company]]", f"{vendors}[[company]]", 1)
    desk: Any = type("Desk", (), {"group": parse_group(tmp_path, text, tmp_path)})
    found = [sister_of(desk, f"global.{slot}") for slot in ("issues", "pages", "memory")]
    assert [place and place[0] for place in found] == [issue_to, page_to, None]
