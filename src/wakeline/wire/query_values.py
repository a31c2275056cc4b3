"""A query as values, whatever way it was read: items with features, a context and a time; how to dispatch."""

from typing import Annotated, Any, Literal

import msgspec

from wakeline.core.clock import parse_rfc3339
from wakeline.core.errors import InvalidInputError
from wakeline.wire.json_body import check_depth

EVENT_TIME_HEADER = "X-Wakeline-Event-Time"
_EVENT_TIME_MIN = parse_rfc3339("1900-01-01T00:00:00Z")
_EVENT_TIME_MAX = parse_rfc3339("2200-01-01T00:00:00Z")


class Dispatch(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, gc=False
):
    """`forced_generation` must be loaded; `dispatch_key` matters where there are several."""

    forced_generation: str | None = None
    dispatch_key: str | None = None


class Explanations(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, gc=False
):
    enabled: bool = False
    method: Literal["SHAPLEY", "ICE"] = "SHAPLEY"
    n_explanations: Annotated[int, msgspec.Meta(ge=1)] = 3
    n_monte_carlo_steps: Annotated[int, msgspec.Meta(ge=25, le=1000)] = 100


class QueryItem(msgspec.Struct, gc=False):
    """`features` has every feature of the schema in its order, None where it is missing."""

    features: dict[str, Any]
    context: dict[str, Any] | None
    event_time: int | None


class Query(msgspec.Struct, gc=False):
    items: list[QueryItem]
    dispatch: Dispatch | None
    explanations: Explanations | None


def parse_event_time(text: str, place: str) -> int:
    """µs since the epoch of a caller's RFC 3339 time, in years 1900 to 2199; `place` says where it stood."""
    try:
        moment = parse_rfc3339(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"{place}: {error.message}") from error
    if not _EVENT_TIME_MIN <= moment < _EVENT_TIME_MAX:
        raise InvalidInputError(f"{place}: found {text!r}, expected a time in the years 1900 to 2199")
    return moment


def read_event_time(text: str | None) -> int | None:
    """The `eventTime` of an item."""
    return None if text is None else parse_event_time(text, "eventTime")


def check_context(context: dict[str, Any] | None) -> None:
    """A context may have any form, but no depth."""
    if context is not None:
        check_depth(context, "context")
