"""Recipes: create, find, list, change their settings."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.metadata.tables.monitoring import Recipe


def add_recipe(session: Session, recipe: Recipe) -> Recipe:
    if session.get(Recipe, (recipe.project, recipe.name)) is not None:
        raise ConflictError(f"the project {recipe.project} has a recipe {recipe.name!r} already")
    session.add(recipe)
    session.flush()
    return recipe


def get_recipe(session: Session, project: str, name: str) -> Recipe:
    recipe = session.get(Recipe, (project, name))
    if recipe is None:
        known = ", ".join(row.name for row in list_recipes(session, project)) or "none"
        raise NotFoundError(f"the project {project} has no recipe {name!r}; there are: {known}")
    return recipe


def list_recipes(
    session: Session,
    project: str | None = None,
    *,
    dataset: str | None = None,
    model: str | None = None,
    store: str | None = None,
) -> Sequence[Recipe]:
    """The oldest first, so that the first of equals is always the same one."""
    query = select(Recipe).order_by(Recipe.project, Recipe.created_at_us, Recipe.name)
    wanted = {Recipe.project: project, Recipe.dataset: dataset, Recipe.model: model, Recipe.store: store}
    for column, value in wanted.items():
        query = query if value is None else query.where(column == value)
    return session.scalars(query).all()


def change_settings(session: Session, recipe: Recipe, settings: dict[str, Any], now_us: int) -> Recipe:
    recipe.settings = settings
    recipe.updated_at_us = now_us
    session.flush()
    return recipe
