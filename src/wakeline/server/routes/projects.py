"""Projects: the owners of everything else."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from wakeline.core.clock import format_rfc3339
from wakeline.metadata.queries import projects
from wakeline.metadata.tables.serving import Project
from wakeline.server.dependencies import PartsDep, SessionDep

router = APIRouter(tags=["projects"])


class NewProject(BaseModel, extra="forbid"):
    key: str
    name: str = ""


@router.get("/projects")
def list_projects(session: SessionDep) -> dict[str, Any]:
    return {"items": [_describe(row) for row in projects.list_projects(session)], "next_cursor": None}


@router.post("/projects", status_code=201)
def create_project(body: NewProject, session: SessionDep, parts: PartsDep) -> dict[str, Any]:
    return _describe(projects.create_project(session, body.key, body.name, parts.clock.now_us()))


@router.get("/projects/{key}")
def show_project(key: str, session: SessionDep) -> dict[str, Any]:
    return _describe(projects.get_project(session, key))


def _describe(row: Project) -> dict[str, Any]:
    return {"key": row.key, "name": row.name, "created_at": format_rfc3339(row.created_at_us)}
