"""No telemetry: ONNX Runtime from 1.29 on reports to its maker unless it is told not to before it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EMBED = "from orchestrator.memory.engine import open_embedder; open_embedder().passages(['um texto'])"


def traces(tmp_path: Path, program: str) -> list[str]:
    """What a program leaves in a home that was empty, run as on a person's machine (not as in CI)."""
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "ORCH_MODEL_DIR": os.environ["ORCH_MODEL_DIR"]}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def test_embedding_leaves_no_device_id_and_no_queue_of_events(tmp_path: Path) -> None:
    assert traces(tmp_path, EMBED) == []


def test_the_test_would_see_it(tmp_path: Path) -> None:
    found = traces(
        tmp_path, EMBED.replace("; open", "; import os; del os.environ['ORT_DISABLE_TELEMETRY']; open")
    )
    if not found:
        pytest.skip("this ONNX Runtime has no telemetry")
    assert any("onnxruntime" in name for name in found)
