"""Cut GitHub's own description down to the operations that orch calls.

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
    python -m tests.rig.github_contract package/generated/api.github.com.json

writes `tests/rig/data/github-contract.json`. Left out: prose, examples, other operations. Changed:
request bodies are closed (GitHub ignores members that it does not know, so a misspelt one would go
unnoticed), `title` is required (orch opens no pull request from an issue), and answers lose their
`required` lists (the rig answers a part of GitHub's hundred members, but each with its type).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "data" / "github-contract.json"
WANTED = {
    "/repos/{owner}/{repo}": ("get",),
    "/repos/{owner}/{repo}/branches/{branch}": ("get",),
    "/repos/{owner}/{repo}/pulls": ("get", "post"),
    "/repos/{owner}/{repo}/pulls/{pull_number}": ("get", "patch"),
    "/repos/{owner}/{repo}/issues/{issue_number}/labels": ("get", "post", "put"),
    "/user": ("get",),
}
_PROSE = {
    "summary",
    "description",
    "tags",
    "externalDocs",
    "example",
    "examples",
    "x-github",
    "operation",
    "title",
}


def extract(document: dict[str, Any]) -> dict[str, Any]:
    """The bare contract of the wanted operations, with the components that they reach."""
    paths = {path: {m: document["paths"][path][m] for m in methods} for path, methods in WANTED.items()}
    paths = _bare(paths)
    for operation in _operations(paths):
        operation["responses"] = {s: _open(r) for s, r in operation["responses"].items()}
        for content in operation.get("requestBody", {}).get("content", {}).values():
            _close(content["schema"])
    create = paths["/repos/{owner}/{repo}/pulls"]["post"]
    create["requestBody"]["content"]["application/json"]["schema"]["required"] = ["title", "head", "base"]
    info = {"title": "GitHub REST API, the part that orch calls", "version": document["info"]["version"]}
    return {
        "openapi": document["openapi"],
        "info": {**info, "license": document["info"]["license"]},
        "paths": paths,
        "components": _reached(paths, document["components"]),
    }


def _operations(paths: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in paths.values():
        yield from item.values()


def _bare(node: Any, *, names: bool = False) -> Any:
    """Without prose; `names` says that the keys are names of properties, which are kept."""
    if isinstance(node, list):
        return [_bare(part) for part in node]
    if not isinstance(node, dict):
        return node
    kept = {k: v for k, v in node.items() if names or k not in _PROSE}
    return {k: _bare(v, names=k == "properties" and not names) for k, v in kept.items()}


def _open(node: Any) -> Any:
    """Without `required` lists (a property of that name is a mapping and stays)."""
    if isinstance(node, list):
        return [_open(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {k: _open(v) for k, v in node.items() if not (k == "required" and isinstance(v, list))}


def _close(schema: dict[str, Any]) -> None:
    if schema.get("type") == "object":
        schema["additionalProperties"] = False


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)


def _reached(paths: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = list(_references(paths))
    while waiting:
        kind, name = waiting.pop().split("/")[2:]
        if name in found.get(kind, {}):
            continue
        part = _bare(components[kind][name])
        found.setdefault(kind, {})[name] = part if kind == "parameters" else _open(part)
        waiting.extend(_references(found[kind][name]))
    return found


def main() -> None:
    """Read the document named on the command line, write the contract."""
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = json.dumps(extract(document), indent=1, sort_keys=True, ensure_ascii=False)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(text)} characters")


if __name__ == "__main__":
    main()
