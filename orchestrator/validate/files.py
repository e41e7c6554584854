"""Confidential files: what was learnt from a commit that touches one, and a file that would leave itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator.config.match import confidential_glob
from orchestrator.model import Finding, Outcome
from orchestrator.validate.policy import Policy

RULE, KIND = "confidential.file", "file"


def of_commits(globs: Iterable[str], policy: Policy) -> tuple[Finding, ...]:
    """A finding for each glob that a commit behind a learning touches, named as the finding's field.

    The texts themselves were judged apart: nothing can be cut out of them, so that a policy which asks
    for `redact` gets a person's look.
    """
    outcome = policy.outcome(KIND, RULE)
    if outcome is Outcome.ALLOW:
        return ()
    outcome = Outcome.REVIEW if outcome is Outcome.REDACT else outcome
    return tuple(Finding(RULE, KIND, glob, 0, 0, outcome) for glob in sorted(set(globs)))


def of_paths(paths: Iterable[str], policy: Policy) -> Iterator[Finding]:
    """A finding that blocks for each path of a file that would leave: no policy lets out the file itself."""
    for path in paths:
        glob = confidential_glob(policy.files, path)
        if glob:
            yield Finding(RULE, KIND, glob, 0, 0, Outcome.BLOCK)
