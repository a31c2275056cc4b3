"""A shop with a deployed model and a day's queries: where the pages on events and labels begin."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tests.docs.reader import BLOCK
from tests.frontend.sources import ROOT
from wakeline import Client, save_model
from wakeline.deployer.keys import read_keys
from wakeline.server.stack import Stack

HOW_TO = ROOT / "docs" / "how-to"
DEPLOYMENT, ENDPOINT = "SHOP-on-local", "risk"
QUERIES = 200
LANDING_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Shop:
    """`answers` are the queries with their predictions, in order; query n has the order number 1000 + n."""

    stack: Stack
    client: Client
    folder: Path
    answers: list[dict[str, Any]]

    @classmethod
    def open(cls, stack: Stack, folder: Path) -> Self:
        client = Client(stack.url)
        folder.mkdir()
        client.create_project("SHOP")
        rows = _draw_rows(400)
        features = rows.drop(columns="fraud")
        model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(features, rows["fraud"])
        save_model(
            model, project="SHOP", name="risk", version="v1", reference=rows, target="fraud", client=client
        )
        client.create_service("SHOP", "checkout", [{"endpoint_id": ENDPOINT, "model": "risk"}])
        client.publish_service("SHOP", "checkout", "v1")
        deployed = client.create_deployment("SHOP", "checkout", generation="v1")
        answers = _query(deployed["endpoints"][0]["url"])
        shop = cls(stack, client, folder, answers)
        shop.wait_until_landed()
        return shop

    def wait_until_landed(self) -> None:
        deadline = time.monotonic() + LANDING_SECONDS_MAX
        while (status := self.client.read_event_status())["spooled"] or status["accepted"] != status[
            "stored"
        ]:
            assert time.monotonic() < deadline, status
            time.sleep(0.2)
        time.sleep(1.5)

    def follow(self, page: str) -> list[str]:
        """Runs every `sh` and `python` block of a page, one after the other; what each printed."""
        blocks = BLOCK.findall((HOW_TO / page).read_text(encoding="utf-8"))
        return [self._paste(language, text) for language, text in blocks if language in {"sh", "python"}]

    def _paste(self, language: str, text: str) -> str:
        command = ["bash", "-euo", "pipefail", "-c", text]
        if language == "python":
            command = [sys.executable, "-c", text]
        told = {
            "WAKELINE_URL": self.stack.url,
            "GATEWAY": self.stack.gateway_url,
            "KEY": read_keys(self.stack.home).intake_key,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        done = subprocess.run(
            command, cwd=self.folder, env=os.environ | told, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def _draw_rows(count: int) -> pd.DataFrame:
    random = np.random.default_rng(11)
    rows = pd.DataFrame(
        {
            "amount": random.lognormal(3, 1, count),
            "age": np.where(random.random(count) < 0.1, np.nan, random.normal(40, 10, count)),
        }
    )
    rows["fraud"] = (rows["amount"] + random.normal(0, 10, count) > 25).astype(int)
    return rows


def _query(url: str) -> list[dict[str, Any]]:
    rows = json.loads(_draw_rows(QUERIES).to_json(orient="records"))
    found = []
    with httpx.Client(trust_env=False) as http:
        for number, row in enumerate(rows):
            features = {"amount": row["amount"], "age": row["age"]}
            body = {"features": features, "context": {"order": 1000 + number}}
            answer = http.post(url, json=body).json()
            found.append({**row, "prediction_id": answer["apiContext"]["predictionId"]})
    return found
