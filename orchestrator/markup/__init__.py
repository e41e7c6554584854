"""Markdown to the vendors' body format (ADF), and back to plain text."""
