"""Stores: one SQLite file a company, and the rebuildable history of git."""
