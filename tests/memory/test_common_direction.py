"""The direction that the codes in Supabase leave out is the default model's own."""

from __future__ import annotations

import numpy as np

from orchestrator.memory.embedder import OnnxEmbedder
from orchestrator.memory.trial import PAIRS
from orchestrator.reconcile.migration_files import shipped


def test_the_shipped_direction_is_that_of_the_trial_s_sentences(embedder: OnnxEmbedder) -> None:
    (migration,) = [m.sql for m in shipped() if m.name == "codes"]
    numbers = migration.partition("u    constant vector := '[")[2].partition("]")[0]
    shipped_one = np.array([float(number) for number in numbers.split(",")])
    said = [text for _group, question, passage in PAIRS for text in (question, passage)]
    mean = np.array(embedder.passages(said)).mean(axis=0)
    assert np.abs(shipped_one - mean / np.linalg.norm(mean)).max() < 1e-4
