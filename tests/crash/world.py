"""A node, its shipper and an event server as real processes that can be killed, and traffic that remembers
what it was answered. Everything on loopback; only processes started here are ever ended.
"""

import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pandas as pd
from deltalake import DeltaTable
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wakeline.packaging.model_version import save_model
from wakeline.spool.counters import SHIPPED, read_totals
from wakeline.spool.layout import list_spools
from wakeline.wire.package import PackagedEndpoint, ServicePackage, write_service_package

NODE, SHIPPER, EVENT_SERVER = "apinode", "shipper", "eventserver"
DEPLOYMENT = "CRASH-on-local"
KEY = "the-intake-key"
COMMIT_SECONDS = 0.3
CARRIERS = ("AA", "B6", "UA")


def build_package(folder: Path) -> Path:
    """A service with one small model, made once and used by every test."""
    chance = random.Random(7)
    rows = [
        {
            "delay": chance.gauss(0, 20),
            "distance": chance.uniform(100, 2500),
            "carrier": chance.choice(CARRIERS),
        }
        for _ in range(400)
    ]
    frame = pd.DataFrame(rows)
    frame["late"] = ((frame.delay + frame.distance / 500) > 5).astype(int)
    steps = ColumnTransformer(
        [("numbers", StandardScaler(), ["delay", "distance"]), ("texts", OneHotEncoder(), ["carrier"])]
    )
    model = Pipeline([("columns", steps), ("model", LogisticRegression())])
    model.fit(frame.drop(columns="late")[:200], frame.late[:200])
    save_model(
        model,
        project="CRASH",
        name="late",
        version="v1",
        reference=frame[200:],
        target="late",
        path=folder / "models" / "late" / "v1",
    )
    endpoint = PackagedEndpoint(endpoint_id="late", model="models/late/v1")
    write_service_package(
        folder, ServicePackage(project="CRASH", service_id="flights", generation="v1", endpoints=(endpoint,))
    )
    return folder


@dataclass
class Answers:
    """What the traffic was told. `uncertain_rows` are those of requests whose answer never came."""

    prediction_ids: list[str] = field(default_factory=list)
    uncertain_rows: int = 0
    refused: Counter[int] = field(default_factory=Counter)


