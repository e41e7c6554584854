"""ONNX Runtime through its C interface: a session without its Python module, and so without numpy.

The Python module takes 25 ms to load and unload, and numpy, which it imports, 55; a search from the shell
needs neither. The interface is ONNX Runtime's public one, and the wheel has its library. It is asked for a
numbered version of the table of functions (`OrtApi` in onnxruntime_c_api.h), whose order and arguments never
change; a library without that version gives none. Whatever fails is an InferenceError, and callers use the
Python module then.
"""

from __future__ import annotations

import ctypes
import importlib.util
import mmap
import os
from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

# It keeps a device id and reports to its maker, unless this is set before it starts.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

_INTERFACE = 13  # version of the table: of ONNX Runtime 1.13, and of every later one
_Pointer, _Text, _Size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
_Int, _Number = ctypes.c_int, ctypes.c_int64
# name in OrtApi: (its place there, arguments); each returns a status, NULL when it went well
_FUNCTIONS: dict[str, tuple[int, tuple[Any, ...]]] = {
    "CreateEnv": (3, (_Int, _Text, _Pointer)),
    "CreateSession": (7, (_Pointer, _Text, _Pointer, _Pointer)),
    "CreateSessionFromArray": (8, (_Pointer, _Pointer, _Size, _Pointer, _Pointer)),
    "Run": (9, (_Pointer, _Pointer, _Pointer, _Pointer, _Size, _Pointer, _Size, _Pointer)),
    "CreateSessionOptions": (10, (_Pointer,)),
    "SetSessionLogSeverityLevel": (22, (_Pointer, _Int)),
    "SetSessionGraphOptimizationLevel": (23, (_Pointer, _Int)),
    "SetIntraOpNumThreads": (24, (_Pointer, _Int)),
    "SetInterOpNumThreads": (25, (_Pointer, _Int)),
    "CreateTensorWithDataAsOrtValue": (49, (_Pointer, _Pointer, _Size, _Pointer, _Size, _Int, _Pointer)),
    "GetTensorMutableData": (51, (_Pointer, _Pointer)),
    "GetTensorElementType": (60, (_Pointer, _Pointer)),
    "GetTensorShapeElementCount": (64, (_Pointer, _Pointer)),
    "GetTensorTypeAndShape": (65, (_Pointer, _Pointer)),
    "CreateCpuMemoryInfo": (69, (_Int, _Int, _Pointer)),
    "AddSessionConfigEntry": (130, (_Pointer, _Text, _Text)),
}
_MESSAGE = 2  # GetErrorMessage
_RELEASES = {"Status": 93, "Session": 95, "Value": 96, "TensorTypeAndShapeInfo": 99, "SessionOptions": 100}
_KINDS = {"f": 1, "B": 2, "q": 7, "d": 11}  # ONNXTensorElementDataType of the types of `array`
MAPPED = ".ort"  # ending of a file in ONNX Runtime's own format
_WHERE_IT_LIES = (b"session.use_ort_model_bytes_directly", b"session.use_ort_model_bytes_for_initializers")
_ERRORS_ONLY = 3  # OrtLoggingLevel; warnings are about graph fusions, not for people


class InferenceError(Exception):
    """What ONNX Runtime says went wrong, or that it is not to be had by its C interface."""


def version() -> str:
    """Of the library, such as 1.32.0. Raises InferenceError."""
    return _loaded().version


class Tensor:
    """Numbers as ONNX Runtime takes and gives them."""

    def __init__(self, interface: _Interface, value: ctypes.c_void_p, kept: object = None) -> None:
        self._interface, self.value, self._kept = interface, value, kept  # the memory that it lies in

    @classmethod
    def of(cls, kind: str, data: bytes, shape: Sequence[int]) -> Tensor:
        """On the memory of `data`; `kind` is a type code of `array`. Raises InferenceError."""
        interface, value = _loaded(), _Pointer()
        interface.call(
            "CreateTensorWithDataAsOrtValue",
            *(interface.memory, ctypes.cast(_Text(data), _Pointer), len(data)),
            *((_Number * len(shape))(*shape), len(shape), _KINDS[kind], ctypes.byref(value)),
        )
        return cls(interface, value, data)

    def read(self, kind: str) -> array[Any]:
        """The numbers, one after the other. Raises InferenceError for numbers of another kind."""
        call, start = self._interface.call, _Pointer()
        found = array(kind)
        if count := self._count(_KINDS[kind]):
            call("GetTensorMutableData", self.value, ctypes.byref(start))
            found.frombytes(ctypes.string_at(start.value or 0, count * found.itemsize))
        return found

    def _count(self, wanted: int) -> int:
        call, about, kind, count = self._interface.call, _Pointer(), _Int(), _Size()
        call("GetTensorTypeAndShape", self.value, ctypes.byref(about))
        try:
            call("GetTensorElementType", about, ctypes.byref(kind))
            call("GetTensorShapeElementCount", about, ctypes.byref(count))
        finally:
            self._interface.release("TensorTypeAndShapeInfo", about)
        if kind.value != wanted:
            raise InferenceError(f"numbers of kind {kind.value}, not {wanted}")
        return count.value

    def __del__(self) -> None:
        self._interface.release("Value", self.value)


