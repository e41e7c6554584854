"""What git is told by its environment."""

from __future__ import annotations

from typing import get_args

import pytest

from orchestrator.config.credentials import Name, Vendor, variables
from orchestrator.git.process import environment


@pytest.mark.parametrize("network", [True, False])
@pytest.mark.parametrize("company", [None, "empresa-a"])
def test_git_and_what_it_starts_get_no_credential_of_ours(
    company: str | None, network: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendors: tuple[Vendor, ...] = get_args(Vendor)
    names: tuple[Name, ...] = get_args(Name)
    ours = {v for vendor in vendors for name in names for v in variables(name, vendor, company)}
    assert ours
    for name in ours:
        monkeypatch.setenv(name, "planted")
    monkeypatch.setenv("ORCH_LANG", "en")
    told = environment(network=network)
    assert "planted" not in told.values()
    assert told["ORCH_LANG"] == "en"
