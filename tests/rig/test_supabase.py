"""The real PostgREST answers what the clients rely on."""

from __future__ import annotations

import pytest
import requests

pytestmark = pytest.mark.rig


def test_up(rig):
    h = {"apikey": rig.supabase.key}
    r = requests.get(rig.supabase.url + "/rest/v1/orchestrator_global_memory", headers=h, timeout=5)
    assert r.status_code == 200
    assert r.json() == []
