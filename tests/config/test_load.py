"""What `load` accepts, and that each refusal names the right line."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.config.group import DEFAULT_ROUTES, Slot
from orchestrator.config.load import load
from orchestrator.config.match import match_company
from orchestrator.errors import ConfigError, Exit, NotInitialisedError
from orchestrator.model import Kind, Share

Write = Callable[[str], Path]
COMPANY = '[[company]]\nid = "empresa-a"\npaths = ["empresas/a/**"]\n'
START = "version = 1\n"
COMPANY_OF = START + COMPANY + "{}\n"

FULL = """\
version = 1
language = "en"
default_company = "empresa-b"
confidential = ["Projeto Águia"]
internal_hosts = ["*.acme.internal", "10.0.0.0/8", ".corp", "build-01"]

[group]
name = "Grupo Acme"

[routes]
insight = ["memory"]
document = []

[global.supabase]
url = "https://Abc.supabase.co/"
[global.jira]
url = "https://acme.atlassian.net"
[global.confluence]
url = "https://acme.atlassian.net/wiki"
space = "ORCH"
parent = "12345"
[global.forge]
repository = "acme/monorepo"
base = "develop"

[[company]]
id = "empresa-a"
name = "Empresa A"
paths = ["empresas/a/**", "libs/auth"]
share = "auto"
technologies = ["redis", "python", "redis"]
documents = ["empresas/a/docs/**/*.md"]
confidential = ["Cliente X"]
[company.supabase]
url = "http://127.0.0.1:54321"
table = "private_memory"
[company.jira]
url = "https://acme.atlassian.net"
project = "AUP"

[[company]]
id = "empresa-b"
paths = ["empresas/b", "libs/auth"]
[company.folder]
path = "../b-private"
"""


def refused(write: Write, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(write(text))
    assert caught.value.exit_code is Exit.FAILURE
    return caught.value


def test_a_full_file(write: Write, root: Path) -> None:
    group = load(write(FULL))
    a, b = group.companies
    assert (group.name, group.language, group.default_company) == ("Grupo Acme", "en", "empresa-b")
    assert group.remotes[Slot.MEMORY].url == "https://abc.supabase.co"
    assert group.remotes[Slot.MEMORY].where == "orchestrator_global_memory"
    assert (group.remotes[Slot.ISSUES].where, group.remotes[Slot.ISSUES].options["issue_type"]) == (
        "ORCH",
        "Task",
    )
    assert group.remotes[Slot.PAGES].options == {"parent": "12345"}
    assert group.remotes[Slot.FORGE].url == "https://api.github.com"
    assert group.remotes[Slot.FORGE].options == {"remote": "origin", "base": "develop"}
    assert group.routes[Kind.INSIGHT] == {Slot.MEMORY}
    assert group.routes[Kind.DOCUMENT] == frozenset()
    assert group.routes[Kind.PATTERN] == DEFAULT_ROUTES[Kind.PATTERN]
    assert (a.share, b.share) == (Share.AUTO, Share.ASK)
    assert a.technologies == ("redis", "python")
    assert (a.remotes[Slot.MEMORY].url, a.remotes[Slot.MEMORY].where) == (
        "http://127.0.0.1:54321",
        "private_memory",
    )
    assert Slot.PAGES not in a.remotes
    assert set(b.remotes) == {Slot.MEMORY, Slot.ISSUES, Slot.PAGES}
    assert b.remotes[Slot.PAGES].url == str(root.resolve().parent / "b-private")
    assert group.source == FULL


def test_what_goes_where_unless_it_is_said() -> None:
    """DESIGN, section 6. A document's places are those of its own company."""
    assert {kind.value: {slot.value for slot in slots} for kind, slots in DEFAULT_ROUTES.items()} == {
        "solution": {"memory", "issues", "pages"},
        "insight": {"memory", "pages"},
        "pattern": {"memory", "issues"},
        "best_practice": {"memory", "pages"},
        "component": {"memory", "issues", "pages"},
        "document": {"memory", "pages"},
    }


def test_the_smallest_file(write: Write, root: Path) -> None:
    group = load(write(START + COMPANY))
    assert (group.name, group.language) == (root.name, "pt-BR")
    assert group.routes == DEFAULT_ROUTES
    assert group.remotes == {}
    assert load(write(START)).companies == ()


def test_a_folder_fills_the_slots_that_nothing_else_fills(write: Write, tmp_path: Path) -> None:
    text = START + '[global.jira]\nurl = "https://a.atlassian.net"\n[global.folder]\npath = "../shared"\n'
    remotes = load(write(text)).remotes
    assert {slot: remote.kind for slot, remote in remotes.items()} == {
        Slot.MEMORY: "folder",
        Slot.ISSUES: "jira",
        Slot.PAGES: "folder",
        Slot.FORGE: "folder",
    }
    assert remotes[Slot.MEMORY].url == str((tmp_path / "shared").resolve())


