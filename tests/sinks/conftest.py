from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.markup.conftest import judge as judge
from tests.sinks.naughty import NAUGHTY

naughty = st.sampled_from(NAUGHTY)
# Alone, in the middle of words, at the end of a line, twice.
placed = st.one_of(
    naughty,
    st.builds("antes {} depois".format, naughty),
    st.builds("primeira linha\n{}\nterceira".format, naughty),
    st.builds("{}{}".format, naughty, naughty),
)
FUZZ = settings(
    deadline=None,
    database=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
