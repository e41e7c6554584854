"""How orch learns that something happened: git's hooks, their spool, and the watcher."""
