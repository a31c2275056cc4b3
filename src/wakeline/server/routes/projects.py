"""Projects: the owners of everything else."""

from fastapi import APIRouter
from pydantic import BaseModel

from wakeline.metadata.queries import projects
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.serving_answers import ProjectAnswer

router = APIRouter(tags=["projects"])


class NewProject(BaseModel, extra="forbid"):
    """`name` defaults to the key."""

    key: str
    name: str = ""


@router.get("/projects")
def list_projects(session: SessionDep) -> Listed[ProjectAnswer]:
    return Listed(items=[ProjectAnswer.model_validate(row) for row in projects.list_projects(session)])


@router.post("/projects", status_code=201)
def create_project(body: NewProject, session: SessionDep, parts: PartsDep) -> ProjectAnswer:
    row = projects.create_project(session, body.key, body.name, parts.clock.now_us())
    return ProjectAnswer.model_validate(row)


@router.get("/projects/{key}")
def show_project(key: str, session: SessionDep) -> ProjectAnswer:
    return ProjectAnswer.model_validate(projects.get_project(session, key))
