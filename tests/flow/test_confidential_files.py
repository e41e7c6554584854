"""Files that a company calls confidential: what they teach waits, and they themselves leave nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from orchestrator.reconcile.remotes.folder_memory import FolderMemory
from orchestrator.remote import Entry, Result
from tests.flow.group import CONFIG, GroupRepository, new_group

A = ("--company", "empresa-a")
GLOBS = '["empresas/a/clientes/**", "*.pem", "!exemplo.pem"]'
TOLD = "perf: cache\n\nSolução: Redis na frente do catálogo reduziu a espera do lote {n} pela metade"

Make = Callable[..., GroupRepository]


def config(globs: str = GLOBS, share: str = "auto") -> str:
    named = 'name = "Empresa A"\n'
    return CONFIG.format(share=share).replace(named, f"{named}confidential_files = {globs}\n")


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Make:
    return lambda text: new_group(tmp_path, monkeypatch, capsys, text)


def outcomes(group: GroupRepository) -> dict[str, str]:
    """{the number in an insight's text: what validation says}."""
    found = {}
    for insight in group.insights():
        shown = group.orch("show", insight["id"], "--json").data
        found[insight["record"]["title"].split("lote ")[1].split()[0]] = shown["verdict"]["outcome"]
    return found


def sent(group: GroupRepository) -> str:
    files = (group.root.parent / "shared").rglob("*")
    return "".join(p.read_bytes().decode("utf-8", "replace") for p in files if p.is_file())


def reconfigure(group: GroupRepository, text: str) -> None:
    group.write({".orch/config.toml": text})
    group.orch("trust", "--yes")


def test_what_a_commit_with_such_a_file_teaches_waits_and_says_which_glob(make: Make) -> None:
    group = make(config())
    group.commit(TOLD.format(n=1), {"empresas/a/app.py": "x = 1\n"})
    group.commit(TOLD.format(n=2), {"empresas/a/clientes/acme.csv": "nome\n"})
    group.commit(TOLD.format(n=3), {"empresas/a/app.py": "x = 2\n", "certs/PROD.PEM": "x\n"})
    group.commit(TOLD.format(n=4), {"empresas/a/exemplo.pem": "x\n"})
    assert outcomes(group) == {"1": "allow", "2": "review", "3": "review", "4": "allow"}
    group.orch("push", expect=None)
    told = sent(group)
    assert "lote 1" in told and "lote 4" in told and "lote 2" not in told and "lote 3" not in told
    waiting = {w["record"]["title"]: w["findings"] for w in group.orch("review", "--json").data}
    assert sorted(f for found in waiting.values() for f in found) == [
        "Arquivo confidencial *.pem: uma pessoa precisa olhar",
        "Arquivo confidencial empresas/a/clientes/**: uma pessoa precisa olhar",
    ]
    assert "acme" not in str(waiting)


def test_an_accent_counts_however_it_is_written(make: Make) -> None:
    group = make(config('["empresas/a/jos\u00e9/**"]'))
    group.commit(TOLD.format(n=1), {"empresas/a/jose\u0301/acme.csv": "nome\n"})
    group.commit(TOLD.format(n=2), {"empresas/a/JOS\u00c9/acme.csv": "nome\n"})
    assert outcomes(group) == {"1": "review", "2": "review"}


def test_a_moved_file_and_a_merge_count(make: Make) -> None:
    group = make(config())
    group.commit("chore: dados", {"empresas/a/clientes/acme.csv": "nome\n" * 50})
    group.git("mv", "empresas/a/clientes/acme.csv", "empresas/a/dados.csv")
    group.git("commit", "-q", "-m", TOLD.format(n=1))
    group.git("switch", "-q", "-c", "lado")
    group.commit("chore: chave", {"empresas/a/k.pem": "x\n"})
    group.git("switch", "-q", "main")
    group.git("merge", "-q", "--no-ff", "lado", "-m", "Merge branch 'lado'\n\n" + TOLD.format(n=2))
    assert outcomes(group) == {"1": "review", "2": "review"}


def test_the_policy_may_block_or_let_through(make: Make) -> None:
    group = make(config())
    group.commit(TOLD.format(n=1), {"empresas/a/k.pem": "x\n"})
    for said in ("block", "allow", "redact"):
        group.write({".orch/policy.toml": f'version = 1\n[findings]\nfile = "{said}"\n'})
        group.orch("trust", "--yes")
        assert outcomes(group) == {"1": {"redact": "review"}.get(said, said)}


def test_new_globs_reach_what_was_learnt_before_and_old_ones_let_go(make: Make) -> None:
    group = make(CONFIG.format(share="auto"))
    group.commit(TOLD.format(n=1), {"empresas/a/k.pem": "x\n"})
    group.commit(TOLD.format(n=2), {"empresas/a/app.py": "x\n"})
    group.orch("push", expect=None)
    assert "lote 1" in sent(group)
    reconfigure(group, config())
    stopped = group.orch("push", *A, expect=3)
    assert "confidential.file" in stopped.out + stopped.err or "rquivo confidencial" in stopped.out
    assert outcomes(group) == {"1": "review", "2": "allow"}
    reconfigure(group, config('["*.crt"]'))
    assert outcomes(group) == {"1": "allow", "2": "allow"}


def test_a_later_commit_with_such_a_file_makes_it_wait_and_its_going_frees_it(make: Make) -> None:
    group = make(config())
    group.commit(TOLD.format(n=1), {"empresas/a/app.py": "x = 1\n"})
    assert outcomes(group) == {"1": "allow"}
    group.commit(TOLD.format(n=1), {"empresas/a/k.pem": "x\n"})
    assert outcomes(group) == {"1": "review"}
    group.git("reset", "-q", "--hard", "HEAD~1")
    assert outcomes(group) == {"1": "allow"}


def test_every_companys_globs_count_for_all_and_nobody_takes_anothers_back(make: Make) -> None:
    named_b = 'name = "Empresa B"\n'
    group = make(config().replace(named_b, f'{named_b}confidential_files = ["!*.pem"]\n'))
    group.commit(TOLD.format(n=1), {"empresas/b/k.pem": "x\n"})
    group.commit(TOLD.format(n=2), {"empresas/b/app.py": "x = 1\n"})
    assert sorted(i["outcome"] for i in group.insights("empresa-b")) == ["allow", "review"]


def test_a_commit_of_two_companies_leaves_by_no_automatic_yes_of_either(make: Make) -> None:
    group = make(CONFIG.format(share="auto").replace('share = "auto"', 'share = "manual"', 1))
    both = {"empresas/a/x.py": "x = 1\n", "empresas/b/x.py": "x = 1\n"}
    group.commit(TOLD.format(n=1) + "\nCompartilhar: sim", both)
    group.commit("chore: dados", {"empresas/a/clientes.csv": "nome\n" * 50})
    group.git("mv", "empresas/a/clientes.csv", "empresas/b/clientes.csv")
    group.git("commit", "-q", "-m", TOLD.format(n=2))
    group.commit(TOLD.format(n=3), {"empresas/b/app.py": "x = 2\n"})
    group.write({".orch/policy.toml": 'version = 1\n[findings]\ncommit = "allow"\n'})  # the floor holds
    group.orch("trust", "--yes")
    group.orch("push", expect=None)
    told = sent(group)
    assert "lote 3" in told and "lote 1" not in told and "lote 2" not in told
    waiting = group.orch("review", "--company", "empresa-b", "--json").data
    why = "Commit que também toca nos caminhos de empresa-a: uma pessoa precisa olhar"
    assert [w["findings"] for w in waiting] == [[why], [why]]


def test_a_no_of_one_company_is_not_overridden_by_a_yes_of_the_other(make: Make) -> None:
    group = make(CONFIG.format(share="ask"))
    both = {"empresas/a/x.py": "x = 1\n", "empresas/b/x.py": "x = 1\n"}
    group.commit(TOLD.format(n=1), both)
    group.commit(TOLD.format(n=2), {"empresas/a/y.py": "x = 1\n"})
    (of_a,) = [i["id"] for i in group.insights("empresa-a") if "lote 1" in i["record"]["title"]]
    (of_b,) = [i["id"] for i in group.insights("empresa-b")]
    (alone,) = [i["id"] for i in group.insights("empresa-a") if "lote 2" in i["record"]["title"]]
    group.orch("review", "--approve", of_b)
    group.orch("push")
    assert "lote 1" in sent(group)
    group.orch("review", "--refuse", of_a)
    group.orch("review", "--refuse", alone)  # of A alone: nobody else need know
    told = (group.root / ".orch/companies/empresa-a/refused").read_text().split()
    assert len(told) == 1
    assert "commit.refused" in group.orch("push", expect=3).out
    shared = group.root.parent / "shared"
    assert not [p for p in shared.rglob("*.md") if "lote 1" in p.read_text()]
    refused = group.orch("review", "--approve", of_b, expect=4).err
    assert "empresa-a" in refused
    assert group.orch("show", of_b, "--json").data["verdict"]["outcome"] == "review"  # it is B's own still
    group.orch("review", "--approve", of_a)
    group.orch("review", "--approve", of_b)
    group.orch("push")
    assert [p for p in shared.rglob("*.md") if "lote 1" in p.read_text()]


def test_other_paths_of_another_company_reach_what_was_learnt_before(make: Make) -> None:
    text = CONFIG.format(share="auto")
    group = make(text)
    group.commit(TOLD.format(n=1), {"empresas/b/x.py": "x = 1\n", "libs/x.py": "x = 1\n"})
    (told,) = group.insights("empresa-b")
    assert told["outcome"] == "allow"
    reconfigure(group, text.replace('"empresas/a/**"', '"empresas/a/**", "libs/**"'))
    assert [i["outcome"] for i in group.insights("empresa-b")] == ["review"]


def test_a_document_that_any_company_calls_confidential_is_published_by_none(make: Make) -> None:
    text = config('["handbook/a-*"]').replace(
        'paths = ["empresas/b/**"]', 'paths = ["empresas/b/**"]\ndocuments = ["**/*.md"]'
    )
    group = make(text)
    group.commit("docs: planos", {"handbook/a-plano.md": "# Plano A\n\nComprar dez servidores.\n"})
    told = group.orch("docs", "publish", "--company", "empresa-b", "--json", expect=None)
    assert "handbook/a-*" in told.out and "dez servidores" not in told.out


def test_a_component_that_holds_one_is_refused_by_the_glob(make: Make) -> None:
    group = make(config(share="ask"))
    manifest = '[project]\nname = "auth"\nversion = "1.0"\n'
    group.commit(
        "feat: auth", {"empresas/a/auth/pyproject.toml": manifest, "empresas/a/auth/k.pem": "chave-x\n"}
    )
    refused = group.orch("share", "auth", *A, "--to", "empresa-b", "--reviewed", expect=4)
    assert "empresas/a/auth/k.pem: Arquivo confidencial *.pem: bloqueado" in refused.err
    assert "chave-x" not in refused.err + refused.out


def test_a_document_is_refused_and_one_that_became_such_is_taken_away(make: Make) -> None:
    own_folder = 'share = "ask"\n[company.folder]\npath = "../own-a"\n'
    text = config('["empresas/a/docs/plano/**"]', "ask").replace('share = "ask"\n', own_folder, 1)
    group = make(text.replace("docs/plano", "docs/nada"))
    group.commit("docs: plano", {
        "empresas/a/docs/plano/2027.md": "# Plano de compras\n\nComprar dez servidores novos.\n",
        "empresas/a/docs/guia.md": "# Guia\n\nComo instalar o ambiente de testes.\n",
    })  # fmt: skip
    group.orch("docs", "publish", *A, expect=None)
    group.orch("push", *A, expect=None)

    def own() -> str:
        return "".join(p.read_text() for p in (group.root.parent / "own-a").rglob("*.md"))

    assert "dez servidores" in own() and "ambiente de testes" in own()
    reconfigure(group, text)
    told = group.orch("docs", "publish", *A, expect=None)
    group.orch("push", *A, expect=None)
    assert "Arquivo confidencial empresas/a/docs/plano/**: bloqueado" in told.out
    assert "dez servidores" not in told.out + own() and "ambiente de testes" in own()


def test_check_judges_a_path_with_a_text_or_without(make: Make) -> None:
    group = make(config())
    group.write({"nota.md": "Redis na frente do catálogo reduziu a espera pela metade.\n"})
    group.orch("check", "nota.md", *A)
    refused = group.orch("check", "nota.md", "--path", "empresas/a/clientes/nota.md", *A, expect=4)
    assert "Arquivo confidencial empresas/a/clientes/**: bloqueado" in refused.out
    many = group.orch("check", "--path", "a/b.pem", "--path", "empresas/a/clientes/x", *A, "--json", expect=4)
    assert [d["field"] for d in many.data["details"]] == ["*.pem", "empresas/a/clientes/**"]
    group.orch("check", "--path", "empresas/a/app.py", *A)
    group.orch("check", "--path", "b.pem", "--company", "empresa-b", expect=4)
    assert "--path" in group.orch("check", expect=2).err


def test_a_companys_own_folder_is_no_other_companys_name(make: Make) -> None:
    """At the top every company is in question, and the file is one's."""
    group = make(config())
    group.orch("check", "--path", "empresas/empresa-a/app.py", expect=4)  # nobody's: every one judges it
    group.write({".orch/config.toml": config().replace("empresas/a/**", "empresas/empresa-a/**")})
    group.orch("trust", "--yes")
    group.orch("check", "--path", "empresas/empresa-a/app.py")
    group.orch("check", "--path", "empresas/empresa-a/app.py", "--company", "empresa-b", expect=4)


def test_a_glob_that_is_none_is_an_error_with_its_line(make: Make) -> None:
    group = make(config())
    group.write({".orch/config.toml": config('["clientes/**", "../x"]')})
    wrong = group.orch("status", expect=1)
    assert ".orch/config.toml:" in wrong.err and "../x" in wrong.err


def refused_of_a(group: GroupRepository) -> str:
    """The id of what B learnt of a commit of both, approved by B and sent, and then refused by A."""
    both = {"empresas/a/x.py": "x = 1\n", "empresas/b/x.py": "x = 1\n"}
    group.commit(TOLD.format(n=1), both)
    (of_a,) = [i["id"] for i in group.insights("empresa-a")]
    (of_b,) = [i["id"] for i in group.insights("empresa-b")]
    group.orch("review", "--approve", of_b)
    group.orch("push")
    group.orch("review", "--refuse", of_a)
    group.orch("push", expect=3)
    assert "lote 1" not in sent(group)
    return str(of_b)


@pytest.mark.parametrize("folder", ["stays", "is gone too"])
def test_a_no_stays_when_its_company_is_removed(make: Make, folder: str) -> None:
    text = CONFIG.format(share="ask")
    group = make(text)
    of_b = refused_of_a(group)
    if folder == "is gone too":
        shutil.rmtree(group.root / ".orch/companies/empresa-a")
    begin, end = text.index("[[company]]"), text.rindex("[[company]]")
    reconfigure(group, text[:begin] + text[end:])
    group.orch("push", expect=None)
    assert "lote 1" not in sent(group)
    assert "empresa-a/refused" in group.orch("review", "--approve", of_b, expect=4).err
    file = group.root / ".orch/companies/empresa-a/refused"
    file.parent.mkdir(exist_ok=True)
    file.write_text("")  # as the error says
    group.orch("review", "--approve", of_b)
    group.orch("push", expect=None)
    assert "lote 1" in sent(group)


def test_what_is_held_back_is_ended_by_a_person_as_the_push_says(make: Make) -> None:
    group = make(CONFIG.format(share="ask"))
    of_b = refused_of_a(group)
    assert "orch review --refuse ID" in group.orch("push", expect=3).err
    group.orch("review", "--refuse", of_b)
    group.orch("push")


def test_a_no_is_of_its_own_commit_though_another_has_its_second(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts commit several times a second, and an anchor is of an author and a second."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, "2026-05-04T10:00:00Z")
    group = make(CONFIG.format(share="ask"))
    group.commit(TOLD.format(n=2), {"empresas/b/y.py": "y = 1\n"})
    (alone,) = [i["id"] for i in group.insights("empresa-b")]
    group.orch("review", "--approve", alone)
    both = {"empresas/a/x.py": "x = 1\n", "empresas/b/x.py": "x = 1\n"}
    group.commit(TOLD.format(n=1), both)
    group.commit(TOLD.format(n=3), dict.fromkeys(both, "x = 3\n"))
    of_a = {i["record"]["title"]: i["id"] for i in group.insights("empresa-a")}
    first, third = (next(i for title, i in of_a.items() if f"lote {n}" in title) for n in (1, 3))
    group.orch("review", "--refuse", first)
    group.orch("review", "--approve", third)  # takes no other's no back
    assert len((group.root / ".orch/companies/empresa-a/refused").read_text().split()) == 1
    group.orch("push")
    assert "lote 2" in sent(group)  # of B alone: nobody else's no is about it


def test_a_no_from_before_the_paths_changed_is_told(make: Make) -> None:
    text = CONFIG.format(share="ask")
    group = make(text)
    group.commit(TOLD.format(n=1), {"empresas/a/x.py": "x = 1\n", "libs/x.py": "x = 1\n"})
    (of_a,) = [i["id"] for i in group.insights("empresa-a")]
    group.orch("review", "--refuse", of_a)
    reconfigure(group, text.replace('"empresas/b/**"', '"empresas/b/**", "libs/**"'))
    group.orch("drain")
    (of_b,) = [i["id"] for i in group.insights("empresa-b")]
    assert "empresa-a" in group.orch("review", "--approve", of_b, expect=4).err


def test_a_no_while_the_other_company_pushes_counts_from_then_on(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = make(CONFIG.format(share="ask"))
    group.commit(TOLD.format(n=1), {"empresas/a/x.py": "x = 1\n", "empresas/b/x.py": "x = 1\n"})
    (of_a,) = [i["id"] for i in group.insights("empresa-a")]
    (of_b,) = [i["id"] for i in group.insights("empresa-b")]
    group.orch("review", "--approve", of_b)
    real = FolderMemory.create

    def create(memory: FolderMemory, entries: Sequence[Entry]) -> Iterator[Result]:
        group.orch("review", "--refuse", of_a)
        yield from real(memory, entries)

    with monkeypatch.context() as patch:
        patch.setattr(FolderMemory, "create", create)
        group.orch("push", "--company", "empresa-b", expect=3)
    shared = group.root.parent / "shared"
    assert not [p for p in shared.rglob("*.md") if "lote 1" in p.read_text()]
    group.orch("push", expect=3)
    assert "lote 1" not in sent(group)
