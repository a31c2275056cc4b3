"""Where a stream's table lies, and how its columns are called there (physical) and everywhere else (logical).

Logical names are those of frames and pages: metadata names, `features.<name>`, `features_text.<name>`,
`prediction`, `prediction_text`, `proba.<class>`, `timing.<name>`. Physical names need no quoting in SQL.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar, cast

from wakeline.core.event import FEATURE_PREFIX, PROBA_PREFIX, TIMING_PREFIX, Stream
from wakeline.loglake.names import choose_column, escape_segment, unescape_name
from wakeline.loglake.place import Place, list_parts_below
from wakeline.wire.frame import FEATURE_TEXT_PREFIX

_SomePlace = TypeVar("_SomePlace", bound=Place)


@dataclass(frozen=True, slots=True)
class _Family:
    """Columns whose names come from users: logical prefix, physical prefix and suffix."""

    logical: str
    prefix: str
    suffix: str = ""


_FAMILIES = (
    _Family(FEATURE_PREFIX, "feature__"),
    _Family(FEATURE_TEXT_PREFIX, "feature_text__"),
    _Family(PROBA_PREFIX, "proba__"),
    _Family(TIMING_PREFIX, "timing_", "_us"),
)


def locate_table(destination: _SomePlace, stream: Stream) -> _SomePlace:
    """`<destination>/<topic>/<routing key>/<endpoint>`; raises `InvalidInputError` for names such as `..`."""
    table = (
        destination
        / escape_segment(stream.topic)
        / escape_segment(stream.routing_key)
        / escape_segment(stream.endpoint).replace(".", "_x002E_")
    )
    return cast("_SomePlace", table)


def locate_column_list(root: _SomePlace) -> _SomePlace:
    """The derived list of column names, beside the table's folder and never inside it."""
    return cast("_SomePlace", root.with_name(root.name + ".columns.json"))


def read_stream(destination: Place, root: Place) -> Stream:
    """The inverse of `locate_table`."""
    topic, routing_key, endpoint = list_parts_below(destination, root)
    return Stream(unescape_name(topic), unescape_name(routing_key), unescape_name(endpoint))


def choose_physical(logical: str, taken: Collection[str]) -> str:
    """A physical name for a new column; `taken` holds the casefolded physical names of the table.

    A name stands for a column only in the table where it was chosen: look it up, do not compute it again.
    """
    for family in _FAMILIES:
        if logical.startswith(family.logical):
            name = logical.removeprefix(family.logical)
            return choose_column(family.prefix, name, family.suffix, taken)
    return logical


def derive_logical(physical: str) -> str:
    """The logical name of a column without metadata of its own."""
    for family in _FAMILIES:
        if physical.startswith(family.prefix) and physical.endswith(family.suffix):
            inner = physical[len(family.prefix) : len(physical) - len(family.suffix)]
            return family.logical + unescape_name(inner)
    return physical
