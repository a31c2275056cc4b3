"""Whether the server and the processes that it supervises are well."""

from typing import Literal

from fastapi import APIRouter

from wakeline import __version__
from wakeline.deployer.supervision import ProcessState
from wakeline.server.dependencies import PartsDep
from wakeline.server.serving_answers import HealthAnswer, ProcessAnswer

router = APIRouter(tags=["health"])


@router.get("/health")
def show_health(parts: PartsDep) -> HealthAnswer:
    processes = parts.nodes.supervisor.statuses()
    well = all(process.state is ProcessState.RUNNING for process in processes)
    status: Literal["ok", "degraded"] = "ok" if well else "degraded"
    return HealthAnswer(
        status=status,
        version=__version__,
        home=str(parts.home),
        processes=[ProcessAnswer.model_validate(process) for process in processes],
    )
