"""Named points at which a test may kill the process; without the environment variable they do nothing."""

import os
import signal

STOP_POINT_VARIABLE = "WAKELINE_TEST_STOP_POINT"


def stop_at(point: str) -> None:
    """Ends the process as `kill -9` would, where `WAKELINE_TEST_STOP_POINT` names this point."""
    if os.environ.get(STOP_POINT_VARIABLE) == point:
        os.kill(os.getpid(), signal.SIGKILL)
