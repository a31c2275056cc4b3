"""Items as events and labels; what no layout of ours fits is refused, or kept whole."""

import base64
from dataclasses import replace
from typing import Any

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import TimeFlag, Topic
from wakeline.gateway.body import Item
from wakeline.gateway.cloud_events import CloudEventHead
from wakeline.wire.event import Event
from wakeline.wire.item import Place, build_event, read_event
from wakeline.wire.label import read_label


def read_item(item: Item, place: Place) -> Event:
    """A CloudEvent's id, time, type and attributes fill what its data does not say."""
    if item.head is None:
        return read_event(item.value, place)
    head = item.head
    place = replace(place, mint=lambda: head.id)
    if isinstance(item.value, dict):
        event = read_event(item.value, place)
    elif place.topic in set(Topic):
        raise InvalidInputError(
            "found data that is no JSON object, expected one with features and prediction"
        )
    else:
        event = build_event({} if item.value is None else {"request": to_json(item.value)}, place)
    if event.time_flag is None and head.time_us is not None:
        event.event_time, event.time_flag = head.time_us, TimeFlag.CLIENT.value
    if event.msg_type is None:
        event.msg_type = head.type
    if event.context is None:
        event.context = describe_head(head)
    return event


def read_label_item(item: Item, place: Place) -> Event:
    """A CloudEvent's id and time fill what the label does not say."""
    head = item.head
    if head is not None:
        now_us = place.now_us if head.time_us is None else head.time_us
        place = replace(place, mint=lambda: head.id, now_us=now_us)
    return read_label(item.value, place)


def describe_head(head: CloudEventHead) -> dict[str, Any]:
    return {"source": head.source, **head.attributes}


def to_json(value: Any) -> Any:
    """Bytes as text where they are UTF-8, else as base64."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}
