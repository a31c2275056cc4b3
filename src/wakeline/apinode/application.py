"""The node's door: paths to endpoints, errors to status numbers, and every refused query into the log.

The user port has `/public/api/v1/…` and `/isAlive`, the admin port `/v1/status` and `/isAlive`.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from wakeline.apinode.calls import Action, Call, begin_call
from wakeline.apinode.packages import Endpoint, Service
from wakeline.apinode.prediction import PredictionParts, answer_query, receive_body
from wakeline.core.clock import Clock
from wakeline.core.errors import NotFoundError, UnavailableError, WakelineError
from wakeline.wire.asgi import (
    CallerGoneError,
    Exchange,
    Receive,
    Scope,
    Send,
    check_caller,
    check_method,
    find_status,
    send_error,
    send_json,
)

_BASE = "/public/api/v1/"
_OPENAPI = "openapi.json"
_ALIVE = frozenset({"/isAlive", "/isAlive/"})
_ALIVE_ANSWER = b'{"alive":true}'
_STATUS = "/v1/status"
_PATHS = (
    f"{_BASE}<service>/<endpoint>/predict, …/predict-multi, {_BASE}<service>/{_OPENAPI} or /isAlive",
    f"{_STATUS} or /isAlive",
)
_SHOWN_MAX = 100

_LOGGER = logging.getLogger(__name__)


class InternalError(WakelineError):
    """A fault of ours; its cause stands in the process's log."""

    code = "internal"


class NodeApplication:
    """The ASGI callable of one node; `report` gives what `/v1/status` shows of the spool."""

    def __init__(
        self,
        services: Mapping[str, Service],
        parts: PredictionParts,
        clock: Clock,
        *,
        admin_port: int | None,
        report: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._services = services
        self._parts = parts
        self._clock = clock
        self._admin_port = admin_port
        self._report = report
        self._queries: dict[str, tuple[Endpoint, Action]] = {
            f"{_BASE}{service.service_id}/{endpoint.endpoint_id}/{action}": (endpoint, action)
            for service in services.values()
            for endpoint in service.endpoints.values()
            for action in Action
        }
        self._answered = 0
        self._refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise AssertionError(f"a node serves HTTP only, not {scope['type']}")
        exchange = Exchange.begin(scope, receive, send)
        try:
            check_caller(exchange.headers)
            await self._route(exchange)
        except CallerGoneError:
            return
        except WakelineError as error:
            await send_error(exchange, error)

    async def _route(self, exchange: Exchange) -> None:
        path = exchange.path
        is_admin = exchange.port is not None and exchange.port == self._admin_port
        if not is_admin and path.startswith(_BASE):
            await self._route_user(path, exchange)
        elif path in _ALIVE:
            check_method(exchange, "GET")
            await send_json(exchange, 200, _ALIVE_ANSWER)
        elif is_admin and path == _STATUS:
            check_method(exchange, "GET")
            await send_json(exchange, 200, msgspec.json.encode(self._describe_status()))
        else:
            raise NotFoundError(f"found the path {path[:_SHOWN_MAX]!r}, expected {_PATHS[is_admin]}")

    async def _route_user(self, path: str, exchange: Exchange) -> None:
        known = self._queries.get(path)
        if known is not None:
            await self._handle_query(known[0], known[1], exchange)
            return
        service_id, _, rest = path.removeprefix(_BASE).partition("/")
        service = self._services.get(service_id)
        if service is not None and rest == _OPENAPI:
            check_method(exchange, "GET")
            await send_json(exchange, 200, service.openapi)
            return
        await self._handle_stray(service_id, rest, exchange)

    async def _handle_query(self, endpoint: Endpoint, action: Action, exchange: Exchange) -> None:
        call = begin_call(
            exchange,
            self._clock,
            service_id=endpoint.service_id,
            endpoint_id=endpoint.endpoint_id,
            endpoint=endpoint,
        )
        try:
            check_method(exchange, "POST")
            answer = await answer_query(self._parts, call, endpoint, action, exchange)
        except WakelineError as error:
            await self._record_refusal(call, error)
            raise
        except CallerGoneError:
            raise
        except Exception as error:
            _LOGGER.exception("the query of %s failed", exchange.path)
            failure = InternalError("the node failed to answer; the cause stands in its log")
            await self._record_refusal(call, failure)
            raise failure from error
        self._answered += 1
        await send_json(exchange, 200, answer)

    async def _handle_stray(self, service_id: str, rest: str, exchange: Exchange) -> None:
        """A query for nothing that is here: logged all the same, with what was sent."""
        endpoint_id = rest.partition("/")[0]
        service = self._services.get(service_id)
        call = begin_call(
            exchange,
            self._clock,
            service_id=service_id or None,
            endpoint_id=endpoint_id or None,
            endpoint=None if service is None else service.endpoints.get(endpoint_id),
        )
        try:
            await receive_body(call, exchange)
            raise self._explain_stray(service_id, endpoint_id, rest)
        except WakelineError as error:
            await self._record_refusal(call, error)
            raise

    def _explain_stray(self, service_id: str, endpoint_id: str, rest: str) -> NotFoundError:
        service = self._services.get(service_id)
        if service is None:
            return NotFoundError(
                f"found the service {service_id[:_SHOWN_MAX]!r}, "
                f"expected one of this node: {', '.join(self._services) or '(none)'}"
            )
        if endpoint_id not in service.endpoints:
            return NotFoundError(
                f"found the endpoint {endpoint_id[:_SHOWN_MAX]!r}, "
                f"expected one of {service_id}: {', '.join(service.endpoints)}"
            )
        action = rest.partition("/")[2]
        return NotFoundError(f"found {action[:_SHOWN_MAX]!r}, expected {' or '.join(Action)}")

    async def _record_refusal(self, call: Call, error: WakelineError) -> None:
        """Where the spool refuses this too, the answer is still the error that came first."""
        self._refused += 1
        journal = self._parts.journal
        events = journal.write_refused(call, find_status(error), error)
        if not events:
            return
        try:
            await self._parts.commits.store(journal.find_stream(call), events)
        except UnavailableError as unavailable:
            _LOGGER.warning("a refused query is not logged: %s", unavailable.message)

    def _describe_status(self) -> dict[str, Any]:
        return {
            "services": [_describe_service(service) for service in self._services.values()],
            "queries": {"answered": self._answered, "refused": self._refused},
            **self._report(),
        }


def _describe_service(service: Service) -> dict[str, Any]:
    return {
        "service_id": service.service_id,
        "generation": service.generation,
        "endpoints": [
            {
                "endpoint_id": endpoint.endpoint_id,
                "model_id": endpoint.model.model_id,
                "model_version": endpoint.model.model_version,
                "engine": endpoint.model.engine,
            }
            for endpoint in service.endpoints.values()
        ],
    }
