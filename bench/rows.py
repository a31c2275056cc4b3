"""How long a page of rows takes: the median of requests at the start, in the middle and at the end of a log.

Usage: python bench/rows.py HOME, where HOME was made by bench/million_rows.py.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from million_rows import DATASET, PROJECT

from wakeline.server.application import create_app
from wakeline.server.parts import Addresses, compose

ROUNDS = 9
SHARES = (0, 0.5, 0.9999)
LIMIT = 50  # a page of the dataset's page
QUESTIONS: dict[str, dict[str, Any]] = {
    "log order": {},
    "by a number": {"sort": "features.number_03"},
    "by a text": {"sort": "features.text_00", "descending": True},
    "filtered": {"filters": '[{"column": "features.number_00", "operator": "gt", "value": 0}]'},
}


def main(home: Path) -> None:
    app = create_app(compose(home, Addresses(server_port=0, event_server_port=0, gateway_port=0)))
    path = f"/api/v1/datasets/{PROJECT}/{DATASET}/rows"
    with TestClient(app, base_url="http://127.0.0.1") as client:
        client.get(path).raise_for_status()  # imports and page cache
        print(f"{'ms, p50 (first)':<18}" + "".join(f"{share:>16.1%}" for share in SHARES))
        for title, question in QUESTIONS.items():
            count, cell = _measure(client, path, {**question, "offset": 0})
            places = [int(count * share) for share in SHARES[1:]]
            cells = [cell, *(_measure(client, path, {**question, "offset": place})[1] for place in places)]
            print(f"{title:<18}" + "".join(f"{cell:>16}" for cell in cells))


def _measure(client: TestClient, path: str, question: dict[str, Any]) -> tuple[int, str]:
    """How many rows there are, and how long a page of them takes."""
    took_ms, count = [], 0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer = client.get(path, params={**question, "limit": LIMIT}).raise_for_status()
        took_ms.append((time.perf_counter() - start) * 1000)
        count = answer.json()["row_count"]
    return count, f"{statistics.median(took_ms):.0f} ({took_ms[0]:.0f})"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
