"""ETags: a caller that knows the content already gets 304 and no body."""

import hashlib

from fastapi import Request, Response


def build_etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def answer_unless_known(request: Request, body: bytes, etag: str) -> Response:
    """JSON with its ETag, or 304 where `If-None-Match` names it."""
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    known = [text.strip().removeprefix("W/") for text in request.headers.get("if-none-match", "").split(",")]
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
