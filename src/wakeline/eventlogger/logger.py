"""`wakeline.EventLogger`: the spool and the shipper of an API node inside anyone's process.

After `log` returns, the event outlives the process (`written`) or a power loss (`fsync`). A thread ships it;
what it cannot ship waits in the folder for the next process that logs there. Threads may share one logger, as
may the processes of a server that forks: each writes a file of its own, and one of them ships for all.
"""

import asyncio
import atexit
import logging
import os
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from wakeline.core.clock import SystemClock
from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.event import Durability, Stream, Topic, WhenFull
from wakeline.core.ids import PredictionIds, check_deployment_id, check_object_id
from wakeline.core.limits import SPOOL_BYTES_MAX
from wakeline.eventlogger.record import Prediction, write_record
from wakeline.shipper.ship import Shipper
from wakeline.spool.outbox import Outbox
from wakeline.spool.totals import OutboxStatistics

_LOGGER = logging.getLogger(__name__)
DEFAULT_SERVER = "http://127.0.0.1:4181"
SERVER_VARIABLE = "WAKELINE_EVENT_SERVER"
KEY_VARIABLE = "WAKELINE_INTAKE_KEY"
CA_VARIABLE = "WAKELINE_CA_FILE"
_DEFAULT_FOLDER = "~/.wakeline/event-logger"
_SPOOL = "spool"
_SHIPPING_SECONDS_MAX = 10.0
_AT_EXIT_SECONDS_MAX = 1.0
_POLL_SECONDS = 0.05
_OTHER_SHIPS_SECONDS = 2.0


class EventLogger:
    """Logs predictions to the table `api-node-query/<deployment>/<endpoint>` of an event server.

    `server` is its URL (else the environment's `WAKELINE_EVENT_SERVER`, else this machine's on port 4181),
    `key` its intake key (else `WAKELINE_INTAKE_KEY`), `ca_file` a PEM file that verifies it where no public
    authority does (else `WAKELINE_CA_FILE`). `folder` keeps what is not shipped yet, so it should survive the
    process; it is below `~/.wakeline/event-logger` by default. When `bytes_max` of it are used, the oldest
    events are dropped and counted; with `when_full="refuse"` `log` raises `UnavailableError`.
    """

    def __init__(
        self,
        deployment: str,
        *,
        endpoint: str,
        server: str | None = None,
        key: str | None = None,
        ca_file: str | Path | None = None,
        folder: str | Path | None = None,
        project: str | None = None,
        model: str | None = None,
        model_version: str | None = None,
        durability: str = Durability.WRITTEN.value,
        bytes_max: int = SPOOL_BYTES_MAX,
        when_full: str = WhenFull.DROP_OLDEST.value,
    ) -> None:
        self._stream = Stream(
            Topic.QUERY.value, check_deployment_id(deployment), check_object_id("endpoint", endpoint)
        )
        self._where = _describe(deployment, endpoint, project, model, model_version)
        self._server = server or os.environ.get(SERVER_VARIABLE) or DEFAULT_SERVER
        self._key = _find_key(key)
        trusted = ca_file or os.environ.get(CA_VARIABLE)
        self._ca_file = Path(trusted) if trusted else None
        self.folder = Path(folder or f"{_DEFAULT_FOLDER}/{deployment}").expanduser().absolute()
        self._create_outbox = partial(
            Outbox.create,
            self.folder / _SPOOL,
            durability=Durability(durability),
            bytes_max=bytes_max,
            when_full=WhenFull(when_full),
        )
        self._clock = SystemClock()
        self._ids = PredictionIds()
        self._is_closed = False
        self._begin()
        self._outbox = self._open_outbox()
        known = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _begin_in_child(known))
        atexit.register(_close_at_exit, known)

    def log(
        self,
        features: Mapping[str, Any],
        prediction: Any = None,
        *,
        probabilities: Mapping[Any, float] | None = None,
        context: Mapping[str, Any] | None = None,
        event_time: datetime | None = None,
        timing: Mapping[str, int] | None = None,
        status: int = 200,
        error: str | None = None,
    ) -> str:
        """Keeps one prediction; returns its id, which a label names later.

        With `probabilities` (class → share) the prediction is a class; a number without them is a
        regression's. `event_time` needs a time zone; without it the event is of now. `timing` is in µs by
        step. A prediction that failed has no `prediction`, but a `status` and an `error`.
        """
        found = Prediction(
            prediction_id=self._ids.mint(),
            features=features,
            prediction=prediction,
            probabilities=probabilities,
            context=context,
            event_time=_check_time(event_time),
            timing=timing,
            status=status,
            error=error,
        )
        outbox = self._find_outbox()
        outbox.append(self._stream, [write_record(found, self._where, self._clock.now_us())])
        outbox.commit(outbox.appends)
        return found.prediction_id

    def statistics(self) -> OutboxStatistics:
        """What this process has logged, shipped and dropped."""
        return self._find_outbox().statistics()

    def flush(self) -> None:
        """Returns when all that was logged is on the disk."""
        self._find_outbox().flush()

    def close(self, seconds_max: float = _SHIPPING_SECONDS_MAX) -> bool:
        """Ends logging and waits for the shipper; True where all of this process has been shipped."""
        with self._lock:
            if self._is_closed or self._thread is None:
                self._is_closed = True
                return True
            self._is_closed = True
        path = self._outbox.path
        self._outbox.close()
        deadline = time.monotonic() + seconds_max
        while path.exists() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        self._stop_shipping()
        return not path.exists()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self.close():
            _LOGGER.warning("events wait in %s; the next process that logs there ships them", self.folder)

    def _begin(self) -> None:
        """In a new process: no thread, no file."""
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def _find_outbox(self) -> Outbox:
        with self._lock:
            if self._is_closed:
                raise InvalidInputError("this event logger is closed; make another one")
            if self._thread is None:
                # In a forked child: the file that its parent opened is the parent's.
                self._outbox = self._open_outbox()
            return self._outbox

    def _open_outbox(self) -> Outbox:
        outbox = self._create_outbox()
        self._thread = threading.Thread(
            target=_ship,
            args=(self.folder / _SPOOL, self._server, self._key, self._ca_file, self._stopping),
            daemon=True,
        )
        self._thread.name = "wakeline-shipper"
        self._thread.start()
        return outbox

    def _stop_shipping(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_SHIPPING_SECONDS_MAX)


