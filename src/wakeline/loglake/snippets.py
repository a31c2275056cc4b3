"""How others read a log: one short text an engine. Columns bear the names that the layout gives them."""

from pathlib import Path

_TEXTS = {
    "duckdb": """INSTALL delta; LOAD delta;
SELECT day, count(*) FROM delta_scan('{path}') GROUP BY day ORDER BY day;
""",
    "polars": """import polars as pl

rows = pl.scan_delta({quoted})
print(rows.group_by("day").len().sort("day").collect())
""",
    "pandas": """from deltalake import DeltaTable

rows = DeltaTable({quoted}).to_pandas()
print(rows.groupby("day").size())
""",
    "spark": """rows = spark.read.format("delta").load({quoted})
rows.groupBy("day").count().orderBy("day").show()
""",
}


def render_snippets(folder: Path) -> dict[str, str]:
    """Engine → code."""
    path = str(folder)
    return {
        engine: text.format(path=path.replace("'", "''"), quoted=repr(path))
        for engine, text in _TEXTS.items()
    }
