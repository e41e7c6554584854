"""Tests of orchestrator.git, with the real git program."""
