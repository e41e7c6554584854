"""One company's store, credentials and cache are not opened while working for another."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.app import stores
from orchestrator.config.group import Group
from orchestrator.store.company import CompanyStore
from tests.flow.day import LEARNT, lines
from tests.flow.group import CONFIG, GroupRepository, new_group

ORCH = [sys.executable, "-m", "orchestrator"]
STRACE = shutil.which("strace")
TOKEN = "tk-Zq81" + "vLm3Xw9Rb2"  # put together here, so that no scanner takes this file for a leak
NETWORK = re.compile(r"connect\(\d+, \{sa_family=AF_INET6?\b")
Asked = Callable[[], list[str]]  # what was asked of a source of credentials until now


def tracer(calls: str, log: Path) -> list[str]:
    """strace before a command, with its children; the kernel filters, so that the rest costs nothing."""
    return [str(STRACE), "-f", "-qq", "--seccomp-bpf", "-e", f"trace={calls}", "-s", "65536", "-o", str(log)]


def test_a_folder_that_leads_to_another_companys_is_no_folder_of_documents(group: GroupRepository) -> None:
    group.commit("docs: guias", {
        "empresas/a/docs/guia.md": "# Guia\n\nComo instalar o ambiente de testes da empresa A.\n",
        "empresas/b/docs/guia.md": "# Segredos\n\nO que só a empresa B deve ler de si mesma.\n",
    })  # fmt: skip
    folder = group.root / "empresas/a/docs"
    shutil.rmtree(folder)
    folder.symlink_to(group.root / "empresas/b/docs")
    found = group.orch("docs", "publish", "--company", "empresa-a", "--json", expect=None).out
    assert "symlink" in found
    assert "só a empresa B" not in group.orch("log", "--company", "empresa-a", "--json").out


# --------------------------------------------------------------------------- opened files


@pytest.mark.skipif(STRACE is None, reason="strace, which traces what real processes open, is not here")
def test_a_connection_is_traced(tmp_path: Path) -> None:
    """What `test_no_process_opens_a_file_of_another_company` looks for, done on purpose."""
    code = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    command = [*tracer("open,openat,creat,connect", log := tmp_path / "trace"), sys.executable, "-c", code]
    subprocess.run(command, check=True)
    assert NETWORK.search(log.read_text(errors="replace"))


@pytest.mark.skipif(STRACE is None, reason="strace, which traces what real processes open, is not here")
def test_no_process_opens_a_file_of_another_company(both: GroupRepository, tmp_path: Path) -> None:
    group, log, opened = both, tmp_path / "trace", {}
    group.commit(LEARNT.replace("fila", "rota"), {"empresas/a/b.py": "n = 2\n"})  # so that there is news
    trace = tracer("open,openat,creat,connect", log)
    for line in lines(group):
        command = [*trace, *ORCH, *line, "--company", "empresa-a"]
        done = subprocess.run(command, cwd=group.root, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, (line, done.stderr)
        traced = log.read_text(errors="replace")
        assert "companies/empresa-a/orch.db" in traced, line  # the trace sees what is opened
        assert not NETWORK.search(traced), f"{line} asked the network"
        opened[" ".join(line)] = set(re.findall(r'"([^"]*companies/empresa-b[^"]*)"', traced))
    found = {path for paths in opened.values() for path in paths}
    # The other's list of confidential terms is read, so that they do not leave from here, and the anchors of
    # what it refused in commits that touch both: nothing else.
    assert {Path(p).name for p in found} <= {"confidential.txt", "refused"}, opened


def test_no_store_of_another_company_is_asked_for(
    both: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, opened = both, []
    plain = stores.open_store

    def spied(group: Group, company: str) -> CompanyStore:
        opened.append(company)
        return plain(group, company)

    monkeypatch.setattr(stores, "open_store", spied)
    for line in lines(group):
        opened.clear()
        group.orch(*line, "--company", "empresa-a")
        assert set(opened) == {"empresa-a"}, line


def test_rewrites_wait_for_the_others_drain(
    both: GroupRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reworded in a rebase while a branch holds the old commit: only post-rewrite tells what it became."""
    group, editor = both, tmp_path / "editor"
    group.orch("hooks", "install")
    group.commit("chore: base", {"README.md": "1\n"})
    group.commit(LEARNT.replace("fila", "carga leve"), {"empresas/b/c.py": "n = 1\n"})
    group.orch("drain")
    before = {i["id"] for i in group.insights("empresa-b", "--all")}
    group.git("branch", "kept")
    other = LEARNT.replace("índice parcial na fila do faturamento", "réplica de leitura nos relatórios")
    (tmp_path / "words").write_text(other)
    editor.write_text(f'#!/bin/sh\ncp "{tmp_path}/words" "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", "sed -i 's/^pick/reword/'")
    monkeypatch.setenv("GIT_EDITOR", str(editor))
    group.git("rebase", "-q", "-i", "--onto", "HEAD~2", "HEAD~1")
    group.orch("status", "--company", "empresa-a")
    assert {i["id"] for i in group.insights("empresa-b", "--all")} == before


# --------------------------------------------------------------------------- credentials


VENDORS = """
[company.supabase]
url = "http://127.0.0.1:9/{id}"
[company.jira]
url = "http://127.0.0.1:9"
project = "{key}"
[company.confluence]
url = "http://127.0.0.1:9/wiki"
space = "{key}"
"""


def with_vendors() -> str:
    """Two companies with servers of their own, none of which is there."""
    head, a, b = CONFIG.format(share="ask").split("[[company]]")
    own = [VENDORS.format(id=f"empresa-{x}", key=f"K{x.upper()}") for x in "ab"]
    return f"{head}[[company]]{a}{own[0]}[[company]]{b}{own[1]}"


def test_no_credential_of_another_company_is_looked_up_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    group = new_group(tmp_path, monkeypatch, capsys, with_vendors())
    group.commit(LEARNT, {"empresas/a/app.py": "n = 1\n"})
    sources = _environment(monkeypatch) + _keyring(monkeypatch) + _helper(tmp_path, group)
    for line in (("push",), ("pull",), ("review", "--json"), ("search", "fila"), ("status",)):
        group.orch(*line, "--company", "empresa-a", expect=None)
    told = [text for source in sources for text in source()]
    assert [t for t in told if "EMPRESA_A" in t] and [t for t in told if "orch/empresa-a" in t]
    assert not [t for t in told if "empresa-b" in t or "EMPRESA_B" in t]


def _environment(patch: pytest.MonkeyPatch) -> list[Asked]:
    """Every name that is looked up in the environment while credentials are."""
    from orchestrator.config import credentials

    names: list[str] = []
    plain = credentials._from_environment

    def spied(wanted: tuple[str, ...], environ: object) -> str:
        names.extend(wanted)
        return plain(wanted, environ)  # type: ignore[arg-type] # handed on as it came

    patch.setattr(credentials, "_from_environment", spied)
    return [lambda: names]


def _keyring(patch: pytest.MonkeyPatch) -> list[Asked]:
    """Every entry that is asked for of a keyring that knows nothing."""
    entries: list[str] = []
    module, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined] # made up
    module.get_password = lambda service, user: entries.append(f"{service} {user}")  # type: ignore[attr-defined] # made up
    module.errors = errors  # type: ignore[attr-defined] # made up
    patch.setitem(sys.modules, "keyring", module)
    patch.setitem(sys.modules, "keyring.errors", errors)
    return [lambda: entries]


