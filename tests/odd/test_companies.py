"""Whose commit it is, and what `orch companies` says of each company."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from orchestrator.config.group import Company, Group
from orchestrator.config.match import match_company
from orchestrator.errors import StoreError
from orchestrator.store.company import CompanyStore
from tests.odd.conftest import CACHE, INDEX, QUEUE, Place

Make = Callable[..., Place]
CONFIG = """version = 1
language = "en"
{default}
[group]
name = "Group"
[[company]]
id = "empresa-a"
paths = ["empresas/a/**", "!empresas/a/vendor/**"]
[[company]]
id = "empresa-b"
paths = ["empresas/b/**", "empresas/common/**"]
share = "auto"
[[company]]
id = "empresa-c"
paths = ["empresas/c/**", "empresas/common/**"]
share = "manual"
"""


@pytest.fixture
def group(place: Make) -> Place:
    """Three companies: one with an exception, two that own a folder together."""
    return configured(place(), "")


def configured(there: Place, default: str) -> Place:
    there.init().write(".orch/config.toml", CONFIG.format(default=default))
    there.orch("trust", "--yes")
    there.orch("init", "--yes", "--no-hooks")
    return there


def counts(there: Place, code: int = 0) -> dict[str, Any]:
    """Commits by company, and those of shared code under ''."""
    told = there.orch("companies", "--json", expect=code).data
    return {c["id"]: c["commits"] for c in told["companies"]} | {"": (told["shared"] or {}).get("commits")}


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("empresas/a/x.py", {"empresa-a"}),
        ("empresas/a/vendor/x.py", {""}),  # what a glob takes back is nobody's
        ("empresas/common/x.py", {"empresa-b", "empresa-c"}),  # both: what it teaches is seen for each
        ("empresas/d/x.py", {""}),
        ("README.md", {""}),
        ("Empresas/A/x.py", {""}),  # capital letters count, on every machine
    ],
)
def test_whose_a_path_is(group: Place, path: str, owners: set[str]) -> None:
    made = group.commit(QUEUE, path)
    group.git("config", "core.ignorecase", "true")
    found = counts(group)
    # the first commit brought the configuration too: shared code
    assert {c for c, n in found.items() if n} == owners | {""}
    for company in ("empresa-a", "empresa-b", "empresa-c"):
        assert (made in group.evidence(company)) == (company in owners)


def test_how_an_accent_is_written_does_not_count(place: Make) -> None:
    """A folder that came in an archive from a Mac, and the same name typed in the configuration."""
    group = place()
    apart, whole = (unicodedata.normalize(form, "empresas/saúde") for form in ("NFD", "NFC"))
    for n, (typed, there) in enumerate([(whole, apart), (apart, whole)]):
        assert match_company(_of(f"{typed}/**"), f"{there}/x.py") == ("a",), n
    group.init().write(".orch/config.toml", CONFIG.format(default="").replace("empresas/a/**", f"{whole}/**"))
    group.orch("trust", "--yes")
    group.orch("init", "--yes", "--no-hooks")
    made = group.commit(QUEUE, f"{apart}/x.py")
    group.orch("drain")
    assert made in group.evidence("empresa-a")


def _of(glob: str) -> Group:
    return Group(Path(), "G", "en", (Company("a", "A", (glob,)),))


def test_a_commit_of_several_companies_and_shared_code_counts_for_each(group: Place) -> None:
    group.commit("chore: start", "README.md")
    for name in ("empresas/a/x.py", "empresas/b/y.py", "lib/z.py"):
        group.write(name, "1\n")
    made = group.commit(CACHE, "empresas/a/w.py")
    assert counts(group) == {"empresa-a": 1, "empresa-b": 1, "empresa-c": 0, "": 2}
    assert group.evidence("empresa-a") == group.evidence("empresa-b") == [made]
    paths = group.orch("log", "--company", "empresa-b", "--json").data[0]["evidence"][0]["paths"]
    assert not any("empresas/a" in path for path in paths)


def test_a_file_that_moves_to_another_company_has_left_the_first(group: Place) -> None:
    group.commit("chore: start", "empresas/a/app.py")
    group.orch("drain")
    (group.root / "empresas/b").mkdir(parents=True)
    group.git("mv", "empresas/a/app.py", "empresas/b/app.py")
    group.git("commit", "-q", "-m", QUEUE)
    assert group.git("show", "--raw", "-M100%", "--format=", "HEAD").split()[4] == "R100"
    assert counts(group) == {"empresa-a": 2, "empresa-b": 1, "empresa-c": 0, "": 1}
    moved = group.git("rev-parse", "HEAD")
    assert group.evidence("empresa-a") == group.evidence("empresa-b") == [moved]
    group.git("mv", "empresas/b/app.py", "shared.py")
    group.git("commit", "-q", "-m", INDEX)
    assert counts(group) == {"empresa-a": 2, "empresa-b": 2, "empresa-c": 0, "": 2}


def test_a_component_that_moves_to_another_company_is_no_birth(group: Place) -> None:
    group.write("empresas/a/auth/package.json", '{"name": "auth", "description": "logins"}\n')
    group.write("empresas/a/auth/index.js", "1\n")
    group.commit("chore: start", "README.md")
    group.commit("feat: auth", "empresas/a/x.py")
    group.orch("drain")
    (group.root / "empresas/b").mkdir(parents=True)
    group.git("mv", "empresas/a/auth", "empresas/b/auth")
    group.git("commit", "-q", "-m", "refactor: move auth")
    group.works(1)
    born = [x for x in group.orch("log", "--json").data if x["record"]["kind"] == "component"]
    assert [x for x in born if x["company"] == "empresa-b"] == []


def test_the_default_company_owns_what_no_glob_matches(place: Make) -> None:
    there = configured(place(), 'default_company = "empresa-c"')
    made = there.commit(QUEUE, "README.md")
    assert counts(there) == {"empresa-a": 0, "empresa-b": 0, "empresa-c": 1, "": None}
    assert there.evidence("empresa-c") == [made]
    assert "(shared)" not in there.orch("companies").out


def test_a_company_whose_globs_only_take_back_is_refused(place: Make) -> None:
    there = place().init()
    there.write(".orch/config.toml", 'version = 1\n[[company]]\nid = "a"\npaths = ["!a/**"]\n')
    ran = there.orch("trust", "--yes", expect=1)
    assert ".orch/config.toml:4" in ran.err and "at least one path" in ran.err


# --------------------------------------------------------------------------- orch companies


def test_each_companys_line(group: Place) -> None:
    group.commit(CACHE, "empresas/a/x.py")
    newest = group.commit("fix: \x1b[31mlocks\u202e\n\nSolution: one transaction a batch", "empresas/a/y.py")
    group.commit("docs: read me", "README.md")
    told = group.orch("companies", "--json").data
    first = told["companies"][0]
    assert first["paths"] == ["empresas/a/**", "!empresas/a/vendor/**"]
    assert (first["id"], first["name"], first["share"]) == ("empresa-a", "empresa-a", "ask")
    assert (first["commits"], first["insights"]) == (2, {"solution": 2})
    assert first["last"]["commit"] == newest and first["last"]["at"].startswith("2027-")
    assert first["queue"] == {"due": 0, "set_aside": 0} and first["offers"] == {}
    files = (group.root / ".orch/companies/empresa-a").glob("orch.db*")
    assert first["bytes"] == sum(f.stat().st_size for f in files)
    assert first["error"] is None
    assert told["shared"]["commits"] == 2 and told["shared"]["last"]["subject"] == "docs: read me"
    text = group.orch("companies").out
    assert "last change 2027-" in text and "\x1b" not in text and "\u202e" not in text
    for words in ("empresa-a", "(shared)", "empresas/a/**, !empresas/a/vendor/**", "solution 2"):
        assert words in text


def test_a_secret_in_the_last_subject_is_not_repeated(group: Place) -> None:
    key = "AKIA" + "Q3EGRQ7TD5UOHF2X"
    group.commit(f"fix: key {key}", "empresas/a/x.py")
    ran, told = group.orch("companies"), group.orch("companies", "--json")
    assert key not in ran.out + told.out
    assert told.data["companies"][0]["commits"] == 1


def test_counts_follow_amend_reset_and_new_paths(group: Place) -> None:
    first = group.commit(CACHE, "empresas/a/x.py")
    group.commit(QUEUE, "empresas/a/y.py")
    assert counts(group)["empresa-a"] == 2
    group.git("commit", "-q", "--amend", "-m", INDEX)
    assert counts(group)["empresa-a"] == 2
    group.git("reset", "-q", "--hard", first)
    assert counts(group)["empresa-a"] == 1
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().replace('["empresas/b/**"', '["empresas/a/**"'))
    group.orch("trust", "--yes")
    assert counts(group) == {"empresa-a": 1, "empresa-b": 1, "empresa-c": 0, "": 1}


def test_one_store_is_open_at_a_time(group: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    group.commit(CACHE, "empresas/common/x.py")
    opened: list[str] = []
    most = []
    make, close = CompanyStore.__init__, CompanyStore.close

    def begin(self: CompanyStore, folder: Path, company: str, *more: Any, **named: Any) -> None:
        make(self, folder, company, *more, **named)
        opened.append(company)
        most.append(len(set(opened)))

    def end(self: CompanyStore) -> None:
        close(self)
        opened.remove(self.company)

    monkeypatch.setattr(CompanyStore, "__init__", begin)
    monkeypatch.setattr(CompanyStore, "close", end)
    for command in ("companies", "status", "drain"):
        group.orch(command)
    assert len(most) > 6 and max(most) == 1 and opened == []


# --------------------------------------------------------------------------- damaged stores


@contextmanager
def damaged(there: Place, company: str, how: str) -> Iterator[Path]:
    """The company's store made unusable, and put back."""
    path = there.root / f".orch/companies/{company}/orch.db"
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    whole = path.read_bytes()
    if how == "link":
        path.unlink()
        path.symlink_to("/nowhere")
    elif how == "foreign":
        other = there.root / ".orch/companies/empresa-c/orch.db"
        path.write_bytes(other.read_bytes())
    else:
        path.write_bytes(
            b"no database" * 999 if how == "other" else whole[:8192] + os.urandom(len(whole) - 8192)
        )
    yield path
    path.unlink(missing_ok=True)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    path.write_bytes(whole)


