"""HTTP to a Wakeline server: JSON in and out, problems back into the errors of `core.errors`."""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

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

REQUEST_SECONDS_MAX = 60.0
_DOWNLOAD = httpx.Timeout(600.0, connect=5.0)
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_PROBLEM_PREFIX = "urn:wakeline:problem:"
_SHOWN_CHARACTERS_MAX = 500

_ERROR_BY_CODE: dict[str, type[WakelineError]] = {
    kind.code: kind
    for kind in (
        InvalidInputError,
        BrokenFileError,
        NotFoundError,
        ConflictError,
        NotPermittedError,
        PreconditionFailedError,
        TooLargeError,
        UnauthenticatedError,
        UnavailableError,
    )
}
_ERROR_BY_STATUS: dict[int, type[WakelineError]] = {
    400: InvalidInputError,
    401: UnauthenticatedError,
    403: NotPermittedError,
    404: NotFoundError,
    405: InvalidInputError,
    409: ConflictError,
    412: PreconditionFailedError,
    413: TooLargeError,
    422: InvalidInputError,
}


class Transport:
    """Holds the connections to one server until `close`; may be shared between threads."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        # A proxy named in the environment is for the world, not for this machine.
        is_here = _parse_url(self.url).host in _LOOPBACK_NAMES
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1", timeout=REQUEST_SECONDS_MAX, trust_env=not is_here
        )

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        content: bytes | Iterable[bytes] | None = None,
        seconds_max: float = REQUEST_SECONDS_MAX,
    ) -> Any:
        """The decoded answer, None where there is none; `content` is sent as a zip instead of `body`."""
        headers = {} if content is None else {"Content-Type": "application/zip"}
        try:
            response = self._http.request(
                method,
                path,
                params=_drop_missing(query or {}),
                json=body,
                content=content,
                headers=headers,
                timeout=httpx.Timeout(seconds_max, connect=5.0),
            )
        except httpx.HTTPError as error:
            raise self._explain(error) from error
        return _decode(response)

    def read_text(self, path: str, query: Mapping[str, object] | None = None) -> str:
        """The answer as it is, for what is no JSON."""
        try:
            response = self._http.get(path, params=_drop_missing(query or {}))
        except httpx.HTTPError as error:
            raise self._explain(error) from error
        if response.is_error:
            _decode(response)
        return response.text

    def download(self, path: str, query: Mapping[str, object], file: Path) -> int:
        """Streams the answer into a file, which appears when it is whole; returns its bytes."""
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        try:
            with self._http.stream("GET", path, params=_drop_missing(query), timeout=_DOWNLOAD) as response:
                if response.is_error:
                    response.read()
                    _decode(response)
                with draft.open("wb") as target:
                    for chunk in response.iter_bytes():
                        target.write(chunk)
            draft.replace(file)
        except httpx.HTTPError as error:
            raise self._explain(error) from error
        finally:
            draft.unlink(missing_ok=True)
        return file.stat().st_size

    def list_all(
        self, path: str, query: Mapping[str, object] | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """The items of every page, or the first `limit`."""
        asked = dict(query or {})
        items: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", path, query=asked)
            items += page["items"]
            asked["cursor"] = page.get("next_cursor")
            if asked["cursor"] is None or (limit is not None and len(items) >= limit):
                return items[:limit]

    def follow(self, path: str) -> Iterator[dict[str, Any]]:
        """The data of server-sent events, as they come."""
        try:
            with self._http.stream("GET", path, timeout=httpx.Timeout(None, connect=5.0)) as response:
                if response.is_error:
                    response.read()
                    _decode(response)
                for line in response.iter_lines():
                    if line.startswith("data:"):
                        yield json.loads(line.removeprefix("data:"))
        except httpx.HTTPError as error:
            raise self._explain(error) from error

    def _explain(self, error: httpx.HTTPError) -> UnavailableError:
        reason = str(error) or type(error).__name__
        if isinstance(error, httpx.ConnectError):
            return UnavailableError(f"nothing answers at {self.url} ({reason}): is `wakeline up` running?")
        return UnavailableError(f"the server at {self.url} gave no answer: {reason}")


def _parse_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidInputError(f"{url!r} is not a URL: {error}") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise InvalidInputError(f"{url!r} is not a server's URL; expected one such as http://127.0.0.1:4180")
    return parsed


def _drop_missing(query: Mapping[str, object]) -> dict[str, str]:
    return {name: _to_text(value) for name, value in query.items() if value is not None}


def _to_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _decode(response: httpx.Response) -> Any:
    if response.is_error:
        raise build_error(response.status_code, response.text)
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        raise UnavailableError(
            f"{response.url} answered no JSON but {response.text[:_SHOWN_CHARACTERS_MAX]!r}; "
            "is it a Wakeline server?"
        ) from error


def build_error(status: int, text: str) -> WakelineError:
    """The error that a problem document stands for."""
    try:
        problem = json.loads(text)
        code = str(problem["type"]).removeprefix(_PROBLEM_PREFIX)
        detail, details = str(problem["detail"]), dict(problem.get("details") or {})
    except (ValueError, KeyError, TypeError):
        kind = _ERROR_BY_STATUS.get(status, UnavailableError)
        return kind(f"the server answered {status}: {text[:_SHOWN_CHARACTERS_MAX]}")
    kind = _ERROR_BY_CODE.get(code) or _ERROR_BY_STATUS.get(status, UnavailableError)
    return kind(detail, details=details)
