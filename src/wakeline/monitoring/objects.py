"""The objects of a Flow, made by hand or by Configure: checks names and references, then writes the row.

Whoever makes an object, the same rules and presets apply, so both ways end at the same rows.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.event import Topic
from wakeline.evaluation.settings import ACTIVE_VERSION, ALL_VERSIONS, EvaluateRecipe
from wakeline.loglake.names import unescape_name
from wakeline.loglake.place import split_path
from wakeline.metadata.queries import datasets, destinations, models, recipes, stores, zones
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.monitoring import Dataset, Recipe, Store, Zone

DATASET_KIND = "log"
RECIPE_KIND = "evaluate"
ITEM_KINDS = ("dataset", "recipe", "store", "model")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,198}[A-Za-z0-9_.-]|[A-Za-z0-9_]")
_DEFAULT_ZONE = "Default zone"
_ZONE_CHARACTERS_MAX = 255


def create_zone(session: Session, project: str, name: str, now_us: int) -> Zone:
    lock_project(session, project)
    return zones.create_zone(session, project, _check_zone_name(name), now_us)


def rename_zone(session: Session, zone_id: str, name: str) -> Zone:
    zone = zones.get_zone(session, zone_id)
    lock_project(session, zone.project)
    return zones.rename_zone(session, zone, _check_zone_name(name))


def _check_zone_name(name: str) -> str:
    if not name.isprintable() or name != name.strip() or not 1 <= len(name) <= _ZONE_CHARACTERS_MAX:
        raise InvalidInputError(
            f"{name!r} is not a zone's name; expected 1 to {_ZONE_CHARACTERS_MAX} printable characters"
        )
    if name.casefold() == _DEFAULT_ZONE.casefold():
        raise InvalidInputError(
            f"{name!r} is the zone of all items that are in no other; choose another name"
        )
    return name


def create_dataset(
    session: Session, project: str, name: str, *, connection_id: str, path: str, now_us: int
) -> Dataset:
    """A view of the log table at `path`; the table itself may come later."""
    lock_project(session, project)
    destinations.get_connection(session, connection_id)
    segments = split_path(path)
    if len(segments) < 3:
        raise InvalidInputError(
            f"the path {path!r} names no log table; expected topic/routing key/endpoint, "
            "such as api-node-query/FLIGHTS-on-local/arrival-delay"
        )
    topic, routing_key, endpoint = (unescape_name(segment) for segment in segments[-3:])
    dataset = Dataset(
        project=project,
        name=check_name("dataset", name),
        kind=DATASET_KIND,
        connection_id=connection_id,
        path="/".join(segments),
        topic=topic,
        routing_key=routing_key,
        endpoint=endpoint,
        created_at_us=now_us,
    )
    return datasets.add_dataset(session, dataset)


def delete_dataset(session: Session, project: str, name: str) -> None:
    """Refused while a recipe reads it. The log stays."""
    lock_project(session, project)
    dataset = datasets.get_dataset(session, project, name)
    readers = [
        row
        for row in recipes.list_recipes(session, project)
        if name in {row.dataset, find_reference_dataset(row.settings)}
    ]
    if readers:
        raise ConflictError(
            f"the dataset {name!r} is read by the recipe {readers[0].name!r}; delete that one first"
        )
    datasets.delete_dataset(session, dataset)
    zones.forget_item(session, project, "dataset", name)


def create_store(session: Session, project: str, name: str, now_us: int) -> Store:
    lock_project(session, project)
    return stores.create_store(session, project, check_name("store", name), now_us)


def create_recipe(
    session: Session,
    project: str,
    name: str,
    *,
    dataset: str,
    model: str,
    store: str,
    settings: dict[str, Any],
    now_us: int,
) -> Recipe:
    """`settings` holds only what differs from the presets for that dataset."""
    lock_project(session, project)
    source = datasets.get_dataset(session, project, dataset)
    models.get_model(session, project, model)
    stores.get_store(session, project, store)
    chosen = read_settings({**preset_settings(source.topic, source.routing_key), **settings})
    _check_references(session, project, model, chosen)
    recipe = Recipe(
        project=project,
        name=check_name("recipe", name),
        kind=RECIPE_KIND,
        dataset=dataset,
        model=model,
        store=store,
        settings=chosen.model_dump(mode="json"),
        created_at_us=now_us,
        updated_at_us=now_us,
    )
    return recipes.add_recipe(session, recipe)


def change_recipe(session: Session, project: str, name: str, settings: dict[str, Any], now_us: int) -> Recipe:
    """`settings` holds only what changes."""
    lock_project(session, project)
    recipe = recipes.get_recipe(session, project, name)
    chosen = read_settings({**recipe.settings, **settings})
    _check_references(session, project, recipe.model, chosen)
    return recipes.change_settings(session, recipe, chosen.model_dump(mode="json"), now_us)


def _check_references(session: Session, project: str, model: str, chosen: EvaluateRecipe) -> None:
    """The active version is looked up at each run; a version or a dataset that is named has to be there."""
    if chosen.model_version not in {ACTIVE_VERSION, ALL_VERSIONS}:
        models.get_version(session, project, model, chosen.model_version)
    if chosen.reference is not None:
        datasets.get_dataset(session, project, chosen.reference.dataset)


def find_reference_dataset(settings: Mapping[str, Any]) -> str | None:
    """The dataset that a recipe compares with; None where that is the model version's reference."""
    reference = settings.get("reference")
    return None if reference is None else str(reference["dataset"])


