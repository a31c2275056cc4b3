"""Composes the server's ASGI application: one literal list of routers, the problems, nothing decided here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from wakeline import __version__
from wakeline.monitoring.erasure import resume_erasures
from wakeline.server.access import LocalAccess
from wakeline.server.body_limit import BodyLimit
from wakeline.server.pages import install_pages
from wakeline.server.parts import Parts
from wakeline.server.problems import install_handlers
from wakeline.server.rounds import make_rounds
from wakeline.server.routes import (
    activity,
    alerts,
    api_keys,
    checks,
    comparisons,
    connections,
    datasets,
    deployments,
    destinations,
    erasures,
    evaluations,
    events,
    flow,
    health,
    infrastructures,
    jobs,
    labels,
    metrics,
    models,
    monitoring,
    overview,
    projects,
    recipes,
    rows,
    schedules,
    services,
    stored_queries,
    stores,
    zones,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    projects.router,
    models.router,
    services.router,
    infrastructures.router,
    deployments.router,
    events.router,
    connections.router,
    api_keys.router,
    destinations.router,
    erasures.router,
    datasets.router,
    zones.router,
    flow.router,
    recipes.router,
    stores.router,
    evaluations.router,
    jobs.router,
    monitoring.router,
    labels.router,
    checks.router,
    schedules.router,
    alerts.router,
    overview.router,
    activity.router,
    rows.router,
    stored_queries.router,
    comparisons.router,
)
"""Every route of `/api/v1`; a new module of `server.routes` is added here."""

_GZIP_BYTES_MIN = 2_000
_GZIP_LEVEL = 5
"""Evaluations are long and repeat themselves; streams of events and assets pass as they are."""

_JOBS_STOP_SECONDS = 2.0
"""With the nodes' grace after it, the server ends within the ten seconds that its own supervisor grants."""

_ROUNDS_STOP_SECONDS = 0.5
"""A message that is on its way for longer is taken up again after its lease."""


def create_app(parts: Parts) -> FastAPI:
    app = FastAPI(
        title="Wakeline",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_run_work,
    )
    app.state.parts = parts
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_BYTES_MIN, compresslevel=_GZIP_LEVEL)
    app.add_middleware(BodyLimit)
    app.add_middleware(LocalAccess)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    app.include_router(metrics.router)
    install_handlers(app)
    install_pages(app)
    return app


def _resume(parts: Parts) -> int:
    return resume_erasures(parts.sessions, parts.clock.now_us())


@asynccontextmanager
async def _run_work(app: FastAPI) -> AsyncIterator[None]:
    parts = app.state.parts
    rounds = make_rounds(parts.scheduler, parts.messenger, partial(_resume, parts))
    for worker in (parts.jobs, *rounds):
        worker.start()
    yield
    for each in rounds:
        await run_in_threadpool(each.stop, _ROUNDS_STOP_SECONDS)
    await run_in_threadpool(parts.jobs.stop, _JOBS_STOP_SECONDS)
