"""Errors in the shapes that Jira v3, Confluence v2 and Confluence v1 use."""

from __future__ import annotations

from http import HTTPStatus

from tests.rig.wire import Request, Response, answer

_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    429: "TOO_MANY_REQUESTS",
}


class VendorError(Exception):
    """A product refuses a request that its contract allows; `field` as Jira's `errors` names it."""

    def __init__(self, status: int, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.field = status, message, field


def vendor_failure(status: int, request: Request, message: str = "", field: str = "") -> Response:
    """An error answer in the shape of the API that was asked."""
    text = message or _phrase(status)
    if request.path.startswith(("/wiki/rest/api", "/ex/confluence")):
        return answer(status, {"statusCode": status, "message": text})
    if request.path.startswith("/wiki/"):
        return _confluence(status, text)
    return _jira(status, text, field)


def _confluence(status: int, text: str) -> Response:
    if status == 401:
        return Response(401, b"<html><body>Unauthorized</body></html>", {"Content-Type": "text/html"})
    code = _CODES.get(status, "INTERNAL_SERVER_ERROR")
    return answer(status, {"errors": [{"status": status, "code": code, "title": text, "detail": None}]})


def _jira(status: int, text: str, field: str) -> Response:
    if status == 401:
        return Response(
            401, b"Client must be authenticated to access this resource.", {"Content-Type": "text/plain"}
        )
    headers = {"RateLimit_Reason": "jira-burst-based", "X_RateLimit_Remaining": "0"} if status == 429 else {}
    messages, errors = ([], {field: text}) if field else ([text], {})
    return answer(status, {"errorMessages": messages, "errors": errors}, **headers)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status {status}"