@pytest.mark.parametrize("written", ["~/orch", "/srv/orch", "shared", ".orch/shared"])
def test_folder_paths(write: Write, root: Path, written: str) -> None:
    url = load(write(f'{START}[global.folder]\npath = "{written}"\n')).remotes[Slot.PAGES].url
    assert url == str((root / Path(written).expanduser()).resolve())
    assert Path(url).is_absolute()


def test_a_work_tree_behind_a_link_guards_its_stores_too(write: Write, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(write(START + '[global.folder]\npath = ".orch/companies/a"\n'))
    with pytest.raises(ConfigError, match="may not lie inside"):
        load(tmp_path / "link")
    (tmp_path / "alias").symlink_to(tmp_path / "repo" / ".orch" / "companies")
    write(f'{START}[global.folder]\npath = "{tmp_path}/alias/a"\n')
    with pytest.raises(ConfigError, match="may not lie inside"):
        load(tmp_path / "repo")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_are_read(write: Write, newline: str) -> None:
    text = ("\ufeff" + FULL).replace("\n", newline)
    assert load(write(text)).name == "Grupo Acme"
    bad = text.replace('share = "auto"', 'share = "often"')
    line = FULL.split("\n").index('share = "auto"') + 1
    assert f".orch/config.toml:{line}: company.share" in refused(write, bad).message


B = "[[company]]\nid='b'\npaths=['x']\n"
# (text before, the wrong line, text after, key in the message, words of the message or hint)
WRONG = [
    ("", 'companny = 1', "", "companny", "`company`"),
    ("", 'zzz = 1', "", "zzz", "keys known here"),
    ("", 'language = "pt"', "", "language", "pt-BR, en"),
    ("", "language = 1", "", "language", "expected a text, found a number"),
    ("", "language = true", "", "language", "found true or false"),
    ("", "language = 2026-01-01", "", "language", "found a date or time"),
    ("", 'confidential = "x"', "", "confidential", "expected a list of texts, found a text"),
    ("", "confidential = [1]", "", "confidential", "found a number"),
    ("confidential = [\n  'a', # ]\n", "  '',", "]\n", "confidential", "empty text"),
    ("internal_hosts = [\n  'ok.corp',\n", "  'http://x/',", "]\n", "internal_hosts", "not a host name"),
    ("", 'default_company = "empresa-z"', "", "default_company", "empresa-a"),
    ("", 'group = "x"', "", "group", "[group]"),
    ("[group]\n", 'nome = "x"', "", "group.nome", "`name`"),
    ("[group]\n", 'name = "a\\u001b[31m"', "", "group.name", "\\x1b[31m"),
    ("[group]\n", 'name = "a\\u202eb"', "", "group.name", "<U+202E>"),
    ("[group]\n", f'name = "{"x" * 1001}"', "", "group.name", "longer than 1000"),
    ("[routes]\n", "solutions = []", "", "routes.solutions", "`solution`"),
    ("[routes]\n", 'solution = ["forge"]', "", "routes.solution", "memory, issues, pages"),
    ("[routes]\nsolution = [\n 'memory',\n", "  'page',", "]\n", "routes.solution", "memory, issues, pages"),
    ("", "[global.gitlab]", "", "global.gitlab", "unknown key"),
    ("[global.supabase]\n", 'url = "http://x.supabase.co"', "", "global.supabase.url", "only https"),
    ("[global.supabase]\n", 'url = "ftp://x"', "", "global.supabase.url", "only https"),
    ("[global.supabase]\n", 'url = "https://ana@x.co"', "", "global.supabase.url", "user names"),
    ("[global.supabase]\n", 'url = "https://x.co/?a=1"', "", "global.supabase.url", "no query"),
    ("[global.supabase]\n", 'url = "https://x.co/#a"', "", "global.supabase.url", "no query"),
    ("[global.supabase]\n", 'url = "https://"', "", "global.supabase.url", "no host"),
    ("[global.supabase]\n", 'url = "https://x y"', "", "global.supabase.url", "no host"),
    ("[global.supabase]\n", 'url = "https://x:99999"', "", "global.supabase.url", "ort"),
    ("[global.supabase]\n", 'url = "https://[x"', "", "global.supabase.url", "IPv6"),
    ("", "[global.supabase]", "", "global.supabase.url", "missing"),
    ("[global.supabase]\nurl='https://x.co'\n", 'table = "a; drop"', "", "global.supabase.table", "expected"),
    ("[global.jira]\nurl='https://x.co'\n", 'project = "orch"', "", "global.jira.project", "ORCH"),
    ("[global.jira]\nurl='https://x.co'\n", "project = 'O\" OR 1=1'", "", "global.jira.project", "ORCH"),
    ("[global.confluence]\nurl='https://x.co'\n", 'space = "a b"', "", "global.confluence.space", "ORCH"),
    ("[global.forge]\n", 'repository = "acme"', "", "global.forge.repository", "acme/monorepo"),
    ("[global.forge]\n", 'repository = "acme/.."', "", "global.forge.repository", "acme/monorepo"),
    ("[global.forge]\nrepository='a/b'\n", 'remote = "--upload-pack=x"', "", "global.forge.remote", "origin"),
    ("[global.forge]\nrepository='a/b'\n", 'base = "a..b"', "", "global.forge.base", "main"),
    ("[global.forge]\nrepository='a/b'\n", 'kind = "svn"', "", "global.forge.kind", "github"),
    ("[global.folder]\n", 'path = ".orch/companies/x"', "", "global.folder.path", ".orch/companies"),
    ("[global.folder]\n", 'path = "a/../.git/hooks"', "", "global.folder.path", ".git"),
    ("[global.folder]\n", 'path = "~nobody-of-that-name/x"', "", "global.folder.path", "whole path"),
    ("[global.folder]\n", 'path = ""', "", "global.folder.path", "expected form"),
    ("", "[[company]]", "", "company.id", "missing"),
    ("[[company]]\n", 'id = "Empresa A"', "paths=['x']", "company.id", "empresa-a"),
    ("[[company]]\n", 'id = "-a"', "paths=['x']", "company.id", "empresa-a"),
    ("[[company]]\n", f'id = "{"a" * 64}"', "paths=['x']", "company.id", "empresa-a"),
    ("[[company]]\n", 'id = "../../etc"', "paths=['x']", "company.id", "empresa-a"),
    ("[[company]]\nid='b'\n", "paths = []", "", "company.paths", "at least one path"),
    ("[[company]]\nid='b'\npaths = [\n 'x/**',\n", "  '../y',", "]\n", "company.paths", "not a glob"),
    ("[[company]]\nid='b'\n", "paths = ['# x']", "", "company.paths", "not a glob"),
    ("[[company]]\nid='b'\n", "paths = ['x\\']", "", "company.paths", "not a glob"),
    (B, 'shar = "auto"', "", "company.shar", "`share`"),
    (B, 'share = "yes"', "", "company.share", "auto, ask, manual"),
    ("[[company]]\n", 'id = "empresa-a"', "paths=['x']", "company.id", "a second company"),
    (B, "[company.forge]", "", "company.forge", "unknown key"),
    (B, "[company.jira]", "url='https://x.co'", "company.jira.project", "missing"),
    (B + "[company.jira]\nurl='https://x.co'\nproject='BB'\n", "spce = 1", "", "company.jira.spce", "unknow"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "wrong", "after", "key", "words"), WRONG, ids=[w[1][:30] for w in WRONG])
@pytest.mark.parametrize("padding", ["", '# comment with [brackets] and """\n\n'])
def test_each_error_names_file_line_key_and_remedy(
    write: Write, before: str, wrong: str, after: str, key: str, words: str, padding: str
) -> None:
    top_level = not before.startswith("[") and not wrong.startswith("[")
    parts = (
        (before + wrong + "\n" + after + "\n", COMPANY)
        if top_level
        else (COMPANY, before + wrong + "\n" + after)
    )
    text = START + padding + "\n".join(parts)
    line = text[: text.rindex(before + wrong) + len(before)].count("\n") + 1
    error = refused(write, text)
    assert error.message.startswith(f".orch/config.toml:{line}: {key}: "), (error.message, line)
    assert words in error.message + " " + error.hint
    assert "\x1b" not in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "version: missing"),
        ("version = 2\n", "upgrade"),
        ("version = true\n", "version = 1"),
        ('version = "1"\n', "version = 1"),
    ],
)
def test_the_version_is_known(write: Write, text: str, words: str) -> None:
    error = refused(write, text)
    assert ".orch/config.toml:1: version" in error.message
    assert words in error.message + error.hint


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('version = 1\nname = "open\n', 2, 13),
        ("version = 1\n\n[group\n", 3, 7),
        ("version = 1\nversion = 1\n", 2, 12),
        ("version = 1\nx = [1,\n2,\n", 3, 3),
        ('version = 1\nx = """\n\n', 2, 8),
        ("version = 1\nkey value\n", 2, 5),
        ("version = 1\nx = \x00\n", 2, 5),
    ],
)
def test_wrong_toml_is_located(write: Write, text: str, line: int, column: int) -> None:
    error = refused(write, text)
    assert error.message.startswith(f".orch/config.toml:{line}: wrong TOML at column {column}: ")


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 3000, "version = " + "1" * 5000, "[" + ".".join("a" * 9000) + "]"]
)
def test_absurd_toml_is_refused_quickly(write: Write, text: str) -> None:
    started = time.process_time()
    refused(write, text)
    assert time.process_time() - started < 5


