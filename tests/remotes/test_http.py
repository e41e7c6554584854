"""The one HTTP session: what it sends, how long it waits, and what a failure becomes."""

from __future__ import annotations

import contextlib
import gzip
import logging
import pickle
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import ConfigError, CredentialsError, OrchError, PermanentError, TransientError
from orchestrator.reconcile import http, transport
from orchestrator.reconcile.address import checked_url, is_loopback, is_private
from orchestrator.reconcile.answer import TooLargeError
from orchestrator.reconcile.http import Credential, HttpRefusedError, Session, sendable, statuses
from orchestrator.reconcile.waiting import LONGEST_WAIT, backoff, is_rate_limit, wanted_wait
from tests.rig.httpd import Server
from tests.rig.stranger import Stranger
from tests.rig.weather import Weather
from tests.rig.wire import Request, Response, answer

TOKEN = "tok-CANARIO-0123456789"
VARIABLE = "ORCH_TEST_TOKEN"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Scripted:
    """A server that answers what the test says, and counts the work it did."""

    def __init__(self) -> None:
        self.weather, self.done = Weather(), 0
        self.reply: Callable[[Request], Response] = lambda _request: answer(200, {"ok": True})

    def weather_for(self, request: Request) -> Weather:
        return self.weather

    def handle(self, request: Request) -> Response:
        self.done += 1
        return self.reply(request)

    def failure(self, status: int, request: Request) -> Response:
        return answer(status, {"message": f"status {status}"})


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    stranger = Stranger()
    yield stranger
    stranger.stop()


@pytest.fixture
def vendor() -> Iterator[Scripted]:
    yield Scripted()


@pytest.fixture
def server(vendor: Scripted, stranger: Stranger) -> Iterator[Server]:
    server = Server(vendor, elsewhere=stranger.url)
    yield server
    server.stop()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def session(server: Server, slept: list[float]) -> Iterator[Session]:
    session = opened(server.url, slept)
    yield session
    session.close()


def opened(url: str, slept: list[float], **more: Any) -> Session:
    def sleep(seconds: float) -> None:
        slept.append(seconds)

    more = {"sleep": sleep, "clock": NOW.timestamp, "chance": lambda: 1.0} | more
    return Session(url, Credential.bearer(VARIABLE, TOKEN), vendor="Vendedor", **more)


# ---------------------------------------------------------------------- what is sent


def test_what_a_request_looks_like(session: Session, server: Server) -> None:
    got = session.request("POST", "/a", json={"t": "ação \ud800 \0"}, params={"q": "é&="})
    assert got.data == {"ok": True}
    (exchange,) = server.exchanges
    sent = exchange.request
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["user-agent"].startswith("orch/")
    assert sent.headers["content-type"] == "application/json"
    assert sent.query == [("q", "é&=")]
    assert sent.json() == {"t": "ação \ufffd \u2400"}


def test_requests_are_counted(session: Session) -> None:
    session.request("GET", "/")
    session.request("POST", "/search", json={}, safe=True)
    session.request("POST", "/", json={})
    session.request("DELETE", "/")
    assert dict(session.counts) == {"GET": 1, "POST": 2, "DELETE": 1}


