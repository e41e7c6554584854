"""A host that is not the vendor: where a redirect leads. It notes what it was sent."""

from __future__ import annotations

from tests.rig.httpd import Server
from tests.rig.weather import Weather
from tests.rig.wire import Request, Response, answer


class Stranger:
    """`received` holds every request that reached it, credentials and all."""

    def __init__(self) -> None:
        self._weather = Weather()
        self._server = Server(self)
        self.url = self._server.url.replace("127.0.0.1", "localhost")

    @property
    def received(self) -> list[Request]:
        """The requests that reached the stranger."""
        return [exchange.request for exchange in self._server.exchanges]

    def weather_for(self, request: Request) -> Weather:
        """Always fine here."""
        return self._weather

    def handle(self, request: Request) -> Response:
        """Everything is welcome."""
        return answer(200, {})

    def failure(self, status: int, request: Request) -> Response:
        """An error without a shape."""
        return answer(status, {})

    def reset(self) -> None:
        """Forget what came."""
        self._server.clear()

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()
