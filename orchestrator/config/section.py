"""One table of the configuration: a closed list of keys, each read with the type it must have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from orchestrator.config import exposed
from orchestrator.config.document import Document, Key
from orchestrator.errors import ConfigError
from orchestrator.i18n import _
from orchestrator.terminal import visible

MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Section:
    """A table at `path` of the document. Every method raises ConfigError with line and key."""

    document: Document
    path: Key
    data: dict[str, Any]
    company: str = ""

    def allow(self, keys: Collection[str]) -> Section:
        """Refuse keys that are not in the list: a typo must not be a silent default."""
        for key in self.data:
            if key not in keys:
                raise self._unknown(key, keys)
        return self

    def _unknown(self, key: str, keys: Collection[str]) -> ConfigError:
        if exposed.names_credential(key):
            name = exposed.variable(str(self.path[-1]) if self.path else "", self.company)
            problem = _("credentials do not belong in this file, which is committed")
            return self.error(key, problem, _("set {variable} instead").format(variable=name))
        import difflib

        near = difflib.get_close_matches(key, keys, n=1)
        hint = _("did you mean `{key}`?").format(key=near[0]) if near else ""
        known = _("keys known here: {keys}").format(keys=", ".join(sorted(keys)))
        return self.error(key, _("unknown key"), hint or known)

    def error(self, key: str | tuple[str | int, ...], problem: str, hint: str = "") -> ConfigError:
        """A ConfigError about one key of this table ('' for the table itself)."""
        tail = (key,) if isinstance(key, str) else key
        return self.document.error((*self.path, *(part for part in tail if part != "")), problem, hint)

    def text(self, key: str, default: str | None = None) -> str:
        """A text without control or invisible characters; no default means that it is required."""
        value = self.data.get(key, default)
        if value is None:
            raise self.error(key, _("missing"), _('add `{key} = "…"`').format(key=key))
        return self._checked(value, (key,))

    def name(self, key: str, default: str) -> str:
        """A text that people read as a name: the default where there is nothing to read in it."""
        value = self.text(key, default)
        return value if value.strip() else default

    def match(self, key: str, pattern: str, example: str, default: str | None = None) -> str:
        """A text that a regular expression matches whole; `example` shows it in the error."""
        value = self.text(key, default)
        if re.fullmatch(pattern, value) is None:
            problem = _("{value} is not of the expected form").format(value=_quoted(value))
            raise self.error(key, problem, _("for example {example}").format(example=example))
        return value

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        """One text of a short list."""
        value = self.text(key, default)
        self._in((key,), value, choices)
        return value

    def texts(self, key: str, choices: Collection[str] = ()) -> tuple[str, ...]:
        """A list of texts, none of them empty; duplicates are dropped. Missing means empty."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            hint = _("write it as {example}").format(example=f'{key} = ["…"]')
            raise self._type(key, _("a list of texts"), value, hint)
        for index, item in enumerate(value):
            self._checked(item, (key, index))
            if item == "":
                raise self.error((key, index), _("an empty text in a list"), _("take it out"))
            if choices:
                self._in((key, index), item, choices)
        return tuple(dict.fromkeys(value))

    def require_version(self, known: int) -> None:
        """Refuse a file of another format than the one that this orch reads."""
        version = self.data.get("version")
        if version is None:
            hint = _("add `{key} = {value}`").format(key="version", value=known)
            raise self.error("version", _("missing"), hint)
        if type(version) is not int or version != known:
            problem = _("this orch reads version {known} of the file").format(known=known)
            newer = type(version) is int and version > known
            hint = _("upgrade orch") if newer else _("write `version = {known}`").format(known=known)
            raise self.error("version", problem, hint)

    def flag(self, key: str) -> bool | None:
        """True or false; None when the key is not there."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            hint = _("write it as {example}").format(example=f"{key} = true")
            raise self._type(key, _("true or false"), value, hint)
        return value

    def day(self, key: str) -> date:
        """A required date, as TOML writes it: 2027-03-01, without quotes and without a time."""
        value = self.data.get(key)
        hint = _("write it as {example}").format(example=f"{key} = 2027-03-01")
        if value is None:
            raise self.error(key, _("missing"), hint)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self._type(key, _("a date"), value, hint)
        return value

    def section(self, key: str, company: str = "") -> Section | None:
        """The table below this one; None when it is not there."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._type(
                key, _("a table"), value, _("write it as {example}").format(example=f"[{self._name(key)}]")
            )
        return Section(self.document, (*self.path, key), value, company or self.company)

    def sections(self, key: str) -> Iterator[Section]:
        """Each table of an array of tables."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            hint = _("write each as {example}").format(example=f"[[{self._name(key)}]]")
            raise self._type(key, _("an array of tables"), value, hint)
        for index, item in enumerate(value):
            yield Section(self.document, (*self.path, key, index), item)

    def _name(self, key: str) -> str:
        return ".".join(str(part) for part in (*self.path, key) if isinstance(part, str))

    def _checked(self, value: object, key: tuple[str | int, ...]) -> str:
        if not isinstance(value, str):
            hint = _("write it in double quotes: {example}").format(example='"…"')
            raise self._type(key, _("a text"), value, hint)
        if visible(value) != value:
            problem = _("invisible or control characters: {value}").format(value=_quoted(value))
            raise self.error(key, problem, _("write it with ordinary characters"))
        if len(value) > MAX_TEXT:
            problem = _("longer than {limit} characters").format(limit=MAX_TEXT)
            raise self.error(key, problem, _("shorten it"))
        return value

    def _in(self, key: tuple[str | int, ...], value: str, choices: Collection[str]) -> None:
        if value not in choices:
            problem = _("{value} is not one of the values known here").format(value=_quoted(value))
            raise self.error(key, problem, _("one of: {choices}").format(choices=", ".join(choices)))

    def _type(self, key: str | tuple[str | int, ...], expected: str, found: object, hint: str) -> ConfigError:
        problem = _("expected {expected}, found {found}").format(expected=expected, found=_kind(found))
        return self.error(key, problem, hint)


def _quoted(value: str) -> str:
    shown = visible(value)
    return f"“{shown[:60]}…”" if len(shown) > 60 else f"“{shown}”"


def _kind(value: object) -> str:
    """What a TOML value is, for people."""
    if isinstance(value, bool):
        return _("true or false")
    if isinstance(value, int | float):
        return _("a number")
    if isinstance(value, str):
        return _("a text")
    if isinstance(value, list):
        return _("a list")
    return _("a table") if isinstance(value, dict) else _("a date or time")