def test_netrc_is_not_read_and_this_machine_is_reached_without_a_proxy(
    session: Session, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login maria password segredo\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    session.request("GET", "/")
    assert server.exchanges[0].request.headers["authorization"] == f"Bearer {TOKEN}"


def test_numbers_that_are_not_json_are_not_sent(session: Session) -> None:
    with pytest.raises(ValueError):
        session.request("POST", "/", json=[float("nan")])


@given(
    st.recursive(st.text() | st.none() | st.integers(), lambda c: st.lists(c) | st.dictionaries(st.text(), c))
)
def test_sendable_is_stable_and_encodable(value: Any) -> None:
    clean = sendable(value)
    assert sendable(clean) == clean
    assert "\0" not in repr(clean)
    repr(clean).encode()
    if isinstance(value, str) and "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value):
        assert clean == value


# ---------------------------------------------------------------------- redirects, TLS, addresses


def test_a_redirect_is_not_followed(session: Session, vendor: Scripted, stranger: Stranger) -> None:
    for method in ("GET", "POST"):
        vendor.weather.next("redirect")
        with pytest.raises(TransientError, match="localhost") as caught:
            session.request(method, "/x", json={})
        assert not caught.value.in_doubt
    assert stranger.received == []
    assert dict(session.counts) == {"GET": 1, "POST": 1}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_redirect(session: Session, vendor: Scripted, stranger: Stranger, status: int) -> None:
    vendor.reply = lambda _r: Response(status, b"", {"Location": f"{stranger.url}/y"})
    with pytest.raises(TransientError):
        session.request("GET", "/x")
    assert stranger.received == []


@contextmanager
def tls_server(folder: Path, host: str = "localhost") -> Iterator[int]:
    """A server whose certificate nobody signed but itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(folder, host))
    listener = socket.create_server(("127.0.0.1", 0))
    received: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with plain:
                try:
                    with context.wrap_socket(plain, server_side=True) as secure:
                        received.append(secure.recv(65536))
                        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def self_signed(folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return folder / "cert.pem", folder / "key.pem"


@contextmanager
def proxy_to(port: int, answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """(the address of a proxy, what it was asked): it answers, and with a 200 leads to a port of here."""
    listener, asked = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def pipe(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                inner, _who = listener.accept()
                with inner:
                    asked.append(inner.recv(65536))
                    inner.sendall(answer + b"\r\n\r\n")
                    if b" 200 " in answer:
                        with socket.create_connection(("127.0.0.1", port)) as outer:
                            back = threading.Thread(target=pipe, args=(outer, inner), daemon=True)
                            back.start()
                            pipe(inner, outer)
                            back.join(5)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://maria:senha@127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def test_the_proxy_of_the_environment_leads_there_and_sees_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        tls_server(tmp_path, "orch-test.invalid") as port,
        proxy_to(port, b"HTTP/1.1 200 Connected") as (proxy, asked),
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        with contextlib.closing(opened("https://orch-test.invalid", [])) as session:
            assert session.request("GET", "/").data == {}
    (connect,) = asked
    assert connect.startswith(b"CONNECT orch-test.invalid:443 ") and TOKEN.encode() not in connect
    assert b"Proxy-Authorization: Basic" in connect


@pytest.mark.parametrize("proxy", ["refusing", "http://maria:senha@127.0.0.1:1", "socks5://127.0.0.1:1"])
def test_a_proxy_that_leads_nowhere_is_named_and_nothing_is_in_doubt(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    with proxy_to(0, b"HTTP/1.1 407 Who are you") as (refusing, _asked):
        address = refusing if proxy == "refusing" else proxy
        monkeypatch.setenv("HTTPS_PROXY", address)
        with contextlib.closing(opened("https://orch-test.invalid", [])) as session:
            with pytest.raises(TransientError, match=address.rpartition("@")[2].rpartition("/")[2]) as caught:
                session.request("PUT", "/", json={})
            assert not caught.value.in_doubt and "senha" not in caught.value.message


def test_what_needs_no_proxy_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", ".invalid")
    assert transport.proxy_of("https://orch-test.invalid") == ""
    assert transport.proxy_of("https://orch-test.example") == "proxy.test:3128"
    assert transport.proxy_of("https://localhost:1") == transport.proxy_of("http://127.0.0.1:1") == ""


def test_a_certificate_that_nobody_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tls_server(tmp_path) as port:
        session = opened(f"https://localhost:{port}", [])
        with pytest.raises(TransientError, match="localhost") as caught:
            session.request("POST", "/", json={})
        assert not caught.value.in_doubt
        session.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        trusted = opened(f"https://localhost:{port}", [])
        assert trusted.request("GET", "/").data == {}
        trusted.close()


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "127.1", "0x7f000001", "LOCALHOST."]
)
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "172.16.9.9", "169.254.1.1", "fe80::1", "fd00::2", "0.0.0.0", "nas", "a.local"]
)
def test_private(host: str) -> None:
    assert is_private(host)
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "abc.supabase.co", "2606:4700::1111", "localhost.evil.example", "127.0.0.1.nip.io"]
)
def test_public(host: str) -> None:
    assert not is_private(host)
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://127.0.0.1.nip.io",
        "https://a:b@example.com",
        "https://h:0",
        "https://h:99999",
        "file:///etc/passwd",
        "https://[::1",
    ],
)
def test_addresses_that_get_no_credentials(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_url(url)
    assert "a:b" not in caught.value.message


# ---------------------------------------------------------------------- waiting


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("told", "waited"),
    [("2", 2.6), ("0", 1.3), (None, 2.6), ("date", 9.1), ("agora", 2.6)],
)
def test_too_many_requests(
    session: Session, vendor: Scripted, slept: list[float], method: str, told: Any, waited: float
) -> None:
    at = datetime.now(UTC) + timedelta(seconds=7)  # the server's own Date counts, not our clock
    vendor.weather.next(429, retry_after=at if told == "date" else told)
    session.request(method, "/", json={})
    assert vendor.done == 1
    assert slept == [pytest.approx(waited, abs=2.7 if told == "date" else 1e-6)]


def test_a_long_wait_parks_the_queue(session: Session, vendor: Scripted, slept: list[float]) -> None:
    vendor.weather.next(429, times=9, retry_after="1800")
    with pytest.raises(TransientError) as caught:
        session.request("POST", "/", json={})
    assert caught.value.retry_after == pytest.approx(1800 * 1.3)
    assert not caught.value.in_doubt
    assert slept == []
    assert session.counts["POST"] == 1


def test_patience_ends(session: Session, vendor: Scripted, slept: list[float]) -> None:
    vendor.weather.next(429, times=9)
    with pytest.raises(TransientError) as caught:
        session.request("GET", "/")
    assert len(slept) == 3
    assert caught.value.retry_after is not None


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"Retry-After": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0.0),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 60)}, 60.0),
        ({"X-RateLimit-Reset": "2026-11-22T12:05Z"}, 300.0),
        ({"X-RateLimit-Reset": "2026-11-22T12:05:00"}, 300.0),
        ({"X-RateLimit-Reset": "logo"}, None),
        ({"Retry-After": "\xb2"}, None),
        ({"Retry-After": "99999999999999"}, LONGEST_WAIT),
        ({"X-RateLimit-Reset": f"{int(NOW.timestamp())}000"}, LONGEST_WAIT),  # milliseconds
        ({"X-RateLimit-Reset": "9" * 400}, LONGEST_WAIT),
        ({}, None),
    ],
)
def test_what_a_server_asks_for(headers: dict[str, str], wait: float | None) -> None:
    assert wanted_wait(headers, NOW.timestamp()) == wait


def test_dates_count_by_the_servers_clock() -> None:
    theirs = NOW + timedelta(days=400)
    dates = {"Date": theirs, "Retry-After": theirs + timedelta(seconds=5)}
    headers = {name: format_datetime(at, usegmt=True) for name, at in dates.items()}
    assert wanted_wait(headers, NOW.timestamp()) == 5.0


def test_a_403_that_is_a_rate_limit() -> None:
    assert is_rate_limit(403, {"Retry-After": "60"})
    assert is_rate_limit(403, {"X-RateLimit-Remaining": "0"})
    assert not is_rate_limit(403, {"X-RateLimit-Remaining": "12"})


@given(st.integers(0, 1000), st.floats(0, 1))
def test_backoff_stays_in_bounds(attempt: int, chance: float) -> None:
    assert 0 <= backoff(attempt, chance) <= 30


# ---------------------------------------------------------------------- failures


@pytest.mark.parametrize("kind", [500, 502, 503, 504, 408, "reset", "drop", "html"])
def test_reading_is_tried_again(session: Session, vendor: Scripted, kind: Any) -> None:
    vendor.weather.next(kind, times=3)
    assert session.request("GET", "/").data == {"ok": True}
    assert session.counts["GET"] == 4


@pytest.mark.parametrize("kind", [500, 503, 408, "reset", "drop"])
def test_writing_is_in_doubt_and_not_tried_again(session: Session, vendor: Scripted, kind: Any) -> None:
    vendor.weather.next(kind)
    with pytest.raises(TransientError) as caught:
        session.request("POST", "/", json={})
    assert caught.value.in_doubt
    assert session.counts["POST"] == 1
    assert vendor.done <= 1


def test_a_write_that_may_run_twice_is_tried_again(session: Session, vendor: Scripted) -> None:
    vendor.weather.next("drop", times=2)
    session.request("POST", "/", json={}, idempotent=True)
    assert vendor.done == 3


@pytest.mark.parametrize("lost", ["drop", "html", 504, 408])
@pytest.mark.parametrize("then", ["refused", 429, 401, 403, 400, 409, "accepted"])
def test_what_an_earlier_try_may_have_done_stays_in_doubt(
    session: Session, vendor: Scripted, server: Server, lost: Any, then: Any
) -> None:
    vendor.weather.next(lost)
    more = {"Retry_After": "31"} if then == 429 else {}

    def turned_away(_seconds: float) -> None:
        if then == "refused":
            server.stop()
            session.close()  # the line that was kept open
        else:
            vendor.reply = lambda _r: answer(404 if then == "accepted" else then, {}, **more)

    session._sleep = turned_away
    if then == "accepted":
        assert session.request("PUT", "/", json={}, accept=statuses(404)).in_doubt
        return
    with pytest.raises(OrchError) as caught:
        session.request("PUT", "/", json={})
    assert caught.value.in_doubt
    assert session.counts["PUT"] == 2


@pytest.mark.parametrize("first", [429, "drop"])
def test_what_was_turned_away_or_only_read_leaves_no_doubt(
    session: Session, vendor: Scripted, first: Any
) -> None:
    vendor.weather.next(first)
    vendor.weather.next(400)
    with pytest.raises(HttpRefusedError) as caught:
        session.request("PUT", "/", json={}, safe=first == "drop")
    assert not caught.value.in_doubt
    assert not session.request("PUT", "/", json={}).in_doubt


def test_four_tries_are_enough(session: Session, vendor: Scripted, slept: list[float]) -> None:
    vendor.weather.next("reset", times=99)
    with pytest.raises(TransientError) as caught:
        session.request("PUT", "/", json={})
    assert caught.value.in_doubt
    assert session.counts["PUT"] == 4
    assert slept == [2.0, 4.0, 8.0]


def test_a_read_that_is_lost_leaves_no_doubt(session: Session, vendor: Scripted) -> None:
    vendor.weather.next("drop", times=99)
    with pytest.raises(TransientError) as caught:
        session.request("POST", "/search", json={}, safe=True)
    assert not caught.value.in_doubt


def test_nobody_there(slept: list[float]) -> None:
    session = opened("http://127.0.0.1:1", slept)
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1") as caught:
        session.request("POST", "/", json={})
    assert not caught.value.in_doubt
    session.close()
    nameless = opened("https://orch-test.invalid", slept)
    with pytest.raises(TransientError) as caught:
        nameless.request("POST", "/", json={})
    assert not caught.value.in_doubt
    nameless.close()


def test_a_slow_answer(session: Session, vendor: Scripted) -> None:
    vendor.weather.next("slow", seconds=0.6)
    with pytest.raises(TransientError) as caught:
        session.request("POST", "/", json={}, timeout=(1, 0.1))
    assert caught.value.in_doubt


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1"])
@pytest.mark.parametrize(("method", "tries"), [("GET", 4), ("POST", 1)])
def test_a_server_that_accepts_and_falls_silent(
    slept: list[float], said: bytes, method: str, tries: int
) -> None:
    """Half-open: the wait is finite and told, before an answer and in the middle of one."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    held.append(listening.accept()[0])
                    held[-1].sendall(said)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        session = opened(f"http://127.0.0.1:{listening.getsockname()[1]}", slept)
        with pytest.raises(TransientError, match=r"0\.1 s") as caught:
            session.request(method, "/", timeout=(1, 0.1))
        assert caught.value.in_doubt is (method == "POST")
        assert session.counts[method] == tries
        session.close()
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in held:
            connection.close()


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_name_the_variable(session: Session, vendor: Scripted, status: int) -> None:
    vendor.reply = lambda _r: answer(status, {"message": f"token {TOKEN} is invalid"})
    with pytest.raises(CredentialsError) as caught:
        session.request("GET", "/")
    assert VARIABLE in caught.value.hint
    assert "CANARIO" not in caught.value.message
    assert session.counts["GET"] == 1


@pytest.mark.parametrize(("status", "kind"), [(401, CredentialsError), (403, HttpRefusedError)])
def test_a_403_of_one_object_is_about_that_object(
    session: Session, vendor: Scripted, status: int, kind: type[Exception]
) -> None:
    vendor.reply = lambda _r: answer(status, {"message": "no"})
    with pytest.raises(kind):
        session.request("PUT", "/1", one=True)


@pytest.mark.parametrize("status", [400, 404, 405, 409, 410, 413, 422])
def test_refusals_are_for_good_and_quote_the_vendor(session: Session, vendor: Scripted, status: int) -> None:
    vendor.reply = lambda _r: answer(status, {"message": "campo\x1b[31m errado\n\u202e" + "x" * 9000})
    with pytest.raises(HttpRefusedError) as caught:
        session.request("POST", "/", json={})
    assert isinstance(caught.value, PermanentError)
    assert caught.value.status == status
    assert caught.value.reason.startswith("campo [31m errado")
    assert caught.value.reason.isprintable()
    assert len(caught.value.message) < 700


def test_a_status_that_the_client_understands(session: Session, vendor: Scripted) -> None:
    vendor.reply = lambda _r: answer(409, {"code": "CONFLICT"})
    assert session.request("PUT", "/", json={}, accept=statuses(404, 409)).data == {"code": "CONFLICT"}


def test_a_web_page_is_no_answer(session: Session, vendor: Scripted) -> None:
    vendor.reply = lambda _r: Response(200, b"<html>log in</html>", {"Content-Type": "text/html"})
    with pytest.raises(TransientError, match=r"127\.0\.0\.1") as caught:
        session.request("POST", "/", json={})
    assert caught.value.in_doubt
    vendor.reply = lambda _r: Response(404, b"<html>" + TOKEN.encode(), {"Content-Type": "text/html"})
    with pytest.raises(HttpRefusedError) as refused:
        session.request("GET", "/")
    assert "html" not in refused.value.message
    assert refused.value.reason == "HTTP 404"


@pytest.mark.parametrize("body", [b'{"a": ', b"[" * 100_000, b"\xff\xfe", b"{}x"])
def test_half_an_answer_is_no_answer(session: Session, vendor: Scripted, body: bytes) -> None:
    vendor.reply = lambda _r: Response(200, body)
    with pytest.raises(TransientError):
        session.request("POST", "/", json={})


def test_an_empty_answer_is_none(session: Session, vendor: Scripted) -> None:
    vendor.reply = lambda _r: Response(204)
    assert session.request("DELETE", "/").data is None


@pytest.mark.parametrize("packed", [False, True])
def test_too_large_an_answer(session: Session, vendor: Scripted, packed: bool) -> None:
    body = b'"' + b"x" * (http.ANSWER_CAP + 1) + b'"'
    headers = {"Content-Encoding": "gzip"} if packed else {}
    vendor.reply = lambda _r: Response(200, gzip.compress(body, 1) if packed else body, headers)
    with pytest.raises(TooLargeError) as found:
        session.request("POST", "/", json={}, idempotent=True)
    assert found.value.in_doubt and vendor.done == 1  # the same answer would come again


def test_what_somebody_nested_too_deep_or_wrote_too_long(session: Session, vendor: Scripted) -> None:
    vendor.reply = lambda _r: Response(200, b"[" * 3000 + b"]" * 3000)
    with pytest.raises(TooLargeError):
        session.request("GET", "/")
    vendor.reply = lambda _r: Response(200, b'{"n": -1' + b"0" * 5000 + b', "m": 7}')
    got = session.request("GET", "/").data
    assert (got["m"], got["n"]) == (7, "-1" + "0" * 5000)


def test_an_answer_that_never_ends(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "WHOLE_ANSWER", -1.0)
    with pytest.raises(TransientError):
        session.request("POST", "/", json={})


@pytest.mark.parametrize(
    ("begun", "byte"),
    [
        (b"Content-Length: 9999\r\n\r\n", b" "),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"X-Long: ", b"a"),
        (b"", b"A: b\r\n"),
    ],
    ids=["body", "chunks", "header", "headers"],
)
def test_an_answer_that_drips(monkeypatch: pytest.MonkeyPatch, begun: bytes, byte: bytes) -> None:
    """Each byte comes in time, all of them never do: no part of an answer may hold a push."""
    monkeypatch.setattr(transport, "WHOLE_ANSWER", 0.3)
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _who = listening.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + begun)
        with connection, contextlib.suppress(OSError):
            while True:
                connection.sendall(byte)
                time.sleep(0.05)

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    session = opened(f"http://127.0.0.1:{listening.getsockname()[1]}", [])
    with (
        listening,
        contextlib.closing(session),
        pytest.raises(TransientError, match="lenta") as caught,
    ):
        session.request("POST", "/", json={})
    assert caught.value.in_doubt
    dripping.join(5)
    assert not dripping.is_alive()


