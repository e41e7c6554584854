"""Histories of unusual shape: several parents, rewritten views, damage, a tree of 100,000 files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestrator.git import process
from tests.odd.conftest import CACHE, INDEX, QUEUE, Place

Make = Callable[..., Place]


def test_replacements_and_grafts_are_one_clones_own_view(repo: Place) -> None:
    """What one clone pretends about history, by refs/replace or info/grafts, is not what it learns."""
    second, third = repo.commit(QUEUE), repo.commit(INDEX)
    blob = repo.git("rev-parse", f"{second}^{{tree}}")
    said = "other words\n\nSolution: something that nobody ever committed in this repository at all"
    other = repo.git("commit-tree", blob, "-p", f"{second}^", "-m", said)
    repo.git("replace", second, other)
    (repo.root / ".git/info").mkdir(exist_ok=True)
    (repo.root / ".git/info/grafts").write_text(f"{third}\n")  # third has no parents, it says
    assert repo.git("rev-list", "HEAD") == third, "git itself does not see the graft"
    repo.works(2)
    assert repo.evidence()[:] == sorted({*repo.evidence(), second, third})
    assert not any("nobody ever" in title for title in repo.learnt())
    (repo.root / ".git/info/grafts").unlink()
    repo.git("replace", "-d", second)
    repo.works(0)
    assert len(repo.learnt()) == 3


def test_an_octopus_merge_teaches_each_branch_once(repo: Place) -> None:
    ids = []
    for name, words in (("one", QUEUE), ("two", INDEX), ("three", "chore: x")):
        repo.git("checkout", "-q", "-b", name, "main")
        ids.append(repo.commit(words, f"empresas/a/{name}.py"))
    repo.git("checkout", "-q", "main")
    said = "merge: all three\n\nSolution: releasing the three together needs one migration only"
    repo.git("merge", "-q", "--no-edit", "-m", said, "one", "two", "three")
    assert len(repo.git("rev-list", "--parents", "-1", "HEAD").split()) == 1 + 3
    repo.works(4)
    assert len(repo.learnt()) == 4
    assert set(repo.evidence()) > {ids[0], ids[1], repo.git("rev-parse", "HEAD")}


@pytest.mark.parametrize(
    ("what", "damage"),
    [
        ("HEAD", "missing"),
        ("HEAD", "garbage"),
        ("HEAD~1", "missing"),
        ("HEAD~1", "empty"),
        ("HEAD^{tree}", "missing"),
    ],
)
def test_an_object_that_is_missing_or_damaged(repo: Place, what: str, damage: str) -> None:
    ids = [repo.commit(QUEUE), repo.commit(INDEX)]
    name = repo.git("rev-parse", what)
    file = repo.root / ".git/objects" / name[:2] / name[2:]
    before = file.read_bytes()
    file.chmod(0o644)
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(b"" if damage == "empty" else b"this is no object")
    repo.refuses(
        rf"Git cannot read \S*{name[:6]}\S* in this repository: it is missing or damaged\.", "git fsck"
    )
    file.unlink(missing_ok=True)
    file.write_bytes(before)
    repo.works(2)
    assert set(ids) < set(repo.evidence()) and len(repo.learnt()) == 3


def test_a_branch_that_cannot_be_read_is_named_by_the_doctor(repo: Place) -> None:
    repo.commit(INDEX)
    assert "each can be read" in repo.orch("doctor", expect=None).out
    repo.git("switch", "-q", "-c", "velho")
    repo.commit(QUEUE)
    tree = repo.git("rev-parse", "HEAD^{tree}")
    repo.git("update-ref", "refs/remotes/origin/velho", "velho")
    repo.git("switch", "-q", "main")
    repo.git("branch", "-q", "-D", "velho")
    (repo.root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    told = repo.orch("doctor", expect=None).out
    assert "bad  references: git cannot read what these stand on: refs/remotes/origin/velho" in told
    assert "git update-ref -d refs/remotes/origin/velho" in told
    repo.git("update-ref", "-d", "refs/remotes/origin/velho")
    repo.works()


DAMAGE = ("garbage", "an empty file", "no commit", "no tree", "no parent")


def damaged(place: Place, ref: str, how: str) -> Callable[[], None]:
    """Damage a ref, or what it stands on; what mends it again."""
    if how in ("garbage", "an empty file"):
        file = place.root / ".git" / ref
    else:
        what = {"no commit": ref, "no tree": f"{ref}^{{tree}}", "no parent": f"{ref}~1"}[how]
        name = place.git("rev-parse", what)
        file = place.root / ".git/objects" / name[:2] / name[2:]
    before = file.read_bytes()
    file.unlink()
    if how in ("garbage", "an empty file"):
        file.write_text("lixo\n" if how == "garbage" else "")

    def mend() -> None:
        file.unlink(missing_ok=True)
        file.write_bytes(before)

    return mend


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("known", [True, False])
def test_one_damaged_branch_keeps_none_of_the_others(repo: Place, how: str, *, known: bool) -> None:
    """What it holds is neither read nor forgotten; what left the others is forgotten once it is mended."""
    repo.commit("chore: start")
    repo.git("switch", "-q", "-c", "velho")
    repo.commit("chore: x", "empresas/a/z.py")
    on_branch = repo.commit(QUEUE)
    repo.git("switch", "-q", "main")
    dropped = repo.commit(CACHE.replace("catalogue", "basket"), "empresas/a/dropped.py")
    if known:
        repo.orch("drain")
    before, mend = set(repo.evidence()) if known else set(), damaged(repo, "refs/heads/velho", how)
    repo.git("reset", "-q", "--hard", "HEAD~1")
    fresh = repo.commit(INDEX, "empresas/a/fresh.py")
    for command in ("drain", "status", "log", "search dashboard"):
        ran = repo.orch(*command.split(), expect=3)
        assert "git cannot read what these stand on: refs/heads/velho\n" in ran.err
    held = set(repo.evidence(expect=3))
    assert held >= before | {fresh} and (dropped in held) is (on_branch in held) is known
    doctor = repo.orch("doctor", expect=None).out
    assert ("bad  references" in doctor) is (how != "no parent")
    assert ("update-ref -d refs/heads/velho" in doctor) is (how != "no parent")
    mend()
    repo.works()
    assert {fresh, on_branch} <= set(repo.evidence()) and dropped not in repo.evidence()


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_remote_branch_keeps_nothing(repo: Place, how: str) -> None:
    repo.commit("chore: start")
    repo.git("switch", "-q", "-c", "velho")
    repo.commit("chore: x", "empresas/a/z.py")
    repo.commit(QUEUE)
    repo.git("update-ref", "refs/remotes/origin/velho", "velho")
    repo.git("switch", "-q", "main")
    repo.git("branch", "-q", "-D", "velho")
    mend = damaged(repo, "refs/remotes/origin/velho", how)
    made = repo.commit(INDEX)
    repo.orch("drain")
    repo.orch("status")
    assert made in repo.evidence()
    asked = "select count(*) as n from commits where subject = 'perf: index'"
    assert repo.orch("history", "query", asked, "--json").data == [{"n": 1}]
    mend()
    repo.works()


def test_a_damaged_branch_is_deleted_as_the_doctor_says(repo: Place) -> None:
    repo.orch("drain")
    repo.git("branch", "velho")  # at a commit that is read already
    damaged(repo, "refs/heads/velho", "garbage")
    repo.orch("drain", expect=3)
    told = repo.orch("doctor", expect=None).out
    assert 'rm "$(git rev-parse --git-path refs/heads/velho)"' in told
    (repo.root / repo.git("rev-parse", "--git-path", "refs/heads/velho")).unlink()
    repo.works()


def test_a_branch_that_stood_on_what_is_missing_can_be_deleted(repo: Place) -> None:
    repo.commit("chore: start")
    repo.git("switch", "-q", "-c", "velho")
    lower = repo.commit(QUEUE)
    upper = repo.commit(CACHE, "empresas/a/z.py")
    repo.git("switch", "-q", "main")
    made = repo.commit(INDEX)
    repo.orch("drain")
    assert {lower, upper, made} <= set(repo.evidence())
    damaged(repo, "refs/heads/velho", "no parent")
    repo.git("update-ref", "-d", "refs/heads/velho")
    repo.works()
    assert made in repo.evidence() and {lower, upper}.isdisjoint(repo.evidence())


def test_what_left_while_a_branch_was_damaged_and_is_pruned_is_forgotten_later(repo: Place) -> None:
    repo.commit("chore: start")
    repo.git("branch", "velho")
    dropped = repo.commit(QUEUE)
    repo.orch("drain")
    mend = damaged(repo, "refs/heads/velho", "an empty file")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    (repo.root / ".git/objects" / dropped[:2] / dropped[2:]).unlink()
    repo.orch("drain", expect=3)
    assert dropped in repo.evidence(expect=3)
    mend()
    repo.works()
    assert dropped not in repo.evidence()


def test_a_detached_head_whose_commit_is_missing_forgets_nothing(repo: Place) -> None:
    repo.git("checkout", "-q", "--detach")
    made = repo.commit(QUEUE)
    repo.works(1)
    file = repo.root / ".git/objects" / made[:2] / made[2:]
    file.rename(repo.root / "saved")
    repo.orch("drain", expect=None)
    file.parent.mkdir(exist_ok=True)
    (repo.root / "saved").rename(file)
    repo.works()
    assert made in repo.evidence() and len(repo.learnt()) == 2


def big_tree(place: Place, files: int) -> None:
    """One commit of that many files, by fast-import."""
    head = b"blob\nmark :1\ndata 6\nsame!\n\n"
    head += b"commit refs/heads/main\ncommitter Ana <a@example.com> 1700000000 +0000\ndata 5\nstart\n"
    each = b"M 100644 :1 empresas/%c/d%03d/f%05d.txt\n"
    lines = (each % (b"ab"[n % 2], n % 500, n) for n in range(files))
    place.git("fast-import", "--quiet", stdin=head + b"".join(lines))


class Traffic:
    """What orch asks of git: how many processes, and how many bytes they answered."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.bytes = 0
        execute, chunks = process.execute, process._chunks

        def counted(root: Path, args: Sequence[str], **options: Any) -> Any:
            done = execute(root, args, **options)
            self.calls.append(" ".join(args))
            self.bytes += len(done.stdout)
            return done

        def measured(started: Any) -> Any:
            self.calls.append(" ".join(started.args))
            for chunk in chunks(started):
                self.bytes += len(chunk)
                yield chunk

        for module in ("process", "repository", "refs", "files", "transfer"):
            patch.setattr(f"orchestrator.git.{module}.execute", counted)
        patch.setattr(process, "_chunks", measured)


def test_one_commit_in_a_tree_of_100_000_files_costs_one_commit(
    place: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}
    for name, files in (("small", 10), ("large", 100_000)):
        there = place(name).init()
        big_tree(there, files)
        there.git("reset", "-q", "--soft")
        there.set_up()
        there.works(0)
        tip = there.git("rev-parse", "main")
        blob = there.git("hash-object", "-w", "--stdin", stdin=b"new\n")
        there.git("read-tree", tip)
        there.git("update-index", "--add", "--cacheinfo", f"100644,{blob},empresas/a/new.py")
        made = there.git("commit-tree", there.git("write-tree"), "-p", tip, "-m", CACHE)
        there.git("update-ref", "refs/heads/main", made)
        with monkeypatch.context() as patch:
            traffic = Traffic(patch)
            assert there.orch("drain", "--json").data["commits"] == 1
        assert there.evidence() == [made]
        asked[name] = traffic
    small, large = asked["small"], asked["large"]
    assert len(large.calls) == len(small.calls) > 0
    assert large.bytes < small.bytes + 1000 < 20_000
    words = {word for call in large.calls for word in call.split()}
    assert not words & {"ls-tree", "ls-files", "status"}
