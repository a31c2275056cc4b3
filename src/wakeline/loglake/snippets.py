"""How others read a log: one short text an engine, of all days or of some. It never holds a secret.

The original names of the columns stand in the table's schema, and the texts take them from there. DuckDB
reads through `deltalake` rather than through its own extension, which it would have to fetch first.
"""

from datetime import date

from wakeline.core.window import Window
from wakeline.loglake.columns import NAME_KEY
from wakeline.loglake.place import ObjectPlace, Place

_NAMES = """{options}table = DeltaTable({place})
names = {{field.name: field.metadata.get("{key}", field.name) for field in table.schema().fields}}
"""
_TEXTS = {
    "duckdb": """import duckdb
from deltalake import DeltaTable

{names}log = table.to_pyarrow_dataset()
columns = ", ".join('"%s" AS "%s"' % (column, name.replace('"', '""')) for column, name in names.items())
rows = duckdb.sql(f"SELECT {{columns}} FROM log{duckdb_days}")
print(duckdb.sql("SELECT day, count(*) FROM rows GROUP BY day ORDER BY day"))
""",
    "polars": """import polars as pl
from deltalake import DeltaTable

{names}rows = pl.scan_delta(table){polars_days}.rename(names)
print(rows.group_by("day").len().sort("day").collect())
""",
    "pandas": """{pandas_import}from deltalake import DeltaTable

{names}rows = table.to_pandas({pandas_days}).rename(columns=names)
print(rows.groupby("day").size())
""",
    "spark": """rows = spark.read.format("delta").load({address}){spark_days}
names = [field.metadata.get("{key}", field.name) for field in rows.schema]
rows = rows.toDF(*names)
rows.groupBy("day").count().orderBy("day").show()
""",
}


_CREDENTIALS = "# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY come from the environment"
_PUBLIC_OPTIONS = ("aws_endpoint", "aws_region", "aws_allow_http", "aws_virtual_hosted_style_request")


def render_snippets(table: Place, window: Window | None = None) -> dict[str, str]:
    """Engine → code; all of it Python. Of a store the reader brings credentials of his own."""
    days = _render_days(window) if window else dict.fromkeys(_TEXTS, "")
    named = {f"{engine}_days": text for engine, text in days.items()}
    named["pandas_import"] = "from datetime import date\n\n" if window else ""
    named |= {"key": NAME_KEY} | _render_place(table)
    named["names"] = _NAMES.format(**named)
    return {engine: text.format(**named) for engine, text in _TEXTS.items()}


def _render_place(table: Place) -> dict[str, str]:
    address = repr(str(table))
    if not isinstance(table, ObjectPlace):
        return {"place": address, "address": address, "options": ""}
    shown = {name: value for name, value in table.bucket.options if name in _PUBLIC_OPTIONS}
    return {
        "place": f"{address}, storage_options=options",
        "address": address.replace("s3://", "s3a://", 1),
        "options": f"{_CREDENTIALS}\noptions = {shown}\n",
    }


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
