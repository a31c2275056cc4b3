"""Who may call before access control exists: this machine only, and no foreign page through a browser.

A foreign page that rebinds its name to 127.0.0.1 shows a foreign Host; one that posts here shows its Origin.
"""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from wakeline.server.problems import respond_problem

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class LocalAccess:
    """ASGI middleware that answers 403 to callers who are not of this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _find_refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await respond_problem("not-permitted", 403, refusal)(scope, receive, send)


def _find_refusal(scope: Scope) -> str | None:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if not is_loopback_host(host):
        return (
            f"the Host header is {host!r}; expected 127.0.0.1, localhost or [::1]: "
            "other names are refused until access control exists"
        )
    origin = headers.get(b"origin")
    if scope["method"] not in _SAFE_METHODS and origin is not None and not _is_same_origin(origin, host):
        return f"the request comes from a page of {origin!r}; only Wakeline's own pages may change anything"
    return None


def is_loopback_host(host: str) -> bool:
    """A Host header's value, with any port."""
    try:
        parts = urlsplit(f"//{host}")
        return parts.hostname in _LOOPBACK_NAMES and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        return False


def _is_same_origin(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()