class World:
    """Its lifetime is one test; the files stay for a look."""

    def __init__(self, home: Path, package: Path) -> None:
        self.home = home
        home.mkdir(parents=True)
        self.spool = home / "node" / "spool"
        self.node_port, self.server_port = _find_ports(2)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._write_files(package)

    def _write_files(self, package: Path) -> None:
        (self.home / "keys.json").write_text(json.dumps({"intake_key": KEY}))
        rules = {
            "rules_version": 1,
            "keys": [{"id": "intake", "sha256": hashlib.sha256(KEY.encode()).hexdigest()}],
            "destinations": [
                {"id": "events", "path": str(self.home / "events"), "topics": None, "routing_keys": None}
            ],
        }
        (self.home / "rules.json").write_text(json.dumps(rules))
        node = {
            "node_id": f"{DEPLOYMENT}-0",
            "port": self.node_port,
            "project": "CRASH",
            "deployment_id": DEPLOYMENT,
            "infrastructure_id": "local",
            "services": [{"service_id": "flights", "generation": "v1", "package": str(package)}],
            "spool": {"folder": str(self.spool)},
            "reporting": {
                "servers": [f"http://127.0.0.1:{self.server_port}"],
                "keys_file": str(self.home / "keys.json"),
            },
        }
        (self.home / "node.json").write_text(json.dumps(node))

    def start(self, name: str, **environment: str) -> None:
        arguments = {
            NODE: ["--config", str(self.home / "node.json")],
            SHIPPER: ["--config", str(self.home / "node.json")],
            EVENT_SERVER: [
                *("--home", str(self.home), "--port", str(self.server_port)),
                *("--configuration", str(self.home / "rules.json"), "--commit-interval", str(COMMIT_SECONDS)),
            ],
        }
        with (self.home / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", f"wakeline.{name}", *arguments[name]],
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )

    def start_all(self) -> None:
        for name in (EVENT_SERVER, SHIPPER, NODE):
            self.start(name)
        self.wait_until_answering()

    def wait_until_answering(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.node_port), timeout=1):
                    return
            except OSError:
                assert time.monotonic() < deadline, self.read_log(NODE)
                assert self._processes[NODE].poll() is None, self.read_log(NODE)
                time.sleep(0.05)

    def kill(self, name: str) -> None:
        """As `kill -9`; the process must still have been alive."""
        process = self._processes[name]
        assert process.poll() is None, self.read_log(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def wait_until_ended(self, name: str, seconds: float = 30) -> int:
        return self._processes[name].wait(seconds)

    def stop(self, name: str) -> None:
        process = self._processes[name]
        if process.poll() is None:
            process.terminate()
        assert process.wait(20) == 0, self.read_log(name)

    def end_all(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
            process.wait()

    def read_log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text()[-4_000:]

    def drain(self, seconds: float = 60) -> None:
        """Stops the node, and waits until the shipper has emptied and removed every spool file."""
        self.stop(NODE)
        deadline = time.monotonic() + seconds
        while list_spools(self.spool):
            assert time.monotonic() < deadline, self.read_log(SHIPPER)
            time.sleep(0.1)

    def count_rows(self) -> Counter[str]:
        """How often each prediction id stands in the log, read by an engine that is not ours."""
        root = self.home / "events" / "api-node-query" / DEPLOYMENT / "late"
        files = DeltaTable(str(root)).file_uris()
        query = "SELECT prediction_id, count(*) FROM read_parquet(?, union_by_name=true) GROUP BY 1"
        with duckdb.connect() as connection:
            return Counter(dict(connection.execute(query, [files]).fetchall()))

    def check_exactly_once(self, answers: Answers) -> None:
        """The oracle: every answered prediction is in the log once, and little else is."""
        rows = self.count_rows()
        assert len(set(answers.prediction_ids)) == len(answers.prediction_ids)
        lost = [id_ for id_ in answers.prediction_ids if id_ not in rows]
        doubled = {id_: count for id_, count in rows.items() if count > 1}
        assert not lost, (
            f"{len(lost)} of {len(answers.prediction_ids)} answered predictions are not in the log"
        )
        assert not doubled, f"{len(doubled)} predictions stand in the log more than once"
        unanswered = len(rows) - len(answers.prediction_ids)
        assert 0 <= unanswered <= answers.uncertain_rows
        assert read_totals(self.spool).events == {SHIPPED: sum(rows.values())}


class Traffic:
    """Threads that ask the node, one row or many, until the block ends; an unanswered request is counted."""

    def __init__(self, world: World, *, threads: int = 2, pause_seconds: float = 0.02) -> None:
        self.answers = Answers()
        self._url = f"http://127.0.0.1:{world.node_port}/public/api/v1/flights/late"
        self._pause_seconds = pause_seconds
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(seed,)) for seed in range(threads)]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, seed: int) -> None:
        chance = random.Random(seed)
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not self._stopped.wait(self._pause_seconds):
                count = chance.choice([1, 1, 3, 40])
                items = [{"features": _draw_features(chance)} for _ in range(count)]
                try:
                    if count == 1:
                        response = client.post(self._url + "/predict", json=items[0])
                    else:
                        response = client.post(self._url + "/predict-multi", json={"items": items})
                except httpx.ConnectError:
                    time.sleep(0.1)
                except httpx.HTTPError:
                    with self._lock:
                        self.answers.uncertain_rows += count
                else:
                    self._note(response)

    def _note(self, response: httpx.Response) -> None:
        with self._lock:
            if response.status_code != 200:
                self.answers.refused[response.status_code] += 1
            else:
                self.answers.prediction_ids += _read_ids(response.json())


def _read_ids(document: dict[str, Any]) -> list[str]:
    if "results" in document:
        return [entry["predictionId"] for entry in document["results"]]
    return [document["apiContext"]["predictionId"]]


def _draw_features(chance: random.Random) -> dict[str, Any]:
    return {
        "delay": chance.gauss(0, 20),
        "distance": chance.uniform(100, 2500),
        "carrier": chance.choice(CARRIERS),
    }


def _find_ports(count: int) -> list[int]:
    """Free now; a killed process takes the same one again."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports
