"""One file a vendor: each offers the four verbs of `orchestrator.remote`."""
