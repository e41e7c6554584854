"""What goes through the pipes: frames of JSON, four bytes of length before each.

Values are rebuilt from the types that the dataclasses declare, so that nothing but those can arrive. A
field that takes no part in comparison is no part of the value: it stays here.
JSON is kept to ASCII: a lone surrogate arrives as the one that was sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

HEAD = 4
MAX_BYTES = 1 << 28  # of one frame; a longer one is nonsense, not a message


class WireError(Exception):
    """What arrived is no message of ours, or what should be sent cannot be said in one."""


def frame(message: Mapping[str, object]) -> bytes:
    """A message of JSON values, with its length before it. Raises WireError over MAX_BYTES."""
    body = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_BYTES:
        raise WireError("a message is too long")
    return len(body).to_bytes(HEAD, "big") + body


def length(head: bytes) -> int:
    """How many bytes follow a head. Raises WireError for more than MAX_BYTES."""
    size = int.from_bytes(head, "big")
    if len(head) != HEAD or size > MAX_BYTES:
        raise WireError("a message of an impossible length")
    return size


def message(body: bytes) -> dict[str, Any]:
    """The message in the bytes of a frame. Raises WireError."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError("a message that is no JSON") from error
    if not isinstance(value, dict):
        raise WireError("a message that is no object")
    return value


def plain(value: object) -> object:
    """A dataclass, enum, mapping or sequence as JSON values. Raises WireError for anything else."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, str | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.compare}
    if isinstance(value, Mapping):
        return [[plain(k), plain(v)] for k, v in value.items()]
    if isinstance(value, tuple | list | frozenset | set):
        return [plain(item) for item in value]
    raise WireError(f"no form for {type(value).__name__}")


def typed(kind: Any, value: Any) -> Any:
    """The value of that type which `plain` made JSON of. Raises WireError for any other value."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None else typed(next(a for a in args if a is not type(None)), value)
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(kind, value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict(_pair(args, pair) for pair in _expect(value, list))
    if origin in (tuple, frozenset):
        return origin(typed(args[0], item) for item in _expect(value, list))
    return _expect(value, kind)


def _pair(kinds: tuple[Any, ...], value: Any) -> tuple[Any, Any]:
    if len(_expect(value, list)) != 2:
        raise WireError("no pair")
    return typed(kinds[0], value[0]), typed(kinds[1], value[1])


def _dataclass(kind: type, value: Any) -> Any:
    known = _hints(kind)
    given = _expect(value, dict)
    if given.keys() != known.keys():
        raise WireError(f"a {kind.__name__} with other fields")
    return kind(**{name: typed(known[name], inner) for name, inner in given.items()})


@lru_cache(maxsize=32)
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind) if f.compare}


def _member(kind: type[Enum], value: Any) -> Enum:
    try:
        return kind(value)
    except ValueError as error:
        raise WireError(f"no {kind.__name__}") from error


def _expect(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise WireError(f"{type(value).__name__} in place of {kind}")
    return value
