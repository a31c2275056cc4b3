"""The domain classifier and the sampling that feeds it."""

import numpy as np
import pyarrow as pa
import pytest

from wakeline.core.schema import FeatureRole
from wakeline.statistics.domain_classifier import (
    IMPORTANCE,
    METRIC,
    Sample,
    draw_sample,
    train_domain_classifier,
)
from wakeline.statistics.sampling import find_smallest, hash_positions, hash_texts

ROLES = {"a": FeatureRole.NUMERICAL, "b": FeatureRole.NUMERICAL, "c": FeatureRole.CATEGORICAL}


def _sample(count: int, seed: int, *, shift: float = 0.0, coupled: bool = False) -> Sample:
    draw = np.random.default_rng(seed)
    a = draw.normal(size=count)
    b = np.where(coupled, 0.8 * a + 0.6 * draw.normal(size=count), draw.normal(size=count))
    c = np.array(["x", "y", None])[draw.integers(0, 3, count)]
    table = pa.table({"a": a + shift, "b": pa.array(b, mask=draw.random(count) < 0.1), "c": pa.array(c)})
    return Sample(table, hash_positions(count, seed))


def test_without_drift_the_interval_holds_a_half() -> None:
    auc, *importance = train_domain_classifier(_sample(3000, 1), _sample(2000, 2), ROLES)
    assert auc.metric == METRIC
    assert auc.lower is not None
    assert auc.upper is not None
    assert auc.lower - 0.01 < 0.5 < auc.upper + 0.01
    assert [(reading.metric, reading.column) for reading in importance] == [
        (IMPORTANCE, name) for name in ROLES
    ]


def test_a_shift_is_found_and_laid_to_its_column() -> None:
    auc, *importance = train_domain_classifier(_sample(3000, 1), _sample(2000, 2, shift=1.0), ROLES)
    assert auc.value is not None
    assert 0.72 < auc.value < 0.79
    """Two unit normals one apart: AUC = Φ(1/√2) = 0.760."""
    assert auc.lower is not None
    assert auc.lower > 0.5
    shares = {reading.column: reading.value or 0.0 for reading in importance}
    assert shares["a"] > 0.15
    assert abs(shares["b"]) < 0.03


def test_a_new_dependence_is_found_where_no_column_moved() -> None:
    auc, *_ = train_domain_classifier(_sample(4000, 1), _sample(4000, 2, coupled=True), ROLES)
    assert auc.lower is not None
    assert auc.lower > 0.6


def test_the_same_rows_in_another_order_give_the_same_readings() -> None:
    reference, current = _sample(1500, 1), _sample(1200, 2, shift=0.3)
    order = np.random.default_rng(9).permutation(1200)
    shuffled = Sample(current.table.take(pa.array(order)), current.hashes[order])
    assert train_domain_classifier(reference, current, ROLES) == train_domain_classifier(
        reference, shuffled, ROLES
    )


@pytest.mark.parametrize("count", [0, 1, 99])
def test_too_few_rows_is_a_reason(count: int) -> None:
    readings = train_domain_classifier(_sample(500, 1), _sample(count, 2), ROLES)
    assert len(readings) == 4
    assert all(reading.not_computed == f"too few rows: {count}, at least 100 a side" for reading in readings)


def test_levels_beyond_what_trees_take_share_one_code() -> None:
    draw = np.random.default_rng(4)
    tables = [pa.table({"c": draw.integers(0, 5000, 2000).astype(str)}) for _ in range(2)]
    samples = [Sample(table, hash_positions(2000, seed)) for seed, table in enumerate(tables)]
    auc, _ = train_domain_classifier(samples[0], samples[1], {"c": FeatureRole.CATEGORICAL})
    assert auc.value is not None
    assert 0.4 < auc.value < 0.6


def test_a_column_of_one_side_only_is_left_out() -> None:
    reference, current = _sample(500, 1), _sample(500, 2)
    auc, *importance = train_domain_classifier(
        reference, Sample(current.table.select(["a"]), current.hashes), ROLES
    )
    assert auc.value is not None
    assert [reading.column for reading in importance] == ["a"]


def test_hashes_depend_on_the_text_alone() -> None:
    texts = ["", "a", "b", "ab", "0190f8a2-7c1e-7a3b-8f00-000000000001", "é", "a" * 100, None]
    whole = hash_texts(pa.array(texts), 3)
    assert [int(hash_texts(pa.array([text], pa.string()), 3)[0]) for text in texts] == whole.tolist()
    assert hash_texts(pa.chunked_array([texts[:3], texts[3:]]), 3).tolist() == whole.tolist()
    assert hash_texts(pa.array(texts).slice(2), 3).tolist() == whole[2:].tolist()
    assert len(set(whole[:-1].tolist())) == 7
    assert whole[-1] == whole[0]
    assert hash_texts(pa.array(texts), 4)[1] != whole[1]
    assert len(hash_texts(pa.array([], pa.string()))) == 0


def test_hashes_are_spread_evenly() -> None:
    hashes = hash_texts(pa.array([f"id-{number}" for number in range(20_000)]))
    counts = np.histogram(hashes / 2.0**64, bins=20, range=(0, 1))[0]
    assert len(np.unique(hashes)) == 20_000
    assert abs(counts - 1000).max() < 150


def test_a_sample_of_samples_is_the_sample_of_the_whole() -> None:
    whole = _sample(1000, 5)
    parts = [
        Sample(whole.table.slice(start, 250), whole.hashes[start : start + 250])
        for start in range(0, 1000, 250)
    ]
    drawn = [draw_sample(part, 100) for part in parts]
    joined = Sample(
        pa.concat_tables([part.table for part in drawn]), np.concatenate([part.hashes for part in drawn])
    )
    assert draw_sample(joined, 100).table == draw_sample(whole, 100).table
    assert find_smallest(whole.hashes, 0).tolist() == []
    assert len(find_smallest(whole.hashes, 5000)) == 1000
