"""Composes the server's ASGI application: one literal list of routers, the problems, nothing decided here."""

from fastapi import APIRouter, FastAPI

from wakeline import __version__
from wakeline.server.access import LocalAccess
from wakeline.server.pages import install_pages
from wakeline.server.parts import Parts
from wakeline.server.problems import install_handlers
from wakeline.server.routes import (
    deployments,
    events,
    health,
    infrastructures,
    models,
    projects,
    services,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    projects.router,
    models.router,
    services.router,
    infrastructures.router,
    deployments.router,
    events.router,
)
"""Every route of `/api/v1`; a new module of `server.routes` is added here."""


def create_app(parts: Parts) -> FastAPI:
    app = FastAPI(
        title="Wakeline",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = parts
    app.add_middleware(LocalAccess)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    install_handlers(app)
    install_pages(app)
    return app
