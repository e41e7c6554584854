"""Comparing wishes with remotes, and fulfilling them."""
