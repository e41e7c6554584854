"""`.orch/policy.toml`: what it says, what is refused with file and line, and what an untrusted one may do."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestrator.config import policy_load, policy_trust
from orchestrator.config.load import load
from orchestrator.config.policy_file import PolicyFile
from orchestrator.config.policy_key import key_id, policy_key
from orchestrator.config.policy_layers import DEFAULT_LICENCES, PolicyLayers
from orchestrator.config.policy_load import load_policy
from orchestrator.config.policy_read import read_policy
from orchestrator.config.policy_template import policy_template
from orchestrator.errors import ConfigError, UserError
from orchestrator.model import Outcome, Share

TODAY = date(2026, 11, 23)
MARK = "f1-3f9a1c-0123456789abcdef01234567"
EXCEPTION = f"""[[exception]]
fingerprint = "{MARK}"
reason = "central telephone"
by = "ana"
until = 2027-03-01
"""


def parsed(body: str, companies: tuple[str, ...] | None = ("empresa-a", "empresa-b")) -> PolicyFile:
    return read_policy(Path("/r"), f"version = 1\n{body}", TODAY, companies)


def outcome(file: PolicyFile, company: str, kind: str, name: str) -> Outcome | None:
    found = file.findings(company, kind).get(name)
    return found[0] if found else None


FULL = """
reapprove = false
licences = ["MIT", "GPL-3.0-only"]
[findings]
email = "block"
secret.jwt = "review"
"personal.name" = "block"
[kind.solution]
share = "auto"
findings = { email = "review" }
[company.empresa-a]
licences = []
[company.empresa-a.findings]
email = "allow"
[company.empresa-a.kind.solution]
share = "manual"
reapprove = true
findings.email = "redact"
"""


def test_the_nearest_place_wins() -> None:
    file = parsed(FULL)
    assert outcome(file, "empresa-b", "", "email") is Outcome.BLOCK
    assert outcome(file, "empresa-b", "solution", "email") is Outcome.REVIEW
    assert outcome(file, "empresa-a", "pattern", "email") is Outcome.ALLOW
    assert outcome(file, "empresa-a", "solution", "email") is Outcome.REDACT
    assert outcome(file, "empresa-a", "solution", "personal.name") is Outcome.BLOCK
    share = {(c, k): file.share(c, k) for c in ("empresa-a", "empresa-b") for k in ("solution", "pattern")}
    assert [s[0] if s else None for s in share.values()] == [Share.MANUAL, None, Share.AUTO, None]
    again = [file.reapprove(c, "solution") for c in ("empresa-a", "empresa-b")]
    assert [r[0] for r in again if r] == [True, False]
    assert [lic[0] for c in ("empresa-a", "empresa-b") if (lic := file.licences(c))] == [
        (),
        ("MIT", "GPL-3.0-only"),
    ]


def test_every_value_knows_its_line() -> None:
    file = parsed(FULL)
    lines = f"version = 1\n{FULL}".split("\n")
    findings = file.findings("", "")
    assert lines[file.document.line(findings["email"][1]) - 1] == 'email = "block"'
    assert lines[file.document.line(findings["secret.jwt"][1]) - 1] == 'secret.jwt = "review"'
    assert lines[file.document.line(findings["personal.name"][1]) - 1] == '"personal.name" = "block"'
    share = file.share("empresa-a", "solution")
    assert share is not None and lines[file.document.line(share[1]) - 1] == 'share = "manual"'


WRONG = {
    'finding = "x"': (2, "finding", "did you mean `findings`?"),
    '[findings]\ncpff = "block"': (3, "findings.cpff", "did you mean `cpf`?"),
    '[findings]\nemail = "blocked"': (3, "findings.email", "one of: allow, redact, review, block"),
    "[findings]\nemail = 3": (3, "findings.email", "in double quotes"),
    '[findings]\nsecret.Jwt = "block"': (3, "findings.secret.Jwt", "kinds known here"),
    '[kind.solutions]\nshare = "auto"': (2, "kind.solutions", "did you mean `solution`?"),
    '[kind.document]\nshare = "auto"': (2, "kind.document", "only its findings"),
    '[kind.pattern]\nshare = "yes"': (3, "kind.pattern.share", "one of: auto, ask, manual"),
    '[kind.pattern]\nlicences = ["MIT"]': (3, "kind.pattern.licences", "keys known here"),
    "[company.empresa-c]\nreapprove = true": (2, "company.empresa-c", "did you mean `empresa-"),
    '[company.empresa-a]\nshare = "auto"': (3, "company.empresa-a.share", "refine it here by kind"),
    'reapprove = "no"': (2, "reapprove", "reapprove = true"),
    'licences = ["GPL 3"]': (2, "licences", "Apache-2.0"),
    'share = "auto"': (2, "share", "keys known here"),
}


@pytest.mark.parametrize("body", WRONG)
def test_what_is_wrong_is_named_by_file_line_and_key(body: str) -> None:
    line, key, hint = WRONG[body]
    with pytest.raises(ConfigError) as caught:
        parsed(body)
    assert caught.value.message.startswith(f".orch/policy.toml:{line}: {key}: "), caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("2027-03-01", '"2027-03-01"', "expected a date"),
        ("2027-03-01", "2027-03-01T10:00:00", "expected a date"),
        ("2027-03-01", "2028-01-01", "one year at the most"),
        ("until = 2027-03-01\n", "", "missing"),
        ("reason = ", "reasons = ", "unknown key"),
        ('"central telephone"', '" "', "an empty text"),
        ('by = "ana"\n', "", "missing"),
        (MARK, "f1-3f9a1c-0123", "expected form"),
        (MARK, "(61) 3411-1234", "expected form"),
        ('by = "ana"\n', 'by = "ana"\ncompany = "empresa-z"\n', "there is no company"),
    ],
)
def test_an_exception_needs_fingerprint_reason_person_and_end(old: str, new: str, word: str) -> None:
    assert len(parsed(EXCEPTION).exceptions) == 1
    with pytest.raises(ConfigError, match=word) as caught:
        parsed(EXCEPTION.replace(old, new))
    assert caught.value.message.startswith(".orch/policy.toml:")


def test_the_longest_exception_is_a_year() -> None:
    last = TODAY + timedelta(days=366)
    assert parsed(EXCEPTION.replace("2027-03-01", last.isoformat())).exceptions[0].until == last
    with pytest.raises(ConfigError):
        parsed(EXCEPTION.replace("2027-03-01", (last + timedelta(days=1)).isoformat()))


@pytest.mark.parametrize("version", ["", "version = 2\n", 'version = "1"\n', "version = true\n"])
def test_the_version_is_required(version: str) -> None:
    with pytest.raises(ConfigError, match="version"):
        read_policy(Path("/r"), version + "reapprove = true\n", TODAY, None)


def test_a_credential_in_it_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"policy\.toml:2: this looks like a credential"):
        parsed("# ghp_" + "a1" * 12)


@pytest.mark.parametrize("language", ["pt-BR", "en"])
def test_the_template_changes_nothing_and_every_line_of_it_is_valid(language: str) -> None:
    text = policy_template(language)
    file = read_policy(Path("/r"), text, TODAY, ("empresa-a",))
    assert not any(s.findings or s.share or s.reapprove or s.licences for s in file.scopes)
    settings = [line.removeprefix("# ") for line in text.splitlines()]
    toml = [s for s in settings if s.startswith("[") or (" = " in s and ":" not in s.split(" = ")[0])]
    live = "\n".join(toml).replace("f1-…", MARK).replace('"…"', '"x"')
    filled = read_policy(Path("/r"), live, TODAY, ("empresa-a",))
    assert filled.exceptions and filled.share("empresa-a", "component") and filled.licences("")


# --------------------------------------------------------------------------- what is in force, and trust

CONFIG = """version = 1
[[company]]
id = "empresa-a"
paths = ["a"]
share = "ask"
"""


@pytest.fixture
def policy(write: Callable[[str], Path]) -> Callable[[str], Path]:
    """Writes a policy beside a configuration; returns the work tree's top."""
    root = write(CONFIG)

    def _write(text: str) -> Path:
        (root / ".orch/policy.toml").write_text(text)
        return root

    return _write