def preset_settings(topic: str, routing_key: str) -> dict[str, Any]:
    """Over the log of an API node: only the deployment's rows that the evaluated version answered."""
    if topic != Topic.QUERY:
        return {"filter_model_version": False, "filter_deployment_id": None}
    return {"filter_model_version": True, "filter_deployment_id": routing_key}


def read_settings(document: dict[str, Any]) -> EvaluateRecipe:
    try:
        return EvaluateRecipe.model_validate(document)
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}" for entry in error.errors()
        )
        raise InvalidInputError(f"the recipe's settings do not fit: {found}") from error


def move_items(session: Session, zone_id: str, items: Sequence[tuple[str, str]]) -> Zone:
    """Moves (kind, name) pairs of the zone's project into it: all or none."""
    zone = zones.get_zone(session, zone_id)
    lock_project(session, zone.project)
    for kind, name in items:
        check_item(session, zone.project, kind, name)
        zones.move_item(session, zone, kind, name)
    return zone


def move_to_default(session: Session, project: str, items: Sequence[tuple[str, str]]) -> None:
    """Takes (kind, name) pairs of the project out of their zones: all or none."""
    lock_project(session, project)
    for kind, name in items:
        check_item(session, project, kind, name)
        zones.forget_item(session, project, kind, name)


def check_item(session: Session, project: str, kind: str, name: str) -> None:
    match kind:
        case "dataset":
            datasets.get_dataset(session, project, name)
        case "recipe":
            recipes.get_recipe(session, project, name)
        case "store":
            stores.get_store(session, project, name)
        case "model":
            models.get_model(session, project, name)
        case _:
            raise InvalidInputError(f"{kind!r} is no kind of item; expected one of {', '.join(ITEM_KINDS)}")


def check_name(kind: str, name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name:
        raise InvalidInputError(
            f"{name!r} is not a {kind}'s name; expected up to 200 letters, digits, _, -, . and spaces, "
            "beginning with a letter, a digit or _"
        )
    return name


def check_kind(noun: str, found: str, expected: str) -> None:
    if found != expected:
        raise InvalidInputError(f"{found!r} is not a kind of {noun}; expected {expected!r}")


def place_item(session: Session, project: str, zone: str | None, kind: str, name: str) -> None:
    """Puts a new item into the zone of that name; None leaves it in the default zone."""
    if zone is not None:
        zones.move_item(session, zones.get_zone_by_name(session, project, zone), kind, name)
