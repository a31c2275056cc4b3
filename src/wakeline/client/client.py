"""The Python client: one method a route of `/api/v1`, answers as plain dicts and lists.

Errors are the classes of `core.errors` with the server's own words. The methods stand in classes by what they
are about; `Client` has all.
"""

import os
from types import TracebackType
from typing import Any, Self

from wakeline.client.access import AccessCalls
from wakeline.client.connections import ConnectionCalls
from wakeline.client.erasures import ErasureCalls
from wakeline.client.monitoring import MonitoringCalls
from wakeline.client.serving import ServingCalls
from wakeline.client.telling import TellingCalls
from wakeline.client.transport import Transport

URL_VARIABLE = "WAKELINE_URL"
DEFAULT_URL = "http://127.0.0.1:4180"


class Client(ServingCalls, AccessCalls, ConnectionCalls, MonitoringCalls, TellingCalls, ErasureCalls):
    """A connection to one server; usable as a context manager, and by several threads.

    Without `url` it is the one of the environment's `WAKELINE_URL`, else this machine's on port 4180.
    """

    def __init__(self, url: str | None = None) -> None:
        given = os.environ.get(URL_VARIABLE, DEFAULT_URL) if url is None else url
        super().__init__(Transport(given))

    @property
    def url(self) -> str:
        return self._transport.url

    def read_health(self) -> dict[str, Any]:
        health: dict[str, Any] = self._transport.call("GET", "/health")
        return health

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
