"""Which column of a file becomes which name of the log; what has no name is refused before a row is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import METADATA_COLUMNS, PREDICTION_COLUMN, ColumnKind
from wakeline.wire.envelope import is_envelope_name

_REST = "*"
_PREFIXES = ("features.", "features_text.", "proba.", "timing.", "context.")
_NAMES = frozenset(
    {*(column.name for column in METADATA_COLUMNS), PREDICTION_COLUMN, "prediction_text", "day"}
)
_NESTED = frozenset({"features", "probas", "timing"})
_TEXTS = frozenset(
    column.name for column in METADATA_COLUMNS if column.kind in {ColumnKind.STRING, ColumnKind.JSON}
) - {"label", "label_key"}
TIMES = frozenset({"event_time", "label_time"})
_SHOWN_MAX = 8
_KNOWN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """`names`: column → name, the empty name leaves the column out. `rest` is the form of all others, such as
    `features.*`; None: they keep their names."""

    names: Mapping[str, str] = field(default_factory=dict)
    rest: str | None = None
    _known: dict[str, str | None] = field(default_factory=dict, compare=False, repr=False)

    def name(self, column: str) -> str | None:
        """What the column becomes; None: it is left out."""
        if column not in self._known:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[column] = self._find_name(column)
        return self._known[column]

    def _find_name(self, column: str) -> str | None:
        if column in self.names:
            return self.names[column] or None
        if self.rest is None or is_known(column) or is_envelope_name(column):
            return column
        return self.rest.replace(_REST, column, 1)

    def apply(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for column, value in row.items() if (name := self.name(column)) is not None}

    def describe(self) -> list[str]:
        """The same for the same mapping, whatever the order in which it was given."""
        return [*(f"{column}={name}" for column, name in sorted(self.names.items())), f"*={self.rest or '*'}"]


def parse_map(
    entries: Sequence[str], time_column: str | None = None, *, time_name: str = "event_time"
) -> ColumnMap:
    """Each entry `column=name`; `*=features.*` stands for all columns without a name of the log."""
    names: dict[str, str] = {}
    rest = None
    for entry in entries:
        column, equals, name = entry.rpartition("=")
        if not equals or not column:
            raise InvalidInputError(
                f"found the mapping {entry!r}, expected column=name such as fare=features.fare"
            )
        if column == _REST:
            if name.count(_REST) != 1 or not name.startswith(_PREFIXES):
                raise InvalidInputError(f"found the mapping {entry!r}, expected one such as '*=features.*'")
            rest = name
        elif column in names:
            raise InvalidInputError(f"the column {column!r} is mapped twice; expected one name for it")
        else:
            names[column] = name
    if time_column is not None:
        names[time_column] = time_name
    return ColumnMap(names, rest)


def check_columns(columns: Sequence[str], mapping: ColumnMap, *, is_open: bool) -> None:
    """`is_open`: names that the log does not have are kept whole elsewhere, or not looked at."""
    missing = [column for column in mapping.names if column not in columns]
    if missing:
        raise InvalidInputError(
            f"the file has no column {_quote(missing)}; it has {_quote(columns)}",
            details={"columns": list(columns)},
        )
    named = [name for column in columns if (name := mapping.name(column)) is not None]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise InvalidInputError(f"several columns become {_quote(twice)}; expected one for each name")
    if is_open or any(is_envelope_name(name) for name in named):
        return
    unknown = [name for name in named if not is_known(name)]
    if unknown:
        raise InvalidInputError(
            f"found the columns {_quote(unknown)}, which are no names of the log; name each with "
            f"--map {unknown[0]}=features.{unknown[0]}, all with --map '*=features.*', or leave one out with "
            f"--map {unknown[0]}=",
            details={"columns": unknown},
        )


def is_known(name: str) -> bool:
    return name in _NAMES or name in _NESTED or name.startswith(_PREFIXES)


def is_text(name: str | None) -> bool:
    """Whether a column of texts, such as a CSV's, stays texts whatever they look like."""
    return name in _TEXTS


def is_time(name: str | None) -> bool:
    return name in TIMES


def _quote(names: Iterable[str]) -> str:
    listed = list(names)
    shown = ", ".join(repr(name) for name in listed[:_SHOWN_MAX])
    return shown + (f" and {len(listed) - _SHOWN_MAX} more" if len(listed) > _SHOWN_MAX else "")