def test_a_hostile_file_cannot_make_the_error_slow(write: Write) -> None:
    many = "confidential = [\n" + '"a", # ]\n' * 20_000 + "1]\n"
    started = time.process_time()
    refused(write, START + many)
    assert time.process_time() - started < 10


def test_a_company_that_is_no_table(write: Write) -> None:
    for text in ("company = 3\n", 'company = ["x"]\n', "[company]\n"):
        error = refused(write, START + text)
        assert error.message.startswith(".orch/config.toml:2: company: expected an array of tables")
        assert "[[company]]" in error.hint


def test_no_file(root: Path) -> None:
    with pytest.raises(NotInitialisedError) as caught:
        load(root)
    assert "orch init" in caught.value.hint
    assert caught.value.exit_code is Exit.NOT_INITIALISED
    with pytest.raises(NotInitialisedError):
        load(root / "nowhere")


def test_not_utf8(root: Path) -> None:
    (root / ".orch/config.toml").write_bytes(b"version = 1\n\n# caf\xe9\n")
    with pytest.raises(ConfigError, match=r"config\.toml:3: not valid UTF-8"):
        load(root)


def test_a_file_behind_a_link_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.toml").write_text(START)
    (root / ".orch/config.toml").symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(ConfigError, match="symbolic link"):
        load(root)
    (root / ".orch/config.toml").unlink()
    (root / ".orch").rmdir()
    (tmp_path / "dot").mkdir()
    (tmp_path / "dot/config.toml").write_text(START)
    (root / ".orch").symlink_to(tmp_path / "dot")
    with pytest.raises(ConfigError, match="symbolic link"):
        load(root)


