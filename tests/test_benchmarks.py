"""The benchmarks run for hours, so no test runs them; what they import of the project must be there."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.mark.parametrize("name", sorted(p.stem for p in BENCHMARKS.glob("*.py")))
def test_what_a_benchmark_imports_is_there(name: str) -> None:
    tree = ast.parse((BENCHMARKS / f"{name}.py").read_text(encoding="utf-8"))
    missing = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("orchestrator", "tests")
        for alias in node.names
        if not hasattr(import_module(str(node.module)), alias.name)
        and not _is_module(node.module, alias.name)
    ]
    assert not missing


def _is_module(package: str | None, name: str) -> bool:
    try:
        import_module(f"{package}.{name}")
    except ModuleNotFoundError:
        return False
    return True
