"""Which rows of a log count: answered, primary, of the model version and deployment that were asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow.compute as pc

from wakeline.core.event import Arm
from wakeline.loglake.window import LogSnapshot

API_NODE_COLUMNS = ("event_schema", "event_id", "query_id", "status")
KEY_COLUMNS = ("deployment_id", "model_id", "model_version", "generation", "arm")
ANSWERED = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """`answered_only` is for API node logs: status 200 and the primary arm. None: any. Rows that name no
    model are of every model."""

    answered_only: bool = True
    model_id: str | None = None
    model_version: str | None = None
    deployment_id: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """What `select_rows` needs to see."""
        return ("status", *KEY_COLUMNS)

    def matches(self, key: Mapping[str, Any]) -> bool:
        """Whether rows with this key are selected; all rows of a profile share one."""
        return (
            (not self.answered_only or key["arm"] in {None, Arm.PRIMARY})
            and (self.model_id is None or key["model_id"] in {None, self.model_id})
            and self.model_version in {None, key["model_version"]}
            and self.deployment_id in {None, key["deployment_id"]}
        )


def is_api_node_log(snapshot: LogSnapshot) -> bool:
    """A table is an API node's log if it has what a node fills for every query, refused or not."""
    names = {column.name for column in snapshot.columns}
    return names.issuperset(API_NODE_COLUMNS)


def split_rows(table: Any, *, answered_only: bool) -> list[tuple[dict[str, str | None], Any]]:
    """The countable rows of a file, as one table per key (`KEY_COLUMNS`); row order is kept within a key."""
    if answered_only:
        table = table.filter(_equals(pc.fill_null(table.column("status"), ANSWERED), ANSWERED))
    keys = table.select(list(KEY_COLUMNS)).group_by(list(KEY_COLUMNS)).aggregate([]).to_pylist()
    if len(keys) == 1:
        return [(keys[0], table)]
    keys.sort(key=lambda key: [str(key[name]) for name in KEY_COLUMNS])
    return [(key, table.filter(_match_key(table, key))) for key in keys]


def select_rows(table: Any, selection: Selection) -> Any:
    """The rows that count, in their order."""
    masks = []
    if selection.answered_only:
        masks.append(_equals(pc.fill_null(table.column("status"), ANSWERED), ANSWERED))
        masks.append(_equals(pc.fill_null(table.column("arm"), Arm.PRIMARY), Arm.PRIMARY))
    if selection.model_id is not None:
        masks.append(_equals(pc.fill_null(table.column("model_id"), selection.model_id), selection.model_id))
    if selection.model_version is not None:
        masks.append(_equals(table.column("model_version"), selection.model_version))
    if selection.deployment_id is not None:
        masks.append(_equals(table.column("deployment_id"), selection.deployment_id))
    return table.filter(_join_masks(masks)) if masks else table


def _match_key(table: Any, key: Mapping[str, str | None]) -> Any:
    return _join_masks([_equals(table.column(name), value) for name, value in key.items()])


def _equals(column: Any, value: str | int | None) -> Any:
    """Null equals null, and nothing else."""
    return pc.is_null(column) if value is None else pc.fill_null(pc.equal(column, value), False)


def _join_masks(masks: Sequence[Any]) -> Any:
    return reduce(pc.and_, masks)
