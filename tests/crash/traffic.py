"""Callers that remember what they sent and what they were answered: queries of the node, labels of others.

A query is sent once; a label is sent again until it is answered 202, under the same id.
"""

import hashlib
import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests.crash.package import ENDPOINT, SERVICE, derive_features
from tests.crash.world import DEPLOYMENT, KEY, World


@dataclass
class Answers:
    """`keys` are of the queries by prediction id; `sent_keys` and `sent_labels` hold the unanswered too."""

    keys: dict[str, int] = field(default_factory=dict)
    sent_keys: set[int] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    sent_labels: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)


def derive_label(event_id: str) -> dict[str, Any]:
    """What is sent under an id, and so what must be stored under it."""
    digest = hashlib.sha256(event_id.encode()).digest()
    prediction_id = str(uuid.UUID(bytes=digest[:16], version=4)).replace("-4", "-7", 1)
    return {
        "event_id": event_id,
        "prediction_id": f"{prediction_id[:14]}7{prediction_id[15:]}",
        "label": digest[20] % 2,
    }


class Traffic:
    """Three threads, until the block ends."""

    def __init__(self, world: World, *, first_key: int = 0, pause_seconds: float = 0.02) -> None:
        self.answers = Answers()
        self._world = world
        self._pause_seconds = pause_seconds
        self._keys = count(first_key)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(seed,)) for seed in range(2)]
        self._threads.append(threading.Thread(target=self._label))

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _draw_keys(self, number: int) -> list[int]:
        with self._lock:
            keys = [next(self._keys) for _ in range(number)]
            self.answers.sent_keys.update(keys)
        return keys

    def _ask(self, seed: int) -> None:
        chance = random.Random(seed)
        base = f"{self._world.node_url}/public/api/v1/{SERVICE}/{ENDPOINT}"
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not self._stopped.wait(self._pause_seconds):
                keys = self._draw_keys(chance.choice([1, 1, 3, 40]))
                items = [{"features": derive_features(key)} for key in keys]
                try:
                    if len(keys) == 1:
                        response = client.post(base + "/predict", json=items[0])
                    else:
                        response = client.post(base + "/predict-multi", json={"items": items})
                except httpx.HTTPError:
                    time.sleep(0.05)
                    continue
                self._note(keys, response)

    def _note(self, keys: list[int], response: httpx.Response) -> None:
        with self._lock:
            if response.status_code != 200:
                self.answers.refused[f"node {response.status_code}"] += 1
                return
            document = response.json()
            contexts = document.get("results") or [document["apiContext"]]
            for key, context in zip(keys, contexts, strict=True):
                assert context["predictionId"] not in self.answers.keys
                self.answers.keys[context["predictionId"]] = key

    def _label(self) -> None:
        chance = random.Random(3)
        url = f"{self._world.gateway_url}/v1/ingest/ground-truth/{DEPLOYMENT}/{ENDPOINT}"
        numbers = count()
        with httpx.Client(timeout=10, trust_env=False, headers={"Authorization": f"Bearer {KEY}"}) as client:
            while not self._stopped.wait(self._pause_seconds):
                ids = [f"label-{next(numbers)}" for _ in range(chance.choice([1, 5, 20]))]
                self.answers.sent_labels.update(ids)
                while not self._stopped.is_set():
                    if self._send_labels(client, url, ids):
                        self.answers.labels.update(ids)
                        break
                    time.sleep(0.1)

    def _send_labels(self, client: httpx.Client, url: str, ids: list[str]) -> bool:
        try:
            response = client.post(url, json=[derive_label(event_id) for event_id in ids])
        except httpx.HTTPError:
            return False
        if response.status_code != 202:
            with self._lock:
                self.answers.refused[f"gateway {response.status_code}"] += 1
        return response.status_code == 202