def test_a_pipe_a_folder_and_a_huge_file_are_refused(root: Path) -> None:
    path = root / ".orch/config.toml"
    os.mkfifo(path)
    with pytest.raises(ConfigError, match="not a regular file"):
        load(root)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="not a regular file"):
        load(root)
    path.rmdir()
    path.write_text(START + "#" * 300_000)
    with pytest.raises(ConfigError, match="larger than 256 KiB"):
        load(root)


def test_a_path_may_belong_to_two_companies_to_the_default_or_to_nobody(write: Write) -> None:
    group = load(write(FULL))
    assert match_company(group, "empresas/a/x.py") == ("empresa-a",)
    assert match_company(group, "libs/auth/jwt.py") == ("empresa-a", "empresa-b")
    assert match_company(group, "README.md") == ("empresa-b",)
    shared = load(write(FULL.replace('default_company = "empresa-b"', "")))
    assert match_company(shared, "README.md") == ()
    assert match_company(shared, "x/empresas/a/x.py") == ()


def test_git_ignore_rules_of_paths(write: Write) -> None:
    globs = '["apps/*", "!apps/shared", "/top.py", "nome com espaço/**", "a\\\\[b\\\\]/**"]'
    group = load(write(START + f'[[company]]\nid = "a"\npaths = {globs}\n'))
    yes = ("apps/x/y.py", "top.py", "nome com espaço/z", "a[b]/c")
    no = ("apps/shared/y.py", "sub/top.py", "ab/c")
    assert all(match_company(group, path) == ("a",) for path in yes)
    assert not any(match_company(group, path) for path in no)


