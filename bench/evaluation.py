"""CPU and wall time of one month's evaluation of a demo's log, without profiles and from kept ones.

Usage: python bench/evaluation.py HOME, where HOME is the home of a finished `wakeline demo`.
"""

import sys
import tempfile
import time
from pathlib import Path

from wakeline.core.window import parse_window
from wakeline.demo.story import ENDPOINT, MODEL, PROJECT
from wakeline.evaluation.recipe import EvaluateSettings, evaluate

WINDOW = "2013-05"


def main(home: Path) -> None:
    with tempfile.TemporaryDirectory() as profiles:
        settings = EvaluateSettings(
            dataset_root=next((home / "events" / "api-node-query").glob(f"*/{ENDPOINT}")),
            model_folder=next((home / "models" / PROJECT / MODEL).iterdir()),
            window=parse_window(WINDOW),
            profiles=Path(profiles),
        )
        evaluate(settings, progress=lambda _done, _words: None)  # imports and page cache
        for path in Path(profiles).rglob("*.parquet"):
            path.unlink()
        for title in ("from rows", "from kept profiles"):
            wall, cpu = time.perf_counter(), time.process_time()
            result = evaluate(settings, progress=lambda _done, _words: None)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            print(f"{title:<20} {result.row_count} rows   {cpu:.2f} s CPU   {wall:.2f} s wall")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
