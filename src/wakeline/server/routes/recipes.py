"""Evaluate recipes: create, change, run."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.orm import Session

from wakeline.core.window import parse_window
from wakeline.evaluation.settings import EvaluateRecipe
from wakeline.metadata.queries import jobs, recipes, zones
from wakeline.metadata.queries.projects import check_project
from wakeline.metadata.tables.monitoring import Recipe
from wakeline.monitoring import objects, removal
from wakeline.monitoring.schedules import EVALUATE
from wakeline.server.answers import JobAnswer, Listed, RecipeAnswer
from wakeline.server.dependencies import PartsDep, SessionDep

router = APIRouter(tags=["recipes"])


class NewRecipe(BaseModel, extra="forbid"):
    """Settings that are left out get the presets for that dataset."""

    project: str
    name: str
    kind: str = objects.RECIPE_KIND
    dataset: str
    model: str
    store: str
    zone: str | None = None
    settings: EvaluateRecipe = EvaluateRecipe()


class RecipeChange(BaseModel, extra="forbid"):
    """Settings that are left out stay as they are."""

    settings: EvaluateRecipe


class Run(BaseModel, extra="forbid"):
    """A month `2013-04`, a day `2013-04-01`, or `2013-04-01/2013-05-01` (the end is excluded)."""

    window: str


@router.get("/recipes")
def list_recipes(session: SessionDep, project: str | None = None) -> Listed[RecipeAnswer]:
    check_project(session, project)
    return Listed(items=[_describe(session, row) for row in recipes.list_recipes(session, project)])


@router.post("/recipes", status_code=201)
def create_recipe(body: NewRecipe, session: SessionDep, parts: PartsDep) -> RecipeAnswer:
    objects.check_kind("recipe", body.kind, objects.RECIPE_KIND)
    row = objects.create_recipe(
        session,
        body.project,
        body.name,
        dataset=body.dataset,
        model=body.model,
        store=body.store,
        settings=body.settings.model_dump(exclude_unset=True),
        now_us=parts.clock.now_us(),
    )
    objects.place_item(session, body.project, body.zone, "recipe", row.name)
    return _describe(session, row)


@router.get("/recipes/{project}/{name}")
def show_recipe(project: str, name: str, session: SessionDep) -> RecipeAnswer:
    return _describe(session, recipes.get_recipe(session, project, name))


@router.patch("/recipes/{project}/{name}")
def change_recipe(
    project: str, name: str, body: RecipeChange, session: SessionDep, parts: PartsDep
) -> RecipeAnswer:
    settings = body.settings.model_dump(exclude_unset=True)
    return _describe(session, objects.change_recipe(session, project, name, settings, parts.clock.now_us()))


@router.delete("/recipes/{project}/{name}", status_code=204)
def delete_recipe(project: str, name: str, session: SessionDep, parts: PartsDep) -> None:
    """With its schedule; the evaluations that it made stay."""
    removal.delete_recipe(session, project, name, parts.clock.now_us())


@router.post("/recipes/{project}/{name}/actions/run", status_code=202)
def run_recipe(project: str, name: str, body: Run, session: SessionDep, parts: PartsDep) -> JobAnswer:
    recipes.get_recipe(session, project, name)
    window = parse_window(body.window)
    job_id = parts.jobs.submit(EVALUATE, {"recipe": name, "window": str(window)}, project)
    return JobAnswer.model_validate(jobs.get_job(session, job_id))


def _describe(session: Session, row: Recipe) -> RecipeAnswer:
    answer = RecipeAnswer.model_validate(row)
    zone = zones.find_zone_of(session, row.project, "recipe", row.name)
    answer.zone = None if zone is None else zone.name
    return answer