def test_a_glob_that_git_would_not_understand_is_located(write: Write) -> None:
    group = load(write(START + '[[company]]\nid = "a"\npaths = ["x",\n "[z-a]"]\n'))
    with pytest.raises(ConfigError, match=r"config\.toml:4: company\.paths: not a glob"):
        match_company(group, "q")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (START + '[[company]]\nid = "a"\npaths = ["a[b"]\n', "not a glob from the repository's top: a[b"),
        (START.replace("\n", '\nconfidential_files = ["!x"]\n', 1) + COMPANY, "only take back"),
        (START.replace("\n", '\nconfidential_files = ["["]\n', 1) + COMPANY, "not a glob"),
        (START + '[global.folder]\npath = "."\n' + COMPANY, "no folder beside the repository"),
        (START + '[global.folder]\npath = "/etc/passwd"\n' + COMPANY, "no folder beside the repository"),
        (START + '[global.folder]\npath = ".orch"\n' + COMPANY, "no folder beside the repository"),
    ],
)
def test_what_can_do_nothing_or_harm_is_refused(write: Write, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        load(write(text))


def test_a_leading_slash_is_the_repositorys_top(write: Write) -> None:
    """As in `.gitignore`, whatever folders this machine has, and whatever is checked out."""
    group = load(write(START + '[[company]]\nid = "a"\npaths = ["/etc/**", "/nowhere/**", "!/tmp/x"]\n'))
    assert match_company(group, "etc/x") == ("a",) and not match_company(group, "tmp/x")


def test_a_name_with_nothing_to_read_is_as_if_it_were_not_written(write: Write, root: Path) -> None:
    group = load(write(START + '[group]\nname = "  "\n[[company]]\nid = "a"\npaths = ["a/**"]\nname = ""\n'))
    assert (group.name, group.company("a").name) == (root.name, "a")


def test_terms_that_are_themselves_confidential_stay_local(write: Write, root: Path) -> None:
    folder = root / ".orch/companies/empresa-a"
    folder.mkdir(parents=True)
    (folder / "confidential.txt").write_text("# clients\nCliente X\n\n  Projeto Águia  \nCliente X\n")
    company = load(write(FULL)).company("empresa-a")
    assert company.confidential == ("Cliente X", "Projeto Águia")
    assert load(write(FULL)).company("empresa-b").confidential == ()
    (folder / "confidential.txt").write_bytes(b"ok\n\xff\n")
    why, mend = load(root).company("empresa-a").unread or ("", "")
    assert "empresa-a/confidential.txt:2: not valid UTF-8" in why and "UTF-8" in mend
    (folder / "confidential.txt").unlink()
    (folder / "confidential.txt").symlink_to("/etc/passwd")
    assert "symbolic link" in (load(root).company("empresa-a").unread or ("", ""))[0]
    assert not load(root).company("empresa-b").unread


def with_company(section: str) -> str:
    return START + COMPANY + section


@pytest.mark.parametrize(
    ("shared", "own", "clash"),
    [
        ('[global.supabase]\nurl="https://x.co"', '[company.supabase]\nurl="https://X.co:443/"', True),
        (
            '[global.supabase]\nurl="https://x.co"',
            '[company.supabase]\nurl="https://x.co"\ntable="own"',
            True,  # one secret key opens both
        ),
        ('[global.jira]\nurl="https://x.co"', '[company.jira]\nurl="https://x.co"\nproject="ORCH"', True),
        (
            '[global.confluence]\nurl="https://x.co/wiki"',
            '[company.confluence]\nurl="https://x.co"\nspace="orch"',
            True,
        ),
        (
            '[global.jira]\nurl="https://x.co/wiki"',
            '[company.jira]\nurl="https://x.co"\nproject="ORCH"',
            False,
        ),
        (
            '[global.jira]\nurl="https://x.atlassian.net"',
            '[company.jira]\nurl="https://api.atlassian.com/ex/jira/7"\nproject="ORCH"',
            True,  # it may be that site
        ),
        (
            '[global.jira]\nurl="https://x.atlassian.net"',
            '[company.jira]\nurl="https://api.atlassian.com/ex/jira/7"\nproject="AUP"',
            False,
        ),
        ('[global.supabase]\nurl="http://localhost:5"', '[company.supabase]\nurl="http://127.0.0.1:5"', True),
        ('[global.supabase]\nurl="http://[::1]:5"', '[company.supabase]\nurl="http://127.0.0.1:6"', False),
        ('[global.folder]\npath="../s"', '[company.folder]\npath="../s/a"', True),
        ('[global.folder]\npath="../s/g"', '[company.folder]\npath="../s"', True),
        ('[global.folder]\npath="../s"', '[company.folder]\npath="../sa"', False),
        (
            '[[company]]\nid="b"\npaths=["b"]\n[company.folder]\npath="../s"',
            '[company.folder]\npath="../s"',
            True,
        ),
    ],
)
def test_no_place_has_two_owners(write: Write, shared: str, own: str, clash: bool) -> None:
    text = START + shared + "\n" + COMPANY + own + "\n"
    if not clash:
        assert load(write(text)).company("empresa-a").remotes
        return
    error = refused(write, text)
    line = text[: text.rindex(own)].count("\n") + 1
    assert error.message.startswith(f".orch/config.toml:{line}: company.")
    assert "empresa-a" in error.message
