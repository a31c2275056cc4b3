"""How others read a log: one short text an engine, of all days or of some.

Columns bear the names that the layout gives them. DuckDB reads through `deltalake` rather than through its
own extension, which it would have to fetch first.
"""

from datetime import date
from pathlib import Path

from wakeline.core.window import Window

_TEXTS = {
    "duckdb": """import duckdb
from deltalake import DeltaTable

log = DeltaTable({path}).to_pyarrow_dataset()
rows = duckdb.sql("SELECT * FROM log{duckdb_days}")
print(duckdb.sql("SELECT day, count(*) FROM rows GROUP BY day ORDER BY day"))
""",
    "polars": """import polars as pl

rows = pl.scan_delta({path}){polars_days}
print(rows.group_by("day").len().sort("day").collect())
""",
    "pandas": """{pandas_import}from deltalake import DeltaTable

rows = DeltaTable({path}).to_pandas({pandas_days})
print(rows.groupby("day").size())
""",
    "spark": """rows = spark.read.format("delta").load({path}){spark_days}
rows.groupBy("day").count().orderBy("day").show()
""",
}


def render_snippets(folder: Path, window: Window | None = None) -> dict[str, str]:
    """Engine → code; all of it Python."""
    days = _render_days(window) if window else dict.fromkeys(_TEXTS, "")
    named = {f"{engine}_days": text for engine, text in days.items()}
    named["pandas_import"] = "from datetime import date\n\n" if window else ""
    return {engine: text.format(path=repr(str(folder)), **named) for engine, text in _TEXTS.items()}


def _render_days(window: Window) -> dict[str, str]:
    """The days of a window as each engine chooses them; the end is not part of it."""
    start, end = window.start, window.end
    days, chosen = f"day >= '{start}' AND day < '{end}'", 'pl.col("day")'
    return {
        "duckdb": f" WHERE {days}",
        "polars": f".filter({chosen} >= {_name_date('pl', start)}, {chosen} < {_name_date('pl', end)})",
        "pandas": f'filters=[("day", ">=", {_name_date("", start)}), ("day", "<", {_name_date("", end)})]',
        "spark": f'.where("{days}")',
    }


def _name_date(module: str, day: date) -> str:
    return f"{module}{'.' if module else ''}date({day.year}, {day.month}, {day.day})"
