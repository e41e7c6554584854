"""A small threaded HTTP server on loopback that asks the weather before it asks its application."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from tests.rig.weather import Fault, Weather
from tests.rig.wire import Exchange, Request, Response

WEB_PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><h1>Log in</h1></body></html>"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_LINGER_ZERO = struct.pack("ii", 1, 0)  # close with a reset, not politely


class Application(Protocol):
    """What a server of the rig has to offer."""

    def weather_for(self, request: Request) -> Weather:
        """The weather over the product that this request is for."""
        ...

    def handle(self, request: Request) -> Response:
        """Carry the request out."""
        ...

    def failure(self, status: int, request: Request) -> Response:
        """An error of that status in the vendor's own shape."""
        ...


class Server:
    """An application on a port of its own at 127.0.0.1. `exchanges` is what went over the wire."""

    def __init__(self, application: Application, *, port: int = 0, elsewhere: str = "") -> None:
        self.application = application
        self.elsewhere = elsewhere  # where a redirect leads
        self.exchanges: list[Exchange] = []
        self.crashes: list[str] = []
        self._http = _Threads(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.daemon = True
        self._thread.start()

    def writes(self) -> list[Exchange]:
        """The exchanges that may have changed something."""
        return [e for e in self.exchanges if e.request.is_write]

    def clear(self) -> None:
        """Forget what went over the wire."""
        self.exchanges.clear()
        self.crashes.clear()

    def stop(self) -> None:
        """Stop serving and release the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def outcome(self, request: Request) -> tuple[Response | None, int | str]:
        """The answer (None: cut the connection) and the kind of fault that made it so."""
        fault = self.application.weather_for(request).strike(request)
        if fault is None:
            return self._carry_out(request), ""
        return self._suffer(fault, request), fault.kind

    def _suffer(self, fault: Fault, request: Request) -> Response | None:
        if isinstance(fault.kind, int):
            plain = self.application.failure(fault.kind, request)
            return Response(plain.status, plain.body, {**plain.headers, **fault.headers()})
        if fault.kind == "slow":
            time.sleep(fault.seconds)
            return self._carry_out(request)
        if fault.kind == "html":
            return Response(fault.status, WEB_PAGE, {"Content-Type": "text/html", **fault.headers()})
        if fault.kind == "redirect":
            return Response(302, b"", {"Location": f"{self.elsewhere}{request.target}"})
        if fault.kind == "drop":
            self._carry_out(request)
        return None

    def _carry_out(self, request: Request) -> Response:
        try:
            return self.application.handle(request)
        except Exception:
            self.crashes.append(f"{request.method} {request.target}\n{traceback.format_exc()}")
            return self.application.failure(500, request)


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is its own affair."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1
        timeout = 60

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing on stderr."""

        def handle_request(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            response, fault = server.outcome(request)
            server.exchanges.append(Exchange(request, response.status if response else 0, fault))
            if response is None:
                self._cut()
            else:
                self._send(response)

        def _send(self, response: Response) -> None:
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if response.status != 204:
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)
            self.wfile.flush()

        def _cut(self) -> None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
                self.connection.close()

    for method in METHODS:
        setattr(Handler, f"do_{method}", Handler.handle_request)

    return Handler
