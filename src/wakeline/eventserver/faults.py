"""Faults that tests ask for through the environment; without them nothing here acts.

`WAKELINE_TEST_STOP_POINT=eventserver.after-commit`: the process kills itself after a durable commit, before
anybody is told. `WAKELINE_TEST_NO_DEDUPLICATION=1`: every batch counts as new.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

AFTER_COMMIT = "eventserver.after-commit"


@dataclass(frozen=True, slots=True)
class Faults:
    stop_point: str | None = None
    deduplicate: bool = True

    def stop_at(self, point: str) -> None:
        """Ends the process as `kill -9` would, if this is the point that was asked for."""
        if self.stop_point == point:
            os.kill(os.getpid(), signal.SIGKILL)


def read_faults(environment: Mapping[str, str]) -> Faults:
    return Faults(
        stop_point=environment.get("WAKELINE_TEST_STOP_POINT") or None,
        deduplicate=environment.get("WAKELINE_TEST_NO_DEDUPLICATION") != "1",
    )
