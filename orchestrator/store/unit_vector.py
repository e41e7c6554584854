"""A text's vector as the stores keep it: 384 float32, finite and of length 1."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from operator import mul

from orchestrator.errors import OrchError
from orchestrator.i18n import _
from orchestrator.model import VECTOR_DIMENSIONS

Vector = Sequence[float]
NORM_TOLERANCE = 1e-3


def blob_of(vector: Vector) -> bytes:
    """A vector as sqlite-vec stores it: 384 float32.

    Raises OrchError unless it is finite and of length 1: vec0 would store NaN and zero vectors.
    """
    values = array("f", vector)
    if len(values) != VECTOR_DIMENSIONS:
        raise OrchError(
            _("a vector has {count} dimensions instead of {wanted}").format(
                count=len(values), wanted=VECTOR_DIMENSIONS
            )
        )
    norm = math.sqrt(sum(map(mul, values, values)))
    if not abs(norm - 1) <= NORM_TOLERANCE:  # also true for NaN
        raise OrchError(_("a vector must be finite and of length 1, this one has {norm}").format(norm=norm))
    return values.tobytes()


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """The inner product: the cosine of two unit vectors."""
    return float(sum(map(mul, a, b)))
