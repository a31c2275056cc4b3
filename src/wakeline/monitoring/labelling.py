"""What people take from an endpoint's log because of its labels: rows to label, and rows to train on."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from sqlalchemy.orm import Session

from wakeline.core.window import Window
from wakeline.evaluation.label_sample import Strategy, sample_rows
from wakeline.evaluation.training_rows import stream_training_rows
from wakeline.monitoring.labels import open_labelled, read_schema
from wakeline.monitoring.watched import WatchedEndpoint


def sample_endpoint(
    session: Session,
    home: Path,
    endpoint: WatchedEndpoint,
    window: Window | None,
    *,
    count: int,
    strategy: Strategy,
) -> Iterator[pa.RecordBatch]:
    """An empty batch for the schema, then the rows."""
    log = open_labelled(session, home, endpoint, window)
    table = sample_rows(log, count=count, strategy=strategy)
    yield pa.RecordBatch.from_pylist([], table.schema)
    yield from table.to_batches()


def stream_training(
    session: Session, home: Path, endpoint: WatchedEndpoint, window: Window | None
) -> Iterator[pa.RecordBatch]:
    """Of all model versions' answers: what they were asked does not depend on who answered."""
    log = open_labelled(session, home, endpoint, window)
    yield from stream_training_rows(log, read_schema(session, home, endpoint))
