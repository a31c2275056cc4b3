"""What both halves of the client stand on: the transport, and path segments that survive any name."""

from typing import Any
from urllib.parse import quote

from wakeline.client.transport import Transport

Document = dict[str, Any]
"""A JSON object as the server gave it."""


class Calls:
    """Holds the transport that the methods of its subclasses share."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _get(self, path: str, /, **query: object) -> Document:
        found: Document = self._transport.call("GET", path, query=query)
        return found

    def _list(self, path: str, /, **query: object) -> list[Document]:
        return self._transport.list_all(path, query)

    def _post(self, path: str, body: object = None, *, seconds_max: float = 60.0) -> Document:
        made: Document = self._transport.call("POST", path, body=body, seconds_max=seconds_max)
        return made

    def _patch(self, path: str, body: object, *, seconds_max: float = 60.0) -> Document:
        changed: Document = self._transport.call("PATCH", path, body=body, seconds_max=seconds_max)
        return changed


def join_path(*segments: str) -> str:
    return "".join("/" + quote(segment, safe="") for segment in segments)


def without_missing(**fields: object) -> dict[str, object]:
    """A body without the fields that the caller left to the server."""
    return {name: value for name, value in fields.items() if value is not None}
