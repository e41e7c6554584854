"""A share goes into its receiver's paths, over nothing but what it put there; a dry run says the same."""

from __future__ import annotations

import subprocess

import pytest

from tests.flow.group import GroupRepository
from tests.offer.test_share import component, origin, share

INTO = "empresas/b/auth"


def refused(group: GroupRepository, *more: str) -> str:
    """What the command and its dry run say, which is the same; nothing was written anywhere."""
    before = origin(group, "for-each-ref"), group.git("for-each-ref", "refs/heads")
    told = [
        share(group, *more, *flag, "--json", expect=1).error for flag in ((), ("--dry-run",), ("--reviewed",))
    ]
    assert told[0] == told[1] == told[2]
    assert before == (origin(group, "for-each-ref"), group.git("for-each-ref", "refs/heads"))
    return f"{told[0]['message']} {told[0]['hint']}"


def merged(group: GroupRepository, files: dict[str, str] | None = None, *, squash: bool = False) -> None:
    """B merges what was offered, with files of its own beside it."""
    group.git("fetch", "-q", "origin")
    (branch,) = group.git("for-each-ref", "--format=%(refname)", "refs/remotes/origin/orch").split()
    said = group.git("log", "-1", "--format=%B", branch)
    group.git("switch", "-q", "--detach", "origin/main")
    if squash:
        group.git("merge", "-q", "--squash", branch)
        group.git("commit", "-q", "-m", f"Merge (#1)\n\n* {said}")
    else:
        group.git("merge", "-q", "--no-ff", "-m", "merge", branch)
    if files:
        group.commit("feat: de b", files)
    group.git("push", "-q", "origin", "HEAD:refs/heads/main", f":{branch.replace('remotes/origin', 'heads')}")
    group.git("fetch", "-q", "--prune", "origin")
    group.git("switch", "-q", "main")
    for pull in (group.root.parent / "shared/pulls/PR").glob("*.md"):
        pull.write_text(pull.read_text().replace('status: "open"', 'status: "merged"'))
    for ref in group.git("for-each-ref", "--format=%(refname)", "refs/heads/orch").split():
        group.git("update-ref", "-d", ref)


def own_files(group: GroupRepository, files: dict[str, str]) -> None:
    """What B has on the base branch."""
    group.commit("feat: de b", files)
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")


def test_what_the_receiver_has_in_that_folder_stays(group: GroupRepository) -> None:
    own_files(group, {f"{INTO}/proprio.py": "x = 1\n", f"{INTO}/sub/y.py": "y = 1\n"})
    component(group)
    told = refused(group)
    assert INTO in told and "proprio.py, sub/y.py" in told and "--into" in told
    share(group, "--into", f"{INTO}-de-a")
    assert origin(group, "ls-tree", "-r", "--name-only", sent_branch(group)).count(INTO) == 4


def sent_branch(group: GroupRepository) -> str:
    return origin(group, "for-each-ref", "--format=%(refname)", "refs/heads/orch")


@pytest.mark.parametrize(
    "into",
    [".orch", ".ORCH/x", ".orch./x", ".or\u200cch", "orch~1", "../x", "a/../../x", ".git/hooks", "x/.GIT",
     "novo", "empresas/a/novo", "empresas/c", "empresas/b/README.md/x"],
)  # fmt: skip
def test_where_nothing_is_shared_into(group: GroupRepository, into: str) -> None:
    own_files(group, {"empresas/b/README.md": "# b\n"})
    component(group)
    refused(group, "--into", into)


@pytest.mark.parametrize("into", [".orch", ".ORCH/x", ".or\u200cch"])
def test_orch_s_own_folder_is_no_company_s(group: GroupRepository, into: str) -> None:
    config = group.root / ".orch/config.toml"
    wide = config.read_text().replace('paths = ["empresas/b/**"]', 'paths = ["**", "!empresas/a/**"]')
    group.commit("chore: b tem o resto", {".orch/config.toml": wide})
    group.orch("trust", "--yes")
    component(group)
    assert "configura" in refused(group, "--into", into)
    share(group, "--into", "resto/auth")


@pytest.mark.parametrize("squash", [False, True])
def test_what_it_shared_before_is_replaced_and_taken_away(group: GroupRepository, squash: bool) -> None:
    component(group, {"velho.py": "x = 0\n"})
    share(group)
    merged(group, squash=squash)
    group.git("rm", "-q", "empresas/a/auth/velho.py")
    component(group, {"auth.py": "x = 2\n"})
    share(group)
    there = origin(group, "ls-tree", "-r", "--name-only", sent_branch(group), f"{INTO}/").split()
    assert there == [f"{INTO}/auth.py", f"{INTO}/pyproject.toml"]


@pytest.mark.parametrize(
    ("files", "named"),
    [({f"{INTO}/a_mais.py": "x = 1\n"}, "a_mais.py"), ({f"{INTO}/auth.py": "x = 'de b'\n"}, "auth.py")],
)
def test_what_the_receiver_added_or_changed_after_the_merge_stays(
    group: GroupRepository, files: dict[str, str], named: str
) -> None:
    component(group)
    share(group)
    merged(group, files)
    component(group, {"auth.py": "x = 2\n"})
    assert f": {named}" in refused(group)


def test_what_another_component_put_there_is_not_its_own(group: GroupRepository) -> None:
    component(group)
    share(group)
    merged(group)
    other = '[project]\nname = "outro"\nversion = "1.0"\n'
    group.commit(
        "feat: outro", {"empresas/a/outro/pyproject.toml": other, "empresas/a/outro/o.py": "o = 1\n"}
    )
    words = ("share", "outro", "--company", "empresa-a", "--to", "empresa-b", "--into", INTO)
    assert "auth.py" in group.orch(*words, expect=1).err


def test_a_forged_trailer_makes_no_file_its_own(group: GroupRepository) -> None:
    own_files(group, {f"{INTO}/proprio.py": "x = 1\n"})
    component(group)
    tree = group.git("rev-parse", "HEAD:empresas/a/auth")
    words = "\n".join(("chore: x", "", "Orch-Origin-Company: empresa-a", "Orch-Origin-Path: empresas/a/auth"))
    group.git("switch", "-q", "--detach", "origin/main")
    group.commit(f"{words}\nOrch-Origin-Tree: {tree}", {f"{INTO}/z.py": "z = 1\n"})
    subprocess.run(["git", "-C", str(group.root), "push", "-q", "origin", "HEAD:main"], check=True)
    group.git("fetch", "-q", "origin")
    group.git("switch", "-q", "main")
    assert "proprio.py, z.py" in refused(group)
