"""300 secrets and personal data in company A's commits, and every byte that others got: none is there.

`share = "auto"`, and a reviewer who says yes to everything. A place of company A's own gets its words as
they were written, by design, unless validation blocks them: there only what blocks is searched for.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from tests.flow.group import CONFIG, GroupRepository, Ran, new_group
from tests.flow.leaks import Maker, Planted, leaked
from tests.rig.httpd import Server
from tests.rig.rig import Rig
from tests.rig.wire import Request

LEARNT = (
    "índice parcial na fila {n} derrubou a espera pela metade {p}",
    "lotes menores na carga {n} {p} evitam o estouro de memória",
    "réplica de leitura {p} tirou o relatório {n} do banco principal",
    "cache {n} na borda {p} reduziu a latência de 200ms para 95ms",
)
PLACES = (
    *("trailer", "message", "trailer", "document", "trailer", "author", "trailer", "path", "trailer"),
    *("branch", "message", "document", "trailer", "component"),
)
TOGETHER = 6  # trailers a commit


def planted() -> list[tuple[str, Planted]]:
    """Each value with the place where it is put; names are authors, and are mentioned too."""
    found = []
    for n, one in enumerate(Maker().all()):
        place = PLACES[n % len(PLACES)]
        unfit = place in ("path", "branch") and not re.fullmatch(r"[\w@.+=$-]+", one.value)
        found.append(("author" if one.kind == "person" else "trailer" if unfit else place, one))
    return found


def plant(group: GroupRepository, found: list[tuple[str, Planted]]) -> None:
    """Commit everything as people of empresa-a would."""
    clients = [one.value for _place, one in found if one.kind == "client"]
    secret = group.root / ".orch/companies/empresa-a/confidential.txt"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text("\n".join(clients) + "\n")
    by_place = {place: [(n, o) for n, (p, o) in enumerate(found) if p == place] for place in set(PLACES)}
    for n, one in by_place["author"]:
        _commit_as(group, n, one)
    trailers = by_place["trailer"]
    for start in range(0, len(trailers), TOGETHER):
        some = trailers[start : start + TOGETHER]
        lines = (f"Solução: {_said(n, _phrase(one))}" for n, one in some)
        _commit(group, f"fix: x\n\n{chr(10).join(lines)}", some[0][0])
    for n, one in by_place["message"]:
        _commit(
            group, f"perf: {_said(n, _phrase(one))}\n\n{_said(n, _phrase(one))}; caiu de 200ms para 95ms", n
        )
    for n, one in by_place["path"]:
        group.commit(f"fix: x\n\nSolução: {_said(n, '')}", {f"empresas/a/{one.value}/{n}.py": "n = 1\n"})
    for n, one in by_place["branch"]:
        _merge(group, n, one)
    files = {f"empresas/a/docs/{n}.md": f"# Guia {n}\n\n{_phrase(one)}\n" for n, one in by_place["document"]}
    group.commit("docs: guias", files)
    for n, one in by_place["component"]:
        _component(group, n, one)


def _said(n: int, phrase: str) -> str:
    return " ".join(LEARNT[n % len(LEARNT)].format(n=n, p=phrase).split(" ")).replace("  ", " ").strip()


def _phrase(one: Planted) -> str:
    return (one.phrase or f"revisto por {one.value}").replace("\n", "\n ")


def _commit(group: GroupRepository, message: str, n: int) -> None:
    group.commit(message, {"empresas/a/app.py": f"n = {n}\n"})


def _commit_as(group: GroupRepository, n: int, one: Planted) -> None:
    """By an author who is called so, and who is named in the learning."""
    group.write({"empresas/a/app.py": f"autor = {n}\n"})
    group.git("add", "-A")
    name = one.value.replace("\n", " ").replace("<", "").replace(">", "")
    mention = f"revisto por {one.value}" if one.kind == "person" else ""
    message = f"fix: x\n\nSolução: {_said(n, mention)}\n"
    group.git("commit", "-q", "--author", f"{name} <a{n}@example.com>", "-m", message)


def _merge(group: GroupRepository, n: int, one: Planted) -> None:
    group.git("switch", "-q", "-c", f"fix/{one.value}")
    group.commit(f"fix: x\n\nSolução: {_said(n, '')}", {f"empresas/a/m{n}.py": "n = 1\n"})
    group.git("switch", "-q", "main")
    group.git("merge", "-q", "--no-ff", "--no-edit", f"fix/{one.value}")


def _component(group: GroupRepository, n: int, one: Planted) -> None:
    """A new package whose description and source hold it."""
    folder = f"empresas/a/pacote{n}"
    text = _phrase(one).replace('"', "'").replace("\n", " ").replace("\\", "")
    manifest = f'[project]\nname = "pacote{n}"\nversion = "1.0"\ndescription = "{text}"\n'
    files = {f"{folder}/pyproject.toml": manifest, f"{folder}/app.py": f"# {text}\nn = {n}\n"}
    group.commit(f"feat(pacote{n}): serviço novo", files)


def whole_flow(group: GroupRepository, *, remote: bool) -> bytes:
    """Everything that people of both companies do; what they saw."""
    ran: list[Ran] = [group.orch("drain"), group.orch("status")]
    waiting = group.orch("review", "--company", "empresa-a", "--json")
    ran += [waiting, group.orch("review", "--blocked", "--json"), group.orch("review", "--blocked")]
    answers = [f"--approve={one['id']}@{one['version']}" for one in waiting.data]
    ran.append(group.orch("review", *answers))
    ran += [group.orch("push", "--dry-run", "--json"), group.orch("push", "--json", expect=None)]
    ran += [group.orch("push", expect=None), group.orch("audit", "--json"), group.orch("doctor", expect=None)]
    if remote:
        ran.append(group.orch("docs", "publish", "--company", "empresa-a", expect=None))
        for name in (c["name"] for c in group.orch("components", "--company", "empresa-a", "--json").data):
            ran.append(_share(group, str(name)))
    ran.append(group.orch("pull", "--company", "empresa-b"))
    offers = group.orch("offers", "--company", "empresa-b", "--limit", "500", "--json")
    ran += [offers, group.orch("offers", "--company", "empresa-b")]
    for offer in offers.data["empresa-b"][:3]:
        ran.append(group.orch("accept", offer["key"], "--company", "empresa-b"))
    ran.append(group.orch("push", "--company", "empresa-b", "--json"))
    for query in ("senha do banco", "CPF do cliente", "fila mais rápida"):
        ran.append(group.orch("search", query, "--company", "empresa-b", "--json"))
    assert len(offers.data["empresa-b"]) > 25  # the flow flows: what may leave has left
    return "\n".join(r.out + r.err for r in ran).encode()


def _share(group: GroupRepository, name: str) -> Ran:
    line = ("share", name, "--company", "empresa-a", "--to", "empresa-b")
    return group.orch(*line, expect=None)


def store_bytes(group: GroupRepository, company: str) -> bytes:
    """A company's store as it lies on the disk, and each of its values whole."""
    folder = group.root / f".orch/companies/{company}"
    connection = apsw.Connection(str(folder / "orch.db"), flags=apsw.SQLITE_OPEN_READONLY)
    names = [str(n) for (n,) in connection.execute("select name from sqlite_schema where type='table'")]
    parts = [p.read_bytes() for p in folder.iterdir() if p.name.startswith("orch.db")]
    for name in names:
        if "vec" not in name:
            parts += [repr(row).encode() for row in connection.execute(f'select * from "{name}"')]
    connection.close()
    return b"\n".join(parts)


