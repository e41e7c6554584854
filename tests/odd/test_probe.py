from tests.odd.conftest import CACHE, INDEX, QUEUE, Place
from tests.odd.test_shapes import damaged
import pytest

@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize("what", ["velho~2", "velho~2^{tree}", "velho~1^{tree}"])
def test_p1(repo: Place, merge: bool, what: str) -> None:
    repo.commit("chore: start")
    repo.git("switch", "-q", "-c", "velho")
    repo.commit("chore: p", "empresas/a/p.py")
    lower = repo.commit(QUEUE)
    upper = repo.commit(CACHE, "empresas/a/z.py")
    repo.git("switch", "-q", "main")
    made = repo.commit(INDEX)
    repo.orch("drain")
    assert {lower, upper, made} <= set(repo.evidence())
    name = repo.git("rev-parse", what)
    (repo.root / ".git/objects" / name[:2] / name[2:]).unlink()
    repo.orch("drain", expect=None)
    repo.git("update-ref", "-d", "refs/heads/velho")
    if merge:
        repo.commit("squash\n\n" + QUEUE + "\n\n" + CACHE, "empresas/a/zz.py")
    repo.works()
    assert made in repo.evidence() and {lower, upper}.isdisjoint(repo.evidence())
