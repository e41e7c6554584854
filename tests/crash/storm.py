"""The weather of the crash tests: answers lost after the work, refusals to work, an index that lags."""

from __future__ import annotations

import random
from collections import Counter

from tests.rig.rig import Rig

DROPPED, TURNED_AWAY = 0.20, 0.10  # shares of requests
LONGEST_LAG = 60.0  # seconds of simulated time


def storm(rig: Rig, seed: int) -> None:
    """From now on 20 % of answers are lost, 10 % are 429 or 503, and the index lags by up to 60 s.

    After a quarter of the lost ones the next request is refused: what went before it is in doubt.
    """
    kinds = ("drop", "drop", "drop", ("drop", 401), 429, 503)
    for number, weather in enumerate((rig.jira.weather, rig.confluence.weather, rig.supabase.group.weather)):
        weather.random(3 * seed + number, DROPPED + TURNED_AWAY, kinds)
    rig.jira.index_lag = random.Random(seed).uniform(0.0, LONGEST_LAG)


def struck(rig: Rig) -> dict[str, int]:
    """How often which weather struck since the last `storm`."""
    places = (rig.jira.weather, rig.confluence.weather, rig.supabase.group.weather)
    return dict(Counter(str(kind) for weather in places for kind in weather.struck))


def calm(rig: Rig) -> None:
    """Fine weather again; the index still lags."""
    for weather in (rig.jira.weather, rig.confluence.weather, rig.supabase.group.weather):
        weather.clear()
