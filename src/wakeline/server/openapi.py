"""Writes the server's OpenAPI document, from which the front end's types are made: `make openapi`.

Only routes and shapes are looked at; no home is opened and nothing is started.
"""

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from wakeline import __version__
from wakeline.server.application import ROUTERS


def describe_api() -> dict[str, Any]:
    app = FastAPI(title="Wakeline", version=__version__)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    return app.openapi()


def render_api() -> str:
    return json.dumps(describe_api(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_api(), encoding="utf-8")
