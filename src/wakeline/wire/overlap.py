"""Two destinations never write one table, nor a table inside another's: filters and places compared.

A place is a text such as `/srv/events/team-a` or `s3://bucket/events`; tables lie below it as
`<topic>/<routing key>/<endpoint>`.
"""

from collections.abc import Sequence

from wakeline.core.errors import ConflictError
from wakeline.wire.access import StreamFilter

Placed = tuple[StreamFilter, str]
_ANY = "*"


def check_overlaps(destinations: Sequence[Placed]) -> None:
    """Raises `ConflictError` naming two that would write the same folder for the same stream."""
    for index, (one, place) in enumerate(destinations):
        for other, other_place in destinations[index + 1 :]:
            if place.rstrip("/") == other_place.rstrip("/") and _share_streams(one, other):
                raise ConflictError(
                    f"the destinations {one.id} and {other.id} would both write the same streams below "
                    f"{place}; give one another path, or filters that do not meet"
                )
        for other, other_place in destinations:
            topic = _find_first_segment(place, other_place)
            if topic is not None and topic in (one.topics or ()):
                raise ConflictError(
                    f"the destination {other.id} lies in the folder of the topic {topic}, which "
                    f"{one.id} writes; give it another path"
                )


def find_reserved(destination: StreamFilter, place: str, all_placed: Sequence[Placed]) -> list[str] | None:
    """The topics whose folders hold other destinations, so that this one never takes them."""
    found = {
        topic
        for other, other_place in all_placed
        if other.id != destination.id and (topic := _find_first_segment(place, other_place)) is not None
    }
    return sorted(found) or None


def _find_first_segment(place: str, other: str) -> str | None:
    """The folder right below `place` in which `other` lies, or None if it does not."""
    above = place.rstrip("/") + "/"
    below = other.rstrip("/")
    return below.removeprefix(above).partition("/")[0] if below.startswith(above) else None


def _share_streams(one: StreamFilter, other: StreamFilter) -> bool:
    return _meet(one.topics, other.topics) and any(
        _patterns_meet(left, right)
        for left in one.routing_keys or ((_ANY,) if one.routing_keys is None else ())
        for right in other.routing_keys or ((_ANY,) if other.routing_keys is None else ())
    )


def _meet(one: list[str] | None, other: list[str] | None) -> bool:
    if one is None or other is None:
        return bool(one is None or one) and bool(other is None or other)
    return not set(one).isdisjoint(other)


def _patterns_meet(one: str, other: str) -> bool:
    if one.endswith(_ANY) and other.endswith(_ANY):
        return one[:-1].startswith(other[:-1]) or other[:-1].startswith(one[:-1])
    if one.endswith(_ANY):
        return other.startswith(one[:-1])
    if other.endswith(_ANY):
        return one.startswith(other[:-1])
    return one == other
