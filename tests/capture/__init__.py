"""Tests of hooks, spool and watcher, with the real git program."""
