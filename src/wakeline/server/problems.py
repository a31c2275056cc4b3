"""Errors as RFC 9457 problems: the one table from a kind of failure to a status number."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from wakeline.core.errors import (
    BrokenFileError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    PreconditionFailedError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    WakelineError,
)
from wakeline.core.full_disk import explain_full_disk, is_disk_full

MEDIA_TYPE = "application/problem+json"

STATUS_BY_ERROR: dict[type[WakelineError], int] = {
    InvalidInputError: 422,
    BrokenFileError: 422,
    NotFoundError: 404,
    PreconditionFailedError: 412,
    ConflictError: 409,
    NotPermittedError: 403,
    UnauthenticatedError: 401,
    TooLargeError: 413,
    UnavailableError: 503,
}

_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Precondition failed",
    413: "Too large",
    422: "Invalid input",
    500: "Internal error",
    503: "Unavailable",
}


_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def describe_problem(error: WakelineError) -> dict[str, object]:
    """The problem document of an error, also kept as the outcome of a failed job."""
    return _build_document(error.code, find_status(error), error.message, error.details)


def find_status(error: WakelineError) -> int:
    return next(
        (STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_BY_ERROR),
        500,
    )


def respond_problem(
    code: str, status: int, detail: str, details: dict[str, object] | None = None
) -> JSONResponse:
    return JSONResponse(
        _build_document(code, status, detail, details or {}), status_code=status, media_type=MEDIA_TYPE
    )


def install_handlers(app: FastAPI) -> None:
    app.add_exception_handler(WakelineError, _handle_wakeline_error)
    app.add_exception_handler(IntegrityError, _handle_collision)
    app.add_exception_handler(RequestValidationError, _handle_validation_error)
    app.add_exception_handler(HTTPException, _handle_http_exception)
    app.add_exception_handler(Exception, _handle_unexpected)


def _build_document(code: str, status: int, detail: str, details: dict[str, object]) -> dict[str, object]:
    return {
        "type": f"urn:wakeline:problem:{code}",
        "title": _TITLES.get(status, "Problem"),
        "status": status,
        "detail": detail,
        "details": details,
    }


async def _handle_wakeline_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, WakelineError)
    return JSONResponse(describe_problem(error), status_code=find_status(error), media_type=MEDIA_TYPE)


async def _handle_collision(request: Request, _error: Exception) -> JSONResponse:
    """Two requests made the same thing, or one took away what the other built on, at the same moment."""
    return respond_problem(
        "conflict",
        409,
        f"{request.method} {request.url.path} met another request at the same moment; look, and try again",
    )


async def _handle_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    media_type = request.headers.get("content-type", "")
    if "json" not in media_type and any(entry["loc"] == ("body",) and "input" in entry for entry in found):
        return respond_problem(
            "invalid-input", 422, f"found the Content-Type {media_type!r}, expected application/json"
        )
    if any(entry["type"] == "json_invalid" for entry in found):
        return respond_problem("bad-json", 400, "the body is not JSON: " + _describe_entries(found))
    return respond_problem(
        "invalid-input",
        422,
        _describe_entries(found),
        {"fields": [{"at": _describe_place(entry), "message": entry["msg"]} for entry in found]},
    )


async def _handle_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = f"{request.method} {request.url.path}: {error.detail}"
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _find_methods(request, headers.get("Allow", "GET"))
        detail = f"found {request.method} {request.url.path}, expected one of {headers['Allow']}"
    code = _CODES.get(error.status_code, "http-error")
    response = respond_problem(code, error.status_code, detail)
    response.headers.update(headers)
    return response


def _find_methods(request: Request, known: str) -> str:
    """Of every route with this path: the router knows those of the first one only."""
    paths = request.app.openapi()["paths"].items()
    methods = {
        method.upper()
        for path, operations in paths
        if compile_path(path)[0].match(request.url.path)
        for method in operations
    }
    return ", ".join(sorted(methods)) or known


async def _handle_unexpected(request: Request, error: Exception) -> JSONResponse:
    if is_disk_full(error):
        detail = explain_full_disk(request.app.state.parts.home, error)
        return respond_problem("disk-full", 503, f"{request.method} {request.url.path}: {detail}")
    return respond_problem(
        "internal",
        500,
        f"{request.method} {request.url.path} failed: {type(error).__name__}; see the server's log",
    )


def _describe_entries(entries: object) -> str:
    assert isinstance(entries, list | tuple)
    return "; ".join(f"{_describe_place(entry)}: {entry['msg']}" for entry in entries)


def _describe_place(entry: dict[str, object]) -> str:
    place = entry.get("loc", ())
    assert isinstance(place, list | tuple)
    return ".".join(str(part) for part in place)
