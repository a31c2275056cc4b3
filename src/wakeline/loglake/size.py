"""How large a table is: its data files and their bytes, from the Delta log."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from wakeline.loglake.place import Place
from wakeline.loglake.table import open_table


@dataclass(frozen=True, slots=True)
class TableSize:
    files: int
    bytes: int


def measure_table(root: Place) -> TableSize:
    """Of the newest version; raises `NotFoundError` where there is no table."""
    sizes = pa.table(open_table(root).get_add_actions(flatten=True)).column("size_bytes")
    return TableSize(len(sizes), int(pc.sum(sizes).as_py() or 0))
