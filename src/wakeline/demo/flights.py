"""The demo's flights: what is predicted, from which features, on which days, and by which model.

Days are UTC dates of the scheduled departure, so that a day of the log is a day of the data. Every feature is
known before departure. The model is fitted on nothing after 15 March.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

ID = "flight_id"
TIME = "scheduled_departure"
TARGET = "late"
LATE_MINUTES = 15
NUMERICAL = (
    "dep_hour",
    "dep_minute",
    "day_of_week",
    "distance",
    "block_minutes",
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
    "plane_age",
    "seats",
)
CATEGORICAL = ("carrier", "origin", "dest")
FEATURES = (*NUMERICAL, *CATEGORICAL)

TRAINING = (date(2013, 1, 1), date(2013, 3, 16))
REFERENCE = (date(2013, 3, 16), date(2013, 4, 1))
REPLAY = (date(2013, 4, 1), date(2014, 1, 1))


@dataclass(frozen=True, slots=True)
class FlightSplit:
    """Disjoint in time, in this order."""

    training: pa.Table
    reference: pa.Table
    replay: pa.Table


def load_flights() -> pa.Table:
    """All 327 346 flights by scheduled departure, with the target `late` as the last column."""
    with as_file(files("wakeline.demo") / "flights.parquet") as path:
        table = pq.read_table(path)
    return table.append_column(TARGET, pc.greater(table["arr_delay"], LATE_MINUTES))


def split_flights(flights: pa.Table) -> FlightSplit:
    """Training 1 January-15 March, reference 16-31 March, replay 1 April-31 December."""
    return FlightSplit(
        training=select_days(flights, *TRAINING),
        reference=select_days(flights, *REFERENCE),
        replay=select_days(flights, *REPLAY),
    )


def select_days(flights: pa.Table, first: date, end: date) -> pa.Table:
    """The flights whose departure lies on the UTC days from `first` up to and without `end`."""
    kind = flights.schema.field(TIME).type
    lower = pa.scalar(datetime.combine(first, time(), UTC), kind)
    upper = pa.scalar(datetime.combine(end, time(), UTC), kind)
    moments = flights[TIME]
    return flights.filter(pc.and_(pc.greater_equal(moments, lower), pc.less(moments, upper)))


def build_pipeline() -> "Pipeline":
    """The demo's model, unfitted: medians for missing numbers, one-hot levels, small boosted trees.

    Fit it on a pandas frame with the columns `FEATURES`. A level that it has not seen counts as none of them.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    prepare = ColumnTransformer(
        [
            ("numerical", SimpleImputer(strategy="median"), list(NUMERICAL)),
            ("categorical", OneHotEncoder(handle_unknown="ignore", sparse_output=False), list(CATEGORICAL)),
        ]
    )
    model = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, min_samples_leaf=200, early_stopping=False, random_state=2013
    )
    return Pipeline([("prepare", prepare), ("model", model)])
