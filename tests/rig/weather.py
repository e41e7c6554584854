"""Bad weather on purpose: which request is answered how badly, programmed by the test.

Kinds: a status (429, 500, 502, 503, 401, 403, 540, ...) in the vendor's own error shape;
`reset` (closed before anything is done); `drop` (the work is done, the answer is lost);
`slow` (answered after `seconds`); `html` (a web page where JSON was expected);
`redirect` (302 to another host). Of a run of kinds, by chance, each strikes the next request.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from tests.rig.wire import Request

Kind = int | str
KINDS = frozenset({"reset", "drop", "slow", "html", "redirect"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour. `retry_after` is seconds, a date (sent as an HTTP date), any text, or None."""

    kind: Kind
    retry_after: float | str | datetime | None = None
    seconds: float = 1.0
    status: int = 502  # of an HTML page

    def __post_init__(self) -> None:
        if not isinstance(self.kind, int) and self.kind not in KINDS:
            raise ValueError(f"unknown weather {self.kind!r}: a status or one of {sorted(KINDS)}")

    def headers(self) -> dict[str, str]:
        """The `Retry-After` header, if this fault carries one."""
        if self.retry_after is None:
            return {}
        if isinstance(self.retry_after, datetime):
            return {"Retry-After": format_datetime(self.retry_after, usegmt=True)}
        return {"Retry-After": str(self.retry_after)}


@dataclass(slots=True)
class _Planned:
    fault: Fault
    times: int
    after: int
    method: str | None
    path: str | None
    writes_only: bool

    def wants(self, request: Request) -> bool:
        if self.writes_only and not request.is_write:
            return False
        if self.method and request.method != self.method:
            return False
        return not (self.path and not re.search(self.path, request.path))


class Weather:
    """The faults to come, of one server. Fine until told otherwise; `clear()` makes it fine again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget every planned fault."""
        with self._lock:
            self._planned: list[_Planned] = []
            self._every: tuple[int, Fault] | None = None
            self._random: tuple[random.Random, float, Sequence[Kind | tuple[Kind, ...]]] | None = None
            self._coming: list[Kind] = []  # the rest of a run that has begun
            self._seen = 0
            self.struck: list[Kind] = []

    def next(
        self,
        kind: Kind,
        *,
        times: int = 1,
        after: int = 0,
        method: str | None = None,
        path: str | None = None,
        writes_only: bool = False,
        retry_after: float | str | datetime | None = None,
        seconds: float = 1.0,
        status: int = 502,
    ) -> None:
        """The next `times` matching requests suffer `kind`, once `after` matching ones went well.

        `method` and `path` (a regular expression searched in the path) choose the requests.
        """
        fault = Fault(kind, retry_after, seconds, status)
        with self._lock:
            self._planned.append(_Planned(fault, times, after, method, path, writes_only))

    def drop_after_commit(self, n: int = 1, *, method: str | None = None, path: str | None = None) -> None:
        """The next `n` writes are carried out, and their answers are lost."""
        self.next("drop", times=n, method=method, path=path, writes_only=True)

    def every(self, n: int, kind: Kind, **fault: float | str | None) -> None:
        """Every n-th request suffers `kind`."""
        with self._lock:
            self._every = (n, Fault(kind, **fault))  # type: ignore[arg-type]  # passed through by name

    def random(self, seed: int, share: float, kinds: Sequence[Kind | tuple[Kind, ...]]) -> None:
        """Each request suffers one of `kinds` with probability `share`; the seed repeats it.

        One of several kinds, `("drop", 401)`, is that for the next request too.
        """
        with self._lock:
            self._random = (random.Random(seed), share, tuple(kinds))

    def strike(self, request: Request) -> Fault | None:
        """What happens to this request; None when the weather is fine."""
        with self._lock:
            self._seen += 1
            fault = self._from_plan(request) or self._from_every() or self._from_chance()
            if fault is not None:
                self.struck.append(fault.kind)
            return fault

    def _from_plan(self, request: Request) -> Fault | None:
        for planned in self._planned:
            if not planned.wants(request):
                continue
            if planned.after > 0:
                planned.after -= 1
                continue
            planned.times -= 1
            if planned.times <= 0:
                self._planned.remove(planned)
            return planned.fault
        return None

    def _from_every(self) -> Fault | None:
        if self._every and self._seen % self._every[0] == 0:
            return self._every[1]
        return None

    def _from_chance(self) -> Fault | None:
        if self._random is None:
            return None
        dice, share, kinds = self._random
        if not self._coming:
            if dice.random() >= share:
                return None
            chosen = dice.choice(kinds)
            self._coming = list(chosen) if isinstance(chosen, tuple) else [chosen]
        return Fault(self._coming.pop(0), retry_after=0, seconds=0.05)
