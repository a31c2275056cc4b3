"""The original model behind a worker process: for what the row plan cannot say, or says wrongly.

Calls from several threads are merged into one batch while the worker is busy. A worker that dies is started
again and the batch is asked once more; a batch that is refused is asked call by call, so that one caller's
bad row does not fail another's.
"""

import itertools
import queue
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wakeline.core.errors import InvalidInputError, UnavailableError, WakelineError
from wakeline.core.schema import MissingPolicy
from wakeline.scoring.blocks import is_missing, refuse_missing
from wakeline.scoring.manifest import Engine, Manifest
from wakeline.scoring.score import Score
from wakeline.scoring.worker_frames import Answer, Failure, PipeClosedError, Request
from wakeline.scoring.worker_process import WorkerProcess

BATCH_ROWS_MAX = 1_000
_TRIES = 2


@dataclass(slots=True)
class _Call:
    rows: list[dict[str, Any]]
    result: "Future[list[Score]]" = field(default_factory=Future)


class OriginalModel:
    """Owns the worker process and the thread that speaks to it, from the first call until `close`."""

    blocks = True
    engine = str(Engine.ORIGINAL)

    def __init__(self, folder: Path, manifest: Manifest, *, python: str) -> None:
        self.schema = manifest.schema
        self.model_id, self.model_version = manifest.model_id, manifest.version
        self._names = manifest.schema.feature_names
        self._needed = [
            feature.name for feature in manifest.schema.features if feature.missing is MissingPolicy.REFUSE
        ]
        self._worker = WorkerProcess(folder, python)
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def worker_pid(self) -> int | None:
        return self._worker.pid

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]:
        if not rows:
            return []
        for row in rows:
            self._check_missing(row)
        call = _Call([{name: row.get(name) for name in self._names} for row in rows])
        with self._lock:
            if self._closed:
                raise UnavailableError(f"the model {self.model_id} is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="original-model", daemon=True)
                self._thread.start()
            self._calls.put(call)
        return call.result.result()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._calls.put(None)
            thread.join()
        self._worker.close()

    def _check_missing(self, row: Mapping[str, Any]) -> None:
        for name in self._needed:
            if is_missing(row.get(name)):
                refuse_missing(name)

    def _serve(self) -> None:
        while True:
            batch, is_last = self._collect()
            if batch:
                self._answer(batch)
            if is_last:
                return

    def _collect(self) -> tuple[list[_Call], bool]:
        """The next call, and those that came while the worker was busy, up to the limit of a batch."""
        call = self._calls.get()
        batch: list[_Call] = []
        row_count = 0
        while call is not None:
            batch.append(call)
            row_count += len(call.rows)
            if row_count >= BATCH_ROWS_MAX:
                return batch, False
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _answer(self, batch: list[_Call]) -> None:
        try:
            scores = self._ask([row for call in batch for row in call.rows])
        except InvalidInputError as error:
            if len(batch) == 1:
                batch[0].result.set_exception(error)
                return
            for call in batch:
                self._answer([call])
            return
        except Exception as error:  # noqa: BLE001 - the caller waits for an answer, whatever happened here
            for call in batch:
                call.result.set_exception(error)
            return
        start = 0
        for call in batch:
            call.result.set_result(scores[start : start + len(call.rows)])
            start += len(call.rows)

    def _ask(self, rows: list[dict[str, Any]]) -> list[Score]:
        problem: WakelineError = UnavailableError("the worker was not asked")
        for _ in range(_TRIES):
            try:
                return _read_scores(self._worker.ask(Request(next(self._numbers), rows)), len(rows))
            except PipeClosedError as error:
                problem = UnavailableError(
                    f"the worker of the model {self.model_id} died twice over these rows: {error}"
                )
        raise problem


def _read_scores(reply: Answer | Failure, row_count: int) -> list[Score]:
    if isinstance(reply, Failure):
        if reply.invalid:
            raise InvalidInputError(reply.message)
        raise UnavailableError(f"the model failed: {reply.message}")
    if len(reply.scores) != row_count:
        raise UnavailableError(f"the model gave {len(reply.scores)} answers for {row_count} rows")
    return reply.scores
