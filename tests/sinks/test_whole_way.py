"""Commits full of naughty strings, through the whole way, with real git, stores, folder and commands."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from orchestrator.reconcile.remotes.folder_file import read
from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.sinks.naughty import NAUGHTY, OWN, harmless_shown

CANARY = "Projeto Zangão"
SECRET = "gl" + "pat-" + "x9Yw7Vu5Ts3Rq1Po2Nm4"
SAMPLE = [text for text in (*NAUGHTY[:: len(NAUGHTY) // 20], *OWN[::2]) if text.strip() and "\0" not in text]


def imported(group: GroupRepository, told: list[tuple[str, str]]) -> None:
    """A commit of an own path of empresa-a for each (message, author), byte for byte, on main."""
    stream = []
    for number, (message, author) in enumerate(told):
        said = message.encode("utf-8", "replace")
        who = author.translate(dict.fromkeys(map(ord, "<>\n\0"), "-")).encode("utf-8", "replace").strip()
        start = b"from refs/heads/main^0\n" if not number else b""
        stream.append(
            b"commit refs/heads/main\nauthor %b <a@exemplo.com.br> %d +0000\n"
            % (who or b"Ana", 1_700_000_000 + number)
            + b"committer Ana <a@exemplo.com.br> %d +0000\ndata %d\n%b\n"
            % (1_700_000_000 + number, len(said), said)
            + start
            + b"M 100644 inline empresas/a/m%d.py\ndata 6\nx = 1\n\n" % number
        )
    argv = ["git", "-C", str(group.root), "fast-import", "--quiet"]
    subprocess.run(argv, input=b"".join(stream), check=True, capture_output=True)
    group.git("reset", "-q", "--hard")


def filled(group: GroupRepository) -> None:
    """Every naughty string in message, trailer and author; a secret; a confidential term."""
    told = [
        (
            f"perf: cache do catálogo número {number} ficou 50% mais rápido {text}\n\n"
            f"Com a mudança caiu de 200ms para 95ms.\n{text}\n\nInsight: consulta em cache {number} {text}\n"
            f"Technology: {text}\n",
            text[:60],
        )
        for number, text in enumerate(SAMPLE)
    ]
    told.append((f"perf: 50% mais rápido com token {SECRET} no catálogo\n\nInsight: {SECRET} serve", "Ana"))
    told.append((f"perf: consultas do {CANARY} caíram de 200ms para 95ms no catálogo", "Ana"))
    imported(group, told)


def test_from_the_commit_to_the_other_company(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = CONFIG.format(share="auto")
    config = config.replace('name = "Empresa A"\n', f'name = "Empresa A"\nconfidential = ["{CANARY}"]\n')
    group = new_group(tmp_path, monkeypatch, capsys, config)
    filled(group)
    group.orch("push", expect=None)
    group.orch("pull", "--company", "empresa-b", expect=None)
    files_are_whole(tmp_path / "shared")
    nothing_blocked_went_beyond(tmp_path)
    offers = group.orch("offers", "--company", "empresa-b", "--json").data["empresa-b"]
    assert len(offers) >= 15
    what_is_shown_steers_nothing(group)


def files_are_whole(shared: Path) -> None:
    """Each is one object of ours, of that company, at a place inside; none can steer an editor."""
    files = [p for p in shared.rglob("*.md") if p.is_file()]
    assert len(files) > 40
    for path in files:
        found = read(path)
        assert found is not None, path
        assert found.key.startswith("i1-") and not found.edited
        assert found.head["company"] == "empresa-a" and found.head["status"] in ("open", "current")
        assert harmless_shown(path.read_text("utf-8"))
        assert path.resolve().is_relative_to(shared) and harmless_shown(path.name) and "\n" not in path.name


def nothing_blocked_went_beyond(top: Path) -> None:
    """Neither the shared folder nor the other company's store holds a byte of it; our own store does."""
    own = (top / "grupo" / ".orch" / "companies" / "empresa-a" / "orch.db").read_bytes()
    assert SECRET.encode() in own and CANARY.encode() in own
    places = [top / "shared", top / "grupo" / ".orch" / "companies" / "empresa-b"]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert len(files) > 40
    for path in files:
        assert SECRET.encode() not in path.read_bytes(), path
        assert CANARY.encode() not in path.read_bytes(), path


def what_is_shown_steers_nothing(group: GroupRepository) -> None:
    for words in (
        ["log", "--company", "empresa-a"],
        ["status"],
        ["search", "cache do catálogo", "--company", "empresa-a"],
        ["audit", "--company", "empresa-a"],
        ["offers", "--company", "empresa-b"],
    ):
        ran = group.orch(*words)
        assert ran.out and harmless_shown(ran.out) and harmless_shown(ran.err), words
        if words[0] != "audit":
            document = group.orch(*words, "--json")
            assert sorted(json.loads(document.out)) == ["data", "schema_version"]
            assert harmless_shown(document.out)


def test_a_component_and_documents_full_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a component's name, description and files, so in branch and pull request; and in documents."""
    own = 'share = "ask"\n[company.folder]\npath = "../own-a"\n'
    group = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask").replace(own[:14], own, 1))
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(tmp_path / "origin.git")], check=True)
    group.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    group.git("push", "-q", "origin", "main")
    group.git("fetch", "-q", "origin")
    plain = {f"empresas/a/docs/d{n}.md": f"# {t}\n\n{t}\n" for n, t in enumerate(SAMPLE)}
    for number, text in enumerate(SAMPLE[::5]):
        said = json.dumps(text.encode("utf-8", "replace").decode()).replace("\x7f", "\\u007f")
        plain[f"empresas/a/c{number}/package.json"] = f'{{"name": {said}, "description": {said}}}\n'
        plain[f"empresas/a/c{number}/index.js"] = f"// {text}\n"
    group.commit("feat: componentes", {k: v.encode("utf-8", "replace").decode() for k, v in plain.items()})
    for number in range(len(SAMPLE[::5])):
        folder = f"empresas/a/c{number}"
        words = ("share", folder, "--company", "empresa-a", "--to", "empresa-b", "--reviewed")
        ran = group.orch(*words, expect=None)
        assert ran.code in (0, 4) and harmless_shown(ran.out) and harmless_shown(ran.err)
    refs = group.git("ls-remote", str(tmp_path / "origin.git")).splitlines()
    shared = [line.split("\t")[1] for line in refs if "orch/share/" in line]
    assert len(shared) >= 3 and all(ref.replace("refs/heads/orch/share/", "").isascii() for ref in shared)
    for ref in shared:
        number = ref.split("-c")[1].split("-")[0]
        at = f"{ref.removeprefix('refs/heads/')}:empresas/b/c{number}"
        sent = subprocess.run(
            ["git", "--git-dir", str(tmp_path / "origin.git"), "rev-parse", at],
            capture_output=True,
            text=True,
        )
        assert sent.stdout.strip() == group.git("rev-parse", f"HEAD:empresas/a/c{number}")
    group.orch("docs", "publish", "--company", "empresa-a", expect=None)
    group.orch("push", "--company", "empresa-a", expect=None)
    pages = [p for p in (tmp_path / "own-a").rglob("*.md") if p.is_file()]
    assert len(pages) >= len(SAMPLE) // 2
    for path in pages:
        found = read(path)
        assert found is not None and not found.edited and found.head["company"] == "empresa-a", path
        assert harmless_shown(path.name) and path.resolve().is_relative_to(tmp_path / "own-a")
