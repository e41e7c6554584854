"""A decision is about the text that the person saw, not about what it has become since."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from orchestrator.app import reviewing
from orchestrator.app.workspace import Workspace, silent
from orchestrator.errors import UserError
from tests.flow.group import CONFIG, GroupRepository, new_group

FIRST = "fix: fila\n\nSolução: fila com índice parcial resolveu a espera longa"
SECOND = "fix: fila\n\nSolução: o cliente maior paga dez milhões por mês no contrato"


def shown(group: GroupRepository) -> reviewing.Waiting:
    (waiting,) = reviewing.waiting(Workspace.open(group.root), "empresa-a", silent)
    return waiting


def amend(group: GroupRepository) -> None:
    group.git("commit", "--amend", "-q", "-m", SECOND)
    group.orch("drain", "--quiet")


def decided(group: GroupRepository) -> list[str]:
    workspace = Workspace.open(group.root)
    with workspace.desk("empresa-a").store as store:
        return [d.action for d in store.decisions.all()]


NAMED = "fix: fila\n\nSolução: o índice parcial do projeto Fênix resolveu a espera longa da fila"


def terms(group: GroupRepository, *found: str) -> None:
    """Make these the confidential terms of empresa-a, trusted."""
    config = group.root / ".orch/config.toml"
    lines = [line for line in config.read_text().splitlines() if not line.startswith("confidential")]
    lines.insert(lines.index('id = "empresa-a"'), f"confidential = {json.dumps(found)}")
    config.write_text("\n".join(lines) + "\n")
    group.orch("trust", "--yes")


def shared(group: GroupRepository) -> str:
    """What lies on the remote, as one text."""
    return "".join(p.read_text() for p in (group.root.parent / "shared").rglob("*.md"))


def push(group: GroupRepository) -> str:
    group.orch("push", "--company", "empresa-a", expect=None)
    return shared(group)


@pytest.mark.parametrize(
    ("written", "scope"),
    [("Fênix", ()), ("[Fênix](https://fenix.example)", ()), ("Fênix", ("--for-good",))],
)
def test_a_looser_policy_asks_before_more_leaves_than_was_agreed(
    group: GroupRepository, written: str, scope: tuple[str, ...]
) -> None:
    """Whatever stands around the words, and also for good: the same words are no later version."""
    terms(group, "Fênix")
    group.commit(NAMED.replace("Fênix", written))
    group.orch("review", "--approve-all", *scope)
    agreed = push(group)
    assert "índice parcial" in agreed and "Fênix" not in agreed
    terms(group)
    assert push(group) == agreed
    (waiting,) = group.orch("review", "--json").data
    assert push(group) == agreed
    group.orch("review", "--approve", waiting["id"])
    assert "Fênix" in push(group)


def test_a_stricter_policy_asks_nobody(group: GroupRepository) -> None:
    group.commit(NAMED)
    group.orch("review", "--approve-all")
    assert "Fênix" in push(group)
    terms(group, "Fênix")
    told = push(group)
    assert "índice parcial" in told and "Fênix" not in told
    assert group.orch("review", "--json").data == []


@pytest.mark.parametrize("action", ["approve", "refuse"])
def test_what_changed_since_it_was_shown_is_not_decided(group: GroupRepository, action: str) -> None:
    group.commit(FIRST)
    seen = shown(group)
    amend(group)
    with pytest.raises(UserError, match=seen.insight.id):
        reviewing.answer(
            Workspace.open(group.root), "empresa-a", seen.insight.id, action, version=seen.version
        )
    assert decided(group) == [] and len(group.orch("review", "--json").data) == 1
    now = shown(group)
    reviewing.answer(Workspace.open(group.root), "empresa-a", now.insight.id, action, version=now.version)
    assert decided(group) == [action] and group.orch("review", "--json").data == []


def test_a_script_gives_the_version_that_json_told(group: GroupRepository) -> None:
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    name = f"{told['id']}@{told['version']}"
    amend(group)
    assert told["id"] in group.orch("review", "--approve", name, expect=1).err
    (told,) = group.orch("review", "--json").data
    group.orch("review", "--approve", f"{told['id']}@{told['version']}")
    assert decided(group) == ["approve"]


@pytest.mark.parametrize("key", ["a", "A", "r", "v"])
def test_the_key_pressed_decides_on_the_screen_shown(
    group: GroupRepository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key: str,
) -> None:
    group.commit(FIRST)
    pressed, screens = iter([key, "q"]), []

    def press() -> str:
        screens.append("".join(capsys.readouterr()))
        amend(group)  # as the hook's detached drain does while the person reads
        return next(pressed)

    monkeypatch.setattr("click.getchar", press)
    monkeypatch.setattr("orchestrator.cli.review_session.typed", lambda _question: "")
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    group.orch("review")
    assert decided(group) == []
    assert "fila com índice parcial" in screens[0] and "dez milhões" not in screens[0]
    assert "mudou desde que foi exibido" in screens[1] and "dez milhões" in screens[1]  # asked again


def test_everything_at_once_is_what_was_listed(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    group.commit(FIRST)
    listed = reviewing.waiting

    def then_amended(*arguments: object, **more: object) -> list[reviewing.Waiting]:
        found = listed(*arguments, **more)  # type: ignore[arg-type] # handed on as it came
        amend(group)
        return found

    monkeypatch.setattr(reviewing, "waiting", then_amended)
    group.orch("review", "--approve-all", expect=1)
    assert decided(group) == []


THIRD = SECOND.replace("dez milhões", "vinte milhões")


def reworded(group: GroupRepository, message: str) -> list[str]:
    """What waits once the commit says something else."""
    group.git("commit", "--amend", "-q", "-m", message)
    return [w["record"]["title"] for w in group.orch("review", "--json").data]


def test_a_new_version_of_what_was_approved_asks_again(group: GroupRepository) -> None:
    group.commit(FIRST)
    group.orch("review", "--approve-all")
    assert len(reworded(group, SECOND)) == 1
    group.orch("review", "--approve-all", "--this-version")
    assert len(reworded(group, THIRD)) == 1


def test_an_approval_for_good_covers_later_versions_until_it_is_taken_back(group: GroupRepository) -> None:
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    assert told["may_last"] is True
    group.orch("review", "--approve", told["id"], "--for-good")
    assert reworded(group, SECOND) == [] and decided(group) == ["approve", "approve"]
    group.orch("push", "--company", "empresa-a")
    memory = next((group.root.parent / "shared/issues").rglob("*.md")).read_text()
    assert "dez milhões" in memory
    assert reworded(group, FIRST) == [] == reworded(group, SECOND)
    group.orch("review", "--undo", told["id"])
    assert len(reworded(group, THIRD)) == 1
    group.orch("push", "--company", "empresa-a")
    assert not list((group.root.parent / "shared/issues").rglob("ORCH-*.md"))


@pytest.mark.parametrize("word", ["no", "ask"])
def test_a_commits_own_word_is_heard_before_an_approval_for_good(group: GroupRepository, word: str) -> None:
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    group.orch("review", "--approve", told["id"], "--for-good")
    waits = reworded(group, f"{SECOND}\nShare: {word}")
    assert len(waits) == (word == "ask")
    group.orch("push", "--company", "empresa-a")
    shared = [p.read_text() for p in group.root.parent.glob("shared/**/*.md")]
    assert not any("dez milhões" in text for text in shared)


def test_an_approval_for_good_stops_at_what_a_person_must_look_at(group: GroupRepository) -> None:
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    group.orch("review", "--approve", told["id"], "--for-good")
    (doubtful,) = reworded(group, f"{SECOND} com a Empresa B")  # another company's name: a person must look
    assert "Empresa B" not in doubtful and decided(group) == ["approve"]


def test_a_policy_that_asks_for_every_version_allows_no_approval_for_good(group: GroupRepository) -> None:
    config = (group.root / ".orch/config.toml").read_text()
    group.write({".orch/config.toml": config.replace('share = "ask"', 'share = "manual"')})
    group.orch("trust", "--yes")
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    assert told["may_last"] is False
    group.orch("review", "--approve", told["id"], "--for-good", expect=4)
    assert decided(group) == []
    group.orch("review", "--approve", told["id"])
    assert len(reworded(group, SECOND)) == 1


def test_a_policy_that_became_stricter_asks_although_it_was_approved_for_good(group: GroupRepository) -> None:
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    group.orch("review", "--approve", told["id"], "--for-good")
    config = (group.root / ".orch/config.toml").read_text()
    group.write({".orch/config.toml": config.replace('share = "ask"', 'share = "manual"')})
    group.orch("trust", "--yes")
    assert len(reworded(group, SECOND)) == 1


def test_a_refusal_stands_for_later_versions_unless_it_was_of_one(group: GroupRepository) -> None:
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    group.orch("review", "--refuse", told["id"], "--this-version")
    assert group.orch("review", "--json").data == []
    assert group.orch("status", "--json").data[0]["to_review"] == 0
    assert len(reworded(group, SECOND)) == 1
    assert group.orch("status", "--json").data[0]["to_review"] == 1
    group.orch("review", "--refuse", told["id"])
    assert reworded(group, THIRD) == []


def test_what_the_group_holds_goes_when_its_next_version_is_refused(group: GroupRepository) -> None:
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    group.orch("review", "--approve", told["id"])
    group.orch("push", "--company", "empresa-a")
    reworded(group, SECOND)
    group.orch("review", "--refuse", told["id"], "--this-version")
    reworded(group, THIRD)  # a third version before anything was pushed: the refusal still takes it back
    group.orch("push", "--company", "empresa-a")
    assert not list((group.root.parent / "shared/issues").rglob("ORCH-*.md"))


def test_an_answer_that_was_taken_back_waits_again_also_where_sharing_is_automatic(
    group: GroupRepository,
) -> None:
    config = (group.root / ".orch/config.toml").read_text()
    group.write({".orch/config.toml": config.replace('share = "ask"', 'share = "auto"')})
    group.orch("trust", "--yes")
    group.commit(FIRST)
    (told,) = group.insights()
    assert told["decision"] == "approve"
    group.orch("review", "--undo", told["id"])
    group.write({".orch/config.toml": config.replace('share = "ask"', 'share = "auto"  # agora')})
    group.orch("trust", "--yes")
    assert len(group.orch("review", "--json").data) == 1  # judged anew, and not approved by the policy again


def test_hidden_words_leave_every_field_and_every_place(group: GroupRepository) -> None:
    group.commit(SECOND)
    (told,) = group.orch("review", "--json").data
    (hidden,) = group.orch(
        "review", "--hide", told["id"], "Dez Milhões; cliente maior;inexistente", "--json"
    ).data
    assert hidden["not_found"] == ["inexistente"] and hidden["changed"] is True
    assert hidden["record"]["title"].count("[oculto]") == 2
    group.orch("review", "--approve-all")
    group.orch("push", "--company", "empresa-a")
    left = [p for p in group.root.parent.glob("shared/**/*") if p.is_file()]
    assert left and not any("milhões".encode() in p.read_bytes() for p in left)
    group.orch("drain")
    assert "milhões" not in group.orch("log", "--json").out  # a drain does not bring the commit's words back


def test_withdrawing_in_a_clone_that_never_pushed_takes_it_back_everywhere(
    group: GroupRepository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    group.commit("fix: x\n\nSolução: índice parcial resolveu a fila lenta do faturamento\nShare: yes\n")
    group.orch("push", "--company", "empresa-a")
    shared = group.root.parent / "shared"
    assert list(shared.rglob("ORCH-*.md"))
    clone = GroupRepository(group.root.parent / "clone", monkeypatch, capsys)
    subprocess.run(["git", "clone", "-q", str(group.root), str(clone.root)], check=True)
    clone.orch("trust", "--yes")
    (insight,) = clone.insights()
    clone.orch("withdraw", insight["id"])
    clone.orch("push", "--company", "empresa-a")
    assert not list(shared.rglob("ORCH-*.md")) and not list((shared / "pages").rglob("*.md"))
    assert clone.orch("status", "--company", "empresa-a", "--json").data[0]["queued"] == 0


def test_a_withdrawal_that_was_undone_waits_again(group: GroupRepository) -> None:
    group.commit(FIRST)
    found = shown(group).insight.id
    group.orch("review", "--approve", found)
    group.orch("withdraw", found)
    group.orch("review", "--undo", found)
    assert shown(group).insight.id == found
    group.orch("push")
    assert list((group.root.parent / "shared").rglob("*.md")) == []


@pytest.mark.parametrize("date", ["2026-05-01T10:00:00Z", "2026-05-03T10:00:00Z"])
def test_words_that_a_person_took_out_do_not_leave_by_who_says_it_again(
    date: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under `auto`, earlier or later: it is the same learning, of which a person said how it is told."""
    group = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))
    said = "fix: x\n\nSolution: order the locks by id so that two workers never wait for each other in Aurora"
    group.commit(said, {"empresas/a/x.py": "1"}, date="2026-05-02T10:00:00Z")
    (insight,) = group.insights()
    group.orch("review", "--hide", insight["id"], "Aurora")
    group.orch("review", "--approve", insight["id"])
    assert "other in [oculto]" in push(group)
    group.commit(f"{said} run", {"empresas/a/y.py": "1"}, date=date)
    told = push(group)
    assert len(group.insights("empresa-a", "--all")) == 2
    assert "Aurora" not in told and "other in [oculto]" in told