def in_force(root: Path) -> PolicyLayers:
    return load_policy(root, root, ["empresa-a"])


LOOSE = f"""version = 1
reapprove = false
licences = ["GPL-3.0-only"]
[kind.pattern]
share = "auto"
[kind.solution]
share = "manual"
{EXCEPTION}"""


def test_without_a_file_the_defaults_hold_and_nothing_needs_trust(write: Callable[[str], Path]) -> None:
    layers = load(write(CONFIG)).policy
    assert layers == PolicyLayers() and layers.trusted
    assert layers.share("empresa-a", "pattern", Share.ASK).value is Share.ASK
    assert layers.licences("empresa-a").value == DEFAULT_LICENCES


def test_an_untrusted_policy_only_tightens(
    policy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_load, "today", lambda: TODAY)
    root = policy(LOOSE)
    before = in_force(root)
    assert not before.trusted and before.live == ()
    assert before.share("empresa-a", "pattern", Share.ASK).value is Share.ASK
    assert before.share("empresa-a", "solution", Share.ASK).value is Share.MANUAL
    assert before.reapprove("empresa-a", "pattern").value is True
    assert before.licences("empresa-a").value == ()
    policy_trust.trust(root, LOOSE)
    after = in_force(root)
    assert after.trusted and [e.fingerprint for e in after.live] == [MARK]
    assert after.share("empresa-a", "pattern", Share.ASK).value is Share.AUTO
    assert after.reapprove("empresa-a", "pattern").value is False
    assert after.licences("empresa-a").value == ("GPL-3.0-only",)
    policy(LOOSE + "# one byte more\n")
    assert in_force(root).live == ()
    assert in_force(root).share("empresa-a", "pattern", Share.ASK).value is Share.ASK


