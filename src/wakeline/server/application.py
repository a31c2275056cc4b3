"""Composes the server's ASGI application: one literal list of routers, the problems, nothing decided here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from wakeline import __version__
from wakeline.server.pages import install_pages
from wakeline.server.parts import Parts
from wakeline.server.problems import install_handlers
from wakeline.server.routes import (
    connections,
    datasets,
    evaluations,
    flow,
    jobs,
    monitoring,
    projects,
    recipes,
    stores,
    zones,
)

ROUTERS: tuple[APIRouter, ...] = (
    projects.router,
    connections.router,
    datasets.router,
    zones.router,
    flow.router,
    recipes.router,
    stores.router,
    evaluations.router,
    jobs.router,
    monitoring.router,
)
"""Every route of `/api/v1`; a new module of `server.routes` is added here."""


def create_app(parts: Parts) -> FastAPI:
    app = FastAPI(
        title="Wakeline",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_run_jobs,
    )
    app.state.parts = parts
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    install_handlers(app)
    install_pages(app)
    return app


@asynccontextmanager
async def _run_jobs(app: FastAPI) -> AsyncIterator[None]:
    jobs_runner = app.state.parts.jobs
    jobs_runner.start()
    yield
    jobs_runner.stop()
