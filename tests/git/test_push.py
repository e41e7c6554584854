"""A push reaches the remote, or says in plain words why not and what kind of failure it is."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from orchestrator.errors import (
    CredentialsError,
    OrchError,
    PermanentError,
    TransientError,
    UsageError,
    UserError,
)
from orchestrator.git import push
from orchestrator.git.transfer import require_sound
from tests.git.sandbox import Sandbox, executable


@pytest.fixture
def remote(box: Sandbox, tmp_path: Path) -> Path:
    box.commit("base", a="1")
    box("branch", "share")
    path = tmp_path / "remote.git"
    box("init", "-q", "--bare", str(path))
    box("remote", "add", "origin", str(path))
    return path


def there(box: Sandbox, remote: Path) -> str:
    return box("--git-dir", str(remote), "rev-parse", "refs/heads/share")


def test_a_push_and_a_second_one(box: Sandbox, remote: Path) -> None:
    assert push(box.repo, "origin", "share") is True
    assert there(box, remote) == box.head
    assert push(box.repo, "origin", "share") is False
    assert push(box.repo, str(remote), "share") is False


def test_a_lease_replaces_only_what_was_expected(box: Sandbox, remote: Path) -> None:
    first = box.head
    push(box.repo, "origin", "share")
    rewritten = box("commit-tree", "HEAD^{tree}", "-m", "anew")
    box("branch", "-f", "share", rewritten)
    with pytest.raises(PermanentError):
        push(box.repo, "origin", "share")
    with pytest.raises(PermanentError):
        push(box.repo, "origin", "share", expected="1" * 40)
    assert push(box.repo, "origin", "share", expected=first)
    assert there(box, remote) == rewritten


def test_the_remote_s_hook_refuses_in_its_own_words(
    box: Sandbox, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "GIT_CONFIG_GLOBAL", str(tmp_path / "own")
    )  # a folder of hooks of the user's own choice
    box("config", "-f", str(tmp_path / "own"), "core.hooksPath", str(tmp_path / "hooks"))
    executable(
        tmp_path / "hooks/pre-receive", "#!/bin/sh\nprintf 'protected \\033[31mbranch\\n' >&2\nexit 1\n"
    )
    with pytest.raises(PermanentError, match="protected") as caught:
        push(box.repo, "origin", "share")
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("/nowhere/at/all.git", PermanentError),
        ("http://127.0.0.1:1/x.git", TransientError),
        ("ssh://git@127.0.0.1:1/x.git", TransientError),
        ("ext::sh -c touch% canary", PermanentError),
        ("--receive-pack=touch canary", UsageError),
        ("no\x1bname", UsageError),
        ("unknown-name", UserError),
    ],
)
def test_remotes_that_cannot_be(box: Sandbox, remote: Path, address: str, error: type[OrchError]) -> None:
    with pytest.raises(error):
        push(box.repo, address, "share")
    assert not list(box.root.glob("*canary*"))


@contextmanager
def answering(status: int) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://user:s3cret@127.0.0.1:{server.server_port}/x.git"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, CredentialsError),
        (403, CredentialsError),
        (404, PermanentError),
        (429, TransientError),
        (503, TransientError),
    ],
)
def test_http_answers_are_translated_and_the_secret_is_not_repeated(
    box: Sandbox, remote: Path, status: int, error: type[OrchError]
) -> None:
    with answering(status) as url, pytest.raises(error) as caught:
        push(box.repo, url, "share")
    assert type(caught.value) is error
    assert "s3cret" not in caught.value.message + caught.value.hint


def test_a_remote_that_hangs_ends_in_doubt(
    box: Sandbox, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.git.transfer.PUSH_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TransientError) as caught:
        push(box.repo, f"http://127.0.0.1:{silent.getsockname()[1]}/x.git", "share")
    assert caught.value.in_doubt


@pytest.mark.parametrize(
    "key",
    [
        *("core.sshCommand", "credential.helper", "remote.origin.receivepack", "core.askPass"),
        *("http.proxy", "http.sslVerify", "http.https://x.example/.extraHeader", "remote.origin.proxy"),
        *("remote.origin.pushurl", "url.https://x.example/.insteadOf"),
    ],
)
@pytest.mark.parametrize("included", [False, True])
def test_a_repository_s_own_configuration_decides_no_way(
    box: Sandbox, remote: Path, tmp_path: Path, key: str, included: bool
) -> None:
    canary = tmp_path / "canary"
    program = executable(tmp_path / "evil", f"#!/bin/sh\ntouch {canary}\n")
    if included:
        box("config", "-f", str(tmp_path / "more"), key, str(program))
        box("config", "include.path", str(tmp_path / "more"))
    else:
        box("config", key, str(program))
    for call in (lambda: push(box.repo, "origin", "share"), lambda: require_sound(box.repo, "origin")):
        with pytest.raises(UserError, match=f"(?i){'more' if included else 'config'} .*{re.escape(key)}"):
            call()
    assert not canary.exists()


def test_what_is_the_users_own_or_harmless_is_obeyed(
    box: Sandbox, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.gitconfig"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    for key, value in (("http.proxy", "http://127.0.0.1:9"), (f"url.{remote}.insteadOf", "mine:")):
        box("config", "-f", str(own), key, value)
    box("config", "http.postBuffer", "1048576")
    assert push(box.repo, "mine:", "share")


def test_a_path_of_the_repository_s_own_is_pushed_to_by_nobody_and_no_hook_runs(
    box: Sandbox, remote: Path, tmp_path: Path
) -> None:
    canary, inside = tmp_path / "canary", box.root / "evil" / "owner" / "name.git"
    for place in (inside, tmp_path / "beside.git"):
        box("init", "-q", "--bare", str(place))
        executable(place / "hooks" / "pre-receive", f"#!/bin/sh\ntouch {canary}\n")
    for address in (str(inside), "evil/owner/name", inside.as_uri(), str(tmp_path / "beside.git")):
        box("remote", "set-url", "origin", address)
        with pytest.raises(UserError, match=r"name\.git|pre-receive"):
            push(box.repo, "origin", "share")
    assert not canary.exists()
