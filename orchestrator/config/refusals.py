"""What a company refused that a commit taught others too: the one answer that other companies may know.

`.orch/companies/<id>/refused` holds anchors (`Insight.anchor`: a hash of author, time and place in the
message), one a line. Another company reads nothing but the no to what a commit of both taught; the store
stays shut. The file only tightens, so that it may come from anywhere.
"""

from __future__ import annotations

from orchestrator.config.document import read_regular
from orchestrator.config.group import Group
from orchestrator.config.state import write_private

NAME = "refused"


def refused_by_others(group: Group, company: str) -> dict[str, str]:
    """{anchor: the company that refused it}, of all companies but this one, of those that are gone too."""
    files = sorted((group.folder / "companies").glob(f"*/{NAME}"))
    others = [file.parent.name for file in files if file.parent.name != company]
    return {anchor: other for other in others for anchor in _read(group, other)}


def publish(group: Group, company: str, anchor: str, *, refused: bool) -> None:
    """Say, or take back, that this company refuses what has that anchor. Twice is a no-op."""
    before = _read(group, company)
    now = before | {anchor} if refused else before - {anchor}
    if now != before:
        write_private(group.company_folder(company) / NAME, "".join(f"{a}\n" for a in sorted(now)))


def _read(group: Group, company: str) -> frozenset[str]:
    path = group.company_folder(company) / NAME
    return frozenset((read_regular(path, str(path)) or b"").decode("ascii", "replace").split())