@pytest.mark.parametrize("how", ["other", "pages", "link", "foreign"])
def test_a_store_that_cannot_be_used_stops_its_own_company_only(group: Place, how: str) -> None:
    group.commit(CACHE, "empresas/common/x.py")
    group.works(1)
    with damaged(group, "empresa-b", how) as path:
        made = group.commit(QUEUE, "empresas/common/y.py")
        told = group.orch("drain", "--json", expect=1).data
        assert list(told["failed"]) == ["empresa-b"] and list(told["learnt"]) == ["empresa-c"]
        assert made in group.evidence("empresa-c")
        for command in ("status", "companies"):
            ran = group.orch(command, expect=1)
            assert all(c in ran.out for c in ("empresa-a", "empresa-b", "empresa-c")), ran.out
            assert ran.out.count("its store cannot be used") == 1
            assert ran.err.count(str(path)) <= 2 and "Try:" in ran.err and str(path) in ran.err
            rows = group.orch(command, "--json", expect=1).data
            rows = rows["companies"] if command == "companies" else rows
            assert [bool(c["error"]) for c in rows] == [False, True, False]
            assert group.orch("status", "--company", "empresa-c").code == 0
        group.orch("drain", expect=1)
    group.orch("drain")
    assert made in group.evidence("empresa-b") and len(group.evidence("empresa-b")) == 2
    group.works(0)