class Session:
    """A model that is open; one thread by default. Raises InferenceError for one that is none."""

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 1,
        optimise: bool = True,
        entries: Mapping[str, str] | None = None,
    ) -> None:
        self._interface, self._session, options = _loaded(), _Pointer(), _Pointer()
        call = self._interface.call
        call("CreateSessionOptions", ctypes.byref(options))
        try:
            call("SetSessionLogSeverityLevel", options, _ERRORS_ONLY)
            call("SetSessionGraphOptimizationLevel", options, 99 if optimise else 0)
            call("SetIntraOpNumThreads", options, threads)
            call("SetInterOpNumThreads", options, 1)
            for key, value in (entries or {}).items():
                call("AddSessionConfigEntry", options, key.encode(), value.encode())
            if model.suffix == MAPPED:
                self._map(model, options)
            else:
                place, session = os.fsencode(model), ctypes.byref(self._session)
                call("CreateSession", self._interface.environment, place, options, session)
        finally:
            self._interface.release("SessionOptions", options)

    def _map(self, model: Path, options: ctypes.c_void_p) -> None:
        """Open a file that is used where it lies: only what a run touches is read."""
        call = self._interface.call
        for key in _WHERE_IT_LIES:
            call("AddSessionConfigEntry", options, key, b"1")
        try:
            with model.open("rb") as file:  # private: nothing that is done in memory reaches the file
                self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except (OSError, ValueError) as error:  # not there, or empty
            raise InferenceError(str(error)) from error
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        session = ctypes.byref(self._session)
        call(
            "CreateSessionFromArray",
            *(self._interface.environment, start, len(self._memory), options, session),
        )

    def run(self, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> list[Tensor]:
        """These outputs of the model. Raises InferenceError."""
        names = (_Text * len(inputs))(*(name.encode() for name in inputs))
        values = (_Pointer * len(inputs))(*(tensor.value for tensor in inputs.values()))
        wanted = (_Text * len(outputs))(*(name.encode() for name in outputs))
        found = (_Pointer * len(outputs))()
        self._interface.call(
            "Run", self._session, None, names, values, len(inputs), wanted, len(outputs), found
        )
        return [Tensor(self._interface, _Pointer(value)) for value in found]

    def __del__(self) -> None:
        if hasattr(self, "_session"):  # not where there is no library
            self._interface.release("Session", self._session)


class _Interface:
    """The functions of a library that was loaded."""

    def __init__(self, library: Path) -> None:
        """Raises OSError, AttributeError or ValueError where it is another one, InferenceError."""
        start = ctypes.CDLL(str(library)).OrtGetApiBase
        start.restype = ctypes.POINTER(_Base)
        base = start().contents
        table = base.GetApi(_INTERFACE)
        if not table:
            raise InferenceError("another interface")
        self.version = str((base.GetVersionString() or b"").decode())
        self._message = ctypes.CFUNCTYPE(_Text, _Pointer)(table[_MESSAGE])
        self._functions = {
            name: ctypes.CFUNCTYPE(_Pointer, *arguments)(table[place])
            for name, (place, arguments) in _FUNCTIONS.items()
        }
        self._releases = {
            name: ctypes.CFUNCTYPE(None, _Pointer)(table[place]) for name, place in _RELEASES.items()
        }
        self.environment, self.memory = _Pointer(), _Pointer()
        self.call("CreateEnv", _ERRORS_ONLY, b"orch", ctypes.byref(self.environment))
        self.call("CreateCpuMemoryInfo", 0, 0, ctypes.byref(self.memory))

    def call(self, name: str, *arguments: Any) -> None:
        status = self._functions[name](*arguments)
        if status:
            told = (self._message(status) or b"").decode("utf-8", "replace")
            self.release("Status", status)
            raise InferenceError(told)

    def release(self, name: str, value: Any) -> None:
        if value:
            self._releases[name](value)


class _Base(ctypes.Structure):
    _fields_ = (
        ("GetApi", ctypes.CFUNCTYPE(ctypes.POINTER(_Pointer), ctypes.c_uint32)),
        ("GetVersionString", ctypes.CFUNCTYPE(_Text)),
    )


def _loaded() -> _Interface:
    interface = _interface()
    if interface is None:
        raise InferenceError("the library of ONNX Runtime was not found")
    return interface


@cache
def _interface() -> _Interface | None:
    for library in libraries():
        with suppress(OSError, AttributeError, ValueError, InferenceError):
            return _Interface(library)
    return None


def libraries() -> list[Path]:
    """ONNX Runtime's libraries in the package that is installed."""
    spec = importlib.util.find_spec("onnxruntime")
    folders = spec.submodule_search_locations if spec else None
    capi = Path(folders[0]) / "capi" if folders else None
    names = ("libonnxruntime.so*", "libonnxruntime.*dylib")
    return sorted(file for name in names for file in capi.glob(name)) if capi else []