def _helper(folder: Path, group: GroupRepository) -> list[Asked]:
    """Every request to git's credential helper."""
    log, program = folder / "asked", folder / "helper"
    program.write_text(f'#!/bin/sh\ncat >>"{log}"\n')
    program.chmod(0o755)
    group.git("config", "--global", "credential.helper", str(program))
    return [lambda: log.read_text().splitlines()]


# --------------------------------------------------------------------------- tokens that were planted


def test_tokens_stand_in_no_output_report_argument_or_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    group = new_group(tmp_path, monkeypatch, capsys, with_vendors())
    group.commit(LEARNT, {"empresas/a/app.py": "n = 1\n"})
    names = ("SUPABASE_KEY", "ATLASSIAN_TOKEN", "ATLASSIAN_EMAIL", "FORGE_TOKEN")
    tokens = {f"ORCH_{o}{n}": f"{TOKEN}{i}{len(o)}" for i, n in enumerate(names) for o in ("", "EMPRESA_A_")}
    log = tmp_path / "trace"
    trace = tracer("execve", log) if STRACE else []
    for line in (("push",), ("pull",), ("doctor", "--online"), ("log", "--json")):
        done = subprocess.run(
            [*trace, ORCH[0], "-X", "dev", *ORCH[1:], *line],
            cwd=group.root,
            env={**os.environ, **tokens, "ORCH_DEBUG": "1", "PYTHONFAULTHANDLER": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert TOKEN not in done.stdout + done.stderr, line
        for report in re.findall(r"\S+orch-bug-\S+\.txt", done.stdout + done.stderr):
            assert TOKEN not in Path(report).read_text()
        if trace:  # what `ps` shows to others
            assert "git" in log.read_text(errors="replace") and TOKEN not in log.read_text(errors="replace")
    everything = [p for top in (group.root, Path(os.environ["XDG_STATE_HOME"])) for p in top.rglob("*")]
    assert not [p for p in everything if p.is_file() and TOKEN.encode() in p.read_bytes()]
