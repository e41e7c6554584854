"""A configuration file read with suspicion: regular, small, UTF-8, TOML, free of credentials."""

from __future__ import annotations

import errno
import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.config import exposed
from orchestrator.config.lines import line_of
from orchestrator.errors import ConfigError, NotInitialisedError
from orchestrator.i18n import _

NAME = ".orch/config.toml"
MAX_BYTES = 256 * 1024

Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The parsed file and its text; `error` finds the line of a key in it."""

    root: Path
    text: str
    data: dict[str, Any]
    name: str = NAME  # what messages call the file

    def error(self, key: Key, problem: str, hint: str = "") -> ConfigError:
        """A ConfigError that names file, line and key; `key` is the path in the parsed data."""
        shown = ".".join(str(part) for part in key if isinstance(part, str))
        return located(line_of(self.text, key), f"{shown}: {problem}" if shown else problem, hint, self.name)

    def line(self, key: Key) -> int:
        """The line, from 1, on which a key of the parsed data is written."""
        return line_of(self.text, key)


def located(line: int, problem: str, hint: str = "", name: str = NAME) -> ConfigError:
    """A ConfigError at a line of a configuration file, which messages call `name`."""
    return ConfigError(f"{name}:{line}: {problem}", hint)


def read(root: Path) -> str:
    """The text of `.orch/config.toml` under `root`, without following symbolic links.

    Raises NotInitialisedError when there is none; ConfigError as `read_text` does.
    """
    text = read_text(root / ".orch" / "config.toml", NAME)
    if text is None:
        raise NotInitialisedError(
            _("orch is not set up here: there is no {path}").format(path=NAME), _("run `orch init`")
        )
    return text


def read_text(path: Path, name: str) -> str | None:
    """The text of a file of `.orch/`, None when there is none; `name` is what messages call it.

    Raises ConfigError when it is not a small regular UTF-8 file, or it or its folder is a symbolic
    link (a repository could point it anywhere).
    """
    if path.parent.is_symlink():
        raise ConfigError(
            _("{path} is a symbolic link, which orch does not follow").format(path=path.parent.name),
            _("put a real folder in its place"),
        )
    raw = read_regular(path, name)
    if raw is None:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise located(line, _("not valid UTF-8"), _("save the file as UTF-8"), name) from error


def read_regular(path: Path, name: str, most: int = MAX_BYTES) -> bytes | None:
    """The bytes of a small regular file that is no symbolic link; None when there is no file.

    `name` is what messages call it. Raises ConfigError for anything else: links, pipes, folders,
    files of more than `most` bytes, files that may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            problem = _("{path} is a symbolic link, which orch does not follow").format(path=name)
            raise ConfigError(problem, _("put a real file in its place")) from error
        problem = _("{path} cannot be read: {reason}").format(path=name, reason=error.strerror)
        raise ConfigError(problem, _("check the file's owner and permissions")) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        problem = _("{path} is not a regular file").format(path=name)
        raise ConfigError(problem, _("put a real file in its place"))
    with os.fdopen(descriptor, "rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        problem = _("{path} is larger than {size} KiB").format(path=name, size=most // 1024)
        raise ConfigError(problem, _("keep only orch's own settings in it"))
    return data


def parse(root: Path, text: str, name: str = NAME) -> Document:
    """Parse the file's text. Raises ConfigError for a credential in it and for wrong TOML."""
    _refuse_credentials(text, name)
    try:
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, error, name) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, a list 1,000 deep
        raise located(1, _("this TOML is too deep or too long to read"), name=name) from error
    return Document(root, text, data, name)


def _refuse_credentials(text: str, name: str) -> None:
    found = exposed.find(text)
    if found is not None:
        line, what, variables = found
        problem = _("this looks like a credential ({what}), and this file is committed").format(what=what)
        if not variables:
            raise located(line, problem, _("take it out, and revoke it where it was issued"), name)
        hint = _("revoke it, take it out, and set {variable} in your environment instead")
        raise located(line, problem, hint.format(variable=" / ".join(variables)), name)


def _syntax_error(text: str, error: tomllib.TOMLDecodeError, name: str) -> ConfigError:
    """The words of tomllib, with its line and column turned into ours."""
    message = str(error)
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    words = message[: place.start()] if place else message
    if place and place[1]:
        line, column = int(place[1]), int(place[2])
    else:
        line, column = text.rstrip("\n").count("\n") + 1, len(text.rstrip("\n").rpartition("\n")[2]) + 1
    problem = _("wrong TOML at column {column}: {problem}").format(column=column, problem=words)
    return located(line, problem, _("texts stand in double quotes, lists in [ ], comments after #"), name)
