"""Names, messages and line ends that other tools stumble over."""

from __future__ import annotations

import json

import pytest

from tests.odd.conftest import QUEUE, Place

UNSAFE = ("\x1b", "\u202e", "\x07", "\x9b", "\r")


def quiet(place: Place) -> None:
    """What is printed for a person moves no cursor and reorders no text; JSON is JSON."""
    for command in (("log",), ("status",), ("companies",)):
        ran = place.orch(*command)
        assert not any(c in ran.out + ran.err for c in UNSAFE), (command, ran.out)
        assert json.loads(place.orch(*command, "--json").out)["schema_version"] == 1


NAMES = [
    b"new\nline.py",
    b"tab\there.py",
    b"quo\"te's.py",
    b"esc\x1b[31m.py",
    "bidi\u202etxt.py".encode(),
    b"latin-\xe9.py",
    b"\xff\xfe\x80",
    b"back\\slash.py",
    b":(glob)*",
    b"-rf",
    b" spaces ",
    "ação.py".encode(),
    "ac\u0327a\u0303o.py".encode(),  # the same word, decomposed
]


def test_hostile_names(repo: Place) -> None:
    made = {repo.commit(f"{QUEUE} number {n}", b"empresas/a/" + name) for n, name in enumerate(NAMES)}
    repo.works(len(NAMES))
    assert made < set(repo.evidence())
    quiet(repo)


def test_a_path_of_4000_bytes(repo: Place) -> None:
    long = b"empresas/a/" + b"/".join(b"d" * 200 for _ in range(19)) + b"/" + b"f" * 170
    assert len(long) == 4000
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x\n")
    repo.git("update-index", "-z", "--index-info", stdin=f"100644 {blob}\t".encode() + long + b"\0")
    repo.git("commit", "-q", "-m", QUEUE)
    repo.works(1)
    assert repo.git("rev-parse", "HEAD") in repo.evidence()
    quiet(repo)


@pytest.mark.parametrize("how", ["labelled", "git converts", "raw"])
def test_a_message_in_latin_1(repo: Place, how: str) -> None:
    said = "fix: relatório\n\nSolution: índice parcial na tabela de pedidos acelerou o relatório do mês"
    if how == "labelled":
        repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    made = repo.commit(said.encode("latin-1"))
    raw = repo.git("cat-file", "commit", made).encode()
    assert (b"encoding ISO-8859-1" in raw) == (how == "labelled")
    if how == "raw":  # as another program may write it: neither UTF-8 nor said to be anything else
        head = raw.partition(b"\n\n")[0] + b"\n\n"
        made = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=head + said.encode("latin-1"))
        repo.git("update-ref", "HEAD", made)
    repo.works(1)
    assert made in repo.evidence() and len(repo.learnt()) == 2
    word = "\\xedndice parcial" if how == "raw" else "índice parcial"
    assert any(word in title for title in repo.learnt())
    quiet(repo)


def test_a_message_of_binary_junk(repo: Place) -> None:
    junk = bytes(b for b in range(1, 256) if b not in (10, 13)) * 40
    made = repo.commit(
        b"\x1b]0;owned\x07"
        + junk
        + b"\n\nSolution: \xe2\x80\xaemoving the queue away from the database\x9b31m"
    )
    repo.works(1)
    assert made in repo.evidence()
    quiet(repo)


def test_a_message_of_five_megabytes(repo: Place) -> None:
    line = "The catalogue was slow because every page asked the database for the same prices again.\n"
    made = repo.commit(
        "docs: long\n\n" + line * (5_000_000 // len(line)) + "\nSolution: prices are kept for a minute\n"
    )
    after = repo.commit(QUEUE)
    repo.works(2)
    assert after in repo.evidence()
    quiet(repo)
    assert made in repo.git("rev-list", "HEAD")


def test_messages_with_windows_line_ends(repo: Place) -> None:
    said = "fix: locks\n\nBecause of the report.\n\nSolution: partitioning the table by month\n"
    made = repo.commit((said + "Technology: postgres\nShare: no\n").replace("\n", "\r\n"))
    repo.works(1)
    (found,) = [
        x
        for x in repo.orch("log", "--json", "--company", "empresa-a").data
        if x["evidence"][0]["commit"] == made
    ]
    assert found["record"]["title"] == "partitioning the table by month"
    assert [t.lower() for t in found["record"]["technologies"]] in (["postgres"], ["postgresql"])
    assert found["share"] == "no"
    quiet(repo)


def test_a_configuration_that_git_gives_windows_line_ends(repo: Place) -> None:
    """autocrlf rewrites the file at a checkout: what was trusted says the same, and stays trusted."""
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "chore: orch")
    repo.git("config", "core.autocrlf", "true")
    config = repo.root / ".orch/config.toml"
    config.unlink()
    repo.git("checkout", "--", ".orch/config.toml")
    assert b"\r\n" in config.read_bytes()
    made = repo.commit(QUEUE)
    repo.works()
    assert made in repo.evidence()
    config.write_bytes(config.read_bytes().replace(b"empresas/b", b"empresas/c"))
    assert "is not trusted" in repo.orch("status", expect=1).err


def test_names_that_differ_in_capital_letters_only(repo: Place) -> None:
    tree = {
        b"empresas/A/x.py": b"1\n",
        b"empresas/a/X.py": b"2\n",
        b"empresas/a/x.py": b"3\n",
        b"EMPRESAS/a/y.py": b"4\n",
    }
    for name, content in tree.items():
        blob = repo.git("hash-object", "-w", "--stdin", stdin=content)
        repo.git(
            "update-index", "-z", "--add", "--index-info", stdin=f"100644 {blob}\t".encode() + name + b"\0"
        )
    repo.git("commit", "-q", "-m", QUEUE)
    repo.git("config", "core.ignorecase", "true")
    repo.works(1)
    assert repo.git("rev-parse", "HEAD") in repo.evidence()
    other = "perf: x\n\nSolution: gzip on the gateway cut the traffic of the catalogue by half"
    repo.write("empresas/A/only.py", "5\n")
    repo.git("add", "empresas/A/only.py")
    repo.git("commit", "-q", "-m", other)
    repo.works(1)
    assert repo.git("rev-parse", "HEAD") not in repo.evidence()


def test_companies_are_found_in_folders_that_differ_in_capital_letters_only() -> None:
    from orchestrator.config.discover import find_companies

    found = find_companies(["empresas/Sul/a.py", "empresas/sul/b.py", "empresas/SUL/c.py"])
    assert len({company for company, _name, _glob in found}) == 3
    assert len({company.casefold() for company, _name, _glob in found}) == 3  # their stores are folders, too