def test_terms_that_cannot_be_read_stop_their_own_company_and_what_leaves_unasked(group: Place) -> None:
    group.works()
    config = (group.root / ".orch/config.toml").read_text()
    group.write(".orch/config.toml", config.replace('share = "manual"', 'share = "auto"'))
    group.orch("trust", "--yes")
    terms = group.root / ".orch/companies/empresa-b/confidential.txt"
    terms.write_bytes(b"Projeto F\xeanix\n")
    group.commit(CACHE, "empresas/c/x.py")
    told = group.orch("drain", "--json", expect=1).data
    assert list(told["failed"]) == ["empresa-b"] and list(told["learnt"]) == ["empresa-c"]
    for command in ("status", "companies", "push"):
        ran = group.orch(command, expect=1)
        assert "empresa-b/confidential.txt:1" in ran.out + ran.err
    (known,) = group.orch("log", "--company", "empresa-c", "--json").data
    assert not known["decision"], "nobody can say whether it speaks of what empresa-b calls confidential"
    terms.write_text("Projeto Fênix\n")
    group.orch("drain")
    (known,) = group.orch("log", "--company", "empresa-c", "--json").data
    assert known["decision"] == "approve"


def test_damage_that_is_met_on_the_way_names_the_store(tmp_path: Path) -> None:
    import apsw

    with pytest.raises(StoreError) as caught, CompanyStore(tmp_path / "a", "a") as store:
        raise apsw.CorruptError("database disk image is malformed")
    assert str(store.path) in caught.value.message and caught.value.hint
    with pytest.raises(KeyError), CompanyStore(tmp_path / "a", "a"):
        raise KeyError


def test_a_trailer_that_no_company_hears_is_named(group: Place) -> None:
    group.commit("chore: start", "README.md")
    lost = group.commit("docs: x\n\nSolution: a partial index on the queue\nShare: yes", "README.md")
    group.commit(CACHE)
    group.commit("docs: z\n\nReviewed-by: Ana", "README.md")
    assert group.orch("drain", "--json").data["unheard"] == [lost]
    for told in (group.orch("status").out, group.orch("companies").out, group.orch("log").err):
        assert f"nothing is learnt from it: {lost[:10]};" in told
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().replace("[group]", 'default_company = "empresa-a"\n[group]'))
    group.orch("trust", "--yes")
    assert lost[:10] not in group.orch("status").out and lost in group.evidence("empresa-a")
    assert group.orch("companies", "--json").data["unheard"]["commits"] == 0


def test_what_a_message_tells_and_no_company_hears_is_named(group: Place) -> None:
    group.commit("chore: start", "README.md")
    lost = group.commit("perf(infra): cached plans cut the run time from 90s to 12s", "README.md")
    group.commit("perf(infra): cached plans", "README.md")
    assert group.orch("drain", "--json").data["unheard"] == [lost]


def test_a_renamed_folder_is_not_told_as_nobodys(group: Place) -> None:
    group.commit(CACHE)
    lost = group.commit("docs: x\n\nSolution: a partial index on the queue", "README.md")
    group.orch("drain")
    group.git("mv", "empresas/a", "empresas/z")
    group.git("commit", "-q", "-m", "chore: renamed")
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().replace("empresas/a/**", "empresas/z/**"))
    group.orch("trust", "--yes")
    assert group.orch("drain", "--json").data["unheard"] == [lost]
    assert "1 commit teaches something" in group.orch("status").out
    assert len(group.evidence("empresa-a")) == 1
