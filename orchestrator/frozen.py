"""Frozen dataclasses that cost little where no instance is made.

To a type checker `dataclass` is the standard library's, and to a program nearly so. There each class
with `frozen` and `slots` compiles six functions from text when its module is imported: 0.3 to 0.5 ms of
Python 3.11, a tenth of `orch search` in all. Here `__init__` is compiled when the first instance is
made, no other method is compiled, and what `dataclasses.fields` and `replace` read is made when they
read it. A class of any other shape (another option, a field of a kind of its own, a base that is a
dataclass) is left to the standard library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
else:
    from operator import attrgetter

    _MISSING = object()
    _OWN_KIND = ("ClassVar", "InitVar", "KW_ONLY")  # in an annotation: not a plain field

    def dataclass(**options: bool) -> Callable[[type], type]:
        """What `dataclasses.dataclass(**options)` is."""

        def decorate(cls: type) -> type:
            fields = _fields(cls) if options == {"frozen": True, "slots": True} else None
            if not fields:
                return _by_the_standard_library(cls, options)
            return _made(cls, fields)

        return decorate

    class _Made:
        """A default that is made for each instance."""

        def __init__(self, default_factory: Callable[[], Any]) -> None:
            self.default_factory = default_factory

        def standard(self) -> Any:
            """The same, of the standard library."""
            from dataclasses import field as standard

            return standard(default_factory=self.default_factory)

    def field(**options: Any) -> Any:
        """What `dataclasses.field(**options)` is."""
        if options.keys() == {"default_factory"}:
            return _Made(**options)
        from dataclasses import field as standard

        return standard(**options)

    def replace(record: Any, /, **changes: Any) -> Any:
        """A record with other values in these fields."""
        cls = type(record)
        if not isinstance(cls.__dict__.get("__dataclass_fields__"), _Later):
            from dataclasses import replace as standard

            return standard(record, **changes)
        return cls(**dict(zip(cls.__match_args__, record.__getstate__(), strict=True)) | changes)

    def _by_the_standard_library(cls: type, options: Mapping[str, bool]) -> type:
        from dataclasses import dataclass as standard

        for name, default in list(cls.__dict__.items()):
            if isinstance(default, _Made):
                setattr(cls, name, default.standard())
        return standard(**options)(cls)

    def _fields(cls: type) -> dict[str, Any] | None:
        """Field → default (`_MISSING`: none); None for a class that is not of the usual shape."""
        kinds = cls.__dict__.get("__annotations__", {})
        fields = {name: cls.__dict__.get(name, _MISSING) for name in kinds}
        given = [default is not _MISSING for default in fields.values()]
        usual = (
            given == sorted(given)  # those without a default first
            and all(map(_is_plain, fields.values()))
            and not any(word in str(kind) for kind in kinds.values() for word in _OWN_KIND)
            and not any(hasattr(base, "__dataclass_fields__") for base in cls.__mro__)
            and not cls.__dict__.keys() & {"__init__", "__slots__", "__post_init__", *_methods(())}
        )
        return fields if usual else None

    def _is_plain(default: Any) -> bool:
        """No default, a value that can be shared, or one that is made."""
        if type(default).__module__ == "dataclasses":  # a field with options
            return False
        return default is _MISSING or isinstance(default, _Made) or type(default).__hash__ is not None

    def _made(cls: type, fields: Mapping[str, Any]) -> type:
        names, taken = tuple(fields), {*fields, "__dict__", "__weakref__"}
        body = {name: value for name, value in cls.__dict__.items() if name not in taken}
        body |= {"__slots__": names, "__match_args__": names, **_methods(names)}
        body |= {"__dataclass_fields__": _Later(fields), "__dataclass_params__": _Later(fields)}
        made = type(cls)(cls.__name__, cls.__bases__, body)

        def __init__(self: Any, *values: Any, **named: Any) -> None:
            made.__init__ = _init(made, fields)  # in the place of this one
            made.__init__(self, *values, **named)

        made.__init__ = __init__
        return made

    def _init(cls: type, fields: Mapping[str, Any]) -> Callable[..., None]:
        known: dict[str, Any] = {"_missing": _MISSING}
        parameters, lines = [], []
        for name, default in fields.items():
            made = isinstance(default, _Made)
            known[f"_set_{name}"] = cls.__dict__[name].__set__
            known[f"_default_{name}"] = default.default_factory if made else default
            ending = "=_missing" if made else "" if default is _MISSING else f"=_default_{name}"
            parameters.append(name + ending)
            value = f"_default_{name}() if {name} is _missing else {name}" if made else name
            lines.append(f" _set_{name}(self, {value})")
        source = "\n".join([f"def __init__(self, {', '.join(parameters)}):", *lines])
        exec(source, known)  # noqa: S102 - the names of fields in our own modules
        known["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
        return known["__init__"]

    def _methods(names: tuple[str, ...]) -> dict[str, Any]:
        """The methods of a class with these fields, but for `__init__`."""
        get = attrgetter(*names) if names else tuple
        values = get if len(names) > 1 else lambda record: (get(record),)

        def __repr__(self: Any) -> str:
            told = ", ".join(f"{n}={v!r}" for n, v in zip(names, values(self), strict=True))
            return f"{type(self).__qualname__}({told})"

        def __eq__(self: Any, other: object) -> bool:
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def __hash__(self: Any) -> int:
            return hash(values(self))

        def __getstate__(self: Any) -> list[Any]:
            return list(values(self))

        def __setstate__(self: Any, state: list[Any]) -> None:
            for name, value in zip(names, state, strict=True):
                object.__setattr__(self, name, value)

        def __setattr__(self: Any, name: str, value: object) -> None:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self: Any, name: str) -> None:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot delete field {name!r}")

        every = (__repr__, __eq__, __hash__, __getstate__, __setstate__, __setattr__, __delattr__)
        return {method.__name__: method for method in every}

    class _Later:
        """What `dataclasses` keeps in a class, made by it when somebody reads it."""

        def __init__(self, fields: Mapping[str, Any]) -> None:
            self._fields = fields

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, _instance: object, cls: type) -> Any:
            from dataclasses import make_dataclass

            owner = next(one for one in cls.__mro__ if one.__dict__.get(self._name) is self)
            kinds = owner.__dict__["__annotations__"]
            told = []
            for name, default in self._fields.items():
                made = (default.standard() if isinstance(default, _Made) else default,)
                told.append((name, kinds[name], *(made if default is not _MISSING else ())))
            twin = make_dataclass(owner.__name__, told, frozen=True)
            for name in ("__dataclass_fields__", "__dataclass_params__"):
                setattr(owner, name, getattr(twin, name))
            return getattr(owner, self._name)
