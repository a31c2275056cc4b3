"""Which log tables lie below a destination: by its folders, three deep, that have a Delta log."""

from collections.abc import Iterator
from pathlib import Path

from wakeline.loglake.place import ObjectPlace, Place
from wakeline.loglake.storage import ObjectStore
from wakeline.loglake.table import LOG_FOLDER


def list_tables(destination: Place) -> list[Place]:
    """Sorted by topic, routing key and endpoint; other people's tables at other depths are not ours."""
    return [
        table
        for topic in _list_folders(destination)
        for routing_key in _list_folders(topic)
        for table in _list_folders(routing_key)
        if any(folder.name == LOG_FOLDER for folder in _list_folders(table))
    ]


def _list_folders(place: Place) -> Iterator[Place]:
    if isinstance(place, ObjectPlace):
        yield from (place / name for name in ObjectStore().list_names(place)[0])
    elif isinstance(place, Path) and place.is_dir():
        yield from sorted(path for path in place.iterdir() if path.is_dir())
