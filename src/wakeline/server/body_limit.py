"""No body is read whole beyond a limit; archives of models are larger, and go to disk as they come."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wakeline.core.limits import REQUEST_BODY_BYTES_MAX
from wakeline.server.problems import respond_problem

_STREAMED = "/versions"


class BodyLimit:
    """ASGI middleware that answers 413, before anything is read where the length is declared."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_streamed(scope):
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > REQUEST_BODY_BYTES_MAX:
            await respond_problem("too-large", 413, _explain(declared.decode()))(scope, receive, send)
            return
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > REQUEST_BODY_BYTES_MAX:
                raise HTTPException(413, _explain(f"more than {REQUEST_BODY_BYTES_MAX}"))
            return message

        await self._app(scope, count, send)


def _is_streamed(scope: Scope) -> bool:
    path = str(scope["path"])
    return scope["method"] == "POST" and path.startswith("/api/v1/models/") and path.endswith(_STREAMED)


def _explain(found: str) -> str:
    return f"found a body of {found} bytes, expected at most {REQUEST_BODY_BYTES_MAX}"