def test_what_was_tightened_and_trusted_outlives_the_file(policy: Callable[[str], Path]) -> None:
    strict = 'version = 1\n[kind.pattern]\nshare = "manual"\n'
    root = policy(strict)
    policy_trust.trust(root, strict)
    for text in ("version = 1\n", ""):
        policy(text)
        layers = in_force(root)
        assert not layers.trusted
        assert layers.share("empresa-a", "pattern", Share.ASK).value is Share.MANUAL
    (root / ".orch/policy.toml").unlink()
    assert in_force(root).share("empresa-a", "pattern", Share.ASK).value is Share.MANUAL
    policy_trust.trust(root, "")
    assert in_force(root).trusted
    assert in_force(root).share("empresa-a", "pattern", Share.ASK).value is Share.ASK


def test_an_older_text_that_was_trusted_loosens_no_more(policy: Callable[[str], Path]) -> None:
    root = policy(LOOSE)
    policy_trust.trust(root, LOOSE)
    strict = 'version = 1\n[kind.pattern]\nshare = "manual"\n'
    policy(strict)
    policy_trust.trust(root, strict)
    layers = in_force(policy(LOOSE))  # the repository goes back: what was taken back stays so
    assert not layers.trusted and layers.live == ()
    assert layers.share("empresa-a", "pattern", Share.ASK).value is Share.MANUAL
    policy_trust.trust(root, LOOSE)
    assert in_force(root).share("empresa-a", "pattern", Share.ASK).value is Share.AUTO


