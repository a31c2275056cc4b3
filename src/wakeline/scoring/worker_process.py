"""A worker process as seen by its owner: started on demand, spoken to by one thread, ended with its owner.

Any doubt about the process (closed pipe, silence, a foreign message) ends it; the next call starts another.
"""

import contextlib
import os
import select
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any, cast

import msgspec

import wakeline
from wakeline.core.errors import UnavailableError
from wakeline.scoring.worker_frames import (
    Answer,
    Failure,
    PipeClosedError,
    Ready,
    Request,
    read_reply,
    write_frame,
)

START_SECONDS_MAX = 60.0
ANSWER_SECONDS_MAX = 30.0
_END_SECONDS_MAX = 5.0
_ERROR_BYTES_SHOWN = 2_000
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class WorkerProcess:
    """Not safe for several threads; its owner sees to that."""

    def __init__(self, folder: Path, python: str) -> None:
        self._folder, self._python = folder, python
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self.starts = 0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def ask(self, request: Request) -> Answer | Failure:
        """Raises `PipeClosedError` if the worker is gone or silent, `UnavailableError` if it cannot start."""
        process = self._process or self._start()
        try:
            write_frame(_pipe(process.stdin), request)
            reply = self._read(process, ANSWER_SECONDS_MAX)
        except (OSError, PipeClosedError, msgspec.MsgspecError) as error:
            self.stop()
            raise PipeClosedError(str(error)) from error
        if isinstance(reply, Ready) or reply.number != request.number:
            self.stop()
            raise PipeClosedError("the worker answered something else")
        return reply

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [self._python, "-m", "wakeline.scoring.worker", str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_build_environment(),
            start_new_session=True,
        )
        self._process = process
        self.starts += 1
        try:
            reply = self._read(process, START_SECONDS_MAX)
        except (OSError, PipeClosedError, msgspec.MsgspecError) as error:
            self.stop()
            raise UnavailableError(
                f"the worker for the model in {self._folder} did not start: {error}; it said: {self._tail()}"
            ) from error
        if isinstance(reply, Ready):
            return process
        self.stop()
        message = reply.message if isinstance(reply, Failure) else "an answer before it was ready"
        raise UnavailableError(f"the model in {self._folder} cannot be loaded by its worker: {message}")

    def _read(self, process: "subprocess.Popen[bytes]", seconds_max: float) -> Ready | Answer | Failure:
        stream = _pipe(process.stdout)
        poll = select.poll()
        poll.register(stream, select.POLLIN)
        if not poll.poll(seconds_max * 1000):
            raise PipeClosedError(f"no answer within {seconds_max:.0f} s")
        return read_reply(stream)

    def _tail(self) -> str:
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _ERROR_BYTES_SHOWN))
        return self._errors.read().decode(errors="replace").strip() or "nothing"

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            _pipe(process.stdin).close()
        try:
            process.wait(_END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _pipe(process.stdout).close()

    def close(self) -> None:
        self.stop()
        self._errors.close()


def _pipe(stream: IO[bytes] | None) -> Any:
    return cast(Any, stream)


def _build_environment() -> dict[str, str]:
    """The caller's, with this very package on the path and one thread for each numeric library."""
    environment = dict(os.environ)
    source = str(Path(wakeline.__file__).parent.parent)
    paths = [source, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    for name in _THREAD_VARIABLES:
        environment.setdefault(name, "1")
    return environment
