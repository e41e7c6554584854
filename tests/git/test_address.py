"""Whose repository an address is, in every form that git takes."""

from __future__ import annotations

import pytest

from orchestrator import git
from orchestrator.errors import UserError
from orchestrator.git.address import parsed, push_addresses, without_credentials
from tests.git.sandbox import Sandbox

SAME = [
    "https://github.com/grupo/monorepo",
    "https://github.com/Grupo/Monorepo.git/",
    "https://maria:token@github.com/grupo/monorepo.git",
    "https://www.github.com/grupo/monorepo.git",
    "ssh://git@github.com/grupo/monorepo.git",
    "ssh://git@github.com:22/grupo/monorepo.git",
    "ssh://git@ssh.github.com:443/grupo/monorepo.git",
    "git+ssh://git@github.com/grupo/monorepo",
    "git@github.com:grupo/monorepo.git",
    "git@github.com:/grupo/monorepo.git",
    "github.com:grupo/monorepo",
    "git@github-trabalho:grupo/monorepo.git",  # a host of ~/.ssh/config
    "git@github.com-trabalho:grupo/monorepo.git",
    "/srv/git/grupo/monorepo.git",
    "file:///srv/git/grupo/monorepo.git",
    "../grupo/monorepo",
]
OTHER = [
    "https://github.com/maria/monorepo.git",
    "https://github.com/grupo/monorepo2",
    "https://github.com/outro/grupo/monorepo",
    "https://gitlab.com/grupo/monorepo.git",
    "https://github.com.example/grupo/monorepo",
    "https://github.com-trabalho/grupo/monorepo",  # an alias only where ssh resolves it
    "https://interno/grupo/monorepo",
    "git@github.com-evil.attacker.example:grupo/monorepo.git",
    "ssh://git@[2001:db8::1]/grupo/monorepo",
    "ssh://git@3232235777/grupo/monorepo",
    "ssh://git@0x7f000001/grupo/monorepo",
    "git@gitlab.com:grupo/monorepo.git",
    "git@github.com:maria/monorepo.git",
    "/srv/git/maria/monorepo.git",
    "/srv/git/monorepo.git",
    "https://[meio/grupo/monorepo",
    "",
]


@pytest.mark.parametrize("address", SAME)
def test_the_repository(address: str) -> None:
    assert parsed(address).is_at("github.com", "grupo/monorepo")


@pytest.mark.parametrize("address", OTHER)
def test_another_repository(address: str) -> None:
    assert not parsed(address).is_at("github.com", "grupo/monorepo")


def test_git_itself_says_where_it_pushes(box: Sandbox) -> None:
    repo = git.open_repository(box.root)
    box.git("remote", "add", "origin", "gh:grupo/monorepo.git")
    box.git("config", "url.https://github.com/.insteadOf", "gh:")
    assert push_addresses(repo, "origin") == ["https://github.com/grupo/monorepo.git"]
    box.git("config", "url.git@github.com:.pushInsteadOf", "gh:")
    assert push_addresses(repo, "origin") == ["git@github.com:grupo/monorepo.git"]
    for address in ("gh:maria/monorepo", "/srv/x"):
        box.git("config", "--add", "remote.origin.pushurl", address)
    assert push_addresses(repo, "origin") == ["https://github.com/maria/monorepo", "/srv/x"]
    for name in ("nenhum", "--all"):
        with pytest.raises(UserError, match=name):
            push_addresses(repo, name)


def test_a_password_with_an_at_sign_is_shown_in_no_part() -> None:
    shown = "https://github.com/a/b, https://x.example/@c"
    assert without_credentials("https://ana:se@cret@pass@github.com/a/b, https://x.example/@c") == shown
