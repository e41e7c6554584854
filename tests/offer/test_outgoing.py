"""What leaves is judged as its bytes mean, whatever encoding they are in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.git.encoding import Reading, reading, western
from orchestrator.model import Outcome
from orchestrator.offer.outgoing import Found, component_texts, examine_folder, examine_push
from orchestrator.validate import Policy
from tests.git.sandbox import Sandbox, isolate

POLICY = Policy(terms=("Águia Dourada",))
LEGACY = ("cp1252", "latin-1", "cp850")
MARKED = ("utf-16", "utf-32", "utf-8-sig")
TERM, SECRET = "# cliente: Águia Dourada não paga\n", "# a senha do banco é S3nh4F0rte\n"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    isolate(monkeypatch, tmp_path / "home")
    return Sandbox(tmp_path / "work")


def found(box: Sandbox, content: bytes, name: str | bytes = "lib/x.py") -> list[Found]:
    box.write(name, content)
    box.commit()
    return examine_folder(box.repo, POLICY, box.head, "lib")


@pytest.mark.parametrize("encoding", [*LEGACY, *MARKED, "utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("words", [TERM, SECRET])
def test_a_term_and_a_secret_are_found_in_any_encoding(box: Sandbox, encoding: str, words: str) -> None:
    judged = {f.why: f.outcome for f in found(box, words.encode(encoding))}
    plain = {f.why: f.outcome for f in found(box, words.encode(), "lib/x.py")}
    assert plain and plain.items() <= judged.items()


@pytest.mark.parametrize("encoding", LEGACY)
def test_what_is_not_utf_8_asks_a_person_also_where_nothing_is_found(box: Sandbox, encoding: str) -> None:
    (only,) = found(box, "# não há nada aqui\n".encode(encoding))
    assert only.outcome is Outcome.REVIEW and "UTF-8" in only.why
    assert found(box, "# não há nada aqui\n".encode()) == []


def test_a_stray_byte_hides_nothing_in_a_text_that_is_utf_8_else(box: Sandbox) -> None:
    judged = found(box, TERM.encode() + b"# caf\xe9\n")
    assert found(box, TERM.encode())[0] in judged


@pytest.mark.parametrize("encoding", LEGACY)
def test_a_file_s_name_is_judged_as_its_bytes_mean_too(box: Sandbox, encoding: str) -> None:
    judged = found(box, b"x = 1\n", b"lib/" + "cliente-Águia Dourada.py".encode(encoding))
    plain = found(box, b"x = 1\n", "lib/cliente-Águia Dourada.py")
    assert {f.why for f in plain if f not in judged} <= {f.why for f in judged} and len(judged) > 1


def test_what_a_branch_would_bring_is_read_the_same_way(box: Sandbox) -> None:
    box.write("x.py", TERM.encode("latin-1"))
    box.commit("feat: não diz".encode("cp1252"))
    assert len([f for f in examine_push(box.repo, POLICY, box.head, None) if f.where == "x.py"]) == 2


def test_licences_are_read_in_any_encoding(box: Sandbox) -> None:
    box.write("lib/LICENSE", "Permissão é dada".encode("latin-1"))
    box.commit()
    assert component_texts(box.repo, box.head, "lib") == {"LICENSE": "Permissão é dada"}


@given(st.text())
def test_what_is_utf_8_is_read_as_that_alone(text: str) -> None:
    read = reading(text.encode())
    assert read in (Reading((text,)), Reading((text.removeprefix("\ufeff"),)), None)
    assert read is not None or "\0" in text


@given(st.binary())
def test_every_byte_is_something(content: bytes) -> None:
    read = reading(content)
    assert read is None or (read.certain == (len(read.texts) == 1))
    assert len(western(content)) == len(content) and "\ufffd" not in western(content)


@given(st.text(alphabet=st.characters(codec="cp1252", exclude_characters="\0"), min_size=1))
def test_a_windows_text_is_among_its_readings(text: str) -> None:
    read = reading(text.encode("cp1252"))
    assert read is not None and (text in read.texts or read.certain)