# ---------------------------------------------------------------------- secrets


FAULTS: list[Any] = [401, 400, 500, 429, "reset", "html", "redirect"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_token_appears_nowhere(
    server: Server, vendor: Scripted, fault: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    credential = Credential.basic(VARIABLE, "maria@example.com", TOKEN)
    packed = credential.secrets[1]
    session = Session(server.url, credential, vendor="V", sleep=lambda _s: None)
    vendor.weather.next(fault, times=9)
    vendor.reply = lambda _r: answer(400, {"message": f"{TOKEN} {packed}"})
    with pytest.raises(OrchError) as caught:
        session.request("POST", "/", json={}, idempotent=True)
    shown = [str(caught.value), repr(caught.value), caught.value.hint, repr(session), repr(credential)]
    shown += traceback.format_exception(caught.value)
    shown += [record.getMessage() for record in caplog.records]
    assert not [text for text in shown if TOKEN in text or packed in text]
    assert caught.value.__context__ is None, "the request with its headers hangs on the context"
    session.close()


def test_a_refusal_that_quotes_the_token(session: Session, vendor: Scripted) -> None:
    vendor.reply = lambda _r: answer(422, {"message": f"bad {TOKEN}"})
    with pytest.raises(HttpRefusedError) as caught:
        session.request("POST", "/", json={})
    assert caught.value.reason == "bad ***"


@pytest.mark.parametrize("token", ["", "   ", "a b", "a\nX-Evil: 1", "tök", "a\x00b"])
def test_tokens_that_no_header_can_hold(token: str) -> None:
    for make in (Credential.bearer, Credential.supabase, lambda v, t: Credential.basic(v, "u", t)):
        with pytest.raises(CredentialsError) as caught:
            make(VARIABLE, token)
        assert VARIABLE in caught.value.message
        assert not token.strip() or token not in caught.value.message


def test_blanks_around_a_token_are_dropped() -> None:
    assert Credential.bearer(VARIABLE, " t\n").headers == {"Authorization": "Bearer t"}


def test_a_session_is_not_pickled_with_its_secret() -> None:
    session = opened("https://example.com", [])
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(session)
