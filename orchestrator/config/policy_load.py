"""Reading the policies in force in a work tree: the repository's, the user's, and what was trusted."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from orchestrator.config.document import read_regular, read_text
from orchestrator.config.policy_file import NAME, PolicyFile
from orchestrator.config.policy_key import policy_key
from orchestrator.config.policy_layers import InForce, PolicyLayers
from orchestrator.config.policy_read import read_policy
from orchestrator.config.policy_trust import is_trusted, trusted_text
from orchestrator.config.user_folders import user_folder
from orchestrator.errors import ConfigError
from orchestrator.i18n import _


def load_policy(root: Path, home: Path, companies: Collection[str]) -> PolicyLayers:
    """What is in force in the work tree at `root` of the clone at `home`. Raises ConfigError, UserError."""
    text = read_text(root / NAME, NAME) or ""
    trusted = is_trusted(home, text)
    file = read_policy(root, text, today(), companies) if text else None
    layers = tuple(_layers(home, file, trusted))
    live = tuple(e for e in file.exceptions if e.until >= today()) if file and trusted else ()
    return PolicyLayers(layers, file, trusted, live, policy_key(home) if live else "")


def _layers(home: Path, file: PolicyFile | None, trusted: bool) -> Iterator[InForce]:
    if file is not None and trusted:
        yield InForce(file, loosens=True)
    if not trusted:
        yield from (InForce(f, loosens=False) for f in (_before(home), file) if f is not None)
    own = user_policy(home)
    if own is not None:
        yield InForce(own, loosens=False)


def _before(home: Path) -> PolicyFile | None:
    """The policy that was trusted last: what it tightened still holds."""
    text = trusted_text(home)
    name = _("policy trusted before")
    try:
        return read_policy(home, text, today(), None, name) if text else None
    except ConfigError as error:
        raise ConfigError(
            _("the policy that was trusted here cannot be read any more: {why}").format(why=error.message),
            _("read .orch/policy.toml, and if you agree with it, run `orch trust`"),
        ) from error


def user_policy(home: Path) -> PolicyFile | None:
    """The user's own policy for every repository; None when there is none. Its ids may be anyone's."""
    path = user_policy_path()
    raw = read_regular(path.resolve(), str(path))  # a person may well keep it behind a link
    if raw is None:
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: " + _("not valid UTF-8"), _("save the file as UTF-8")) from error
    return read_policy(home, text, today(), None, str(path))


def user_policy_path() -> Path:
    """Where a user's own policy stands: `orch/policy.toml` in the user's configuration folder."""
    chosen = os.environ.get("ORCH_CONFIG_DIR", "")
    if chosen:
        return Path(chosen).expanduser() / "policy.toml"
    return user_folder("config") / "policy.toml"


def today() -> date:
    """The day that decides which exceptions hold, in UTC, so that all machines agree."""
    return datetime.now(UTC).date()