def test_a_record_that_is_replaced_while_it_is_read_still_tightens(
    policy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = policy("version = 1\n")
    first, second = (f'version = 1\n[kind.{kind}]\nshare = "manual"\n' for kind in ("pattern", "solution"))
    policy_trust.trust(root, first)
    read, replaced = policy_trust._read, []

    def slow(path: Path) -> dict[str, str]:
        if not replaced:
            replaced.append(path)
            policy_trust.trust(root, second)
        return read(path)

    monkeypatch.setattr(policy_trust, "_read", slow)
    assert policy_trust.trusted_text(root) == second
    assert replaced and not replaced[0].exists()


def test_trust_is_of_one_clone_and_can_be_taken_back(policy: Callable[[str], Path], tmp_path: Path) -> None:
    root = policy(LOOSE)
    policy_trust.trust(root, LOOSE)
    assert not policy_trust.is_trusted(tmp_path / "other", LOOSE)
    folder = Path(os.environ["ORCH_STATE_DIR"]) / "policy"
    assert [stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()] == [0o600]
    assert policy_trust.revoke(root) == 1
    assert not policy_trust.is_trusted(root, LOOSE)


def test_a_damaged_record_stops_and_does_not_loosen(policy: Callable[[str], Path]) -> None:
    root = policy(LOOSE)
    policy_trust.trust(root, LOOSE)
    (record,) = (Path(os.environ["ORCH_STATE_DIR"]) / "policy").iterdir()
    record.write_text("{")
    policy(LOOSE + "#\n")
    with pytest.raises(UserError, match="damaged"):
        in_force(root)


def test_the_users_own_policy_only_tightens(
    policy: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_load, "today", lambda: TODAY)
    text = 'version = 1\n[kind.pattern]\nshare = "auto"\n'
    root = policy(text)
    policy_trust.trust(root, text)
    monkeypatch.setenv("ORCH_CONFIG_DIR", str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    own = tmp_path / "mine" / "policy.toml"
    own.write_text(
        f'version = 1\n[kind.pattern]\nshare = "manual"\n[kind.solution]\nshare = "auto"\n{EXCEPTION}'
    )
    layers = in_force(root)
    assert layers.share("empresa-a", "pattern", Share.ASK).value is Share.MANUAL
    assert layers.share("empresa-a", "pattern", Share.ASK).where == f"{own}:3"
    assert layers.share("empresa-a", "solution", Share.ASK).value is Share.ASK
    assert layers.live == ()
    own.write_text("version = 1\nnonsense = 1\n")
    with pytest.raises(ConfigError) as caught:
        in_force(root)
    assert caught.value.message.startswith(f"{own}:2: nonsense")


def test_the_users_policy_is_where_the_system_says(
    policy: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert policy_load.user_policy_path() == tmp_path / "xdg/orch/policy.toml"


def test_an_exception_ends_with_its_day(
    policy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = policy(LOOSE)
    policy_trust.trust(root, LOOSE)
    for day, held in ((date(2027, 3, 1), 1), (date(2027, 3, 2), 0)):
        monkeypatch.setattr(policy_load, "today", lambda day=day: day)
        assert len(in_force(root).live) == held


def test_a_link_in_its_place_is_not_followed(write: Callable[[str], Path], tmp_path: Path) -> None:
    root = write(CONFIG)
    (tmp_path / "x").write_text("version = 1\n")
    (root / ".orch/policy.toml").symlink_to(tmp_path / "x")
    with pytest.raises(ConfigError, match=r"policy\.toml is a symbolic link"):
        load(root)


# --------------------------------------------------------------------------- the key of fingerprints


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = policy_key(tmp_path)
    assert policy_key(tmp_path) == key and len(key) == 64
    (path,) = (Path(os.environ["ORCH_STATE_DIR"]) / "policy-key").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(key_id(key)) == 6 and key_id(key) not in key


@pytest.mark.parametrize("weak", ["short", "a" * 64, "abababababababababababababababababab"])
def test_a_key_that_could_be_guessed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weak: str
) -> None:
    monkeypatch.setenv("ORCH_POLICY_KEY", weak)
    with pytest.raises(UserError, match="ORCH_POLICY_KEY is no key"):
        policy_key(tmp_path)
    monkeypatch.setenv("ORCH_POLICY_KEY", "0123456789abcdef" * 2)
    assert policy_key(tmp_path) == "0123456789abcdef" * 2
