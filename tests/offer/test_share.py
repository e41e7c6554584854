"""What `orch share` sends: one commit on what the remote has, read to the last byte, written down first."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from orchestrator.app.trail import GROUP
from orchestrator.app.workspace import Workspace
from orchestrator.model import Decision
from orchestrator.offer.outgoing import leads_out
from orchestrator.store.company import CompanyStore
from tests.flow.group import GroupRepository, Ran

KEY = "AKIA" + "Q3EGRQ7TD5UOHF2X"
MANIFEST = '[project]\nname = "auth"\nversion = "1.0"\n'
FOLDER = "empresas/a/auth"


def origin(group: GroupRepository, *arguments: str) -> str:
    command = ["git", "--git-dir", str(group.root.parent / "origin.git"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def component(group: GroupRepository, files: dict[str, bytes | str] | None = None) -> None:
    for name, content in {"pyproject.toml": MANIFEST, "auth.py": "x = 1\n", **(files or {})}.items():
        path = group.root / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    group.git("add", "-A")
    group.git("commit", "-q", "-m", "feat(auth): serviço de autenticação")


def share(group: GroupRepository, *more: str, expect: int = 0) -> Ran:
    return group.orch("share", "auth", "--company", "empresa-a", "--to", "empresa-b", *more, expect=expect)


def trail(group: GroupRepository, company: str) -> list[Decision]:
    folder = Workspace.open(group.root).group.company_folder(company)
    with CompanyStore(folder, company) as store:
        return store.decisions.all()


def sent_links(group: GroupRepository) -> list[str]:
    """Where the links lead that the share branch has."""
    branch = origin(group, "for-each-ref", "--format=%(refname)", "refs/heads/orch")
    entries = (line.split() for line in origin(group, "ls-tree", "-r", branch).splitlines())
    return [
        origin(group, "cat-file", "-p", blob) for mode, _kind, blob, *_path in entries if mode == "120000"
    ]


def sent(group: GroupRepository) -> list[str]:
    """The commits that the share branch brought, newest first."""
    branch = origin(group, "for-each-ref", "--format=%(refname)", "refs/heads/orch")
    return origin(group, "rev-list", branch, "^main").split()


# --------------------------------------------------------------------------- on what it is put


def test_what_was_not_pushed_stays_here(group: GroupRepository) -> None:
    group.commit("segredo de outra empresa", {"empresas/b/priv.txt": f"senha {KEY}\n"})
    component(group)
    share(group)
    (commit,) = sent(group)
    assert origin(group, "rev-parse", f"{commit}^") == origin(group, "rev-parse", "main")
    assert KEY not in origin(group, "log", "-p", "--all")
    assert "auth → empresa-b" in group.orch("audit", "--company", "empresa-a").out  # whole, no id cut short


def test_a_remote_that_was_never_fetched_gets_nothing(group: GroupRepository) -> None:
    component(group)
    group.git("update-ref", "-d", "refs/remotes/origin/main")
    for flag in ("--dry-run", "--reviewed"):
        refused = share(group, flag, expect=1)
        assert "git fetch origin" in refused.err
    assert origin(group, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert trail(group, "empresa-a") == []


def test_a_newer_component_goes_on_top_of_what_was_shared(group: GroupRepository) -> None:
    component(group)
    share(group)
    (first,) = sent(group)
    component(group, {"auth.py": "x = 2\n"})
    share(group)
    newest, before = sent(group)
    assert before == first
    assert origin(group, "show", f"{newest}:empresas/b/auth/auth.py") == "x = 2"


def test_after_a_squashed_merge_the_branch_begins_anew(group: GroupRepository) -> None:
    component(group)
    share(group)
    branch = origin(group, "for-each-ref", "--format=%(refname:short)", "refs/heads/orch")
    tree = origin(group, "rev-parse", f"{branch}^{{tree}}")
    squashed = origin(
        group,
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@x",
        "commit-tree",
        tree,
        "-p",
        "main",
        "-m",
        "squashed",
    )
    origin(group, "update-ref", "refs/heads/main", squashed)
    group.git("fetch", "-q", "origin")
    component(group, {"auth.py": "x = 2\n"})
    pull = next((group.root.parent / "shared/pulls/PR").glob("*.md"))
    pull.write_text(pull.read_text().replace('status: "open"', 'status: "merged"'))
    share(group)
    assert origin(group, "rev-parse", f"{branch}^") == squashed


@pytest.mark.parametrize("kept", ["beside", "amended"])
def test_after_a_squashed_merge_a_persons_own_commit_is_not_lost(group: GroupRepository, kept: str) -> None:
    component(group)
    share(group)
    group.git("fetch", "-q", "origin")
    (branch,) = group.git("for-each-ref", "--format=%(refname:short)", "refs/remotes/origin/orch").split()
    group.git("switch", "-q", "--detach", branch)
    squashed = group.git("commit-tree", "HEAD^{tree}", "-p", "origin/main", "-m", "squashed")
    group.write({"nota.txt": "de uma pessoa"})
    group.git("add", "-A")
    group.git("commit", "-q", *(("--amend", "--no-edit") if kept == "amended" else ("-m", "docs: nota")))
    hers = group.git("rev-parse", "HEAD")
    group.git("push", "-q", "--force", "origin", f"HEAD:{branch.removeprefix('origin/')}", f"{squashed}:main")
    group.git("fetch", "-q", "origin")
    group.git("switch", "-q", "main")
    component(group, {"auth.py": "x = 2\n"})
    pull = next((group.root.parent / "shared/pulls/PR").glob("*.md"))
    pull.write_text(pull.read_text().replace('status: "open"', 'status: "merged"'))
    share(group)
    assert hers in origin(group, "rev-list", branch.removeprefix("origin/")).split()


def test_a_branch_of_that_name_with_other_commits_is_left_alone(group: GroupRepository) -> None:
    component(group)
    share(group)
    (first,) = sent(group)
    branch = origin(group, "for-each-ref", "--format=%(refname:short)", "refs/heads/orch")
    group.git("switch", "-q", branch)
    mine = group.commit("wip: por uma pessoa", {"nota.txt": "ainda não"})
    group.git("switch", "-q", "main")
    component(group, {"auth.py": "x = 2\n"})
    assert branch in share(group, expect=1).err
    assert sent(group) == [first]
    assert group.git("rev-parse", branch) == mine


def test_of_two_components_of_one_name_none_is_guessed(group: GroupRepository) -> None:
    component(group)
    group.commit("feat: outro auth", {"empresas/a/velho/auth/pyproject.toml": MANIFEST})
    refused = share(group, expect=2)
    assert FOLDER in refused.err and "empresas/a/velho/auth" in refused.err
    group.orch("share", FOLDER, "--company", "empresa-a", "--to", "empresa-b")


def test_a_withdrawn_component_leaves_the_folder_and_the_repository(group: GroupRepository) -> None:
    component(group)
    share(group)
    (learnt,) = [i for i in group.insights() if i["record"]["kind"] == "component"]
    group.orch("withdraw", learnt["id"])
    group.orch("push", "--company", "empresa-a")
    assert origin(group, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert not list((group.root.parent / "shared/pulls/PR").glob("*.md"))
    share(group, expect=4)


def test_a_branch_that_this_clone_does_not_know_is_not_said_to_be_gone(group: GroupRepository) -> None:
    component(group)
    share(group)
    (learnt,) = [i for i in group.insights() if i["record"]["kind"] == "component"]
    refs = ("refs/remotes/origin/orch", "refs/heads/orch")
    fetched, made = group.git("for-each-ref", "--format=%(refname)", *refs).splitlines()[::-1]
    group.git("update-ref", "-d", fetched)
    group.git("update-ref", "-d", made)
    group.orch("withdraw", learnt["id"])
    group.orch("push", "--company", "empresa-a", expect=3)
    assert "refs/heads/orch/" in origin(group, "for-each-ref", "--format=%(refname)")
    group.git("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*")
    group.orch("retry", "--all")
    group.orch("push", "--company", "empresa-a")
    assert origin(group, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


# --------------------------------------------------------------------------- what is read


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_a_secret_is_found_in_every_encoding_of_unicode(group: GroupRepository, encoding: str) -> None:
    other = "" if "-" in encoding[4:] else "配置" * 900  # without a mark only Latin text can be told
    component(group, {"config.env": f"{other}\nKEY={KEY}\nHOST=localhost\n".encode(encoding)})
    assert "config.env" in share(group, "--reviewed", expect=4).err
    assert origin(group, "for-each-ref", "refs/heads/orch") == ""


def test_what_no_scanner_read_is_listed_and_needs_a_persons_look(group: GroupRepository) -> None:
    component(group, {"logo.bin": bytes(range(256)) * 8, "dump.sql": "x\n" * 600_000})
    refused = share(group, expect=4)
    assert "logo.bin" in refused.err and "dump.sql" in refused.err
    share(group, "--reviewed")


def test_what_is_larger_than_anybody_reads_is_refused(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    component(group, {"dump.sql": "x\n" * 600_000})
    monkeypatch.setattr("orchestrator.offer.outgoing.LARGEST", 1 << 20)
    assert "dump.sql" in share(group, "--reviewed", expect=4).err


def test_a_secret_behind_the_first_part_of_a_long_file_is_found(group: GroupRepository) -> None:
    component(group, {"longo.txt": "uma linha\n" * 25_000 + f"aws_key = {KEY}\n"})
    refused = share(group, "--reviewed", expect=4)
    assert "longo.txt" in refused.err and KEY not in refused.err


def test_file_names_are_judged(group: GroupRepository) -> None:
    component(group, {f"chaves/{KEY}.txt": f"chave = {KEY}\n"})
    refused = share(group, "--reviewed", expect=4)
    assert "chaves/" in refused.err and KEY not in refused.err + refused.out


@pytest.mark.parametrize("target", ["../../../b/priv.txt", "/etc/passwd", "sub/../../x"])
def test_links_that_lead_out_are_refused(group: GroupRepository, target: str) -> None:
    (group.root / FOLDER).mkdir(parents=True)
    os.symlink(target, group.root / FOLDER / "fora")
    component(group)
    assert "fora" in share(group, "--reviewed", expect=4).err


def test_links_within_the_component_go(group: GroupRepository) -> None:
    (group.root / FOLDER / "sub").mkdir(parents=True)
    os.symlink("../auth.py", group.root / FOLDER / "sub/dentro")
    component(group)
    share(group)
    assert "../auth.py" in sent_links(group)


def test_a_submodule_is_refused(group: GroupRepository) -> None:
    component(group)
    head = group.git("rev-parse", "HEAD")
    group.git("update-index", "--add", "--cacheinfo", f"160000,{head},{FOLDER}/terceiro")
    group.git("commit", "-q", "-m", "chore: submodule")
    assert "terceiro" in share(group, "--reviewed", expect=4).err


@pytest.mark.parametrize(
    ("path", "target", "out"),
    [
        ("a", "b", False), ("a", "./b/c", False), ("s/a", "../b", False), ("s/a", "../../b", True),
        ("a", "..", True), ("s/a", "d/../z", True), ("a", "C:\\x", True), ("a", "\\\\host\\x", True),
        ("a", "..\\x", True), ("a", "", False),
    ],
)  # fmt: skip
def test_where_a_link_leads(path: str, target: str, out: bool) -> None:
    assert leads_out(path, target) is out


@pytest.mark.parametrize(
    ("into", "flag"), [(f"chaves/{KEY}/auth", "--reviewed"), ("cpf/529.982.247-25", "--dry-run")]
)
def test_the_words_of_the_pull_request_are_judged(group: GroupRepository, into: str, flag: str) -> None:
    component(group)
    refused = share(group, "--into", into, flag, expect=4)
    assert into not in refused.err
    assert origin(group, "for-each-ref", "refs/heads/orch") == "" and trail(group, "empresa-a") == []


# --------------------------------------------------------------------------- the trail


def test_the_decision_is_there_before_the_request_and_bound_to_the_tree(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    component(group, {"logo.bin": bytes(range(256)) * 8})
    tree = group.git("rev-parse", f"HEAD:{FOLDER}")
    shared = Path(group.root.parent / "origin.git")
    shared.rename(shared.with_suffix(".away"))
    share(group, "--reviewed", expect=1)
    (decision,) = trail(group, "empresa-a")
    assert (decision.record, decision.action, decision.reason) == (tree, "approve", "reviewed")
    assert decision.policy and decision.version
    shared.with_suffix(".away").rename(shared)
    share(group, "--reviewed")
    assert trail(group, "empresa-a") == [decision]
    assert trail(group, "empresa-b") == [] and trail(group, GROUP) == []
    component(group, {"auth.py": "x = 2\n"})
    share(group, "--reviewed")
    assert len({d.version for d in trail(group, "empresa-a")}) == 2


# --------------------------------------------------------------------------- licences and others' code


GPL = "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n"


def test_a_licence_that_is_not_listed_needs_a_look(group: GroupRepository) -> None:
    component(group, {"LICENSE": GPL, "vendor/x/LICENSE": GPL, "b.py": "# SPDX-License-Identifier: MIT\n"})
    ran = share(group, expect=4)
    told = [line.strip().partition(": ")[0] for line in ran.err.splitlines() if line.startswith("  ")]
    assert told == [f"{FOLDER}/vendor", f"{FOLDER}/LICENSE"]
    assert "GPL" in ran.err
    share(group, "--reviewed")


def test_the_policy_lists_licences_and_can_block_them(group: GroupRepository) -> None:
    component(group, {"LICENSE": GPL})
    policy = group.root / ".orch/policy.toml"
    policy.write_text('version = 1\n[kind.component.findings]\nlicence = "block"\n')
    assert "GPL" in share(group, "--reviewed", expect=4).err
    policy.write_text('version = 1\nlicences = ["GPL"]\n')
    share(group, expect=4)
    group.orch("trust", "--yes")
    share(group)


def test_a_secret_in_the_name_of_a_licence_file_is_not_repeated(group: GroupRepository) -> None:
    component(group, {f"{KEY}/LICENSE": GPL})
    assert KEY not in share(group, expect=4).err


@pytest.mark.parametrize("name", ["auth.py", f"{KEY}.py", "docs/guia.md", "pyproject.toml"])
def test_what_turned_bad_since_the_last_share_is_stopped(group: GroupRepository, name: str) -> None:
    component(group)
    share(group)
    before = origin(group, "for-each-ref")
    text = MANIFEST + f"# {KEY}\n" if name == "pyproject.toml" else f"chave = '{KEY}'\n"
    component(group, {name: text})
    refused = share(group, "--reviewed", expect=4)
    assert KEY not in refused.err + refused.out
    assert origin(group, "for-each-ref") == before and KEY not in origin(group, "log", "-p", "--all")
