"""What a company has besides what a commit touches, read from git: its lock files before the commit."""

from __future__ import annotations

import json

from tests.flow.group import GroupRepository


def commit(group: GroupRepository, message: str, wanted: str, locked: str) -> None:
    package = {"name": "loja", "dependencies": dict.fromkeys(wanted.split(), "1")}
    lock = {"packages": {f"node_modules/{name}": {} for name in locked.split()}}
    files = {"package.json": package, "package-lock.json": lock}
    group.commit(message, {f"empresas/a/{name}": json.dumps(each, indent=2) for name, each in files.items()})


def test_a_lock_file_is_read_as_it_was_before_the_commit(group: GroupRepository) -> None:
    commit(group, "início", "express", "express pg")
    commit(group, "declara o que usa", "express pg", "express pg")
    commit(group, "sessões fora do processo", "express pg ioredis", "express pg ioredis")
    titles = [i["record"]["title"] for i in group.insights() if i["detector"] == "adoption"]
    assert titles == ["Tecnologia adotada: Redis"]
