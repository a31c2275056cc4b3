"""Serves the built front end: one HTML page for every address of the browser's side, and its hashed assets.

The bundle is read once and held in memory, compressed. Each HTML answer has a nonce and a strict
Content-Security-Policy of its own. Knows no data: what the page shows it asks of `/api/v1`.
"""

import gzip
import html
import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

STATIC = Path(__file__).with_name("static")
NONCE_MARK = "__CSP_NONCE__"
BASE_MARK = '<base href="/" />'
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)
NOT_BUILT = (
    "<!doctype html><html lang=en><title>Wakeline</title><h1>The front end is not built</h1>"
    "<p>The REST API under /api/v1 works. To have the pages too, run "
    "<code>python hatch_build.py</code> in the clone, or install Wakeline by pip, and start it again.</p>"
)


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    compressed: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """`index` is None where nothing was built; assets by their path below the folder."""

    index: str | None
    assets: dict[str, Asset]


def install_pages(app: FastAPI, folder: Path = STATIC) -> None:
    """Adds the route of everything that no other route has; so it comes last."""
    bundle = load_bundle(folder)

    @app.get("/{path:path}", include_in_schema=False)
    def show_page(path: str, request: Request) -> Response:
        if path in bundle.assets:
            return _answer_asset(bundle.assets[path], path, request)
        if path.startswith(("api/", "assets/")):
            raise HTTPException(404, "there is nothing here")
        if bundle.index is None:
            return HTMLResponse(NOT_BUILT, status_code=503)
        return _answer_index(bundle.index, str(request.scope.get("root_path", "")))


def load_bundle(folder: Path) -> Bundle:
    index = folder / "index.html"
    if not index.is_file():
        return Bundle(None, {})
    paths = [path for path in folder.rglob("*") if path.is_file() and path != index]
    return Bundle(
        index.read_text(encoding="utf-8"),
        {path.relative_to(folder).as_posix(): _load_asset(path) for path in paths},
    )


def _load_asset(path: Path) -> Asset:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content, gzip.compress(content, 9, mtime=0), media_type)


def _answer_asset(asset: Asset, path: str, request: Request) -> Response:
    hashed = path.startswith("assets/")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if hashed else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.compressed, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def _answer_index(index: str, prefix: str) -> Response:
    nonce = secrets.token_urlsafe(16)
    base = f'<base href="{html.escape(prefix.rstrip("/"), quote=True)}/" />'
    return HTMLResponse(
        index.replace(NONCE_MARK, nonce).replace(BASE_MARK, base),
        headers={
            "Cache-Control": "no-cache",
            "Content-Security-Policy": POLICY.format(nonce=nonce),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )
