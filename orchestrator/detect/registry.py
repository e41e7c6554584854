"""The detectors that exist, and how their findings become one ordered answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from orchestrator.detect import adoption, components, decisions, fixes, gains, trailers
from orchestrator.detect.discretion import Discretion
from orchestrator.detect.merging import merge
from orchestrator.detect.message import parse
from orchestrator.detect.sharing import share_of, stricter
from orchestrator.detect.trailer_block import squashed
from orchestrator.model import Candidate, Change

Detector = Callable[[Change, str], Iterable[Candidate]]

DETECTORS: tuple[Detector, ...] = (
    trailers.find,
    gains.find,
    fixes.find,
    components.find,
    adoption.find,
    decisions.find,
)
"""Ours, in the order in which they win over each other."""


def run(
    change: Change, language: str, minimum: float, detectors: Iterable[Detector] = DETECTORS
) -> tuple[Candidate, ...]:
    """Run detectors over a change: merged, discreet, at least `minimum`, in a fixed order."""
    found = merge(c for detector in detectors for c in detector(change, language))
    share, named = share_of(change.commit.message), _named(change.commit.message)
    complete = (_with_trailers(c, named, share) for c in found if c.score >= minimum)
    discretion = Discretion(change) if found else None
    return tuple(fit for c in complete if discretion and (fit := discretion.apply(c)) is not None)


def _named(message: str) -> tuple[str, ...]:
    """The technologies that the trailers name, of a squash none: each of its commits has its own."""
    return trailers.technologies_of(parse(message)) if len(squashed(message)) == 1 else ()


def _with_trailers(candidate: Candidate, named: tuple[str, ...], share: str) -> Candidate:
    """What `Technology:` and `Share:` say holds for everything that the commit taught."""
    technologies = tuple(dict.fromkeys((*named, *candidate.record.technologies)))
    record = replace(candidate.record, technologies=technologies)
    return replace(candidate, record=record, share=stricter((candidate.share, share)))
