"""What watches an endpoint already: found by meaning (the table that a dataset reads, the dataset and model
that a recipe joins), not by name, so that what was made by hand counts too.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from wakeline.metadata.queries import datasets, recipes, stores, zones
from wakeline.metadata.tables.monitoring import Dataset, Recipe, Store, Zone
from wakeline.monitoring.watched import WatchedEndpoint

ZONE_PREFIX = "API Endpoint Monitoring: "


@dataclass(frozen=True, slots=True)
class MonitoringParts:
    """None where it is missing. `zone` is Configure's own, else the recipe's, dataset's or store's."""

    dataset: Dataset | None
    recipe: Recipe | None
    store: Store | None
    zone: Zone | None


def find_parts(session: Session, endpoint: WatchedEndpoint) -> MonitoringParts:
    """What stands already, whoever made it."""
    project = endpoint.project
    dataset, recipe = _find_dataset(session, endpoint)
    if recipe is not None:
        store: Store | None = stores.get_store(session, project, recipe.store)
    else:
        store = _find_free_store(session, endpoint, dataset)
    return MonitoringParts(dataset, recipe, store, _find_zone(session, endpoint, dataset, recipe, store))


def name_zone(endpoint: WatchedEndpoint) -> str:
    return ZONE_PREFIX + endpoint.deployment_id


def _find_dataset(session: Session, endpoint: WatchedEndpoint) -> tuple[Dataset | None, Recipe | None]:
    """Of several datasets of the log the oldest with a recipe that joins the model, else the oldest."""
    found = datasets.list_datasets_at(session, endpoint.project, endpoint.connection_id, endpoint.path)
    for dataset in found:
        recipe = _find_recipe(session, endpoint, dataset)
        if recipe is not None:
            return dataset, recipe
    return next(iter(found), None), None


def _find_recipe(session: Session, endpoint: WatchedEndpoint, dataset: Dataset) -> Recipe | None:
    """Of several the one that fills the store of Configure's own name, else the oldest."""
    candidates = recipes.list_recipes(session, endpoint.project, dataset=dataset.name, model=endpoint.model)
    named = (recipe for recipe in candidates if recipe.store == endpoint.label)
    return next(named, None) or next(iter(candidates), None)


def _find_free_store(session: Session, endpoint: WatchedEndpoint, dataset: Dataset | None) -> Store | None:
    """The store of Configure's own name, unless recipes fill it from elsewhere."""
    store = stores.find_store(session, endpoint.project, endpoint.label)
    if store is None:
        return None
    filling = recipes.list_recipes(session, endpoint.project, store=store.name)
    here = None if dataset is None else dataset.name
    return store if all(recipe.dataset == here for recipe in filling) else None


def _find_zone(
    session: Session,
    endpoint: WatchedEndpoint,
    dataset: Dataset | None,
    recipe: Recipe | None,
    store: Store | None,
) -> Zone | None:
    """Configure's own zone, else the one in which somebody put the parts by hand."""
    own = zones.find_zone(session, endpoint.project, name_zone(endpoint))
    if own is not None:
        return own
    parts = (("recipe", recipe), ("dataset", dataset), ("store", store))
    for kind, part in parts:
        if part is not None:
            zone = zones.find_zone_of(session, endpoint.project, kind, part.name)
            if zone is not None:
                return zone
    return None
