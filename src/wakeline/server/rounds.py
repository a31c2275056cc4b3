"""What the server does by itself: threads that go their rounds from `start` to `stop`.

A round is short, or looks whether it has to stop; one that fails is written to the log, and the next comes.
"""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from wakeline.core.clock import Clock
from wakeline.metadata.queries import schedules
from wakeline.monitoring.messenger import Messenger
from wakeline.monitoring.schedules import queue_again, queue_due

SCHEDULE_SECONDS = 5.0
DELIVERY_SECONDS = 2.0

_LOGGER = logging.getLogger(__name__)


class Rounds:
    """One thread that calls `step` every so many seconds."""

    def __init__(self, name: str, step: Callable[[], object], seconds: float) -> None:
        self._name = name
        self._step = step
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._go, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def _go(self) -> None:
        while not self._stopping.is_set():
            try:
                self._step()
            except Exception:
                # The rounds outlive a database that does not answer.
                _LOGGER.exception("a round of %s failed", self._name)
            self._stopping.wait(self._seconds)


class Scheduler:
    """Queues the jobs of schedules that are due; the job runner takes them from the queue."""

    def __init__(self, sessions: sessionmaker[Session], clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def look(self) -> int:
        """How many jobs were queued. A schedule that cannot be read holds no other back."""
        with self._sessions() as session:
            ids = [row.id for row in schedules.list_schedules(session, enabled_only=True)]
        return sum(self._look_at(schedule_id) for schedule_id in ids) + self._repeat()

    def _look_at(self, schedule_id: str) -> int:
        try:
            with self._sessions.begin() as session:
                return len(queue_due(session, schedule_id, self._clock.now_us()))
        except IntegrityError:
            # Another server queued the same due time at this moment.
            return 0
        except Exception:
            _LOGGER.exception("the schedule %s could not be looked at", schedule_id)
            return 0

    def _repeat(self) -> int:
        with self._sessions.begin() as session:
            return len(queue_again(session, self._clock.now_us()))


def make_rounds(
    scheduler: Scheduler, messenger: Messenger, resume: Callable[[], object]
) -> tuple[Rounds, ...]:
    """`resume` takes up again what a server that ended has left."""
    return (
        Rounds("erasures", resume, SCHEDULE_SECONDS),
        Rounds("scheduler", scheduler.look, SCHEDULE_SECONDS),
        Rounds("messenger", messenger.deliver_due, DELIVERY_SECONDS),
    )
