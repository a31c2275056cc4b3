"""A status is the worst of the outcomes that it stands for."""

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    OK = "OK"
    WARNING = "WARNING"
    ERROR = "ERROR"
    EMPTY = "EMPTY"


BADNESS = {Status.EMPTY: 0, Status.OK: 1, Status.WARNING: 2, Status.ERROR: 3}


def find_worst(outcomes: Iterable[Status]) -> Status:
    """EMPTY where there is nothing, or nothing but EMPTY."""
    return max(outcomes, key=BADNESS.__getitem__, default=Status.EMPTY)
