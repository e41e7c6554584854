"""What a commit's files say of its learnings, and files that would leave themselves.

A commit that touches a confidential file, or another company's paths, needs a person's look: its words may
be that company's, whose own answer is in a store that is not opened here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator.config.match import confidential_to_any
from orchestrator.model import Finding, Outcome
from orchestrator.validate.policy import Policy

FILE, OTHER_COMPANY = "confidential.file", "commit.other-company"
REFUSED = "commit.refused"  # by another company that the commit touches
KINDS_OF = {FILE: "file", OTHER_COMPANY: "commit", REFUSED: "commit"}  # rule → kind


def of_commits(touched: Iterable[tuple[str, str]], policy: Policy) -> tuple[Finding, ...]:
    """A finding for each (rule, name) that a commit behind a learning touches; the name is its field.

    The texts themselves were judged apart: nothing can be cut out of them, so that a policy which asks
    for `redact` gets a person's look.
    """
    found = []
    for rule, name in sorted(set(touched)):
        outcome = policy.outcome(KINDS_OF[rule], rule)
        if outcome is not Outcome.ALLOW:
            least = Outcome.REVIEW if outcome is Outcome.REDACT else outcome
            found.append(Finding(rule, KINDS_OF[rule], name, 0, 0, least))
    return tuple(found)


def of_paths(paths: Iterable[str], policy: Policy) -> Iterator[Finding]:
    """A finding that blocks for each path of a file that would leave: no policy lets out the file itself."""
    for path in paths:
        glob = confidential_to_any(policy.files, path)
        if glob:
            yield Finding(FILE, KINDS_OF[FILE], glob, 0, 0, Outcome.BLOCK)
