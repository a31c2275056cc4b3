"""The worker process of one original model: `python -m wakeline.scoring.worker <folder>`.

Reads requests from standard input and answers on standard output until the input ends; whatever the model
prints goes to standard error. It is the only process that opens a model's dump while serving.
"""

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from wakeline.core.errors import InvalidInputError
from wakeline.scoring.manifest import Manifest, read_manifest, verify_files
from wakeline.scoring.predictor import load_original, predict_rows
from wakeline.scoring.worker_frames import (
    Answer,
    Failure,
    PipeClosedError,
    Ready,
    Request,
    read_request,
    write_frame,
)


def run(folder: Path, source: BinaryIO, sink: BinaryIO) -> int:
    try:
        manifest = read_manifest(folder)
        verify_files(folder, manifest, [manifest.original_file])
        model = load_original(folder, manifest)
    except Exception as error:  # noqa: BLE001 - a foreign library may raise anything; the node reports it
        write_frame(sink, Failure(0, _describe(error), invalid=False))
        return 1
    write_frame(sink, Ready())
    while True:
        try:
            request = read_request(source)
        except PipeClosedError:
            return 0
        write_frame(sink, _answer(model, manifest, request))


def _answer(model: Any, manifest: Manifest, request: Request) -> Answer | Failure:
    try:
        scores = predict_rows(model, request.rows, manifest.original_input, manifest.schema)
        return Answer(request.number, scores)
    except InvalidInputError as error:
        return Failure(request.number, error.message, invalid=True)
    except Exception as error:  # noqa: BLE001 - the model's own code may raise anything
        return Failure(request.number, _describe(error), invalid=False)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def main() -> int:
    """Keeps standard output for frames only."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return run(Path(sys.argv[1]), sys.stdin.buffer, sink)


if __name__ == "__main__":
    sys.exit(main())