def wire(server: Server, *, of: str = "", but: str = "") -> bytes:
    """Every request that a server got; only with, or without, that Authorization header."""
    requests = [e.request for e in server.exchanges]
    wanted = [r for r in requests if of in _who(r) and not (but and but in _who(r))]
    lines = ([r.method.encode(), r.target.encode(), repr(dict(r.headers)).encode(), r.body] for r in wanted)
    return b"\n".join(part for line in lines for part in line)


def _who(request: Request) -> str:
    return request.headers.get("authorization", "")


def test_nothing_planted_reaches_a_server_a_log_or_another_company(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    group = new_group(tmp_path, monkeypatch, capsys, rig.config_toml(share="auto"))
    group.git("remote", "add", "origin", str(rig.forge.path))
    group.commit("chore: base", {"README.md": "# Grupo\n", "empresas/b/app.py": "n = 1\n"})
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    found = planted()
    plant(group, found)
    told = whole_flow(group, remote=True)
    everything = [one for _place, one in found]
    assert len({one.value for one in everything}) == 300
    sinks = {
        "stdout and stderr": told,
        "company B's store": store_bytes(group, "empresa-b"),
        **dict(_sinks(rig)),
    }
    assert len(sinks["group's memory"]) > 100_000
    hits = [hit for sink, data in sinks.items() for hit in leaked(everything, sink, data)]
    assert not hits, "\n".join(hits)
    blocked = [one for one in everything if one.blocked]
    hits = [hit for sink, data in _own(rig) for hit in leaked(blocked, sink, data)]
    assert not hits, "\n".join(hits)
    assert "[CPF]" in str(rig.supabase.group.rows()) and "[confidencial]" in str(rig.supabase.group.rows())


def _basic(rig: Rig) -> str:
    account = rig.atlassian.account_of("empresa-a")
    return base64.b64encode(f"{account.email}:{account.token}".encode()).decode()


def _sinks(rig: Rig) -> Iterator[tuple[str, bytes]]:
    """What others than company A received: the group's places, company B's, the forge."""
    yield "group's memory", wire(rig.supabase.group.server)
    yield "group's rows", repr(rig.supabase.group.rows()).encode()
    yield "company B's memory", wire(rig.supabase.companies["empresa-b"].server)
    yield "Atlassian", wire(rig.atlassian.server, but=_basic(rig))
    yield "forge's API", wire(rig.forge.server)
    git = ["git", "-C", str(rig.forge.path)]
    for name, arguments in (
        ("forge's objects", ["cat-file", "--batch", "--batch-all-objects"]),
        ("forge's refs", ["for-each-ref"]),
    ):
        yield name, subprocess.run([*git, *arguments], check=True, capture_output=True).stdout


def _own(rig: Rig) -> Iterator[tuple[str, bytes]]:
    yield "company A's memory", wire(rig.supabase.companies["empresa-a"].server)
    yield "company A's site", wire(rig.atlassian.server, of=_basic(rig))


def test_nothing_planted_reaches_a_shared_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    group = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))
    found = planted()[::3]  # every kind at every place; the whole flow takes its time
    plant(group, found)
    told = whole_flow(group, remote=False)
    everything = [one for _place, one in found]
    shared = tmp_path / "shared"
    files = [p for p in shared.rglob("*") if p.is_file()]
    names = "\n".join(p.relative_to(shared).as_posix() for p in shared.rglob("*")).encode()
    sinks = {
        "stdout and stderr": told,
        "company B's store": store_bytes(group, "empresa-b"),
        "the folder": b"\n".join(p.read_bytes() for p in files),
        "names in the folder": names,
    }
    assert len(sinks["the folder"]) > 100_000
    hits = [hit for sink, data in sinks.items() for hit in leaked(everything, sink, data)]
    assert not hits, "\n".join(hits)


def test_the_search_finds_what_is_there() -> None:
    """Each value, in each of its forms, in the middle of other bytes."""
    some = [one for _place, one in planted()]
    data = b"".join(b"....." + one.value.encode() + os.urandom(3) for one in some)
    assert len(leaked(some, "x", data)) == 300
    for one in some:
        for shift in range(3):
            hidden = base64.b64encode(b"x" * (7 + shift) + one.value.encode() + b"yz")
            assert leaked([one], "x", hidden), (one, shift)
