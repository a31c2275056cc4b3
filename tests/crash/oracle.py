"""The conservation of events, judged by an engine that is not ours: DuckDB over the table's live files.

acknowledged ⊆ stored ∪ counted as dropped (∪ gone with a disk), stored ⊆ sent, each once, payload intact.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

from tests.crash.package import ENDPOINT, derive_features
from tests.crash.traffic import Answers, derive_label
from tests.crash.world import DEPLOYMENT, World


def read_rows(root: Path, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    if not (root / "_delta_log").is_dir():
        return []
    files = DeltaTable(str(root)).file_uris()
    if not files:
        return []
    query = f"SELECT {', '.join(columns)} FROM read_parquet(?, union_by_name=true)"
    with duckdb.connect() as connection:
        return connection.execute(query, [files]).fetchall()


def check_conservation(world: World, answers: Answers) -> None:
    check_queries(world, answers)
    check_labels(world, answers)


def check_queries(world: World, answers: Answers) -> None:
    rows = read_rows(
        world.events / "api-node-query" / DEPLOYMENT / ENDPOINT,
        ("prediction_id", "feature__key", "feature__delay", "feature__carrier"),
    )
    stored = {prediction_id: int(key) for prediction_id, key, _, _ in rows}
    assert len(stored) == len(rows), f"{len(rows) - len(stored)} predictions stand in the log more than once"
    keys = list(stored.values())
    assert len(set(keys)) == len(keys), "a query that was sent once stands in the log under two ids"
    assert set(keys) <= answers.sent_keys, "the log holds what nobody sent"
    for _, key, delay, carrier in rows:
        assert derive_features(int(key)) == {"key": key, "delay": delay, "carrier": carrier}
    for prediction_id, key in answers.keys.items():
        assert stored.get(prediction_id, key) == key, f"{prediction_id} stands for another query"
    lost = answers.keys.keys() - stored.keys() - world.excepted
    dropped = world.count_dropped()
    assert len(lost) <= dropped, (
        f"{len(lost)} of {len(answers.keys)} answered predictions are not in the log; "
        f"{dropped} are counted as dropped, {len(world.excepted)} went with a disk"
    )


def check_labels(world: World, answers: Answers) -> None:
    rows = read_rows(
        world.events / "ground-truth" / DEPLOYMENT / ENDPOINT, ("event_id", "prediction_id", "label")
    )
    stored = {event_id for event_id, _, _ in rows}
    assert len(stored) == len(rows), f"{len(rows) - len(stored)} labels stand in the log more than once"
    assert stored <= answers.sent_labels, "the log holds labels that nobody sent"
    lost = answers.labels - stored
    assert not lost, f"{len(lost)} of {len(answers.labels)} accepted labels are not in the log"
    for event_id, prediction_id, label in rows:
        sent = derive_label(event_id)
        assert (prediction_id, label) == (sent["prediction_id"], str(sent["label"]))
