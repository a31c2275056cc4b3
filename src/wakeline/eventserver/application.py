"""The event server's doors on bare ASGI: `POST /v1/events`, and what it tells of itself.

Translates between HTTP and the intake and decides nothing. Errors are RFC 9457 problems whose `type` a
shipper may rely on; docs/reference/event-protocol.md is the specification.
"""

import logging
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from wakeline.core.clock import Clock, format_rfc3339
from wakeline.core.errors import (
    NotFoundError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    WakelineError,
)
from wakeline.core.event import Stream
from wakeline.core.limits import INTAKE_BODY_BYTES_MAX
from wakeline.eventserver.answers import Answer, answer_error, answer_json, answer_outcome, answer_redirect
from wakeline.eventserver.configuration import RulesKeeper
from wakeline.eventserver.intake import Intake, RulesBehindError
from wakeline.eventserver.metrics import list_samples
from wakeline.eventserver.peers import Peers
from wakeline.eventserver.rules import Rules
from wakeline.wire.access import KeyRule, read_bearer
from wakeline.wire.asgi import (
    CallerGoneError,
    Exchange,
    Headers,
    MethodNotAllowedError,
    Receive,
    Scope,
    Send,
    check_caller,
    read_body_in_time,
)
from wakeline.wire.metrics import CONTENT_TYPE, render_metrics

_METHODS = {
    "/v1/events": "POST",
    "/v1/servers": "GET",
    "/v1/status": "GET",
    "/metrics": "GET",
    "/isAlive": "GET",
}
_REDIRECTED = b"redirected=1"
"""Whoever sent the batch here has asked who owns its table; so no two servers send it to and fro."""
_log = logging.getLogger(__name__)


class LengthRequiredError(WakelineError):
    """Memory is set aside before a body is read, so its length must be known."""

    code = "length-required"


class EventServer:
    """The ASGI application of one process."""

    def __init__(
        self,
        intake: Intake,
        keeper: RulesKeeper,
        peers: Peers,
        *,
        retry_s: float,
        clock: Clock,
        hosts: frozenset[str] = frozenset(),
    ) -> None:
        self._intake = intake
        self._keeper = keeper
        self._peers = peers
        self._hosts = hosts
        self.describe_upkeep: Callable[[], dict[str, Any]] = dict
        self._retry_after_s = max(1, math.ceil(retry_s))
        self._clock = clock
        self._started_us = clock.now_us()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise AssertionError(f"{scope['type']} is switched off in the server's configuration")
        try:
            answer = await self._answer(Exchange.begin(scope, receive, send))
        except CallerGoneError:
            return
        except WakelineError as error:
            answer = answer_error(error, retry_after_s=self._retry_after_s)
        except Exception:
            _log.exception("a request failed unexpectedly")
            raise
        await answer.send(send)

    async def _answer(self, exchange: Exchange) -> Answer:
        check_caller(exchange.headers, self._hosts)
        path, method = exchange.path, exchange.method
        allowed = _METHODS.get(path)
        if allowed is None:
            raise NotFoundError(f"there is no {path} here", details={"paths": sorted(_METHODS)})
        if method != allowed:
            raise MethodNotAllowedError(f"{path} takes {allowed}, not {method}", details={"allow": allowed})
        match path:
            case "/v1/events":
                return await self._take_events(exchange)
            case "/v1/servers":
                return answer_json(self._list_servers())
            case "/v1/status":
                return answer_json(self._describe(self._find_viewer(exchange.headers)))
            case "/metrics":
                return self._render_metrics(self._find_viewer(exchange.headers))
            case _:
                return answer_json({"status": "ok"})

    async def _take_events(self, exchange: Exchange) -> Answer:
        rules = self._keeper.rules
        if rules is None:
            raise UnavailableError("the event server has no configuration yet; send again")
        key = self._find_key(exchange.headers, rules)
        self._intake.check_rate(key)
        size = _read_length(exchange.headers)
        with self._intake.admit(size):
            batch = await self._intake.read(await read_body_in_time(exchange, bytes_max=size))
            if _REDIRECTED not in exchange.scope.get("query_string", b""):
                owner = await self._peers.find_owner(batch.header.stream)
                if owner != self._peers.own_url:
                    return answer_redirect(f"{owner}/v1/events?{_REDIRECTED.decode()}")
            try:
                return answer_outcome(await self._intake.accept(batch, rules, key, admitted=size))
            except RulesBehindError:
                self._keeper.wake()
                raise

    def _list_servers(self) -> dict[str, Any]:
        return {
            "servers": [{"url": url} for url in self._peers.list_urls()],
            "rules_version": self._rules_version(),
        }

    def _find_key(self, headers: Headers, rules: Rules) -> KeyRule:
        key = rules.find_key(read_bearer(headers.get(b"authorization", b"")), self._clock.now_us())
        if key is None:
            raise UnauthenticatedError("no known key; expected Authorization: Bearer <intake key>")
        return key

    def _find_viewer(self, headers: Headers) -> Callable[[Stream], bool]:
        """Which streams the caller may see: none without a key."""
        rules = self._keeper.rules
        if rules is None or b"authorization" not in headers:
            return lambda _stream: False
        return partial(rules.may_see, self._find_key(headers, rules))

    def _describe(self, may_see: Callable[[Stream], bool]) -> dict[str, Any]:
        return {
            "status": self._name_state(),
            "url": self._peers.own_url,
            "started_at": format_rfc3339(self._started_us),
            "rules_version": self._rules_version(),
            "configuration_error": self._keeper.last_error,
            "servers": self._peers.list_urls(),
            "upkeep": self.describe_upkeep(),
            "held_bytes": self._intake.held_bytes,
            "malformed_batches": self._intake.malformed,
            "streams": self._intake.describe(may_see),
            "no_destination": [tries for stream, tries in self._intake.waiting.list() if may_see(stream)],
        }

    def _render_metrics(self, may_see: Callable[[Stream], bool]) -> Answer:
        samples = list_samples(
            self._intake,
            may_see,
            rules_version=self._rules_version(),
            is_failing=self._keeper.last_error is not None,
        )
        return Answer(200, render_metrics(samples), ((b"content-type", CONTENT_TYPE),))

    def _name_state(self) -> str:
        if self._keeper.rules is None:
            return "not-configured"
        return "disk-full" if self._intake.is_disk_full() else "ok"

    def _rules_version(self) -> int:
        return 0 if self._keeper.rules is None else self._keeper.rules.rules_version


def _read_length(headers: Headers) -> int:
    declared = headers.get(b"content-length", b"")
    if not declared.isdigit():
        raise LengthRequiredError("the request has no Content-Length; expected the body's number of bytes")
    size = int(declared[:20])
    if size > INTAKE_BODY_BYTES_MAX:
        raise TooLargeError(f"the body has {size} bytes; expected at most {INTAKE_BODY_BYTES_MAX}; halve it")
    return size