def _ship(folder: Path, server: str, key: str, ca_file: Path | None, stopping: threading.Event) -> None:
    """The thread: ships the folder, or waits until the process that does so is gone."""
    while not stopping.is_set():
        try:
            asyncio.run(_ship_until(stopping, Shipper(folder, [server], lambda: key, ca_file=ca_file)))
        except ConflictError:
            stopping.wait(_OTHER_SHIPS_SECONDS)
        except Exception:
            _LOGGER.exception("shipping %s failed; it is begun again", folder)
            stopping.wait(_OTHER_SHIPS_SECONDS)


async def _ship_until(stopping: threading.Event, shipper: Shipper) -> None:
    shipping = asyncio.ensure_future(shipper.run())
    while not stopping.is_set() and not shipping.done():
        await asyncio.sleep(_POLL_SECONDS)
    shipping.cancel()
    with suppress(asyncio.CancelledError):
        await shipping


def _begin_in_child(known: "weakref.ref[EventLogger]") -> None:
    logger = known()
    if logger is not None:
        logger._begin()


def _close_at_exit(known: "weakref.ref[EventLogger]") -> None:
    logger = known()
    if logger is not None and logger._pid == os.getpid():
        logger.close(_AT_EXIT_SECONDS_MAX)


def _describe(
    deployment: str, endpoint: str, project: str | None, model: str | None, model_version: str | None
) -> dict[str, str | None]:
    return {
        "deployment_id": deployment,
        "endpoint_id": endpoint,
        "project": project,
        "model_id": model,
        "model_version": model_version,
    }


def _find_key(key: str | None) -> str:
    found = key or os.environ.get(KEY_VARIABLE)
    if not found:
        raise InvalidInputError(
            f"no intake key was given; expected key=… or the environment's {KEY_VARIABLE}. "
            "The key stands as intake_key in keys.json of the event server's home"
        )
    return found


def _check_time(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise InvalidInputError(
            f"the event time {moment.isoformat()} has no time zone; expected one, such as datetime.now(UTC)"
        )
    return moment
