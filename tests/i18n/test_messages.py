"""The catalogue is complete, compiled, and says the same with the same placeholders."""

from __future__ import annotations

import gettext
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).resolve().parents[2]
SCRIPT = TOP / "scripts" / "messages.py"


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    spec = spec_from_file_location("messages", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(messages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small project in place of ours, without click."""
    (tmp_path / "orchestrator/detect").mkdir(parents=True)
    (tmp_path / "orchestrator/detect/technologies.txt").write_text("# x\nRedis|database|redis|redis\n")
    monkeypatch.setattr(messages, "TOP", tmp_path)
    monkeypatch.setattr(messages, "SOURCES", tmp_path / "orchestrator")
    monkeypatch.setattr(messages, "_click_sources", list)
    yield tmp_path


def test_nothing_lacks_portuguese_and_nothing_is_stale() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


def run(messages: ModuleType, project: Path, source: str, pt: str = "MESSAGES = {}", *options: str) -> int:
    (project / "orchestrator/a.py").write_text(source)
    (project / "pt.py").write_text(pt)
    code: int = messages.main(
        ["--locale", str(project / "locale"), "--from", str(project / "pt.py"), *options]
    )
    return code


SOURCE = """
_("one " "{x}"); say(lang, "two"); ngettext("{n} file", "{n} files", n); _(name); other("no"); say("no")
score.add(0.1, "not here")
"""
PT = """
MESSAGES = {
    "one {x}": "um {x}", "two": "dois", "database": "banco de dados", "obsolete": "velho",
    ("{n} file", "{n} files"): ("{n} arquivo", "{n} arquivos"),
}
"""


def test_extracts_merges_compiles_and_checks(messages: ModuleType, project: Path) -> None:
    assert run(messages, project, SOURCE, PT) == 0
    with (project / "locale/pt_BR/LC_MESSAGES/orch.mo").open("rb") as stream:
        catalogue = gettext.GNUTranslations(stream)
    assert catalogue.gettext("one {x}") == "um {x}"
    assert [catalogue.ngettext("{n} file", "{n} files", n) for n in (0, 1, 2)] == [
        "{n} arquivo",
        "{n} arquivo",
        "{n} arquivos",
    ]
    assert catalogue.gettext("database") == "banco de dados"
    assert "obsolete" not in (project / "locale/pt_BR/LC_MESSAGES/orch.po").read_text()
    assert run(messages, project, SOURCE, "MESSAGES = {}", "--check") == 0


def test_the_same_messages_give_the_same_bytes(messages: ModuleType, project: Path) -> None:
    def outputs() -> list[bytes]:
        return [path.read_bytes() for path in sorted(project.glob("locale/**/*.*o*"))]

    run(messages, project, SOURCE, PT)
    first = outputs()
    run(messages, project, "\n\n" + SOURCE, "MESSAGES = {}")
    assert outputs() == first
    assert len(first) == 3
    assert b"20" not in first[0]  # no date


@pytest.mark.parametrize(
    ("source", "pt", "words"),
    [
        ('_("three")', "", "not translated: 'three'"),
        ('_("{a} is {b}")', '"{a} is {b}": "{a} é {c}",', "placeholders differ"),
        ('_("{a} is {b}")', '"{a} is {b}": "{a} é",', "placeholders differ"),
        ('_("%(p)s x")', '"%(p)s x": "x",', "placeholders differ"),
        ('ngettext("one", "{n} more", n)', '("one", "{n} more"): ("um", "{n} mais"),', ""),
        ('ngettext("one", "{n} more", n)', '("one", "{n} more"): ("um", "{m} mais"),', "placeholders differ"),
        ('ngettext("one", "{n} more", n)', '("one", "{n} more"): ("um", ""),', "not translated"),
        ('_("{{literal}}")', '"{{literal}}": "{{outro}}",', ""),
        ('_("{v!r:>3}")', '"{v!r:>3}": "{v!r}",', ""),
        ('_(f"{x}")', "", "a.py:1: an f-string cannot be translated"),
        ('say(lang, f"a")', "", "an f-string"),
    ],
)
def test_what_a_translator_must_mend_is_said(
    messages: ModuleType, project: Path, capsys: pytest.CaptureFixture[str], source: str, pt: str, words: str
) -> None:
    pt = 'MESSAGES = {"database": "banco de dados",' + pt + "}"
    assert run(messages, project, source, pt) == (1 if words else 0)
    assert words in capsys.readouterr().err
    assert run(messages, project, source, pt, "--check") == (1 if words else 0)


def test_a_stale_catalogue_is_seen(
    messages: ModuleType, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(messages, project, SOURCE, PT)
    compiled = project / "locale/pt_BR/LC_MESSAGES/orch.mo"
    compiled.write_bytes(compiled.read_bytes().replace(b"dois", b"DOIS"))
    assert run(messages, project, SOURCE, PT, "--check") == 1
    assert "stale: orch.mo" in capsys.readouterr().err
    assert b"DOIS" in compiled.read_bytes()  # --check writes nothing


def test_what_detectors_explain_is_extracted(messages: ModuleType, project: Path) -> None:
    (project / "orchestrator/detect/d.py").write_text(
        'score.add(0.1, "because {x}", x=1); score.add(0.2, "yes" if "no" == y else "maybe"); seen.add("z")'
    )
    assert messages.extract() == {"database", "because {x}", "yes", "maybe"}


def test_translations_are_read_not_run(messages: ModuleType, project: Path) -> None:
    (project / "evil.py").write_text('raise SystemExit(7)\nMESSAGES: dict = {"a": "b"}\n')
    assert messages.translations_in(project / "evil.py") == {"a": "b"}
    (project / "code.py").write_text("MESSAGES = dict(a=1)\n")
    with pytest.raises(ValueError, match="malformed"):
        messages.translations_in(project / "code.py")
